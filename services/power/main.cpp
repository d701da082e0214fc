// bulwatt-power: contactor lease and control pilot. Wiring only; see controller.hpp.
#include "grants/power.hpp"
#include "libs/runtime/process.hpp"
#include "services/power/serial.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::power;

namespace {

class Shell {
 public:
  Shell(runtime::Loop& loop, const power::Config& config) : loop_(loop), line_(grant::kDevice_mcu), controller_(config, line_) {
    session_.emplace(loop.serve<grant::session>(*this));
    loop.every(power::kLeasePeriod, runtime::Action::to<&Shell::tick>(*this));
    loop.at_end_of_turn(runtime::Action::to<&Shell::tell>(*this));
    loop.watch(grant::kDevice_mcu, true, false, runtime::Watcher::to<&Shell::readable>(*this));
  }

  using Answer = std::expected<power::Status, power::Error>;
  Answer on(const power::RenewPermit& r) {
    return answer(r.evse, [&] { controller_.renew(r.energize, r.limit_ma, os::now()); });
  }
  Answer on(const power::RevokePermit& r) {
    return answer(r.evse, [&] { controller_.revoke(os::now()); });
  }
  Answer on(const power::ReadStatus& r) {
    return answer(r.evse, [] {});
  }
  Answer on(const power::ResetFault& r) {
    return answer(r.evse, [&] { controller_.reset_fault(); });
  }

 private:
  template <class Act>
  Answer answer(std::uint8_t evse, Act act) {
    if (evse != kEvse) return std::unexpected(power::Error::unknown_evse);
    act();
    return controller_.status(os::now());
  }
  void tick() { controller_.tick(os::now()); }
  void readable(runtime::Readiness ready) {
    const auto bytes = line_.read();
    if (bytes.empty() && ready.broken) {
      // The other side of the line went away; status turns silent by itself and a restart opens the device anew.
      loop_.unwatch(grant::kDevice_mcu);
      runtime::log("the serial line to the safety controller is gone; restarting to open it again");
      std::_Exit(runtime::kExitSetUp);
    }
    controller_.feed(bytes, os::now());
  }
  void tell() {
    if (controller_.take_changed(os::now())) session_->pulse(power::StatusChanged{kEvse});
  }

  static constexpr std::uint8_t kEvse = 1;
  runtime::Loop& loop_;
  power::SerialLine line_;
  power::Controller controller_;
  std::optional<ipc::Server<grant::session>> session_{};
};

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<power::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  if (!power::make_raw(grant::kDevice_mcu)) {
    runtime::log("device mcu is no serial line; check [devices] mcu in the station's configuration");
    return runtime::kExitSetUp;
  }
  Shell shell{loop, *config};
  return runtime::run(loop, grant::kProcess, *found);
}
