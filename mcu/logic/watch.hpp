// Watching the hardware: which faults are present now. Latching them is control's business.
#pragma once
#include "mcu/logic/config.hpp"
#include "mcu/logic/inputs.hpp"

namespace bulwatt::mcu {

/// What was commanded up to this cycle, against which the sensors are judged.
struct Drive {
  std::uint16_t duty_permille = iec61851::kSteadyHigh;
  std::uint32_t duty_age_us = 0;  ///< since it changed; saturates
  bool contactor = false;         ///< the outlet shall be live; `contacts` follow in their order
  Contacts contacts{};

  bool pwm() const { return duty_permille != iec61851::kSteadyHigh && duty_permille != iec61851::kSteadyLow; }
  friend bool operator==(const Drive&, const Drive&) = default;
};

struct Watch {
  std::uint8_t pe_bad = 0;  ///< samples in a row, as the next five
  std::uint8_t hot = 0;
  std::uint8_t diode_bad = 0;
  std::uint8_t pilot_bad = 0;
  std::uint8_t isolation_bad = 0;
  std::uint8_t supply_bad = 0;
  std::array<std::uint32_t, 3> disagree_us{};  ///< each contact and its feedback differ for so long; saturates
  std::uint32_t charged_us = 0;                ///< DC: the outlet is open and under voltage for so long; saturates

  /// Judges one cycle. `held` is the believed band of the pilot; during the residual current device's self-test its
  /// trip is wanted and not a fault.
  FaultBits step(const Sensors& sensors, const Drive& drive, Band held, bool self_test, std::uint32_t elapsed_us,
                 const Config& config);
  /// Something was bad in this cycle, though not yet for long enough to be a fault.
  bool doubts() const {
    const bool samples =
        pe_bad != 0 || hot != 0 || diode_bad != 0 || pilot_bad != 0 || isolation_bad != 0 || supply_bad != 0;
    return samples || disagree_us != std::array<std::uint32_t, 3>{} || charged_us != 0;
  }
  friend bool operator==(const Watch&, const Watch&) = default;
};

}  // namespace bulwatt::mcu
