#include "services/hmi/browsers.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace bulwatt::hmi {

void Browsers::listen(std::span<const int> listeners) {
  listeners_ = listeners;
  for (const int listener : listeners_) {
    if (::fcntl(listener, F_GETFD) >= 0)
      loop_.watch(listener, true, false, runtime::Watcher::to<&Browsers::arrival>(*this));
  }
}

void Browsers::tell(std::string_view station) {
  for (auto& browser : browsers_) {
    if (browser.fd < 0) continue;
    browser.connection->event(station);
    flush(browser);
  }
}

void Browsers::drop_idle() {
  const auto now = os::now();
  for (auto& browser : browsers_) {
    if (browser.fd >= 0 && !browser.connection->streaming() && now - browser.since > kIdleLimit) drop(browser);
  }
}

void Browsers::arrival(runtime::Readiness) {
  for (const int listener : listeners_) take_from(listener);
}

void Browsers::take_from(int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  for (auto& browser : browsers_) {
    if (browser.fd >= 0) continue;
    browser = {fd, os::now(), std::make_unique<Connection>()};
    if (!loop_.watch(fd, true, false, runtime::Watcher::to<&Browsers::any_browser>(*this))) drop(browser);
    return;
  }
  ::close(fd);  // as many browsers as may look do already
}

void Browsers::any_browser(runtime::Readiness) {
  for (auto& browser : browsers_) {
    if (browser.fd >= 0) receive(browser);
    if (browser.fd >= 0) flush(browser);
  }
}

void Browsers::receive(Browser& browser) {
  std::array<char, 2048> bytes{};
  const auto n = ::recv(browser.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return drop(browser);
  if (n > 0) browser.connection->feed({bytes.data(), static_cast<std::size_t>(n)}, resources_);
}

void Browsers::flush(Browser& browser) {
  const auto out = browser.connection->output();
  if (!out.empty()) {
    const auto n = ::send(browser.fd, out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return drop(browser);
    if (n > 0) browser.connection->consume(static_cast<std::size_t>(n));
  }
  if (browser.connection->finished()) return drop(browser);
  const bool more = !browser.connection->output().empty();
  loop_.watch(browser.fd, true, more, runtime::Watcher::to<&Browsers::any_browser>(*this));
}

void Browsers::drop(Browser& browser) {
  loop_.unwatch(browser.fd);
  ::close(browser.fd);
  browser = {};
}

}  // namespace bulwatt::hmi
