// The meter's public keys, for everybody who wants to check its records: as text, and as a QR code of that text.
#pragma once
#include "interfaces/meter.hpp"

namespace bulwatt::hmi {

inline constexpr int kLargestCode = 12;  ///< version of the QR code: 65 modules a side
inline constexpr std::size_t kMaxModules = (17 + 4 * kLargestCode) * (17 + 4 * kLargestCode);

/// What `/meter-key` answers.
struct KeyView {
  Text<200> key{};              ///< as OCPP says it, too
  std::uint16_t side{};         ///< modules
  Text<kMaxModules> modules{};  ///< row by row: 1 is dark, 0 is light. Without the light margin that a reader needs
  Octets<meter::kMaxTwinKey> twin{};  ///< the post-quantum one; far too large for a code
  static constexpr auto fields() {
    using K = KeyView;
    return list(field<&K::key>("key"), field<&K::side>("side"), field<&K::modules>("modules"), field<&K::twin>("twin"));
  }
};

/// False: the station signs nothing.
bool show_keys(KeyView& view, const meter::GetKeys::Keys& keys);

}  // namespace bulwatt::hmi
