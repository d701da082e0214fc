// Operative or not, and the restart of the station.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

//=test OCPP-2.0.1 G03.FR.05
TEST_CASE("an outlet that was to close is unavailable as soon as its transaction has ended, cable in or not") {
  World world;
  charge(world);
  CHECK(world.ask(ChangeAvailability{1, 0, false}).verdict == ChangeVerdict::scheduled);
  CHECK(world.look().connector == ConnectorStatus::occupied);
  CHECK(world.present(kOwner) == TokenVerdict::stopped);
  world.pass(3s);
  CHECK(world.look().cable);
  CHECK(world.look().connector == ConnectorStatus::unavailable);
}

TEST_CASE("availability changes wait for the transaction and survive a power cut") {
  World world;
  charge(world);
  //=test OCPP-2.0.1 G03.FR.05
  CHECK(world.ask(ChangeAvailability{1, 0, false}).verdict == ChangeVerdict::scheduled);
  CHECK(world.flows());
  CHECK(world.look().operative);
  //=test OCPP-2.0.1 G01.FR.05
  world.unplug();
  CHECK(world.look().state == State::unavailable);
  CHECK(world.look().connector == ConnectorStatus::unavailable);
  //=test OCPP-2.0.1 B01.FR.07
  //=test OCPP-2.0.1 B12.FR.06
  //=test OCPP-2.0.1 G01.FR.02
  world.cut_power();
  //=test OCPP-2.0.1 G03.FR.08
  CHECK_FALSE(world.look().operative);
  CHECK(world.present(kOwner) == TokenVerdict::refused);
  //=test OCPP-2.0.1 G03.FR.03
  CHECK(world.ask(ChangeAvailability{1, 0, false}).verdict == ChangeVerdict::accepted);
  //=test OCPP-2.0.1 G03.FR.07
  CHECK(world.ask(ChangeAvailability{1, 0, true}).verdict == ChangeVerdict::accepted);
  CHECK(world.look().state == State::available);
  CHECK(world.ask(ChangeAvailability{0, 0, false}).verdict == ChangeVerdict::accepted);
  CHECK(world.look().state == State::unavailable);
}

TEST_CASE("a reset waits: for idle when it may, for the backend to fetch the end, but not for ever") {
  World world;
  charge(world);
  //=test OCPP-2.0.1 B12.FR.01
  CHECK(world.ask(Reset{0, false}).verdict == ChangeVerdict::scheduled);
  world.pass(20s);
  CHECK(world.restarts == 0);
  world.unplug();
  world.fetch();
  world.pass(2s);
  CHECK(world.restarts == 1);

  World other;
  charge(other);
  other.ask(Reset{0, true});
  CHECK(other.present(kOwner) == TokenVerdict::refused);
  other.pass(9s);
  CHECK(other.restarts == 0);
  //=test OCPP-2.0.1 B12.FR.05
  other.pass(2s);
  CHECK(other.restarts == 1);
  other.cut_power();
  CHECK(other.last_event().stopped == StoppedReason::immediate_reset);
}

// for OCPP-2.0.1 F05.FR.02
// for OCPP-2.0.1 F05.FR.03
//=test OCPP-2.0.1 F05.FR.04
// for OCPP-2.0.1 F05.FR.05
//=test OCPP-2.0.1 F05.FR.06
TEST_CASE("a connector is unlocked on order unless a session runs there, and what the lock did is told") {
  World world;
  const auto unlock = [&](std::uint8_t evse, std::uint8_t connector) {
    return world.ask(Unlock{evse, connector}).verdict;
  };
  CHECK(unlock(2, 1) == UnlockVerdict::unknown_connector);
  CHECK(unlock(1, 2) == UnlockVerdict::unknown_connector);
  CHECK(unlock(1, 0) == UnlockVerdict::unknown_connector);
  CHECK(unlock(1, 1) == UnlockVerdict::unlocked);  // a fixed cable
  auto& socket = world.socket(1);
  socket.has_lock = socket.locked = true;
  world.pass(3s);
  CHECK_FALSE(socket.locked);  // nobody's cable is kept
  socket.locked = true;
  world.pass(3s);
  CHECK(world.refused(Unlock{1, 1}) == Error::not_now);  // the motor moves
  CHECK(world.refused(Unlock{1, 1}) == Error::not_now);
  // This order once, and the one for the fixed cable.
  CHECK(std::ranges::count_if(world.ledger, [](const auto& record) { return record.event.view() == "Unlock"; }) == 2);
  world.pass(3s);
  CHECK(unlock(1, 1) == UnlockVerdict::unlocked);
  charge(world);
  CHECK(unlock(1, 1) == UnlockVerdict::ongoing_authorized_transaction);
  CHECK(world.flows());
  world.unplug();
  world.pass(3s);
  socket.lock_jams = true;
  world.pass(3s);
  CHECK(unlock(1, 1) == UnlockVerdict::unlock_failed);
}

