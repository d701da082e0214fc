// bulwatt-v2g: talks to cars. Wiring only; see link.hpp and sockets.hpp.
#include <memory>

#include "grants/v2g.hpp"
#include "libs/base/line.hpp"
#include "libs/runtime/process.hpp"
#include "services/v2g/sockets.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::v2g;

namespace {

constexpr std::array kFirstSockets{grant::kLink_car, grant::kLink_car2, grant::kLink_car3, grant::kLink_car4};
static_assert(kFirstSockets.size() == v2g::kMaxLinks);
constexpr Duration kReportInterval = std::chrono::milliseconds{session::kVehicleReportMs};
constexpr Duration kReportIntervalDc = std::chrono::milliseconds{session::kVehicleReportDcMs};
constexpr std::uint32_t kAskVaultSeconds = 5;  ///< whether there are other certificates
constexpr int kTellings =
    4;  ///< a report may change the outlet, which may change the demand; more is told with the next one

class Shell final : public v2g::Notes, public v2g::Teller {
 public:
  Shell(runtime::Loop& loop, const v2g::Config& config)
      : loop_(loop), session_(loop.use<grant::session>(*this)), tls_(config, loop.use<grant::vault>(*this)) {
    if (!tls_.open()) runtime::log("no TLS with cars: the library of it is too old or refuses the vault's keys");
    for (std::size_t i = 0; i < config.links.size; ++i) {
      auto& side = sides_[i];
      const auto& place = config.links[i];
      side.link = std::make_unique<v2g::Link>(place, config, &os::random_bytes, *this, &tls_.contracts());
      side.sockets = std::make_unique<v2g::Sockets>(
          loop, *side.link, v2g::Sockets::Place{place, config.require_tls, kFirstSockets[i], i}, tls_, *this);
      if (side.sockets->open()) continue;
      side = {};
      runtime::log(Line<160>{"there was no interface ", place.interface.view(), " when the station started: EVSE ",
                             place.evse, " tells cars their current by the duty cycle only"}
                       .view());
    }
    loop.on_peer<grant::session>(runtime::Delegate<bool>::to<&Shell::session_peer>(*this));
    loop.on_peer<grant::vault>(runtime::Delegate<bool>::to<&Shell::vault_peer>(*this));
    loop.every(kReportInterval, runtime::Action::to<&Shell::repeat>(*this));
    loop.every(kReportIntervalDc, runtime::Action::to<&Shell::repeat_dc>(*this));
    loop.every(std::chrono::seconds{1}, runtime::Action::to<&Shell::second>(*this));
    loop.after(Duration::zero(), runtime::Action::to<&Shell::begin>(*this));
  }

  void on(const session::SnapshotChanged& pulse) {
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (sides_[i].link && sides_[i].link->report().evse == pulse.evse) say(i);
    }
  }
  void on(const vault::SignDone&) {
    for (auto& side : sides_) {
      if (side.sockets) side.sockets->key_ready();
    }
  }
  void note(std::string_view line) override { runtime::log(line); }
  void tell(std::size_t index) override {
    if (changed(index)) say(index);
    sides_[index].sockets->flush();
    set_timer();
  }

 private:
  struct Side {
    std::unique_ptr<v2g::Link> link{};
    std::unique_ptr<v2g::Sockets> sockets{};
    wire::Buffer<session::ReportVehicle> said{};
    std::size_t said_size = 0;
  };

  bool changed(std::size_t index) {
    auto& side = sides_[index];
    wire::Buffer<session::ReportVehicle> now{};
    const auto size = wire::encode(side.link->report(), now);
    const bool same = size == side.said_size &&
                      std::equal(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(size), side.said.begin());
    side.said = now;
    side.said_size = size;
    return !same;
  }
  /// Tells session and hears of the outlet, until nothing changes any more.
  void say(std::size_t index) {
    auto& link = *sides_[index].link;
    for (int i = 0; i < kTellings; ++i) {
      static_cast<void>(changed(index));
      const auto outlet = session_.call(link.report());
      link.set_outlet(outlet ? std::optional{*outlet} : std::nullopt, os::civil_now(), os::now());
      if (!changed(index)) break;
    }
    sides_[index].sockets->flush();
    set_timer();
  }
  void for_all(void (Shell::*act)(std::size_t)) {
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (sides_[i].link) (this->*act)(i);
    }
  }
  void begin() {
    ask_vault();
    for_all(&Shell::say);
    second();
  }
  void repeat() { for_all(&Shell::say); }
  void repeat_dc() {
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (sides_[i].link && sides_[i].link->supplies_dc()) say(i);
    }
  }
  void vault_peer(bool alive) {
    if (alive) ask_vault();
  }
  void ask_vault() {
    if (!tls_.refresh()) return;
    for (auto& side : sides_) {
      if (side.sockets) side.sockets->offer();
    }
  }
  void session_peer(bool) { for_all(&Shell::say); }
  void second() {
    if (++seconds_ % kAskVaultSeconds == 0) ask_vault();
    for (auto& side : sides_) {
      if (side.sockets) side.sockets->second();
    }
  }
  void due() {
    const auto now = os::now();
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (!sides_[i].link) continue;
      sides_[i].link->poll(now);
      tell(i);
    }
  }
  void set_timer() {
    Instant next = kNever;
    for (const auto& side : sides_) {
      if (side.link) next = std::min(next, side.link->next());
    }
    loop_.at(timer_, next, runtime::Action::to<&Shell::due>(*this));
  }

  runtime::Loop& loop_;
  ipc::Client<grant::session> session_;
  v2g::TlsSide tls_;  // outlives the sockets
  std::array<Side, v2g::kMaxLinks> sides_{};
  std::uint32_t seconds_ = 0;
  runtime::TimerId timer_ = runtime::kNoTimer;
};

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<v2g::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  const auto shell = std::make_unique<Shell>(loop, *config);
  return runtime::run(loop, grant::kProcess, *found);
}
