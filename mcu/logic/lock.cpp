#include "mcu/logic/lock.hpp"

namespace bulwatt::mcu {

FaultBits Lock::check(const Sensors& sensors, bool energized, std::uint32_t elapsed_us, const Config& config) {
  if (!config.has_lock()) return 0;
  late_us = sensors.locked == engaged ? 0 : std::min(late_us + elapsed_us, config.lock_us);
  lost = energized && !sensors.locked ? static_cast<std::uint8_t>(std::min<int>(lost + 1, config.fault_samples))
                                      : std::uint8_t{0};
  // A lock that does not open is reported, but no reason to open a contactor.
  return (engaged && late(config)) || lost >= config.fault_samples ? bit(Fault::lock) : 0;
}

void Lock::drive(bool wanted, bool live, std::uint32_t elapsed_us, const Config& config) {
  live_us = live ? config.unlock_us : live_us - std::min(live_us, elapsed_us);
  engaged = wanted || (engaged && live_us > 0);
}

}  // namespace bulwatt::mcu
