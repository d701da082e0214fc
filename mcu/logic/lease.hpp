// The host's key: a permit that ages. Anything that goes wrong with it leaves no permit.
#pragma once
#include "mcu/logic/config.hpp"

namespace bulwatt::mcu {

struct LeaseKey {
  mculink::Lease lease{};
  std::uint32_t remaining_us = 0;
  bool counter_known = false;

  bool fresh() const { return remaining_us > 0; }
  /// Lets `elapsed_us` pass; true when the lease ran out in it.
  bool age(std::uint32_t elapsed_us);
  /// A new host process starts its counter anew; the running lease keeps its time.
  void hello() { counter_known = false; }
  /// False, and nothing changed, for a repetition or an older lease.
  bool renew(const mculink::Lease& offered, const Config& config);
  friend bool operator==(const LeaseKey&, const LeaseKey&) = default;
};

/// Whether energy may be offered, and the duty cycle for it; nothing means steady +12 V.
/// `ampacity_ma` is what the cable carries; nothing for a cable that is missing or refused.
std::optional<std::uint16_t> offer(const LeaseKey& key, std::optional<std::uint32_t> ampacity_ma, const Config& config);

}  // namespace bulwatt::mcu
