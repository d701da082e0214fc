#include "mcu/logic/control.hpp"

#include "mcu/logic/test_rig.hpp"

using namespace bulwatt;
using namespace bulwatt::mcu;
using namespace bulwatt::iec61851;
using mculink::EventKind;

TEST_CASE("a vehicle that is plugged in and permitted charges, and stops when it leaves C") {
  Rig rig;
  CHECK(rig.out.pilot == Pilot::e);
  rig.run_ms(100);
  CHECK(rig.out.pilot == Pilot::a);
  CHECK(rig.out.duty_permille == kSteadyHigh);

  rig.vehicle_mv = kLevelB;
  rig.run_ms(500);
  CHECK(rig.out.pilot == Pilot::b1);
  CHECK(rig.state.rcd.passed());
  CHECK_FALSE(rig.out.contactor);

  rig.lease.permit = true;
  rig.run_ms(500);
  CHECK(rig.out.pilot == Pilot::b2);
  CHECK(rig.bolt);
  CHECK(rig.out.duty_permille == 533);
  CHECK_FALSE(rig.out.contactor);

  rig.vehicle_mv = kLevelC;
  const auto to_close = rig.ms_until([&] { return rig.out.contactor; }, 3'000);
  CHECK(to_close == rig.config.debounce.engage);
  CHECK(rig.event(EventKind::contactor_closed));
  rig.run_ms(10'000);
  CHECK(rig.contact);
  CHECK(rig.state.faults == 0);

  rig.vehicle_mv = kLevelB;
  rig.ms_until_open(100);
  CHECK(rig.out.pilot == Pilot::b2);
  CHECK(rig.event(EventKind::contactor_opened));
}

TEST_CASE("either key alone keeps the contactor open") {
  struct Case {
    const char* what;
    std::int32_t vehicle_mv;
    bool permit, host_alive;
  };
  for (const auto& c :
       {Case{"vehicle ready, no permit", kLevelC, false, true}, Case{"vehicle ready, no host", kLevelC, true, false},
        Case{"permit, vehicle not ready", kLevelB, true, true}, Case{"permit, no vehicle", kLevelA, true, true},
        Case{"permit, ventilation asked of a station without", kLevelD, true, true},
        Case{"permit, pilot shorted", kLevelE, true, true}}) {
    CAPTURE(c.what);
    Rig rig;
    rig.lease.permit = c.permit;
    rig.host_alive = c.host_alive;
    rig.run_ms(100);
    rig.vehicle_mv = c.vehicle_mv;
    for (int ms = 0; ms < 10'000; ++ms) {
      rig.tick();
      REQUIRE_FALSE(rig.out.contactor);
    }
    CHECK(rig.state.faults == 0);
  }
}

TEST_CASE("state D is charged by a station with ventilation") {
  Rig rig;
  rig.config.ventilation = true;
  rig.charge();
  rig.vehicle_mv = kLevelD;
  rig.run_ms(1'000);
  CHECK(rig.out.contactor);
  CHECK(rig.out.pilot == Pilot::d2);
}

TEST_CASE("a vehicle that changes to D is cut off by a station without ventilation") {
  Rig rig;
  rig.charge();
  rig.vehicle_mv = kLevelD;
  CHECK(rig.ms_until_open(100) <= 25);
}

TEST_CASE("the offer is the least of lease, cable and hardware") {
  struct Case {
    std::uint32_t lease_ma, pp_ohm, hardware_ma;
    std::uint16_t duty;
  };
  for (const auto& c : {Case{32'000, 220, 32'000, 533}, Case{16'000, 220, 32'000, 266}, Case{32'000, 680, 32'000, 333},
                        Case{80'000, 100, 16'000, 266}, Case{80'000, 100, 80'000, 892}, Case{6'000, 1500, 32'000, 100},
                        Case{5'999, 220, 32'000, kSteadyHigh}, Case{32'000, 350, 32'000, kSteadyHigh},
                        Case{32'000, kOpenCircuit, 32'000, kSteadyHigh}}) {
    CAPTURE(c.lease_ma);
    CAPTURE(c.pp_ohm);
    Rig rig;
    rig.config.hardware_ma = c.hardware_ma;
    rig.sensors.pp_ohm = c.pp_ohm;
    rig.lease.permit = true;
    rig.lease.max_current_ma = c.lease_ma;
    rig.vehicle_mv = kLevelB;
    rig.run_ms(1'000);
    CHECK(rig.out.duty_permille == c.duty);
  }
}

TEST_CASE("a fixed cable needs no proximity resistor") {
  Rig rig;
  rig.config.socket = false;
  rig.sensors.pp_ohm = kOpenCircuit;
  rig.charge();
  CHECK(rig.out.duty_permille == 533);
}

TEST_CASE("digital communication is signalled by 5 % without energy, and charges at 5 % when permitted") {
  Rig rig;
  rig.lease.digital = true;
  rig.vehicle_mv = kLevelB;
  rig.run_ms(500);
  CHECK(rig.out.duty_permille == kDigital);
  rig.vehicle_mv = kLevelC;
  rig.run_ms(1'000);
  CHECK_FALSE(rig.out.contactor);
  rig.lease.permit = true;
  rig.run_ms(500);
  CHECK(rig.out.contactor);
  CHECK(rig.out.duty_permille == kDigital);
}

TEST_CASE("a stop leaves the 5 % signal alone, and opens when the vehicle has stopped or in time") {
  for (const bool obeys : {true, false}) {
    Rig rig;
    rig.lease.digital = true;
    rig.charge();
    REQUIRE(rig.out.contactor);
    rig.lease.permit = false;
    rig.run_ms(500);
    CHECK(rig.out.duty_permille == kDigital);
    CHECK(rig.out.contactor);
    if (obeys) rig.vehicle_mv = kLevelB;
    rig.run_ms(obeys ? 50 : 6'000);
    CHECK_FALSE(rig.out.contactor);
    CHECK(rig.out.duty_permille == kDigital);
  }
}

TEST_CASE("the signal runs only with a vehicle connected") {
  Rig rig;
  rig.lease.permit = true;
  rig.run_ms(1'000);
  CHECK(rig.out.duty_permille == kSteadyHigh);
  rig.charge();
  rig.vehicle_mv = kLevelA;
  rig.run_ms(30);
  CHECK(rig.out.pilot == Pilot::a);
  CHECK(rig.out.duty_permille == kSteadyHigh);
}

TEST_CASE("an old or repeated lease changes nothing, a new host starts its counter anew") {
  const Config config;
  LeaseKey key;
  const auto lease = [](std::uint32_t counter, bool permit) {
    return mculink::Lease{permit, false, 16'000, 500, counter};
  };
  CHECK(key.renew(lease(1'000, true), config));
  CHECK_FALSE(key.renew(lease(1'000, false), config));
  CHECK_FALSE(key.renew(lease(999, false), config));
  CHECK(key.lease.permit);
  CHECK(key.renew(lease(1'001, false), config));
  key.hello();
  CHECK(key.renew(lease(1, true), config));
  key.hello();
  CHECK(key.renew(lease(0xffff'ffff, true), config));
  CHECK(key.renew(lease(0, true), config));  // The counter wraps.
}

TEST_CASE("a lease is cut to the longest one and ages to nothing") {
  Config config;
  config.lease_us = 300'000;
  LeaseKey key;
  REQUIRE(key.renew({.permit = true, .max_current_ma = 16'000, .lease_ms = 500, .counter = 1}, config));
  CHECK_FALSE(key.age(299'999));
  CHECK(offer(key, 32'000, config) == 266);
  CHECK(key.age(1));
  CHECK_FALSE(key.age(1));
  CHECK_FALSE(offer(key, 32'000, config).has_value());
}

TEST_CASE("a lease of no time ends the permit at once") {
  Rig rig;
  rig.charge();
  rig.host_alive = false;
  rig.once.lease =
      mculink::Lease{.permit = true, .max_current_ma = 32'000, .lease_ms = 0, .counter = rig.lease.counter + 1};
  rig.tick();
  CHECK(rig.out.duty_permille == kSteadyHigh);
  CHECK(rig.state.phase == Phase::stopping);
}
