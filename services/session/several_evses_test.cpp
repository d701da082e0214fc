// Several EVSEs and several connectors: independent where they can be, one after the other where they must.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

Config two_evses_with_room() {
  auto config = two_evses();
  config.installation_max_ma = 64'000;
  return config;
}

void two_charge(World& world) {
  charge(world, 1, kOwner);
  charge(world, 2, kOther);
  world.pass(60s);
  REQUIRE(world.flows(1));
  REQUIRE(world.flows(2));
}

}  // namespace

TEST_CASE("the topology is told as configured") {
  World world{two_evses()};
  const auto topology = world.ask(GetTopology{});
  REQUIRE(topology.evses.size == 2);
  CHECK(topology.evses[0].connectors.size == 1);
  CHECK(topology.evses[1].evse == 2);
  REQUIRE(topology.evses[1].connectors.size == 2);
  CHECK(topology.evses[1].connectors[1].connector == 2);
  CHECK(topology.evses[1].connectors[1].type == "sType2");
  CHECK(world.refused(GetSnapshot{3}) == Error::unknown_evse);
  CHECK(world.refused(ChangeAvailability{1, 2, false}) == Error::unknown_connector);
  CHECK(world.refused(ChangeAvailability{0, 1, false}) == Error::unknown_connector);
}

TEST_CASE("a session that comes back interrupts no charge, whatever reaches it before it has looked around") {
  World world{two_evses_with_room()};
  two_charge(world);
  SUBCASE("nothing") {}
  SUBCASE("a reading") {
    world.before_start = [&] { world.service().on(meter::ReadingChanged{2}); };
  }
  SUBCASE("a state of a connector") {
    world.before_start = [&] { world.service().on(power::StatusChanged{2, 1}); };
  }
  SUBCASE("a phase") {
    world.before_start = [&] { world.service().timer(); };
  }
  SUBCASE("another service that lives") {
    world.before_start = [&] { world.service().vehicle_peer(true); };
  }
  world.kill();
  world.pass(60s);
  CHECK(world.withdrawals == 0);
  CHECK(world.flows(1));
  CHECK(world.flows(2));
}

//=test OCPP-2.0.1 J02.FR.22
TEST_CASE("two cars charge at once, each with its own transaction, register and end") {
  World world{two_evses_with_room()};
  two_charge(world);
  CHECK(world.look(1).transaction != world.look(2).transaction);
  CHECK(world.ask(TransactionStatus{*world.look(2).transaction}).ongoing);
  world.kill();
  CHECK(world.flows(1));
  CHECK(world.flows(2));
  world.pass(5s);
  world.unplug(1);
  CHECK_FALSE(world.flows(1));
  CHECK(world.flows(2));
  CHECK(world.look(1).energy_mwh == world.bay(1).import_mwh - 5'000'000);
  world.pass(10s);
  CHECK(world.present(kOther, 2) == TokenVerdict::stopped);
  world.pass(5s);
  check_story(world.fetch());
  CHECK(all_ended(world.events));
  CHECK(world.events.back().evse == 2);
  CHECK(world.look(2).energy_mwh == world.bay(2).import_mwh - 5'000'000);
}

TEST_CASE("after a power loss each transaction is resumed or ended by what is seen at its EVSE") {
  auto config = two_evses();
  config.resume_after_power_loss_s = 60;
  World world{config};
  charge(world, 1, kOwner);
  charge(world, 2, kOther);
  world.socket(2).car = false;
  world.cut_power();
  world.pass(5s);
  CHECK(world.flows(1));
  CHECK(world.look(1).transaction);
  CHECK_FALSE(world.look(2).transaction);
  check_story(world.fetch());
  CHECK(world.look(2).last_stop == StoppedReason::power_loss);
}

TEST_CASE("of two connectors of an EVSE the first that is plugged in is used, the other waits") {
  World world{two_evses()};
  world.plug(2, 2);
  CHECK(world.look(2).active_connector == 2);
  //=test OCPP-2.0.1 G01.FR.08
  CHECK(world.look(2).connectors[1].status == ConnectorStatus::occupied);
  CHECK(world.look(2).connectors[0].status == ConnectorStatus::available);
  world.plug(2, 1);
  CHECK(world.look(2).active_connector == 2);
  world.authorize(kOwner, 2);
  world.pass(3s);
  CHECK(world.bay(2).permit.connector == 2);
  CHECK(world.flows(2));
  CHECK(world.last_event().connector == 2);
  //=test OCPP-2.0.1 E01.FR.14
  CHECK(world.present(kOther, 2) != TokenVerdict::started);
  CHECK(world.look(2).connectors[0].status == ConnectorStatus::occupied);
  world.unplug(2, 2);
  world.pass(1s);
  CHECK(world.look(2).active_connector == 1);
  CHECK_FALSE(world.flows(2));
  world.authorize(kOther, 2);
  world.pass(3s);
  CHECK(world.bay(2).permit.connector == 1);
  CHECK(world.last_event().connector == 1);
  check_story(world.events);
}

