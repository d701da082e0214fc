// A car that speaks, as session sees it: v2g's reports in, permits out.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

/// v2g for the first outlet: repeats its report as the real one does.
struct Speaking {
  World world;
  ReportVehicle report{.evse = 1, .connector = 1};
  VehicleOutlet outlet{};

  explicit Speaking(Config config = {}) : world(config) { say(); }
  void say() { outlet = world.ask(report); }
  /// Time passes with a report every half second.
  void pass(Duration time) {
    for (; time > 0ms; time -= 500ms) {
      world.pass(std::min<Duration>(time, 500ms));
      say();
    }
  }
  void connect() {
    report.connected = true;
    report.car.protocol = VehicleProtocol::iso15118_2;
    say();
  }
  void demand(VehicleSupply supply) {
    report.supply = supply;
    say();
  }
  void hang_up() {
    report = {.evse = 1, .connector = 1};
    say();
  }
  /// A car is plugged in, speaks, is authorized and has energy.
  void charge() {
    world.plug();
    connect();
    world.authorize();
    say();
    demand(VehicleSupply::close);
    REQUIRE(world.flows());
  }
  bool digital() { return world.permit.active && world.permit.digital; }
};

}  // namespace

TEST_CASE("a car at an outlet that v2g serves is signalled 5 % without energy, whoever it is") {
  Speaking on;
  CHECK_FALSE(on.digital());
  on.world.plug();
  on.say();
  CHECK(on.digital());
  CHECK_FALSE(on.world.permit.energize);
  CHECK(on.outlet.digital);
  CHECK(on.outlet.pilot == power::Pilot::b2);
  CHECK(on.outlet.authorization == VehicleAuthorization::open);
  CHECK(on.outlet.waits_for_person);
  on.world.unplug();
  CHECK_FALSE(on.world.permit.active);
}

TEST_CASE("without v2g a car is told its current by the duty cycle at once") {
  World world;
  world.plug();
  world.authorize();
  CHECK(world.permit.energize);
  CHECK_FALSE(world.permit.digital);
}

TEST_CASE("energy flows only when somebody is authorized and the car's session demands it") {
  Speaking on;
  on.world.plug();
  on.connect();
  on.demand(VehicleSupply::close);
  CHECK_FALSE(on.world.permit.energize);
  on.demand(VehicleSupply::off);
  on.world.authorize();
  on.say();
  CHECK(on.outlet.authorization == VehicleAuthorization::granted);
  CHECK_FALSE(on.world.permit.energize);
  CHECK(on.world.look().state == State::waiting_for_car);
  on.demand(VehicleSupply::close);
  CHECK(on.world.permit.energize);
  CHECK(on.digital());
  CHECK(on.outlet.contactor_closed);
  CHECK(on.world.look().state == State::charging);
  on.demand(VehicleSupply::off);
  CHECK_FALSE(on.world.permit.energize);
  CHECK(on.digital());
  CHECK(on.world.look().state == State::suspended_by_car);
  on.pass(10s);  // a state that lasts is told
  CHECK(on.world.last_event().charging_state == ChargingState::suspended_ev);
}

TEST_CASE("neither a test of isolation nor a precharge closes an AC contactor") {
  Speaking on;
  on.world.plug();
  on.connect();
  on.world.authorize();
  for (const auto supply : {VehicleSupply::isolate, VehicleSupply::precharge, VehicleSupply::off}) {
    on.demand(supply);
    CHECK_FALSE(on.world.permit.energize);
  }
}

TEST_CASE("a car that does not speak in time is told its current by the duty cycle, after a pause") {
  Speaking on;
  on.world.plug();
  on.world.authorize();
  on.pass(19s);
  CHECK(on.digital());
  CHECK_FALSE(on.world.permit.energize);
  on.pass(1s);
  CHECK_FALSE(on.digital());
  CHECK_FALSE(on.world.permit.energize);
  on.pass(1s);
  CHECK(on.world.permit.energize);
  CHECK_FALSE(on.digital());
  CHECK(on.world.recorded("BasicSignalling"));
  // It stays so until it is unplugged.
  on.connect();
  CHECK_FALSE(on.outlet.digital);
  CHECK_FALSE(on.digital());
  on.hang_up();
  on.world.unplug();
  on.world.plug();
  CHECK(on.digital());
}

TEST_CASE("when v2g dies the energy of its car ends at once, the transaction goes on and the car may come back") {
  Speaking on;
  on.charge();
  const auto transaction = *on.world.look().transaction;
  on.world.service().vehicle_peer(false);
  on.world.service().end_of_turn();
  CHECK_FALSE(on.world.permit.energize);
  CHECK(on.digital());
  CHECK(on.world.look().transaction == transaction);
  CHECK(on.world.recorded("VehicleSessionLost"));
  on.hang_up();  // the fresh process
  on.connect();
  CHECK(on.outlet.authorization == VehicleAuthorization::granted);
  on.demand(VehicleSupply::close);
  CHECK(on.world.flows());
  CHECK(on.world.look().transaction == transaction);
}

TEST_CASE("a v2g that hangs is noticed by its silence") {
  Speaking on;
  on.charge();
  on.world.pass(std::chrono::milliseconds{kVehicleSilenceMs - 1});
  CHECK(on.world.permit.energize);
  on.world.pass(1ms);
  CHECK_FALSE(on.world.permit.energize);
}

