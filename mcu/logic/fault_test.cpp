// Each fault: how it is noticed, how soon the contactor opens, what the vehicle is told, how it is cleared.
#include <functional>

#include "mcu/logic/test_rig.hpp"

using namespace bulwatt;
using namespace bulwatt::mcu;
using namespace bulwatt::iec61851;

namespace {
struct FaultCase {
  const char* name;
  Fault fault;
  std::uint32_t most_ms;  ///< from cause to the command to open
  std::function<void(Rig&)> cause, remove;
};
const FaultCase kWhileCharging[] = {
    {"protective earth lost", Fault::pe_loss, 3, [](Rig& r) { r.sensors.pe_ok = false; },
     [](Rig& r) { r.sensors.pe_ok = true; }},
    {"residual current", Fault::rcd_trip, 1, [](Rig& r) { r.rcd_leak = true; }, [](Rig& r) { r.rcd_leak = false; }},
    {"too hot", Fault::overtemp, 3, [](Rig& r) { r.sensors.temperature_dc = 851; },
     [](Rig& r) { r.sensors.temperature_dc = 850; }},
    {"emergency stop", Fault::estop, 1, [](Rig& r) { r.sensors.estop = true; },
     [](Rig& r) { r.sensors.estop = false; }},
    {"diode bridged", Fault::diode, 3, [](Rig& r) { r.diode = false; }, [](Rig& r) { r.diode = true; }},
    {"pilot line dead at a constant level", Fault::pilot_stuck, 10,
     [](Rig& r) { r.frozen_high = r.frozen_low = kLevelC; },
     [](Rig& r) { r.frozen_high = r.frozen_low = std::nullopt; }},
    {"contactor feedback lost", Fault::feedback_stuck, 1'000, [](Rig& r) { r.frozen_feedback = false; },
     [](Rig& r) { r.frozen_feedback = std::nullopt; }},
};
}  // namespace

