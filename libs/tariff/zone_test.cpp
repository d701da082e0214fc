#include "libs/tariff/zone.hpp"

#include <doctest/doctest.h>

using namespace bulwatt::tariff;

namespace {
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kMarch29 = 1'774'746'000'000;    ///< 2026-03-29T01:00:00Z
constexpr std::int64_t kOctober25 = 1'792'890'000'000;  ///< 2026-10-25T01:00:00Z
}  // namespace

TEST_CASE("summer time begins and ends at the moments of the law") {
  const auto zone = zone_of("CET-1CEST,M3.5.0,M10.5.0/3");
  REQUIRE(zone);
  CHECK(offset_min(*zone, kMarch29 - 1) == 60);
  CHECK(offset_min(*zone, kMarch29) == 120);
  CHECK(offset_min(*zone, kOctober25 - 1) == 120);
  CHECK(offset_min(*zone, kOctober25) == 60);
  CHECK(change_between(*zone, kMarch29 - kHour, kMarch29 + kHour) == kMarch29);
  CHECK(change_between(*zone, kMarch29 - kHour, kMarch29) == kMarch29);
  CHECK_FALSE(change_between(*zone, kMarch29, kMarch29 + kHour));
  CHECK(change_between(*zone, kMarch29, kOctober25 + kHour) == kOctober25);
}

TEST_CASE("in the south summer goes over new year, and not every clock changes or differs by whole hours") {
  const auto sydney = zone_of("AEST-10AEDT,M10.1.0,M4.1.0/3");
  REQUIRE(sydney);
  CHECK(offset_min(*sydney, 1'767'225'600'000) == 660);  // 2026-01-01
  CHECK(offset_min(*sydney, 1'783'000'000'000) == 600);  // 2026-07-02
  const auto kathmandu = zone_of("<+0545>-5:45");
  REQUIRE(kathmandu);
  CHECK(offset_min(*kathmandu, kMarch29) == 345);
  CHECK_FALSE(change_between(*kathmandu, 0, kOctober25));
  CHECK(offset_min(*zone_of("UTC0"), kMarch29) == 0);
  CHECK(offset_min(*zone_of("EST5EDT,M3.2.0,M11.1.0"), kMarch29) == -240);
  CHECK(offset_min(*zone_of("IST-1GMT0,M10.5.0,M3.5.0/1"), kMarch29) == 60);  // Ireland: winter is the exception
}

TEST_CASE("what is no clock is none") {
  for (const auto* text :
       {"", "C", "CET", "Europe/Berlin", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,J60,J300",
        "CET-1CEST,M13.5.0,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1:00:30", "<CET-1"})
    CHECK_MESSAGE(!zone_of(text), text);
}
