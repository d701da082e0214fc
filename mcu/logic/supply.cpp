#include "mcu/logic/supply.hpp"

#include "mcu/logic/switchgear.hpp"

namespace bulwatt::mcu {

namespace {
/// Time counts no further; longer than every limit.
constexpr std::uint32_t kLongestUs = 20'000'000;
}  // namespace

void SupplyControl::enter(Part next) {
  part = next;
  age_us = 0;
}

void SupplyControl::test(const Sensors& s, std::uint32_t elapsed_us, const Config& config) {
  age_us = std::min(age_us + elapsed_us, kLongestUs);
  const bool there = s.outlet_mv >= config.test_mv - config.test_off_mv;
  switch (part) {
    case Part::none: return enter(Part::raising);
    case Part::raising:
      if (there) return enter(Part::measuring);
      if (age_us >= config.test_rise_us) enter(Part::failed);
      return;
    case Part::measuring:
      // A monitor that says no at all is a fault of its own, and has opened the outlet.
      warned = warned || s.isolation_warning;
      if (!there) return enter(Part::failed);
      if (age_us >= config.test_measure_us) enter(Part::lowering);
      return;
    case Part::lowering:
      if (discharged(s, config)) return enter(Part::passed);
      if (age_us >= config.discharge_us) enter(Part::failed);
      return;
    case Part::passed:
    case Part::failed: return;
  }
}

Setpoint SupplyControl::step(const LeaseKey& key, bool live, const Sensors& sensors, std::uint32_t elapsed_us,
                             const Config& config) {
  if (!config.dc || !live) {
    *this = {};
    return {};
  }
  // The vehicle may still be given time to open its contactors; the supply is off at once.
  if (!key.fresh() || !key.lease.permit) return {};
  const auto& lease = key.lease;
  if (lease.supply == mculink::Supply::isolate) {
    test(sensors, elapsed_us, config);
    const bool voltage = part == Part::raising || part == Part::measuring;
    return voltage ? Setpoint{true, std::min(config.test_mv, config.most_mv), config.test_ma} : Setpoint{};
  }
  if (lease.supply != mculink::Supply::give || part != Part::passed) return {};
  return {true, std::clamp(lease.target_mv, 0, config.most_mv), std::clamp(lease.target_ma, 0, config.most_ma)};
}

mculink::Isolation SupplyControl::isolation() const {
  switch (part) {
    case Part::none: return mculink::Isolation::idle;
    case Part::passed: return warned ? mculink::Isolation::warning : mculink::Isolation::valid;
    case Part::failed: return mculink::Isolation::fault;
    case Part::raising:
    case Part::measuring:
    case Part::lowering: break;
  }
  return mculink::Isolation::testing;
}

}  // namespace bulwatt::mcu