TEST_CASE("a fault on one connector leaves the other usable, and a fault on one EVSE the other EVSE") {
  World world{two_evses()};
  world.fault_cause = true;
  world.set_faults(bit(power::Fault::welded_contact), 1);
  CHECK(world.look(1).state == State::faulted);
  CHECK(world.look(2).state == State::available);
  world.socket(2, 1).fault_cause = true;
  world.set_faults(bit(power::Fault::rcd_trip), 2, 1);
  CHECK(world.look(2).state == State::available);
  CHECK(world.look(2).connectors[0].status == ConnectorStatus::faulted);
  CHECK(world.look(2).connectors[1].status == ConnectorStatus::available);
  world.plug(2, 2);
  world.authorize(kOwner, 2);
  world.pass(3s);
  CHECK(world.flows(2));
}

TEST_CASE("the supply is shared: the first gives up half before the second gets it, and gets it back") {
  World world{two_evses()};
  charge(world, 1, kOwner);
  CHECK(world.permit.limit_ma == 20'000);  // the cable's
  world.plug(2);
  world.authorize(kOther, 2);
  world.pass(1s);
  CHECK(world.permit.limit_ma == 16'000);
  CHECK(world.bay(2).permit.limit_ma == 12'000);  // 32 A less what the first may still draw
  world.pass(7s);
  CHECK(world.bay(2).permit.limit_ma == 16'000);
  CHECK(world.look(2).limits[1].reason == "supply of the building, shared");
  world.unplug(2);
  world.pass(1s);
  CHECK(world.permit.limit_ma == 20'000);
}

TEST_CASE("a supply too small for two serves the first and the second after it") {
  auto config = two_evses();
  config.installation_max_ma = 10'000;
  World world{config};
  charge(world, 1, kOwner);
  world.plug(2);
  world.authorize(kOther, 2);
  world.pass(10s);
  CHECK(world.flows(1));
  CHECK_FALSE(world.flows(2));
  CHECK(world.look(2).state == State::suspended_by_station);
  world.unplug(1);
  world.pass(1s);
  CHECK(world.flows(2));
  CHECK(world.bay(2).permit.limit_ma == 10'000);
}

TEST_CASE("the backend's limit for the station is shared, the one for an EVSE is its own") {
  auto config = two_evses();
  config.installation_max_ma = 64'000;
  World world{config};
  charge(world, 1, kOwner);
  charge(world, 2, kOther);
  world.ask(SetBackendLimit{0, 20'000U});
  world.pass(8s);
  CHECK(world.bay(1).permit.limit_ma == 10'000);
  CHECK(world.bay(2).permit.limit_ma == 10'000);
  world.ask(SetBackendLimit{2, 7'000U});
  CHECK(world.bay(2).permit.limit_ma == 7'000);
  CHECK(world.bay(1).permit.limit_ma == 10'000);
  world.ask(SetBackendLimit{0, std::nullopt});
  world.pass(1s);
  CHECK(world.bay(1).permit.limit_ma == 20'000);
}

TEST_CASE("what ruled when is remembered, and no more of it than there is room") {
  World world;
  charge(world);
  for (std::uint32_t i = 0; i < 50; ++i) {
    world.pass(1s);
    world.ask(SetBackendLimit{1, 7'000 + i});
  }
  const auto history = world.ask(GetLimitHistory{1}).rules;
  REQUIRE(history.size == kLimitHistory);
  CHECK(history[kLimitHistory - 1].limit.source == LimitSource::backend);
  CHECK(history[kLimitHistory - 1].limit.limit_ma == 7'049);
  for (std::size_t i = 1; i < history.size; ++i) CHECK(history[i].time > history[i - 1].time);
  CHECK(world.refused(GetLimitHistory{2}) == Error::unknown_evse);
}

TEST_CASE("a card at the station's reader goes where its session is, where a car waits, or where one may come") {
  World world{two_evses()};
  world.ask(SetLink{true, true});
  const auto card = [&](const IdToken& token) { return world.ask(PresentToken{0, token}).verdict; };
  world.plug(2);
  CHECK(card(kOwner) == TokenVerdict::asked_backend);
  CHECK(world.ask(NextAuthorization{}).evse == 2);
  world.answer(Authorization{.status = AuthorizationStatus::accepted});
  world.pass(3s);
  CHECK(world.flows(2));
  CHECK(card(kOther) == TokenVerdict::asked_backend);
  CHECK(world.ask(NextAuthorization{}).evse == 1);
  world.answer(Authorization{.status = AuthorizationStatus::accepted});
  CHECK(card(kOwner) == TokenVerdict::stopped);
  CHECK_FALSE(world.look(2).authorized);
  CHECK(world.look(1).authorized);
}

TEST_CASE("a driver who was let in at one EVSE and plugs in at another charges there") {
  World world{two_evses()};
  world.ask(SetLink{true, true});
  world.ask(PresentToken{0, kOwner});
  world.answer(Authorization{.status = AuthorizationStatus::accepted});
  CHECK(world.look(1).authorized);
  world.plug(2, 2);
  world.pass(3s);
  CHECK_FALSE(world.look(1).authorized);
  CHECK(world.flows(2));
  CHECK(world.last_event().evse == 2);
}

//=test OCPP-2.0.1 F01.FR.20
//=test OCPP-2.0.1 F02.FR.22
TEST_CASE("a remote start that names no EVSE goes to the one where a car waits") {
  World world{two_evses()};
  world.ask(SetLink{true, true});
  world.plug(2);
  CHECK(world.ask(RemoteStart{0, kOwner, 7, false, {}}).verdict == RemoteVerdict::accepted);
  CHECK(world.look(2).authorized);
  CHECK_FALSE(world.look(1).authorized);
  CHECK(world.last_event().evse == 2);
  const auto named = [](const TransactionEvent& event) { return event.remote_start_id == 7; };
  CHECK(std::ranges::any_of(world.fetch(), named));
}

TEST_CASE("several questions to the backend wait side by side, the oldest first") {
  World world{two_evses()};
  world.ask(SetLink{true, true});
  world.present(kOwner, 2);
  world.pass(1s);
  world.present(kOther, 1);
  CHECK(world.ask(NextAuthorization{}).evse == 2);
  world.answer(Authorization{.status = AuthorizationStatus::accepted});
  CHECK(world.ask(NextAuthorization{}).evse == 1);
  world.answer(Authorization{.status = AuthorizationStatus::blocked});
  CHECK(world.look(2).authorized);
  CHECK_FALSE(world.look(1).authorized);
}

//=test OCPP-2.0.1 C01.FR.21
TEST_CASE("a token that may charge at some EVSEs only is refused at the others") {
  World world{two_evses()};
  world.ask(SetLink{true, true});
  Authorization second{.status = AuthorizationStatus::accepted};
  REQUIRE(second.evses.push_back(2));
  world.present(kOwner, 1);
  world.answer(second);
  CHECK_FALSE(world.look(1).authorized);
  world.present(kOwner, 2);
  world.answer(second);
  CHECK(world.look(2).authorized);
}

//=test OCPP-2.0.1 G04.FR.01
//=test OCPP-2.0.1 G04.FR.06
//=test OCPP-2.0.1 G04.FR.07
//=test OCPP-2.0.1 G04.FR.08
//=test OCPP-2.0.1 G03.FR.06
TEST_CASE("station, EVSE and connector go out of service each for itself and come back as they were") {
  World world{two_evses()};
  const auto set = [&](std::uint8_t evse, std::uint8_t connector, bool operative) {
    return world.ask(ChangeAvailability{evse, connector, operative}).verdict;
  };
  using enum ConnectorStatus;
  CHECK(set(2, 1, false) == ChangeVerdict::accepted);
  CHECK(world.look(2).connectors[0].status == unavailable);
  CHECK(world.look(2).connectors[1].status == available);
  CHECK(world.look(2).state == State::available);
  charge(world, 1);
  CHECK(set(0, 0, false) == ChangeVerdict::scheduled);
  CHECK(world.flows(1));
  world.unplug(1);
  world.pass(1s);
  CHECK(world.look(1).connectors[0].status == unavailable);
  CHECK(world.look(2).connectors[1].status == unavailable);
  CHECK(set(0, 0, true) == ChangeVerdict::accepted);
  world.cut_power();
  CHECK(world.look(2).connectors[0].status == unavailable);
  CHECK(world.look(2).connectors[1].status == available);
  CHECK(set(2, 2, false) == ChangeVerdict::accepted);
  CHECK(world.look(2).state == State::unavailable);
  CHECK(world.present(kOwner, 2) == TokenVerdict::refused);
}

//=test OCPP-2.0.1 B12.FR.04
TEST_CASE("a reset ends all transactions and waits for all of them; of a single EVSE it is rejected") {
  World world{two_evses()};
  charge(world, 1, kOwner);
  charge(world, 2, kOther);
  //=test OCPP-2.0.1 B11.FR.09
  CHECK(world.ask(Reset{1, true}).verdict == ChangeVerdict::rejected);
  CHECK(world.ask(Reset{0, false}).verdict == ChangeVerdict::scheduled);
  world.unplug(1);
  world.pass(5s);
  world.fetch();
  CHECK(world.restarts == 0);
  CHECK(world.ask(Reset{0, true}).verdict == ChangeVerdict::accepted);
  world.pass(3s);
  world.fetch();
  world.pass(3s);
  CHECK(world.restarts == 1);
  check_story(world.events);
  CHECK(all_ended(world.events));
  CHECK(world.events.back().stopped == StoppedReason::immediate_reset);
}

TEST_CASE("killed at any moment of sharing, session never gives both together more than the supply") {
  for (int i = 0; i < 20; ++i) {
    World world{two_evses()};
    charge(world, 1, kOwner);
    world.plug(2);
    world.authorize(kOther, 2);
    world.pass(std::chrono::milliseconds{500 * i});
    world.kill();
    world.pass(9s);
    CHECK(world.flows(1));
    CHECK(world.flows(2));
    CHECK(world.bay(1).permit.limit_ma == 16'000);
    CHECK(world.bay(2).permit.limit_ma == 16'000);
  }
}
