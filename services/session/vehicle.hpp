// A car that speaks DIN SPEC 70121 or ISO 15118: whether it is spoken to at all, and what its session may have. The protocol is
// v2g's; what it may have is decided here as for every other car.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

void vehicle_reported(const At& c, const ReportVehicle& report);
/// v2g is gone: no car's session has a say any more.
void vehicle_lost(const At& c);
/// Chooses between 5 % and the duty cycle.
void follow_vehicle(const At& c);
/// Whether energy may be offered now as far as the car's own session goes. By the duty cycle: always.
bool takes_energy(const At& c);
/// What the DC supply shall do for the car that demands energy: never more than the limits leave, whatever v2g says. On an AC outlet:
/// nothing.
struct DcWish {
  power::Supply supply{};
  std::int32_t target_mv = 0;
  std::int32_t target_ma = 0;
};
DcWish dc_wish(const At& c, std::uint32_t limit_ma);
VehicleOutlet outlet_of(const At& c, std::uint8_t connector);

}  // namespace bulwatt::session
