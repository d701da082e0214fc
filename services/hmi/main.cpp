// bulwatt-hmi: the local page and the token reader. Wiring only; see page_server.hpp, view.hpp and token_line.hpp.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "grants/hmi.hpp"
#include "libs/json/json.hpp"
#include "libs/runtime/process.hpp"
#include "services/hmi/assets.hpp"
#include "services/hmi/page_server.hpp"
#include "services/hmi/parked.hpp"
#include "services/hmi/token_line.hpp"
#include "services/hmi/view.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::hmi;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t kEvse = 1;
constexpr std::size_t kMostBrowsers = 16;
constexpr Duration kIdleLimit = 20s;
constexpr Duration kParkInterval = 5s;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

/// One browser's socket.
struct Browser {
  int fd = -1;
  Instant since{};
  std::unique_ptr<hmi::Connection> connection{};
};

class Shell {
 public:
  Shell(runtime::Loop& loop, const hmi::Config& config)
      : loop_(loop), config_(config), session_(loop.use<grant::session>(*this)), ledger_(loop.use<grant::ledger>(*this)) {
    if (const auto parked = loop.parked<hmi::Parked>()) history_ = hmi::restore(*parked, os::civil_now().unix_ms / 1000);
    refresh();
    loop.every(kParkInterval, runtime::Action::to<&Shell::park>(*this));
    loop.every(1s, runtime::Action::to<&Shell::second>(*this));
    loop.at_end_of_turn(runtime::Action::to<&Shell::end_of_turn>(*this));
    for (const int listener : {grant::kListen_hmi, grant::kListen6_hmi}) {
      if (!is_open(listener)) continue;
      loop.watch(listener, true, false, runtime::Watcher::to<&Shell::arrival>(*this));
      static_cast<void>(listeners_.push_back(listener));
    }
    if (is_open(grant::kDevice_reader)) {
      loop.watch(grant::kDevice_reader, true, false, runtime::Watcher::to<&Shell::reader>(*this));
    }
  }
  void on(const session::SnapshotChanged&) { stale_ = true; }

 private:
  hmi::Resources resources() const {
    return {hmi::page(), hmi::style(), hmi::script(), state_, history_text_, config_.port};
  }

  void refresh() {
    const auto snapshot = session_.call(session::GetSnapshot{kEvse});
    const auto view = hmi::view_of(snapshot ? std::optional{*snapshot} : std::nullopt, config_, os::civil_now());
    history_.add({view.now.unix_ms / 1000, view.power_w, view.energy_wh});
    if (const auto text = json::encode(view, state_buffer_)) state_ = *text;
    stale_ = false;
    for (auto& browser : browsers_) {
      if (browser.fd < 0) continue;
      browser.connection->event(state_);
      flush(browser);
    }
  }
  void second() {
    refresh();
    if (const auto text = json::encode(history_, history_buffer_)) history_text_ = *text;
    const auto now = os::now();
    for (auto& browser : browsers_) {
      if (browser.fd >= 0 && !browser.connection->streaming() && now - browser.since > kIdleLimit) drop(browser);
    }
  }
  void park() { loop_.park(hmi::park(history_)); }
  void end_of_turn() {
    if (stale_) refresh();
  }

  void reader(runtime::Readiness ready) {
    std::array<char, 128> bytes{};
    const auto n = ::read(grant::kDevice_reader, bytes.data(), bytes.size());
    if (n <= 0 && (ready.broken || n == 0)) {
      runtime::log("the token reader is gone; tokens cannot be read until the service is restarted with it");
      loop_.unwatch(grant::kDevice_reader);
      return;
    }
    for (ssize_t i = 0; i < n; ++i) {
      if (const auto token = lines_.take(bytes[static_cast<std::size_t>(i)])) present(*token);
    }
  }
  void present(const session::IdToken& token) {
    const auto verdict = session_.call(session::PresentToken{0, token});
    const auto word = verdict ? enum_text(verdict->verdict) : verdict.error().text();
    std::array<char, 64> line{};
    const int n =
        std::snprintf(line.data(), line.size(), "a token was shown: %.*s", static_cast<int>(word.size()), word.data());
    runtime::log({line.data(), static_cast<std::size_t>(n)});
    if (!verdict) {
      ledger_.call(ledger::Append{ledger::Subject::authorization, ledger::Severity::warning, "TokenNotTaken", word});
    }
  }

  void arrival(runtime::Readiness) {
    for (const int listener : listeners_) take_from(listener);
  }
  void take_from(int listener) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    for (auto& browser : browsers_) {
      if (browser.fd >= 0) continue;
      browser = {fd, os::now(), std::make_unique<hmi::Connection>()};
      if (!loop_.watch(fd, true, false, runtime::Watcher::to<&Shell::any_browser>(*this))) drop(browser);
      return;
    }
    ::close(fd);  // sixteen browsers look already
  }
  void any_browser(runtime::Readiness) {
    for (auto& browser : browsers_) {
      if (browser.fd >= 0) receive(browser);
      if (browser.fd >= 0) flush(browser);
    }
  }
  void receive(Browser& browser) {
    std::array<char, 2048> bytes{};
    const auto n = ::recv(browser.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return drop(browser);
    if (n > 0) browser.connection->feed({bytes.data(), static_cast<std::size_t>(n)}, resources());
  }
  void flush(Browser& browser) {
    const auto out = browser.connection->output();
    if (!out.empty()) {
      const auto n = ::send(browser.fd, out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN && errno != EINTR) return drop(browser);
      if (n > 0) browser.connection->consume(static_cast<std::size_t>(n));
    }
    if (browser.connection->finished()) return drop(browser);
    loop_.watch(browser.fd, true, !browser.connection->output().empty(),
                runtime::Watcher::to<&Shell::any_browser>(*this));
  }
  void drop(Browser& browser) {
    loop_.unwatch(browser.fd);
    ::close(browser.fd);
    browser = {};
  }

  runtime::Loop& loop_;
  hmi::Config config_;
  ipc::Client<grant::session> session_;
  ipc::Client<grant::ledger> ledger_;
  List<int, 2> listeners_{};  ///< a number that was closed at the start may be somebody else's later
  hmi::TokenLines lines_{};
  hmi::History history_{};
  bool stale_ = false;
  std::array<Browser, kMostBrowsers> browsers_{};
  std::array<char, 16 * 1024> state_buffer_{};
  std::array<char, 64 * 1024> history_buffer_{};
  std::string_view state_{"{}"};
  std::string_view history_text_{R"({"points":[]})"};
};

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<hmi::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  const auto shell = std::make_unique<Shell>(loop, *config);
  return runtime::run(loop, grant::kProcess, *found);
}
