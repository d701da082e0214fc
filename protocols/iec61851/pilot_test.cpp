#include "protocols/iec61851/pilot.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::iec61851;

namespace {
constexpr std::array kAllBands{Band::a, Band::b, Band::c, Band::d, Band::e, Band::f, Band::undefined};
constexpr std::int32_t kBetweenBAndC = 7'500;
// A voltage in the middle of each band, and one in none.
std::int32_t volts(Band band) {
  constexpr std::array kMv{12'000, 9'000, 6'000, 3'000, 0, -12'000, kBetweenBAndC};
  return kMv[static_cast<std::size_t>(band)];
}
PilotFilter holding(Band band) { return {.held = band, .run = band, .run_length = 50, .away = 0}; }

// Samples of `band` until the filter believes it; 1000 when it never does.
int samples_until(PilotFilter filter, Band band, Band believed) {
  const DebounceCounts counts;
  for (int n = 1; n < 1000; ++n) {
    if (filter.sample(volts(band), counts) == believed) return n;
  }
  return 1000;
}
}  // namespace

TEST_CASE("every voltage of the receiver's range is in the band of IEC 61851-1 or in none") {
  for (std::int32_t mv = -15'000; mv <= 15'000; mv += 10) {
    CAPTURE(mv);
    Band expected = Band::undefined;
    const std::map<Band, std::int32_t> nominal{{Band::a, 12'000}, {Band::b, 9'000}, {Band::c, 6'000},
                                               {Band::d, 3'000},  {Band::e, 0},     {Band::f, -12'000}};
    for (const auto& [band, level] : nominal) {
      if (std::abs(mv - level) <= 1'000) expected = band;
    }
    REQUIRE(band_of(mv) == expected);
  }
}

TEST_CASE("the held band is wider by the hysteresis, and only the held one") {
  for (const Band held : kAllBands) {
    if (held == Band::undefined) continue;
    CHECK(band_of(volts(held) + kTolerance + kHysteresis, held) == held);
    CHECK(band_of(volts(held) - kTolerance - kHysteresis, held) == held);
    CHECK(band_of(volts(held) + kTolerance + kHysteresis + 1, held) != held);
    CHECK(band_of(volts(held) - kTolerance - kHysteresis - 1, held) != held);
    CHECK(band_of(volts(held) + kTolerance + 1) != held);
  }
}

TEST_CASE("bands and the station's signal give the pilot state") {
  struct Case {
    Band band;
    Pilot steady, pwm;
  };
  for (const auto& c :
       {Case{Band::a, Pilot::a, Pilot::a}, Case{Band::b, Pilot::b1, Pilot::b2}, Case{Band::c, Pilot::c1, Pilot::c2},
        Case{Band::d, Pilot::d1, Pilot::d2}, Case{Band::e, Pilot::e, Pilot::e}, Case{Band::f, Pilot::f, Pilot::f},
        Case{Band::undefined, Pilot::e, Pilot::e}}) {
    CHECK(pilot_of(c.band, false) == c.steady);
    CHECK(pilot_of(c.band, true) == c.pwm);
  }
  CHECK(enum_text(Pilot::b2) == "B2");
}

TEST_CASE("connected, wants_energy and offered sort the nine states") {
  struct Case {
    Pilot pilot;
    bool is_connected, wants, is_offered;
  };
  for (const auto& c :
       {Case{Pilot::a, false, false, false}, Case{Pilot::b1, true, false, false}, Case{Pilot::b2, true, false, true},
        Case{Pilot::c1, true, true, false}, Case{Pilot::c2, true, true, true}, Case{Pilot::d1, true, true, false},
        Case{Pilot::d2, true, true, true}, Case{Pilot::e, false, false, false}, Case{Pilot::f, false, false, false}}) {
    CAPTURE(enum_text(c.pilot));
    CHECK(connected(c.pilot) == c.is_connected);
    CHECK(wants_energy(c.pilot) == c.wants);
    CHECK(offered(c.pilot) == c.is_offered);
  }
}

TEST_CASE("the diode is present only with a negative level near -12 V") {
  for (std::int32_t mv = -15'000; mv <= 15'000; mv += 10) {
    CAPTURE(mv);
    REQUIRE(diode_present(mv) == (mv >= -13'000 && mv <= -11'000));
  }
}

TEST_CASE("every edge between two bands is believed after its own number of samples") {
  const auto charging = [](Band b) { return b == Band::c || b == Band::d; };
  for (const Band from : kAllBands) {
    for (const Band to : kAllBands) {
      if (from == to) continue;
      CAPTURE(enum_text(from));
      CAPTURE(enum_text(to));
      const int expected = to == Band::e || to == Band::f ? 3 : charging(to) && !charging(from) ? 50 : 12;
      CHECK(samples_until(holding(from), to, to) == expected);
    }
  }
}

TEST_CASE("a spike shorter than the debounce changes nothing and leaves no trace") {
  const DebounceCounts counts;
  for (const Band from : kAllBands) {
    for (const Band to : kAllBands) {
      if (from == to) continue;
      auto filter = holding(from);
      for (int i = 0; i < kSteadySamples - 1; ++i) CHECK(filter.sample(volts(to), counts) == from);
      for (int i = 0; i < 50; ++i) CHECK(filter.sample(volts(from), counts) == from);
      CHECK(filter == holding(from));
    }
  }
}

TEST_CASE("C is never held longer than 15 samples without three samples of C in a row") {
  // Every periodic pattern of up to 10 samples out of {C, B, between} in which C never comes three times in a row.
  const DebounceCounts counts;
  int patterns = 0;
  for (int length = 1; length <= 10; ++length) {
    int combinations = 1;
    for (int i = 0; i < length; ++i) combinations *= 3;
    for (int code = 0; code < combinations; ++code) {
      std::vector<Band> pattern;
      for (int i = 0, rest = code; i < length; ++i, rest /= 3) {
        pattern.push_back(std::array{Band::c, Band::b, Band::undefined}[static_cast<std::size_t>(rest % 3)]);
      }
      int run = 0;
      bool legal = pattern.front() != Band::c;
      for (int i = 0; i < 2 * length; ++i) {
        run = pattern[static_cast<std::size_t>(i % length)] == Band::c ? run + 1 : 0;
        legal = legal && run < kSteadySamples;
      }
      if (!legal) continue;
      ++patterns;
      auto filter = holding(Band::c);
      int n = 0;
      while (filter.held == Band::c && n < 100)
        filter.sample(volts(pattern[static_cast<std::size_t>(n++ % length)]), counts);
      REQUIRE(n <= counts.release + kSteadySamples);
    }
  }
  CHECK(patterns > 10'000);
}

TEST_CASE("a noisy line is never believed to be C without fifty samples of C in a row") {
  const DebounceCounts counts;
  for (const Band from : {Band::a, Band::b, Band::e, Band::undefined}) {
    auto filter = holding(from);
    for (int round = 0; round < 100; ++round) {
      for (int i = 0; i < counts.engage - 1; ++i) REQUIRE(filter.sample(volts(Band::c), counts) != Band::c);
      REQUIRE(filter.sample(kBetweenBAndC, counts) != Band::c);
    }
  }
}

TEST_CASE("the filter starts by knowing nothing") { CHECK(pilot_of(PilotFilter{}.held, false) == Pilot::e); }
