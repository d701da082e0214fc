// Duty cycle of the pilot signal and the current it stands for (IEC 61851-1 annex A). Duty in permille, current in mA.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::iec61851 {

inline constexpr std::uint16_t kSteadyHigh = 1000;  ///< no signal, constant +12 V: connected, nothing offered
inline constexpr std::uint16_t kSteadyLow = 0;      ///< constant -12 V: state F, the station is not available
inline constexpr std::uint16_t kDigital = 50;       ///< 5 %: the limit travels by digital communication (ISO 15118)

inline constexpr std::uint32_t kLeastCurrent = 6'000;  ///< less can't be offered: the signal is switched off instead
inline constexpr std::uint32_t kMostCurrent = 80'000;

/// What a vehicle reads from a duty cycle.
enum class DutyMeaning : std::uint8_t { not_allowed, digital, current };
constexpr auto enum_names(DutyMeaning) { return names("not_allowed", "digital", "current"); }

struct DutyReading {
  DutyMeaning meaning = DutyMeaning::not_allowed;
  std::uint32_t current_ma = 0;  ///< with `current` only
  friend bool operator==(const DutyReading&, const DutyReading&) = default;
};
DutyReading read_duty(std::uint16_t duty_permille);

/// The greatest duty cycle that never stands for more than `current_ma`; nothing below kLeastCurrent.
/// Currents between the two formulas (51 to 52.5 A) are offered as 51 A, currents above kMostCurrent as that.
std::optional<std::uint16_t> duty_for(std::uint32_t current_ma);

}  // namespace bulwatt::iec61851
