#include "mcu/board/supply.hpp"

namespace bulwatt::board {
namespace {
constexpr std::int32_t kRampMv = 2'000;      ///< in a cycle, both ways
constexpr std::int32_t kRiseMa = 100;        ///< in a cycle
constexpr std::int32_t kFallMa = 1'000;      ///< in a cycle: 200 A within 200 ms
constexpr std::int32_t kLoopMilliohm = 100;  ///< supply, cable and battery
// Time constants of the outlet's capacity.
constexpr std::int32_t kPrechargeTimeMs = 50;
constexpr std::int32_t kDischargeTimeMs = 200;

std::int32_t towards(std::int32_t value, std::int32_t wanted, std::int32_t rise, std::int32_t fall) {
  return value + std::clamp(wanted - value, -fall, rise);
}

/// What flows into the battery, were there nothing but voltages and resistance.
std::int32_t free_current(std::int32_t source_mv, std::int32_t battery_mv) {
  return std::max(source_mv - battery_mv, 0) * (1000 / kLoopMilliohm);
}
}  // namespace

void DcSupply::step(const mcu::Setpoint& setpoint, Path path, std::optional<std::int32_t> battery_mv,
                    const Broken& broken) {
  silent_ms_ = broken.silent ? std::min(silent_ms_ + 1, kSilenceMs) : 0;
  const bool on = setpoint.on && !broken.silent;
  const std::int32_t wanted_mv = !on ? 0 : broken.low ? setpoint.mv / 2 : setpoint.mv;
  source_mv_ = towards(source_mv_, wanted_mv, kRampMv, kRampMv);
  const bool flows = path == Path::through && battery_mv && on;
  const std::int32_t wanted_ma = flows ? std::min(free_current(source_mv_, *battery_mv), setpoint.ma) : 0;
  current_ma_ = path == Path::open ? 0 : towards(current_ma_, wanted_ma, kRiseMa, kFallMa);
  // The battery holds the outlet; what limits the current pulls the source down to it.
  through_ = path == Path::through;
  if (battery_mv) outlet_mv_ = *battery_mv + current_ma_ / 1000 * kLoopMilliohm / 2;
  else if (path == Path::through) outlet_mv_ = source_mv_;
  else if (path == Path::resistor) outlet_mv_ += (source_mv_ - outlet_mv_) / kPrechargeTimeMs;
  else if (!broken.keeps_charge) outlet_mv_ -= outlet_mv_ / kDischargeTimeMs;
}

}  // namespace bulwatt::board
