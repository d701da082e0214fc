#include "tools/bulwatt/topology.hpp"

#include <algorithm>

namespace bulwatt::station_file {
namespace {

std::string evse_name(std::size_t evse) { return "EVSE " + std::to_string(evse); }
std::string outlet_name(std::size_t evse, std::size_t connector) {
  return evse_name(evse) + " connector " + std::to_string(connector);
}

class Check {
 public:
  Check(const session::Config& session, const power::Config& power, const meter::Config& meter,
        const std::array<bool, power::kMaxOutlets>& mcu_lines)
      : session_(session), power_(power), meter_(meter), mcu_lines_(mcu_lines) {}

  std::vector<std::string> run() {
    for (std::size_t i = 0; i < session_.evses.size; ++i) check_evse(i + 1, session_.evses[i]);
    for (const auto& outlet : power_.outlets) check_outlet(outlet);
    for (const auto& more : meter_.more) check_meter(more.evse);
    return std::move(faults_);
  }

 private:
  bool has(std::size_t evse, std::size_t connector) const {
    return evse <= session_.evses.size && connector <= session_.evses[evse - 1].connectors.size;
  }
  void check_evse(std::size_t evse, const session::EvseConfig& config) {
    for (std::size_t k = 1; k <= config.connectors.size; ++k) {
      const bool wired = std::ranges::any_of(
          power_.outlets, [&](const auto& outlet) { return outlet.evse == evse && outlet.connector == k; });
      if (!wired) faults_.push_back(outlet_name(evse, k) + " has no safety controller; name it in [[power.outlets]]");
    }
    if (config.hardware_max_ma > power_.hardware_max_ma) {
      faults_.push_back(evse_name(evse) + " may draw " + std::to_string(config.hardware_max_ma) +
                        " mA by its hardware_max, but [power] hardware_max_ma is " +
                        std::to_string(power_.hardware_max_ma) + "; make them agree");
    }
    const auto meters = std::ranges::count(meter_.more, evse, [](const auto& more) { return std::size_t{more.evse}; });
    if (evse > 1 && meters == 0) faults_.push_back(evse_name(evse) + " has no energy meter; name it in [[meter.more]]");
    if (meters > 1) faults_.push_back(evse_name(evse) + " has more than one energy meter; keep one of [[meter.more]]");
  }
  void check_outlet(const power::OutletConfig& outlet) {
    const auto name = outlet_name(outlet.evse, outlet.connector);
    if (!has(outlet.evse, outlet.connector))
      faults_.push_back("[[power.outlets]] names " + name + ", which [[session.evse]] does not have");
    if (mcu_lines_[outlet.device - 1U]) return;
    const auto device = outlet.device == 1 ? std::string{"mcu"} : "mcu" + std::to_string(outlet.device);
    faults_.push_back("[devices] " + device + " is missing: the path of the serial line to the safety controller of " +
                      name);
  }
  void check_meter(std::size_t evse) {
    if (evse <= session_.evses.size) return;
    faults_.push_back("[[meter.more]] measures " + evse_name(evse) + ", which [[session.evse]] does not have");
  }

  const session::Config& session_;
  const power::Config& power_;
  const meter::Config& meter_;
  const std::array<bool, power::kMaxOutlets>& mcu_lines_;
  std::vector<std::string> faults_{};
};

}  // namespace

std::vector<std::string> topology_faults(const session::Config& session, const power::Config& power,
                                         const meter::Config& meter,
                                         const std::array<bool, power::kMaxOutlets>& mcu_lines) {
  return Check{session, power, meter, mcu_lines}.run();
}

}  // namespace bulwatt::station_file
