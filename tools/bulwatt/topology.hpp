// The one topology of a station, seen from three services: EVSEs with connectors (session), outlets with safety controllers
// (power), meters (meter). They must tell the same story.
#pragma once
#include <string>
#include <vector>

#include "services/meter/config.hpp"
#include "services/power/config.hpp"
#include "services/session/config.hpp"

namespace bulwatt::station_file {

/// What contradicts, one sentence each that says what to do; empty when nothing does. `mcu_lines`: whether [devices] names
/// the line of safety controller 1 to 4.
std::vector<std::string> topology_faults(const session::Config& session, const power::Config& power,
                                         const meter::Config& meter,
                                         const std::array<bool, power::kMaxOutlets>& mcu_lines);

}  // namespace bulwatt::station_file
