#include "services/hmi/parked.hpp"

namespace bulwatt::hmi {

ParkedPlot park(const History& history) {
  ParkedPlot out{};
  const auto points = history.points.view();
  if (points.empty()) return out;
  out.newest = points.back().t;
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  for (std::size_t i = (points.size() - 1) % kThinning; i < points.size(); i += kThinning) {
    const auto& point = points[i];
    const auto before = std::clamp<std::int64_t>(out.newest - point.t, 0, kMost);
    const auto power = std::clamp(point.power_w, -kMost, kMost);
    static_cast<void>(
        out.points.push_back({static_cast<std::uint32_t>(before), static_cast<std::int32_t>(power), point.energy_wh}));
  }
  return out;
}

History restore(const ParkedPlot& parked, std::int64_t now_s) {
  History out{};
  if (parked.newest > now_s) return out;
  for (const auto& point : parked.points) {
    out.add({parked.newest - std::int64_t{point.before_s}, point.power_w, point.energy_wh});
  }
  return out;
}

}  // namespace bulwatt::hmi