TEST_CASE("when v2g stays away an AC car is told its current by the duty cycle") {
  Speaking on;
  on.charge();
  on.world.service().vehicle_peer(false);
  on.world.pass(21s);
  CHECK(on.world.permit.energize);
  CHECK_FALSE(on.digital());
}

TEST_CASE("a session that was killed does not interrupt a car that speaks") {
  Speaking on;
  on.charge();
  on.world.kill();
  CHECK(on.world.permit.energize);
  CHECK(on.digital());
  on.say();
  CHECK(on.world.flows());
  // But one that no v2g speaks for any more ends in time.
  on.world.kill();
  on.world.pass(std::chrono::milliseconds{kVehicleSilenceMs});
  CHECK_FALSE(on.world.permit.energize);
}

TEST_CASE("a car whose driver ends the transaction is asked to stop and has no energy any more") {
  Speaking on;
  on.charge();
  CHECK_FALSE(on.outlet.stop);
  CHECK(on.world.present(kOwner) == TokenVerdict::stopped);
  on.say();
  CHECK(on.outlet.stop);
  CHECK(on.outlet.authorization != VehicleAuthorization::granted);
  CHECK_FALSE(on.world.permit.energize);
  CHECK(on.digital());
  // Another session of the same car is not asked to stop before it was allowed anything.
  on.hang_up();
  on.connect();
  CHECK_FALSE(on.outlet.stop);
}

TEST_CASE("what the car says of itself is in the snapshot while its session runs") {
  Speaking on;
  on.world.plug();
  on.connect();
  on.report.car.soc_percent = 42;
  on.report.car.wanted_mwh = 20'000'000;
  on.say();
  const auto look = on.world.look();
  REQUIRE(look.vehicle.has_value());
  CHECK(look.vehicle->soc_percent == 42);
  CHECK(look.vehicle->protocol == VehicleProtocol::iso15118_2);
  on.hang_up();
  CHECK_FALSE(on.world.look().vehicle.has_value());
}

//=test OCPP-2.0.1 C07.FR.01
TEST_CASE("a car's contract is asked about once, with what OCSP needs, and decides like a card") {
  Speaking on;
  on.world.ask(SetLink{true});
  on.world.plug();
  on.connect();
  VehicleContract contract{.emaid = "DE8AATESTA00012"};
  REQUIRE(
      contract.certificates.push_back({.issuer_name = {}, .issuer_key = {}, .serial = {}, .responder = "http://o"}));
  on.report.contract = contract;
  on.report.authorization = true;
  on.say();
  CHECK(on.outlet.authorization == VehicleAuthorization::open);
  CHECK_FALSE(on.outlet.waits_for_person);
  const auto pending = on.world.ask(NextAuthorization{});
  CHECK(pending.token == IdToken{"DE8AATESTA00012", TokenType::emaid});
  CHECK(pending.certificates == contract.certificates);
  on.say();
  CHECK(on.world.ask(NextAuthorization{}).request == pending.request);
  SUBCASE("accepted") {
    on.world.answer(Authorization{AuthorizationStatus::accepted, {}});
    on.report.authorization = false;
    on.say();
    CHECK(on.outlet.authorization == VehicleAuthorization::granted);
    on.demand(VehicleSupply::close);
    CHECK(on.world.flows());
    const auto& events = on.world.fetch();
    CHECK(std::ranges::any_of(events,
                              [](const auto& e) { return e.token == IdToken{"DE8AATESTA00012", TokenType::emaid}; }));
  }
  SUBCASE("refused: not asked again in this session, but in the next") {
    on.world.answer(Authorization{AuthorizationStatus::blocked, {}});
    on.say();
    CHECK(on.outlet.authorization == VehicleAuthorization::refused);
    CHECK(on.world.ask(NextAuthorization{}).request == 0);
    on.hang_up();
    on.connect();
    CHECK(on.outlet.authorization == VehicleAuthorization::open);
    on.report.contract = contract;
    on.report.authorization = true;
    on.say();
    CHECK(on.world.ask(NextAuthorization{}).request != 0);
  }
  SUBCASE("a card meanwhile") {
    on.world.answer(std::nullopt);
    on.world.authorize();
    on.say();
    CHECK(on.outlet.authorization == VehicleAuthorization::granted);
  }
}

TEST_CASE("without backend a contract that nobody knows here is refused") {
  Speaking on;
  on.world.ask(SetLink{false});
  on.world.plug();
  on.connect();
  on.report.contract = VehicleContract{.emaid = "DE8AATESTA00012"};
  on.report.authorization = true;
  on.say();
  CHECK(on.outlet.authorization == VehicleAuthorization::refused);
  CHECK(on.world.ask(NextAuthorization{}).request == 0);
}

TEST_CASE("a report of an outlet that is not there is refused") {
  Speaking on;
  CHECK(on.world.refused(ReportVehicle{.evse = 2, .connector = 1}) == Error::unknown_evse);
  CHECK(on.world.refused(ReportVehicle{.evse = 1, .connector = 2}) == Error::unknown_connector);
}
