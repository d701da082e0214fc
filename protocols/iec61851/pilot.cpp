#include "protocols/iec61851/pilot.hpp"

namespace bulwatt::iec61851 {
namespace {

struct BandLevel {
  Band band;
  std::int32_t nominal_mv;
};
constexpr std::array kBands{BandLevel{Band::a, kLevelA}, BandLevel{Band::b, kLevelB}, BandLevel{Band::c, kLevelC},
                            BandLevel{Band::d, kLevelD}, BandLevel{Band::e, kLevelE}, BandLevel{Band::f, kLevelF}};
// Widened by the hysteresis, no two bands may touch: a level would have two meanings.
static_assert(kLevelA - kLevelB > 2 * (kTolerance + kHysteresis));
static_assert(kLevelD - kLevelE > 2 * (kTolerance + kHysteresis));

constexpr bool charging(Band band) { return band == Band::c || band == Band::d; }

// Whether a run of `run` equal samples, the latest of `away` outside the held band, is enough to believe `to`.
bool enough(Band held, Band to, std::uint16_t run, std::uint16_t away, const DebounceCounts& counts) {
  if (run < kSteadySamples) return false;
  if (to == Band::e || to == Band::f) return away >= counts.fault;
  if (charging(to) && !charging(held)) return run >= counts.engage;
  return away >= counts.release;
}

}  // namespace

Band band_of(std::int32_t high_mv, Band held) {
  for (const auto& [band, nominal_mv] : kBands) {
    const std::int32_t half = kTolerance + (band == held ? kHysteresis : 0);
    if (high_mv >= nominal_mv - half && high_mv <= nominal_mv + half) return band;
  }
  return Band::undefined;
}

Pilot pilot_of(Band band, bool pwm_running) {
  switch (band) {
    case Band::a: return Pilot::a;
    case Band::b: return pwm_running ? Pilot::b2 : Pilot::b1;
    case Band::c: return pwm_running ? Pilot::c2 : Pilot::c1;
    case Band::d: return pwm_running ? Pilot::d2 : Pilot::d1;
    case Band::f: return Pilot::f;
    case Band::e:
    case Band::undefined: break;
  }
  return Pilot::e;
}

Band PilotFilter::sample(std::int32_t high_mv, const DebounceCounts& counts) {
  const Band seen = band_of(high_mv, held);
  if (seen != run) {
    run = seen;
    run_length = 0;
  }
  // Both counts saturate: an unplugged, noisy line may wobble for days.
  run_length =
      std::min<std::uint16_t>(static_cast<std::uint16_t>(run_length + 1), std::max(counts.engage, kSteadySamples));
  if (seen == held && (away == 0 || run_length >= kSteadySamples)) {
    away = 0;
    return held;
  }
  const auto longest = static_cast<std::uint16_t>(counts.release + kSteadySamples);
  away = std::min<std::uint16_t>(static_cast<std::uint16_t>(away + 1), longest);
  if (seen != held && enough(held, seen, run_length, away, counts)) {
    held = seen;
    away = 0;
  } else if (charging(held) && away == longest) {
    held = Band::undefined;
    away = 0;
  }
  return held;
}

}  // namespace bulwatt::iec61851