TEST_CASE("every fault while charging opens the contactor, is latched and tells the vehicle") {
  for (const auto& c : kWhileCharging) {
    CAPTURE(c.name);
    Rig rig;
    rig.charge();
    c.cause(rig);
    CHECK(rig.ms_until_open(2'000) <= c.most_ms);
    CHECK(rig.state.faults == bit(c.fault));
    rig.run_ms(5'000);
    CHECK(rig.fault(c.fault));
    CHECK(rig.out.duty_permille == ((bit(c.fault) & kStationFaults) != 0 ? kSteadyLow : kSteadyHigh));

    c.remove(rig);
    rig.run_ms(5'000);
    CHECK(rig.state.faults == bit(c.fault));  // Latched, though its cause is gone.
    CHECK_FALSE(rig.out.contactor);
  }
}

TEST_CASE("a latched fault is cleared by a reset after its cause and the vehicle are gone, not before") {
  for (const auto& c : kWhileCharging) {
    CAPTURE(c.name);
    Rig rig;
    rig.charge();
    c.cause(rig);
    rig.ms_until_open(2'000);
    rig.run_ms(2'000);
    const bool lasting = c.fault != Fault::feedback_stuck && c.fault != Fault::diode;  // Seen without charging, too.
    if (lasting) {
      rig.once.reset = mculink::kAllFaults;
      rig.run_ms(200);
      CHECK(rig.fault(c.fault));
    }
    c.remove(rig);
    rig.run_ms(100);
    if ((bit(c.fault) & kStationFaults) == 0) {
      rig.once.reset = mculink::kAllFaults;
      rig.run_ms(200);
      CHECK(rig.fault(c.fault));  // The vehicle is still there.
    }
    rig.vehicle_mv = kLevelA;
    rig.run_ms(100);
    rig.once.reset = bit(c.fault);
    rig.run_ms(200);
    CHECK(rig.state.faults == 0);
    CHECK(rig.out.pilot == Pilot::a);
    rig.lease.permit = false;
    rig.charge();
  }
}

TEST_CASE("a reset clears only the faults it names") {
  Rig rig;
  rig.run_ms(100);
  rig.sensors.estop = true;
  rig.rcd_leak = true;
  rig.run_ms(10);
  rig.sensors.estop = false;
  rig.rcd_leak = false;
  rig.run_ms(10);
  rig.once.reset = bit(Fault::estop);
  rig.run_ms(10);
  CHECK(rig.state.faults == bit(Fault::rcd_trip));
}

TEST_CASE("a contactor that stays closed is a weld one second after the command") {
  Rig rig;
  rig.charge();
  rig.frozen_feedback = true;
  rig.vehicle_mv = kLevelB;
  rig.ms_until_open(100);
  CHECK(rig.ms_until([&] { return rig.fault(Fault::weld); }, 2'000) == 1'000);
  CHECK(rig.out.duty_permille == kSteadyLow);
  rig.once.reset = mculink::kAllFaults;
  rig.run_ms(100);
  CHECK(rig.fault(Fault::weld));
  rig.frozen_feedback = std::nullopt;
  rig.run_ms(100);
  rig.once.reset = mculink::kAllFaults;
  rig.run_ms(100);
  CHECK(rig.state.faults == 0);
}

TEST_CASE("a contactor that is closed before it was commanded is never commanded") {
  Rig rig;
  rig.frozen_feedback = true;
  rig.lease.permit = true;
  rig.run_ms(100);
  rig.vehicle_mv = kLevelC;
  for (int ms = 0; ms < 3'000; ++ms) {
    rig.tick();
    REQUIRE_FALSE(rig.out.contactor);
  }
  CHECK(rig.fault(Fault::weld));
}

TEST_CASE("a residual current device that does not trip or does not release fails its test before any charge") {
  for (const bool trips : {false, true}) {
    Rig rig;
    rig.lease.permit = true;
    rig.rcd_dead = !trips;
    rig.run_ms(100);
    rig.vehicle_mv = kLevelC;
    rig.ms_until([&] { return rig.out.rcd_test; }, 200);
    if (trips) rig.rcd_leak = true;  // Stays tripped after the test current is gone.
    for (int ms = 0; ms < 1'000; ++ms) {
      rig.tick();
      REQUIRE_FALSE(rig.out.contactor);
    }
    CHECK(rig.fault(Fault::rcd_dead));
    CHECK(rig.out.duty_permille == kSteadyLow);
  }
}

TEST_CASE("the residual current device is tested before each charge and on request, never while closed") {
  Rig rig;
  rig.charge();
  rig.once.self_test = true;
  for (int ms = 0; ms < 500; ++ms) {
    rig.tick();
    REQUIRE_FALSE(rig.out.rcd_test);
  }
  CHECK(rig.state.rcd.passed());
  rig.vehicle_mv = kLevelB;
  rig.ms_until_open(100);
  CHECK_FALSE(rig.state.rcd.passed());
  rig.ms_until([&] { return rig.out.rcd_test; }, 100);
  rig.ms_until([&] { return rig.state.rcd.passed(); }, 300);
  rig.vehicle_mv = kLevelA;
  rig.run_ms(100);
  CHECK_FALSE(rig.state.rcd.passed());
  rig.once.self_test = true;
  rig.ms_until([&] { return rig.out.rcd_test; }, 10);
  rig.ms_until([&] { return rig.state.rcd.passed(); }, 300);
}

TEST_CASE("the contactor never closes on a diode that was not seen, though the signal just started in C") {
  Rig rig;
  rig.run_ms(100);
  rig.diode = false;
  rig.vehicle_mv = kLevelC;
  rig.run_ms(1'000);
  CHECK(rig.out.pilot == Pilot::c1);
  rig.lease.permit = true;
  for (int ms = 0; ms < 1'000; ++ms) {
    rig.tick();
    REQUIRE_FALSE(rig.out.contactor);
  }
  CHECK(rig.state.faults == bit(Fault::diode));
}

TEST_CASE("a line frozen at C2 is noticed when the signal stops, and opens at once") {
  Rig rig;
  rig.charge();
  rig.frozen_high = kLevelC;
  rig.frozen_low = kLevelF;
  rig.run_ms(1'000);
  CHECK(rig.out.contactor);  // Indistinguishable from a vehicle that charges.
  rig.lease.permit = false;
  rig.ms_until([&] { return rig.out.duty_permille == kSteadyHigh; }, 101);
  CHECK(rig.ms_until_open(100) <= 15);
  CHECK(rig.fault(Fault::pilot_stuck));
}

TEST_CASE("a short of the pilot to earth opens and is no latched fault") {
  Rig rig;
  rig.charge();
  rig.vehicle_mv = kLevelE;
  CHECK(rig.ms_until_open(100) == 3);
  rig.run_ms(1'000);
  CHECK(rig.out.pilot == Pilot::e);
  CHECK(rig.state.faults == 0);
}

TEST_CASE("one bad sample of a slow sensor is no fault") {
  Rig rig;
  rig.charge();
  for (int i = 0; i < 100; ++i) {
    rig.sensors.pe_ok = i % 4 >= 2;
    rig.sensors.temperature_dc = static_cast<std::int16_t>(i % 5 < 2 ? 2'000 : 200);
    rig.tick();
  }
  CHECK(rig.out.contactor);
  CHECK(rig.state.faults == 0);
}
