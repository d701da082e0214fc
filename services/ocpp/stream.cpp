#include "services/ocpp/stream.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libs/base/line.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::size_t kChunk = 16 * 1024;
constexpr std::size_t kEnoughEncrypted = 64 * 1024;

}  // namespace

bool Stream::start(const StreamTarget& target) {
  to_ = target;
  fd_ = ::socket(to_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return false;
  stage_ = Stage::connecting;
  const int done = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to_.address), to_.address_size);
  if ((done == 0 || errno == EINPROGRESS) && loop_.watch(fd_, false, true, runtime::Watcher::to<&Stream::ready>(*this)))
    return true;
  close();
  return false;
}

void Stream::send(std::string_view bytes) {
  if (sent_ == output_.size()) {
    output_.clear();
    sent_ = 0;
  }
  output_.append(bytes);
  if (stage_ == Stage::talking && !busy_) flush();
}

void Stream::close() {
  stage_ = Stage::over;
  if (fd_ < 0) return;
  loop_.unwatch(fd_);
  ::close(std::exchange(fd_, -1));
}

void Stream::ready(runtime::Readiness readiness) {
  busy_ = true;
  if (stage_ == Stage::connecting) connected();
  else if (readiness.readable || readiness.broken) receive();
  busy_ = false;
  if (!over()) flush();
}

void Stream::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return end(std::strerror(error));
  stage_ = Stage::talking;
  if (to_.tls == nullptr) return;
  auto session = tls::Session::client(*to_.tls, to_.tls_options);
  if (!session) return end(enum_text(session.error().reason));
  tls_.emplace(std::move(*session));
  stage_ = Stage::securing;
}

void Stream::receive() {
  BULWATT_UNINITIALIZED std::array<std::byte, kChunk> chunk;
  const auto n = ::recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) return end(std::strerror(errno));
  if (n == 0) return end("the server ended the connection without an answer");
  const auto bytes = std::span{chunk}.first(static_cast<std::size_t>(n));
  if (tls_) return after_tls(tls_->feed(bytes));
  user_.stream_bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void Stream::after_tls(std::expected<void, tls::Refusal> done) {
  if (!done) return end(enum_text(done.error().reason));
  if (stage_ == Stage::securing && tls_->established()) stage_ = Stage::talking;
  if (const auto plain = tls_->plain(); !plain.empty()) {
    const auto size = plain.size();
    user_.stream_bytes({reinterpret_cast<const char*>(plain.data()), size});
    if (!over()) tls_->consume_plain(size);
  }
  if (!over() && tls_->peer_closed()) end("the server closed the TLS connection");
}

void Stream::key_ready() {
  if (stage_ != Stage::securing || !tls_) return;
  busy_ = true;
  after_tls(tls_->resume());
  busy_ = false;
  if (!over()) flush();
}

void Stream::flush() {
  if (tls_ && !encrypt()) return;
  if (!write_out()) return;
  const bool more = stage_ != Stage::securing && (!left().empty() || (tls_ && !tls_->output().empty()));
  loop_.watch(fd_, true, more, runtime::Watcher::to<&Stream::ready>(*this));
}

bool Stream::encrypt() {
  while (stage_ == Stage::talking && !left().empty() && tls_->output().size() < kEnoughEncrypted) {
    const auto part = left().substr(0, kChunk);
    if (const auto done = tls_->write(std::as_bytes(std::span{part})); !done) {
      end(enum_text(done.error().reason));
      return false;
    }
    sent_ += part.size();
  }
  return true;
}

bool Stream::write_out() {
  for (;;) {
    const auto bytes = tls_ ? tls_->output() : std::as_bytes(std::span{left()});
    if (bytes.empty()) return true;
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n < 0) {
      end(std::strerror(errno));
      return false;
    }
    if (tls_) tls_->consume_output(static_cast<std::size_t>(n));
    else sent_ += static_cast<std::size_t>(n);
  }
}

void Stream::end(std::string_view why) {
  if (over()) return;
  const Line<160> words{why};  // may point into what is about to end
  close();
  user_.stream_ended(words.view());
}

}  // namespace bulwatt::ocpp
