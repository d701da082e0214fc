#include "mcu/board/hardware.hpp"

namespace bulwatt::board {
namespace {
constexpr std::int32_t kGeneratorMv = 12'000;
constexpr std::int32_t kSourceOhm = 1'000;
constexpr std::int32_t kDiodeDropMv = 700;

/// The level a half-wave of `open_mv` leaves on the line: a divider, behind a diode that blocks the negative one.
std::int32_t loaded(std::int32_t open_mv, const Vehicle& vehicle, bool diode) {
  if (!vehicle.resistance_ohm) return open_mv;
  const auto ohm = static_cast<std::int64_t>(*vehicle.resistance_ohm);
  if (ohm == 0) return 0;  // Shorted before the diode.
  if (diode && open_mv < 0) return open_mv;
  const std::int64_t drop = diode ? kDiodeDropMv : 0;
  return static_cast<std::int32_t>((open_mv - drop) * ohm / (kSourceOhm + ohm) + drop);
}

/// Follows `wanted` after it has differed for `delay` cycles.
void follow(bool& value, bool wanted, std::uint32_t& count, std::uint32_t delay) {
  count = value == wanted ? 0 : count + 1;
  if (count >= delay) {
    value = wanted;
    count = 0;
  }
}
}  // namespace

void Hardware::set(Break which, bool is_broken) { broken_[static_cast<std::size_t>(which)] = is_broken; }

mcu::Sensors Hardware::step(const Vehicle& vehicle, const mcu::Outputs& outputs) {
  move_contactors(outputs);
  charge_outlet(vehicle, outputs.supply);
  measure_pilot(vehicle, outputs.duty_permille);
  const bool residual = (outputs.rcd_test || broken(Break::rcd_trip)) && !broken(Break::rcd_dead);
  follow(tripped_, residual, tripping_ms_, delays_.rcd_ms);
  sensors_.rcd_tripped = tripped_;
  sensors_.pp_ohm = vehicle.pp_ohm;
  sensors_.pe_ok = !broken(Break::pe_loss);
  sensors_.estop = broken(Break::estop);
  if (!broken(Break::lock_stuck)) follow(bolt_, outputs.lock, bolt_moving_ms_, delays_.lock_ms);
  sensors_.locked = bolt_;
  sensors_.tamper = broken(Break::tamper);
  sensors_.isolation_ok = dc_ && !broken(Break::isolation);
  sensors_.isolation_warning = dc_ && broken(Break::isolation_low);
  sensors_.temperature_dc = broken(Break::overtemp) ? kHotDc : kNormalDc;
  return sensors_;
}

void Hardware::move_contactors(const mcu::Outputs& outputs) {
  const bool welded = contact_ && broken(Break::weld);
  const bool negative_welded = negative_ && broken(Break::weld_negative);
  follow(contact_, outputs.contactor || welded, moving_ms_, delays_.contactor_ms);
  follow(negative_, outputs.negative || negative_welded, negative_moving_ms_, delays_.contactor_ms);
  follow(precharge_, outputs.precharge, precharge_moving_ms_, delays_.contactor_ms);
  if (!broken(Break::feedback_stuck)) sensors_.feedback_closed = contact_;
  sensors_.negative_closed = negative_;
  sensors_.precharge_closed = precharge_;
}

void Hardware::charge_outlet(const Vehicle& vehicle, const mcu::Setpoint& setpoint) {
  if (!dc_) return;
  const bool by_resistor = negative_ && precharge_ && !broken(Break::precharge);
  const auto path = energized()   ? DcSupply::Path::through
                    : by_resistor ? DcSupply::Path::resistor
                                  : DcSupply::Path::open;
  supply_.step(setpoint, path, vehicle.battery_mv,
               {.silent = broken(Break::supply_silent),
                .low = broken(Break::supply_low),
                .keeps_charge = broken(Break::discharge)});
  sensors_.source_mv = supply_.source_mv();
  sensors_.outlet_mv = supply_.outlet_mv();
  sensors_.outlet_ma = supply_.current_ma();
  sensors_.supply_silent = supply_.silent();
}

void Hardware::measure_pilot(const Vehicle& vehicle, std::uint16_t duty_permille) {
  if (broken(Break::pilot_stuck)) return;
  const bool diode = vehicle.diode && !broken(Break::diode);
  const std::int32_t high = vehicle.foreign_mv.value_or(loaded(kGeneratorMv, vehicle, diode));
  const std::int32_t low = vehicle.foreign_mv.value_or(loaded(-kGeneratorMv, vehicle, diode));
  sensors_.cp_high_mv = duty_permille == iec61851::kSteadyLow ? low : high;
  sensors_.cp_low_mv = duty_permille == iec61851::kSteadyHigh ? high : low;
}

}  // namespace bulwatt::board
