// bulwatt-hmi: the local page and the token reader. Wiring only; see station_page.hpp, browsers.hpp and token_line.hpp.
#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "grants/hmi.hpp"
#include "libs/base/line.hpp"
#include "libs/runtime/process.hpp"
#include "services/hmi/browsers.hpp"
#include "services/hmi/station_page.hpp"
#include "services/hmi/token_line.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::hmi;
using namespace std::chrono_literals;

namespace {

constexpr Duration kParkInterval = 5s;
/// Session changes in bursts; the page need not follow each step, and its questions must leave room for a card at the reader.
constexpr Duration kLookAgain = 50ms;
constexpr std::uint32_t kLooksPerSecond = 35, kLooksAtOnce = 14;  ///< of the conduit's 50 and 20
constexpr Duration kTokenAgain = 100ms;
constexpr int kTokenTries = 10;  ///< of a card for which there was no room
constexpr std::array kListeners{grant::kListen_hmi, grant::kListen6_hmi};
constexpr std::uint8_t kAnyEvse = 0;

class Shell final : hmi::ReceiptSource {
 public:
  Shell(runtime::Loop& loop, const hmi::Config& config)
      : loop_(loop),
        session_(loop.use<grant::session>(*this)),
        ledger_(loop.use<grant::ledger>(*this)),
        meter_(loop.use<grant::meter>(*this)),
        page_(config),
        browsers_(loop, page_) {
    page_.set_receipts(*this);
    loop.on_peer<grant::session>(runtime::Delegate<bool>::to<&Shell::session_peer>(*this));
    if (const auto parked = loop.parked<hmi::Parked>()) page_.restore(*parked, os::civil_now());
    refresh();
    loop.every(kParkInterval, runtime::Action::to<&Shell::park>(*this));
    loop.every(1s, runtime::Action::to<&Shell::second>(*this));
    loop.at_end_of_turn(runtime::Action::to<&Shell::end_of_turn>(*this));
    browsers_.listen(kListeners);
    if (::fcntl(grant::kDevice_reader, F_GETFD) >= 0) {
      loop.watch(grant::kDevice_reader, true, false, runtime::Watcher::to<&Shell::reader>(*this));
    }
  }
  void on(const session::SnapshotChanged&) { stale_ = true; }

 private:
  std::optional<session::GetReceipt::Last> receipt(std::uint8_t evse) override {
    const auto last = session_.call(session::GetReceipt{evse});
    if (!last) return std::nullopt;
    return *last;
  }
  std::optional<ledger::Prove::Proof> proof(std::uint64_t sequence) override {
    const auto got = ledger_.call(ledger::Prove{sequence});
    if (!got) return std::nullopt;
    return *got;
  }
  std::optional<session::GetMeterRecord::Part> part(const session::GetMeterRecord& request) override {
    const auto got = session_.call(request);
    if (!got) return std::nullopt;
    return *got;
  }
  std::optional<meter::GetKeys::Keys> keys() override {
    const auto got = meter_.call(meter::GetKeys{});
    if (!got) return std::nullopt;
    return *got;
  }
  void session_peer(bool alive) { known_ = known_ && alive; }
  /// What the station consists of is asked once; it does not change while session lives.
  void learn() {
    const auto topology = session_.call(session::GetTopology{});
    if (!topology) return;
    page_.set_topology(*topology);
    known_ = true;
  }
  void refresh() {
    stale_ = false;
    if (!known_) learn();
    for (std::uint8_t evse = 1; evse <= page_.evses(); ++evse) {
      const auto snapshot = session_.call(session::GetSnapshot{evse});
      page_.set_snapshot(evse, snapshot ? std::optional{*snapshot} : std::nullopt);
    }
    page_.refresh(os::civil_now());
    browsers_.tell(page_.station());
  }
  void second() {
    refresh();
    browsers_.drop_idle();
  }
  void park() { loop_.park(page_.park()); }
  void end_of_turn() {
    if (!stale_) return;
    const auto now = os::now();
    bool room = now >= next_look_;
    for (std::uint8_t evse = 1; room && evse <= page_.evses(); ++evse) room = looks_.take(now);
    if (room) return refresh();
    next_look_ = std::max(next_look_, now + kLookAgain);
    loop_.at(look_, next_look_, runtime::Action::to<&Shell::end_of_turn>(*this));
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
  /// One reader serves all EVSEs; session finds the one that is meant.
  void present(const session::IdToken& token) {
    waiting_ = token;
    tries_ = 0;
    present_waiting();
  }
  void present_waiting() {
    if (!waiting_) return;
    const auto verdict = session_.call(session::PresentToken{kAnyEvse, *waiting_});
    // Refused for want of room it has reached nobody. After any other failure session may have acted on it.
    if (!verdict && verdict.error().failure == ipc::Failure::refused_rate && ++tries_ < kTokenTries)
      return loop_.at(again_, os::now() + kTokenAgain, runtime::Action::to<&Shell::present_waiting>(*this));
    waiting_.reset();
    const auto word = verdict ? enum_text(verdict->verdict) : verdict.error().text();
    runtime::log(Line<80>{"a token was shown: ", word}.view());
    if (verdict) return;
    ledger_.call(ledger::Append{ledger::Subject::authorization, ledger::Severity::warning, "TokenNotTaken", word});
  }

  runtime::Loop& loop_;
  ipc::Client<grant::session> session_;
  ipc::Client<grant::ledger> ledger_;
  ipc::Client<grant::meter> meter_;
  hmi::TokenLines lines_{};
  hmi::StationPage page_;
  hmi::Browsers browsers_;
  std::optional<session::IdToken>
      waiting_{};  ///< a card that was shown and not taken yet; the next one takes its place
  int tries_ = 0;
  runtime::TimerId again_{}, look_{};
  Instant next_look_{};  ///< not before, after there was no room
  ipc::RateLimit looks_{kLooksPerSecond, kLooksAtOnce};
  bool known_ = false;
  bool stale_ = false;
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
