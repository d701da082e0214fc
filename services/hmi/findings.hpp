// What is wrong with the station and where, for whoever installs or repairs it. Pure. The sentences, in the languages of
// the page, stand in console/words.ts under the same codes: what is wrong, and what to do about it.
#pragma once
#include <optional>
#include <span>

#include "interfaces/session.hpp"

namespace bulwatt::hmi {

enum class Weight : std::uint8_t {
  hint,     ///< works as intended, though maybe not as expected
  warning,  ///< works with less than it could
  stop,     ///< nobody can charge there
};
constexpr auto enum_names(Weight) { return names("hint", "warning", "stop"); }

struct Finding {
  std::uint8_t evse{};       ///< 0: the station
  std::uint8_t connector{};  ///< 0: the EVSE
  Weight weight{};
  Text<24> code{};    ///< a name of power::Fault, or one of kCodes
  Text<64> detail{};  ///< a measured value or the station's own words; may be empty
  static constexpr auto fields() {
    return list(field<&Finding::evse>("evse"), field<&Finding::connector>("connector"),
                field<&Finding::weight>("weight"), field<&Finding::code>("code"), field<&Finding::detail>("detail"));
  }
};
inline constexpr std::size_t kMostFindings = 24;
using Findings = List<Finding, kMostFindings>;

/// Codes beside those of power::Fault.
inline constexpr std::array<std::string_view, 15> kCodes{
    "session_silent", "backend_offline", "records_waiting", "controller_silent", "pilot_shorted",  "cable_not_coded",
    "derated",        "meter_silent",    "no_current",      "weak_current",      "out_of_service", "cannot_record",
    "lock_stuck",     "tamper",          "pilot_low"};

/// Gravest first; of equal weight, in order of EVSE. What does not fit the list is the least grave.
/// `snapshots[i]` is of EVSE i + 1; absent: session does not answer.
Findings findings_of(std::span<const std::optional<session::Snapshot>> snapshots);

}  // namespace bulwatt::hmi
