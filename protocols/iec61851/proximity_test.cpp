#include "protocols/iec61851/proximity.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace bulwatt;
using namespace bulwatt::iec61851;

TEST_CASE("each coding resistor says its cable's current, within its window and nowhere else") {
  struct Window {
    std::uint32_t from, to, ma;
  };
  const std::vector<Window> windows{{80, 140, 63'000}, {164, 308, 32'000}, {400, 936, 20'000}, {1100, 2460, 13'000}};
  for (std::uint32_t ohm = 0; ohm <= 10'000; ++ohm) {
    std::optional<std::uint32_t> expected;
    for (const auto& w : windows) {
      if (ohm >= w.from && ohm <= w.to) expected = w.ma;
    }
    CAPTURE(ohm);
    REQUIRE(cable_ampacity(ohm) == expected);
  }
}

TEST_CASE("the nominal resistors are in their windows") {
  CHECK(cable_ampacity(1500) == 13'000);
  CHECK(cable_ampacity(680) == 20'000);
  CHECK(cable_ampacity(220) == 32'000);
  CHECK(cable_ampacity(100) == 63'000);
}

TEST_CASE("an empty socket and a short circuit carry nothing") {
  CHECK_FALSE(cable_ampacity(kOpenCircuit));
  CHECK_FALSE(cable_ampacity(0));
}
