// The connector lock: nothing is energized unless it holds, nothing live is unlocked, and a lock that fails stops the charge.
#include "mcu/logic/test_rig.hpp"

using namespace bulwatt;
using namespace bulwatt::mcu;
using namespace bulwatt::iec61851;
using mculink::LockWish;

namespace {
/// Plugged in, permitted, asking: all but the lock says yes.
void ask(Rig& rig) {
  rig.run_ms(100);
  rig.vehicle_mv = kLevelB;
  rig.lease.permit = true;
  rig.run_ms(500);
  rig.vehicle_mv = kLevelC;
}
}  // namespace

//=test OCPP-2.0.1 G05.FR.01
TEST_CASE("by itself the lock takes with the permit and before the contactor, and lets go after it") {
  Rig rig;
  rig.run_ms(100);
  rig.vehicle_mv = kLevelB;
  rig.run_ms(1'000);
  CHECK_FALSE(rig.out.lock);
  rig.lease.permit = true;
  rig.ms_until([&] { return rig.bolt; }, 500);
  rig.vehicle_mv = kLevelC;
  rig.ms_until([&] { return rig.out.contactor; }, 3'000);
  CHECK(rig.bolt);
  rig.lease.permit = false;
  rig.ms_until([&] { return rig.state.phase == Phase::stopping; }, 200);
  rig.run_ms(500);
  CHECK(rig.out.lock);  // The vehicle may still draw.
  rig.vehicle_mv = kLevelB;
  rig.ms_until([&] { return !rig.out.contactor; }, 100);
  rig.ms_until([&] { return !rig.bolt; }, 600);
  CHECK_FALSE(rig.contact);
}

TEST_CASE("the contactor waits for a slow lock and never closes without it") {
  Rig rig;
  rig.lock_delay_ms = 1'500;
  rig.run_ms(100);
  rig.vehicle_mv = kLevelC;
  rig.lease.permit = true;
  for (int ms = 0; ms < 3'000 && !rig.out.contactor; ++ms) {
    rig.tick();
    REQUIRE((!rig.out.contactor || rig.bolt));
  }
  CHECK(rig.out.contactor);
}

TEST_CASE("a lock that does not take is a fault, there is no charge, and the plug is free for another try") {
  Rig rig;
  rig.frozen_lock = false;
  ask(rig);
  for (int ms = 0; ms < 4'000; ++ms) {
    rig.tick();
    REQUIRE_FALSE(rig.out.contactor);
  }
  CHECK(rig.state.faults == bit(Fault::lock));
  CHECK(rig.out.duty_permille == kSteadyHigh);
  CHECK_FALSE(rig.out.lock);
  rig.frozen_lock = std::nullopt;
  rig.vehicle_mv = kLevelA;
  rig.run_ms(100);
  rig.once.reset = mculink::kAllFaults;
  rig.run_ms(100);
  rig.lease.permit = false;
  rig.charge();
}

TEST_CASE("a plug that is let go while it is live opens the contactor within three cycles") {
  Rig rig;
  rig.charge();
  rig.frozen_lock = false;
  CHECK(rig.ms_until_open(100) <= 3);
  CHECK(rig.state.faults == bit(Fault::lock));
}

TEST_CASE("a single bad sample of the lock's contact is no fault") {
  Rig rig;
  rig.charge();
  for (int i = 0; i < 50; ++i) {
    rig.frozen_lock = i % 4 >= 2;
    rig.tick();
  }
  CHECK(rig.out.contactor);
  CHECK(rig.state.faults == 0);
}

TEST_CASE("the host's wish to unlock waits until the outlet is dead") {
  Rig rig;
  rig.charge();
  rig.lease.lock = LockWish::unlock;
  rig.run_ms(1'000);
  CHECK(rig.out.contactor);
  CHECK(rig.bolt);
  rig.vehicle_mv = kLevelB;
  rig.contactor_delay_ms = 200;
  rig.ms_until([&] { return !rig.out.contactor; }, 100);
  rig.run_ms(100);
  CHECK(rig.contact);
  CHECK(rig.out.lock);  // Commanded open, not yet open.
  rig.ms_until([&] { return !rig.bolt; }, 1'000);
  CHECK_FALSE(rig.contact);
  rig.vehicle_mv = kLevelC;
  rig.run_ms(2'000);
  CHECK_FALSE(rig.out.contactor);  // Permitted, but not locked.
}

TEST_CASE("a welded contactor keeps its plug locked, whoever wishes otherwise") {
  Rig rig;
  rig.charge();
  rig.frozen_feedback = true;
  rig.lease.lock = LockWish::unlock;
  rig.vehicle_mv = kLevelB;
  rig.run_ms(3'000);
  CHECK(rig.fault(Fault::weld));
  CHECK(rig.bolt);
}

TEST_CASE("the host may hold the plug without energy, as long as its lease lasts") {
  Rig rig;
  rig.run_ms(100);
  rig.vehicle_mv = kLevelB;
  rig.lease.lock = LockWish::lock;
  rig.run_ms(1'000);
  CHECK(rig.bolt);
  rig.vehicle_mv = kLevelA;  // Unplugged at the vehicle; the cable is still in the socket.
  rig.run_ms(1'000);
  CHECK(rig.bolt);
  rig.host_alive = false;
  rig.run_ms(1'000);
  CHECK_FALSE(rig.bolt);
}

TEST_CASE("an empty socket is not locked") {
  Rig rig;
  rig.sensors.pp_ohm = kOpenCircuit;
  rig.lease.lock = LockWish::lock;
  rig.lease.permit = true;
  rig.run_ms(1'000);
  CHECK_FALSE(rig.out.lock);
}

TEST_CASE("a lock that does not let go is reported and opens nothing") {
  Rig rig;
  rig.charge();
  rig.frozen_lock = true;
  rig.vehicle_mv = kLevelB;
  rig.lease.permit = false;
  rig.run_ms(3'000);
  CHECK(rig.state.lock.late(rig.config));
  CHECK(rig.state.faults == 0);
}

TEST_CASE("a fixed cable has no lock and needs none") {
  Rig rig;
  rig.config.socket = false;
  rig.frozen_lock = false;
  rig.charge();
  CHECK_FALSE(rig.out.lock);
}
