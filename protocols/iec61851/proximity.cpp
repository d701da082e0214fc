#include "protocols/iec61851/proximity.hpp"

namespace bulwatt::iec61851 {

std::optional<std::uint32_t> cable_ampacity(std::uint32_t proximity_ohm) {
  for (const auto& coding : kCableCodings) {
    if (proximity_ohm >= coding.least_ohm && proximity_ohm <= coding.most_ohm) return coding.ampacity_ma;
  }
  return std::nullopt;
}

}  // namespace bulwatt::iec61851