//=test OCPP-2.0.1 E06.FR.10
//=test OCPP-2.0.1 E07.FR.07
//=test OCPP-2.0.1 E09.FR.02
//=test OCPP-2.0.1 E09.FR.03
TEST_CASE("a cable is locked while it charges; pulled at the car it is let go, or kept for its owner's card") {
  for (const bool let_go : {true, false}) {
    Config config{};
    config.settings.unlock_on_ev_side_disconnect = let_go;
    World world{config};
    auto& socket = world.socket(1);
    socket.has_lock = true;
    world.pass(3s);
    charge(world);
    CHECK(socket.locked);
    world.kill();
    world.pass(3s);
    CHECK(socket.locked);
    world.unplug();  // at the car
    world.pass(3s);
    CHECK(socket.locked == !let_go);
    CHECK(world.last_event().type == EventType::ended);
    if (let_go) continue;
    world.cut_power();
    world.pass(3s);
    CHECK(socket.locked);
    CHECK(world.look().notice == "Present your card to release the cable.");
    CHECK(world.present(kOther) == TokenVerdict::refused);
    CHECK(world.present(kOwner) == TokenVerdict::stopped);
    world.pass(1s);
    CHECK_FALSE(socket.locked);
  }
}

namespace {

/// A charge in a socket with a lock, whose card the backend refuses afterwards.
void refused_afterwards(World& world) {
  world.socket(1).has_lock = true;
  world.pass(3s);
  charge(world);
  world.ask(AnswerTransaction{*world.look().transaction, {.status = AuthorizationStatus::invalid}, {}});
  world.pass(10s);
  CHECK(world.last_event().type == EventType::ended);
  CHECK(world.socket(1).locked);
}

}  // namespace

//=test OCPP-2.0.1 C15.FR.05
//=test OCPP-2.0.1 E05.FR.11
TEST_CASE("the cable of a charge whose card the backend refuses afterwards stays locked until that card comes") {
  World world;
  refused_afterwards(world);
  CHECK(world.present(kOther) == TokenVerdict::refused);
  CHECK(world.socket(1).locked);
  CHECK(world.present(kOwner) == TokenVerdict::stopped);
  world.pass(1s);
  CHECK_FALSE(world.socket(1).locked);
}

TEST_CASE("a cable that is kept and gone all the same keeps nobody out") {
  World world;
  refused_afterwards(world);
  CHECK(world.look().notice == "Present your card to release the cable.");
  world.socket(1).cable_ma = 0;
  world.unplug();
  world.pass(3s);
  CHECK_FALSE(world.socket(1).locked);
  world.socket(1).cable_ma = 20'000;
  charge(world);
}

TEST_CASE("a lock wish that power did not hear is said again") {
  World world;
  auto& socket = world.socket(1);
  socket.has_lock = true;
  world.pass(3s);
  charge(world);
  CHECK(socket.locked);
  socket.locked = false;  // power was restarted and has forgotten
  world.service().power_peer(false);
  world.service().power_peer(true);
  world.pass(1s);
  CHECK(socket.locked);
  world.power_alive = false;
  world.unplug();
  world.power_alive = true;
  world.service().power_peer(true);
  world.pass(10s);
  CHECK_FALSE(socket.locked);
}
