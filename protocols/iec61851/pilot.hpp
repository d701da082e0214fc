// The control pilot of IEC 61851-1: what a measured pair of levels means, and when a change of it is believed.
// Pure: one sample in, one state out. Voltages in millivolts against protective earth, measured at the station's
// outlet.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::iec61851 {

/// The pilot state. The digit says whether the station offers energy: 1 steady +12 V, 2 the 1 kHz signal.
enum class Pilot : std::uint8_t { a, b1, b2, c1, c2, d1, d2, e, f };
constexpr auto enum_names(Pilot) { return names("A", "B1", "B2", "C1", "C2", "D1", "D2", "E", "F"); }

/// A vehicle is plugged in and its pilot circuit is sound.
constexpr bool connected(Pilot pilot) { return pilot >= Pilot::b1 && pilot <= Pilot::d2; }
/// The vehicle asks for energy (C, or D with ventilation), whether or not it is offered.
constexpr bool wants_energy(Pilot pilot) { return pilot >= Pilot::c1 && pilot <= Pilot::d2; }
/// The station runs the 1 kHz signal in this state.
constexpr bool offered(Pilot pilot) { return pilot == Pilot::b2 || pilot == Pilot::c2 || pilot == Pilot::d2; }

/// The voltage band of the positive level. `undefined` is every voltage between the bands and outside them all.
enum class Band : std::uint8_t { a, b, c, d, e, f, undefined };
constexpr auto enum_names(Band) { return names("a", "b", "c", "d", "e", "f", "undefined"); }

inline constexpr std::int32_t kLevelA = 12'000;
inline constexpr std::int32_t kLevelB = 9'000;
inline constexpr std::int32_t kLevelC = 6'000;
inline constexpr std::int32_t kLevelD = 3'000;
inline constexpr std::int32_t kLevelE = 0;
inline constexpr std::int32_t kLevelF = -12'000;
/// Half the width of every band: the receiver accepts a level within this of its nominal value.
inline constexpr std::int32_t kTolerance = 1'000;
/// The band that holds is this much wider on both sides, so that a level at its edge does not flicker.
inline constexpr std::int32_t kHysteresis = 300;

/// The band of `high_mv` while `held` is the band believed so far.
Band band_of(std::int32_t high_mv, Band held = Band::undefined);

/// Whether the negative level is what a vehicle's diode leaves of it. Meaningful only while the 1 kHz signal runs.
constexpr bool diode_present(std::int32_t low_mv) {
  return low_mv >= kLevelF - kTolerance && low_mv <= kLevelF + kTolerance;
}

/// The state of a believed band. An undefined level is E: no vehicle state may be read from it.
Pilot pilot_of(Band band, bool pwm_running);

/// How many samples of the 1 ms cycle it takes to believe a change.
struct DebounceCounts {
  std::uint16_t fault = 3;     ///< towards E and F
  std::uint16_t release = 12;  ///< C or D towards B or A (an eighth of the 100 ms to power-off), and everything else
  std::uint16_t engage = 50;   ///< towards C or D, all in a row: nothing is lost by waiting (the vehicle grants 3 s)
  friend bool operator==(const DebounceCounts&, const DebounceCounts&) = default;
};
/// A band counts as seen, or as returned to, after this many equal samples in a row; fewer are a spike.
inline constexpr std::uint16_t kSteadySamples = 3;

/// Believes a band after enough samples. A level that leaves the held band and settles nowhere is undefined after
/// `release` + kSteadySamples samples: wobbling between C and anything else can't keep the contactor closed.
struct PilotFilter {
  Band held = Band::undefined;
  Band run = Band::undefined;    ///< the band of the latest samples in a row
  std::uint16_t run_length = 0;  ///< how many; saturates
  std::uint16_t away = 0;        ///< samples since the held band was left; saturates

  /// Takes the level of one cycle; returns the band believed now.
  Band sample(std::int32_t high_mv, const DebounceCounts& counts);
  friend bool operator==(const PilotFilter&, const PilotFilter&) = default;
};

}  // namespace bulwatt::iec61851
