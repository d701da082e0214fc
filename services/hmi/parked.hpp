// The past of the plots as the supervisor keeps it for us over a restart: thinned, because a capsule is small. Losing it costs a
// driver the left half of a curve and nothing else.
#pragma once
#include "services/hmi/view.hpp"

namespace bulwatt::hmi {

inline constexpr std::size_t kParkedPoints = 40;                   ///< of one EVSE
inline constexpr std::size_t kThinning = kPoints / kParkedPoints;  ///< every fifteenth point

struct ParkedPoint {
  std::uint32_t before_s{};  ///< seconds before the newest point
  std::int32_t power_w{};
  std::int64_t energy_wh{};
  static constexpr auto fields() {
    return list(field<&ParkedPoint::before_s>("before_s"), field<&ParkedPoint::power_w>("power_w"),
                field<&ParkedPoint::energy_wh>("energy_wh"));
  }
};

/// The plot of one EVSE.
struct ParkedPlot {
  std::int64_t newest{};                      ///< seconds since 1970
  List<ParkedPoint, kParkedPoints> points{};  ///< oldest first
  static constexpr auto fields() {
    return list(field<&ParkedPlot::newest>("newest"), field<&ParkedPlot::points>("points"));
  }
};

/// One plot per EVSE, from EVSE 1 on.
struct Parked {
  static constexpr std::uint16_t kVersion = 2;
  List<ParkedPlot, power::kMaxEvses> plots{};
  static constexpr auto fields() { return list(field<&Parked::plots>("plots")); }
};

ParkedPlot park(const History& history);
/// The past as it was parked; empty when it lies in the future of `now_s`, which means that the clock was set back.
History restore(const ParkedPlot& parked, std::int64_t now_s);

}  // namespace bulwatt::hmi
