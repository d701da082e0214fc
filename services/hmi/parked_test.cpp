#include "services/hmi/parked.hpp"

#include <doctest/doctest.h>

#include "interfaces/control.hpp"
#include "libs/wire/wire.hpp"

using namespace bulwatt;
using namespace bulwatt::hmi;

static_assert(wire::max_size<Parked>() <= 3072, "capsule_bytes of hmi in system/bulwatt.toml");

TEST_CASE("a full plot is parked thinned, with its newest point, and comes back in order") {
  History history;
  for (std::int64_t t = 0; t < 700; ++t) history.add({1'000'000 + t, 1000 + t, 5000 + t});
  const auto back = restore(park(history), 1'000'800);
  REQUIRE(back.points.size == kParkedPoints);
  CHECK(back.points[kParkedPoints - 1].t == 1'000'699);
  CHECK(back.points[kParkedPoints - 1].power_w == 1699);
  CHECK(back.points[kParkedPoints - 1].energy_wh == 5699);
  CHECK(back.points[0].t == 1'000'699 - 15 * 39);
  for (std::size_t i = 1; i < back.points.size; ++i) CHECK(back.points[i].t - back.points[i - 1].t == 15);
}

TEST_CASE("an empty plot and one point survive too") {
  CHECK(restore(park(History{}), 10).points.empty());
  History one;
  one.add({7, -3, 9});
  const auto back = restore(park(one), 10);
  REQUIRE(back.points.size == 1);
  CHECK(back.points[0].power_w == -3);
}

TEST_CASE("a past that lies in the future is not shown") {
  History history;
  history.add({1000, 1, 1});
  CHECK(restore(park(history), 999).points.empty());
}

TEST_CASE("values beyond what a capsule holds are cut, not wrapped") {
  History history;
  history.add({0, std::int64_t{1} << 40, 1});
  history.add({std::int64_t{1} << 40, -(std::int64_t{1} << 40), 1});
  for (int i = 0; i < 14; ++i) history.add({(std::int64_t{1} << 40) + 1 + i, 0, 1});
  const auto parked = park(history);
  CHECK(parked.points[0].before_s == 0x7fff'ffffU);
  CHECK(parked.points[0].power_w == 0x7fff'ffff);
}
