#include "mcu/logic/lease.hpp"

#include "protocols/iec61851/duty.hpp"

namespace bulwatt::mcu {

bool LeaseKey::age(std::uint32_t elapsed_us) {
  const bool was_fresh = fresh();
  remaining_us -= std::min(remaining_us, elapsed_us);
  return was_fresh && !fresh();
}

bool LeaseKey::renew(const mculink::Lease& offered, const Config& config) {
  // Newer by less than half the range of the counter; the difference wraps as the counter does.
  const std::uint32_t ahead = offered.counter - lease.counter;
  if (counter_known && (ahead == 0 || ahead > 0x7fff'ffff)) return false;
  lease = offered;
  counter_known = true;
  remaining_us = std::min(offered.lease_ms * 1'000U, config.lease_us);
  return true;
}

std::optional<std::uint16_t> offer(const LeaseKey& key, std::optional<std::uint32_t> ampacity_ma,
                                   const Config& config) {
  if (!key.fresh() || !ampacity_ma) return std::nullopt;
  if (key.lease.digital) return iec61851::kDigital;
  if (!key.lease.permit) return std::nullopt;
  return iec61851::duty_for(std::min({key.lease.max_current_ma, *ampacity_ma, config.hardware_ma}));
}

}  // namespace bulwatt::mcu
