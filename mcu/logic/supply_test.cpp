// When a DC supply may give anything, and the isolation test before it.
#include "mcu/logic/supply.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::mcu;

namespace {

/// An outlet that follows the set point at 2 V a cycle.
struct Bench {
  Config config = [] {
    Config c;
    c.dc = true;
    return c;
  }();
  SupplyControl control{};
  LeaseKey key{.lease = {.permit = true, .supply = mculink::Supply::isolate, .target_mv = 400'000, .target_ma = 50'000},
               .remaining_us = 500'000};
  Sensors sensors{};
  Setpoint setpoint{};
  bool live = true;
  std::int32_t most_mv = 1'000'000;  ///< the outlet goes no higher
  std::int32_t least_mv = 0;         ///< nor lower

  void run_ms(int ms) {
    for (int i = 0; i < ms; ++i) {
      setpoint = control.step(key, live, sensors, kCycleUs, config);
      const auto wanted = std::clamp(setpoint.on ? setpoint.mv : 0, least_mv, std::max(most_mv, least_mv));
      sensors.outlet_mv += std::clamp(wanted - sensors.outlet_mv, -2'000, 2'000);
    }
  }
  void test_isolation() { run_ms(3'000); }
  void give() { key.lease.supply = mculink::Supply::give; }
};

}  // namespace

TEST_CASE("the isolation test raises the voltage, measures, and has discharged the outlet before it says valid") {
  Bench bench;
  CHECK(bench.control.isolation() == mculink::Isolation::idle);
  bench.run_ms(300);
  CHECK(bench.control.isolation() == mculink::Isolation::testing);
  CHECK(bench.sensors.outlet_mv == 500'000);
  CHECK(bench.setpoint == Setpoint{true, 500'000, 1'000});
  int ms = 300;
  for (; bench.control.isolation() == mculink::Isolation::testing; ++ms) {
    bench.run_ms(1);
    REQUIRE(ms < 3'000);
  }
  CHECK(ms > 1'000);
  CHECK(bench.sensors.outlet_mv < 60'000);
  CHECK(bench.control.isolation() == mculink::Isolation::valid);
  CHECK_FALSE(bench.setpoint.on);
}

TEST_CASE("a monitor that warns during the measurement is a warning, and the supply may give") {
  Bench bench;
  bench.sensors.isolation_warning = true;
  bench.test_isolation();
  CHECK(bench.control.isolation() == mculink::Isolation::warning);
  bench.give();
  bench.run_ms(1);
  CHECK(bench.setpoint == Setpoint{true, 400'000, 50'000});
}

TEST_CASE("a test voltage that does not come, falls or does not go is a failed test, and nothing is given after it") {
  Bench never, falls, stays;
  never.most_mv = 250'000;
  never.run_ms(3'100);
  falls.run_ms(500);
  falls.most_mv = 250'000;
  falls.run_ms(500);
  stays.run_ms(500);
  stays.least_mv = 100'000;
  stays.run_ms(7'000);
  for (auto* bench : {&never, &falls, &stays}) {
    CHECK(bench->control.isolation() == mculink::Isolation::fault);
    bench->give();
    bench->run_ms(10);
    CHECK_FALSE(bench->setpoint.on);
  }
}

TEST_CASE("nothing is given before the test of this closing, without a fresh permit, or by an open outlet") {
  Bench bench;
  bench.give();
  bench.run_ms(10);
  CHECK_FALSE(bench.setpoint.on);
  bench.key.lease.supply = mculink::Supply::isolate;
  bench.test_isolation();
  bench.give();
  bench.run_ms(10);
  REQUIRE(bench.setpoint.on);
  bench.key.lease.permit = false;
  bench.run_ms(1);
  CHECK_FALSE(bench.setpoint.on);
  bench.key.lease.permit = true;
  bench.key.remaining_us = 0;
  bench.run_ms(1);
  CHECK_FALSE(bench.setpoint.on);
  bench.key.remaining_us = 500'000;
  bench.run_ms(1);
  CHECK(bench.setpoint.on);
  bench.live = false;
  bench.run_ms(1);
  CHECK_FALSE(bench.setpoint.on);
  bench.live = true;
  bench.run_ms(1);
  CHECK_FALSE(bench.setpoint.on);  // closed anew: tested anew
}

TEST_CASE("the host is given no more than the hardware carries, and nothing on an AC outlet") {
  Bench bench;
  bench.test_isolation();
  bench.give();
  bench.key.lease.target_mv = 1'000'000;
  bench.key.lease.target_ma = 900'000;
  bench.run_ms(1);
  CHECK(bench.setpoint == Setpoint{true, 500'000, 125'000});
  bench.key.lease.target_mv = -1;
  bench.run_ms(1);
  CHECK(bench.setpoint.mv == 0);
  bench.config.dc = false;
  bench.run_ms(1);
  CHECK(bench.setpoint == Setpoint{});
}
