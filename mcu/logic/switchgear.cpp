#include "mcu/logic/switchgear.hpp"

namespace bulwatt::mcu {
namespace {

/// The outlet has followed the source through the resistor: closing the main now makes no current of note.
bool precharged(const Sensors& s, const Config& config) {
  const std::int32_t difference = std::max(s.source_mv - s.outlet_mv, s.outlet_mv - s.source_mv);
  return s.negative_closed && s.precharge_closed && difference <= config.precharge_mv;
}

}  // namespace

bool discharged(const Sensors& sensors, const Config& config) {
  return !config.dc || (sensors.outlet_mv < config.safe_mv && sensors.outlet_mv > -config.safe_mv);
}

FaultBits Switchgear::check(const Sensors& sensors, std::uint32_t elapsed_us, const Config& config) {
  if (at != Step::precharging || precharged(sensors, config)) return 0;
  age_us = std::min(age_us + elapsed_us, config.precharge_us);
  return age_us >= config.precharge_us ? bit(Fault::precharge) : 0;
}

Switchgear::Step Switchgear::next(const Sensors& sensors, const Config& config) const {
  switch (at) {
    case Step::open: return config.dc ? Step::negative : Step::closed;
    case Step::negative: return sensors.negative_closed ? Step::precharging : at;
    case Step::precharging: return precharged(sensors, config) ? Step::joining : at;
    case Step::joining: return sensors.feedback_closed ? Step::closed : at;
    case Step::closed: break;
  }
  return at;
}

Contacts Switchgear::drive(bool wanted, const Sensors& sensors, const Config& config) {
  at = wanted ? next(sensors, config) : Step::open;
  if (at != Step::precharging) age_us = 0;
  const bool resistor = at == Step::precharging || at == Step::joining;
  return {.main = at == Step::joining || at == Step::closed,
          .negative = config.dc && at != Step::open,
          .precharge = resistor};
}

}  // namespace bulwatt::mcu
