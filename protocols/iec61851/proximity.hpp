// The proximity contact of a detachable cable: a resistor to earth in its plug says what the cable can carry.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::iec61851 {

/// Nothing in the socket.
inline constexpr std::uint32_t kOpenCircuit = 0xffff'ffff;

struct CableCoding {
  std::uint32_t nominal_ohm;
  std::uint32_t least_ohm;  ///< accepted from here
  std::uint32_t most_ohm;   ///< to here
  std::uint32_t ampacity_ma;
};
/// Between the windows a resistor means nothing: the cable is refused. The thickest is coded for 63 A three-phase
/// (70 A single-phase exists; the smaller holds for both).
inline constexpr std::array kCableCodings{
    CableCoding{1500, 1100, 2460, 13'000},
    CableCoding{680, 400, 936, 20'000},
    CableCoding{220, 164, 308, 32'000},
    CableCoding{100, 80, 140, 63'000},
};

/// What the cable can carry; nothing when there is none or its resistor is in no window.
std::optional<std::uint32_t> cable_ampacity(std::uint32_t proximity_ohm);

}  // namespace bulwatt::iec61851
