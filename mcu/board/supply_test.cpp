// The simulated DC supply alone.
#include "mcu/board/supply.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using bulwatt::board::DcSupply;
using Path = DcSupply::Path;

namespace {
constexpr mcu::Setpoint kFull{true, 400'000, 50'000};
void run(DcSupply& supply, int ms, const mcu::Setpoint& setpoint, Path path, std::optional<std::int32_t> battery = {},
         const DcSupply::Broken& broken = {}) {
  for (int i = 0; i < ms; ++i) supply.step(setpoint, path, battery, broken);
}
}  // namespace

TEST_CASE("the source follows its set point at 2 V a millisecond, both ways, and a closed outlet follows the source") {
  DcSupply supply;
  run(supply, 100, kFull, Path::through);
  CHECK(supply.outlet_mv() == 200'000);
  run(supply, 200, kFull, Path::through);
  CHECK(supply.outlet_mv() == 400'000);
  CHECK(supply.current_ma() == 0);
  run(supply, 200, {}, Path::through);
  CHECK(supply.outlet_mv() == 0);
}

TEST_CASE("a battery takes no more current than it is told, and none below its own voltage") {
  DcSupply supply;
  run(supply, 2'000, kFull, Path::through, 380'000);
  CHECK(supply.current_ma() == 50'000);
  CHECK(supply.outlet_mv() == 382'500);
  run(supply, 1'000, {true, 379'000, 50'000}, Path::through, 380'000);
  CHECK(supply.current_ma() == 0);
  CHECK(supply.outlet_mv() == 380'000);
}

TEST_CASE("an open outlet carries no current at once and drains, unless it keeps its charge") {
  for (const bool keeps : {false, true}) {
    DcSupply supply;
    run(supply, 2'000, kFull, Path::through, 380'000);
    run(supply, 1, kFull, Path::open, 380'000);
    CHECK(supply.current_ma() == 0);
    run(supply, 2'000, {}, Path::open, {}, {.keeps_charge = keeps});
    CHECK((supply.outlet_mv() > 60'000) == keeps);
  }
}

TEST_CASE("a silent supply is off at once and known to be silent after 200 ms; a weak one gives half") {
  DcSupply supply;
  run(supply, 2'000, kFull, Path::through, 380'000);
  run(supply, 199, kFull, Path::through, 380'000, {.silent = true});
  CHECK(supply.current_ma() == 0);
  CHECK_FALSE(supply.silent());
  run(supply, 1, kFull, Path::through, 380'000, {.silent = true});
  CHECK(supply.silent());
  DcSupply weak;
  run(weak, 1'000, kFull, Path::through, {}, {.low = true});
  CHECK(weak.outlet_mv() == 200'000);
}
