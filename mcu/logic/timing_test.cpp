// The standard's times, in virtual time.
#include "mcu/logic/test_rig.hpp"

using namespace bulwatt;
using namespace bulwatt::mcu;
using namespace bulwatt::iec61851;
using mculink::EventKind;

namespace {
constexpr std::uint32_t kPowerOffMs = 100;   // C to B or A, E
constexpr std::uint32_t kMechanicalMs = 30;  // of which the contactor itself needs up to
}  // namespace

TEST_CASE("power is off within 100 ms of the vehicle leaving C, contactor travel included") {
  for (const std::int32_t left_for : {kLevelA, kLevelB, kLevelE, 7'500, 4'500, 10'500, 14'000, kLevelF}) {
    CAPTURE(left_for);
    Rig rig;
    rig.contactor_delay_ms = kMechanicalMs;
    rig.charge();
    rig.vehicle_mv = left_for;
    const auto commanded = rig.ms_until_open(kPowerOffMs);
    CHECK(commanded <= 28);
    const auto opened = rig.ms_until([&] { return !rig.contact; }, kPowerOffMs);
    CHECK(commanded + opened <= kPowerOffMs);
  }
}

TEST_CASE("power is off within 100 ms even when the level wobbles out of C and back") {
  for (int out_ms = 1; out_ms <= 30; ++out_ms) {
    for (int back_ms = 1; back_ms < kSteadySamples; ++back_ms) {
      Rig rig;
      rig.charge();
      std::uint32_t ms = 0;
      while (rig.out.contactor && ms < kPowerOffMs) {
        rig.vehicle_mv = static_cast<int>(ms) % (out_ms + back_ms) < out_ms ? kLevelB : kLevelC;
        rig.tick();
        ++ms;
      }
      CAPTURE(out_ms);
      CAPTURE(back_ms);
      CHECK(ms + kMechanicalMs <= kPowerOffMs);
    }
  }
}

TEST_CASE("a spike of two samples does not interrupt charging") {
  Rig rig;
  rig.charge();
  for (int i = 0; i < 200; ++i) {
    rig.vehicle_mv = i % 20 < 2 ? kLevelB : kLevelC;
    rig.tick();
    REQUIRE(rig.out.contactor);
  }
}

TEST_CASE("the contactor closes within 3 s of the vehicle asking") {
  for (const bool tested_before : {false, true}) {
    Rig rig;
    rig.lease.permit = true;
    rig.run_ms(100);
    rig.vehicle_mv = tested_before ? kLevelB : kLevelC;
    if (tested_before) rig.run_ms(500);
    rig.vehicle_mv = kLevelC;
    CHECK(rig.ms_until([&] { return rig.contact; }, 3'000) < 400);
  }
}

TEST_CASE("a stop switches the signal off first and waits for the vehicle") {
  Rig rig;
  rig.charge();
  rig.lease.permit = false;
  rig.run_ms(101);
  CHECK(rig.out.duty_permille == kSteadyHigh);
  CHECK(rig.out.pilot == Pilot::c1);
  CHECK(rig.out.contactor);
  rig.run_ms(2'000);
  CHECK(rig.out.contactor);
  rig.vehicle_mv = kLevelB;
  CHECK(rig.ms_until_open(kPowerOffMs) <= 25);
  CHECK_FALSE(rig.event(EventKind::stop_forced));
}

TEST_CASE("a vehicle that does not stop is opened under load after 6 s and not earlier") {
  Rig rig;
  rig.charge();
  rig.lease.permit = false;
  rig.ms_until([&] { return rig.out.duty_permille == kSteadyHigh; }, 101);
  CHECK(rig.ms_until_open(7'000) == 6'000);
  CHECK(rig.event(EventKind::stop_forced));
  CHECK_FALSE(rig.event(EventKind::lease_lost));
}

TEST_CASE("a silent host costs the signal after its lease and the contactor 3 s later") {
  Rig rig;
  rig.charge();
  rig.ms_until([&] { return rig.now_us / 1'000 % 100 == 1; }, 100);  // Just renewed.
  rig.host_alive = false;
  const auto off = rig.ms_until([&] { return rig.out.duty_permille == kSteadyHigh; }, 1'000);
  CHECK(off == 500);
  CHECK(rig.out.contactor);
  CHECK(rig.event(EventKind::lease_lost));
  CHECK(rig.ms_until_open(7'000) == 3'000);
  CHECK(rig.event(EventKind::stop_forced));
}

TEST_CASE("a host that dies during an orderly stop does not stretch it") {
  Rig rig;
  rig.charge();
  rig.lease.permit = false;
  rig.run_ms(101);
  rig.run_ms(1'000);
  rig.host_alive = false;
  CHECK(rig.ms_until_open(7'000) <= 3'500);
}

TEST_CASE("a host that restarts within its lease does not interrupt charging") {
  Rig rig;
  rig.charge();
  for (int restart = 0; restart < 20; ++restart) {
    rig.host_alive = false;
    rig.run_ms(350);
    rig.once.hello = true;
    rig.tick();
    rig.lease.counter = 0;
    rig.host_alive = true;
    for (int ms = 0; ms < 500; ++ms) {
      rig.tick();
      REQUIRE(rig.out.contactor);
      REQUIRE(rig.out.duty_permille == 533);
    }
  }
}

TEST_CASE("a stop once begun is finished: the signal stays off for 3 s, then charging may begin again") {
  Rig rig;
  rig.charge();
  rig.host_alive = false;
  rig.ms_until([&] { return rig.state.phase == Phase::stopping; }, 1'000);
  rig.host_alive = true;
  rig.run_ms(200);
  CHECK(rig.out.duty_permille == kSteadyHigh);
  rig.vehicle_mv = kLevelB;
  rig.ms_until_open(kPowerOffMs);
  const auto on = rig.ms_until([&] { return rig.out.duty_permille == 533; }, 3'000);
  CHECK(on > 2'000);
  rig.vehicle_mv = kLevelC;
  rig.ms_until([&] { return rig.contact; }, 3'000);
}

TEST_CASE("a smaller limit is signalled at once, a greater one at most every 5 s") {
  Rig rig;
  rig.charge();
  rig.run_ms(10'000);
  rig.lease.max_current_ma = 16'000;
  rig.run_ms(101);
  CHECK(rig.out.duty_permille == 266);
  rig.lease.max_current_ma = 20'000;
  CHECK(rig.ms_until([&] { return rig.out.duty_permille == 333; }, 6'000) > 4'800);
  rig.lease.max_current_ma = 6'000;
  rig.run_ms(101);
  CHECK(rig.out.duty_permille == 100);
  CHECK(rig.out.contactor);
}

TEST_CASE("a limit below 6 A is a stop") {
  Rig rig;
  rig.charge();
  rig.lease.max_current_ma = 5'000;
  rig.run_ms(101);
  CHECK(rig.out.duty_permille == kSteadyHigh);
  CHECK(rig.state.phase == Phase::stopping);
}
