// How a session begins, goes on and ends.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

//=test OCPP-2.0.1 C01.FR.02
//=test OCPP-2.0.1 E01.FR.10
//=test OCPP-2.0.1 E02.FR.05
//=test OCPP-2.0.1 E02.FR.13
TEST_CASE("a car that is plugged in first charges after the backend accepted the token") {
  World world;
  CHECK(world.phase_now == control::Phase::idle);
  CHECK(world.look().state == State::available);
  world.plug();
  CHECK(world.look().state == State::connected);
  CHECK(world.look().connector == ConnectorStatus::occupied);
  world.ask(SetLink{true});
  CHECK(world.present(kOwner) == TokenVerdict::asked_backend);
  CHECK(world.look().state == State::authorizing);
  CHECK(world.work_pulses == 1);
  CHECK(world.permit == Permit{});
  world.answer(Authorization{AuthorizationStatus::accepted, {}});
  const auto started = world.fetch().at(0);
  CHECK(started.type == EventType::started);
  //=test OCPP-2.0.1 E01.FR.05
  CHECK(started.trigger == Trigger::authorized);
  CHECK(started.charging_state == ChargingState::ev_connected);
  CHECK(started.token == kOwner);
  //=test OCPP-2.0.1 E01.FR.09
  REQUIRE(started.samples.size == 1);
  //=test OCPP-2.0.1 E02.FR.09
  //=test OCPP-2.0.1 E03.FR.07
  //=test OCPP-2.0.1 E04.FR.05
  //=test OCPP-2.0.1 E05.FR.05
  //=test OCPP-2.0.1 F01.FR.14
  //=test OCPP-2.0.1 F02.FR.02
  CHECK(started.samples[0].context == SampleContext::transaction_begin);
  CHECK(started.transaction.view().size() == 36);
  CHECK(started.transaction.view()[14] == '4');
  world.pass(2s);
  CHECK(world.flows());
  CHECK(world.phase_now == control::Phase::charging);
  //=test OCPP-2.0.1 E01.FR.18
  CHECK(world.last_event().charging_state == ChargingState::charging);
  CHECK(world.last_event().trigger == Trigger::charging_state_changed);
  CHECK(world.look().state == State::charging);
  CHECK(world.look().limit_ma == 20'000);  // the cable's
  for (const auto* what :
       {"SessionStarted", "TokenAccepted", "TransactionStarted", "PermitGranted", "ContactorClosed", "LimitChanged"}) {
    CAPTURE(what);
    CHECK(world.recorded(what));
  }
  check_story(world.events);
}

TEST_CASE("a token before the cable starts nothing until the cable is in") {
  World world;
  world.authorize();
  CHECK(world.look().state == State::waiting_for_car);
  CHECK(world.look().notice == "Please plug in your car.");
  world.pass(10s);
  CHECK(world.fetch().empty());
  world.plug();
  CHECK(world.fetch().at(0).trigger == Trigger::cable_plugged_in);
  world.pass(2s);
  CHECK(world.flows());
}

TEST_CASE("a driver who does not plug in within the time loses the authorization and no transaction is told") {
  World world;
  world.authorize();
  world.pass(121s);
  CHECK(world.look().state == State::available);
  //=test OCPP-2.0.1 E03.FR.05
  world.plug();
  world.pass(5s);
  CHECK(world.fetch().empty());
  CHECK_FALSE(world.flows());
}

TEST_CASE("a car that does not take what is offered is told of once, and also after a restart") {
  World world;
  world.plug();
  world.car_wants(false);
  world.authorize();
  CHECK(world.last_event().charging_state == ChargingState::ev_connected);
  world.pass(4s);
  CHECK(world.last_event().charging_state == ChargingState::ev_connected);
  world.pass(3s);
  CHECK(world.last_event().charging_state == ChargingState::suspended_ev);
  CHECK(world.last_event().trigger == Trigger::charging_state_changed);
  CHECK(world.look().state == State::waiting_for_car);
  const auto told = world.last_event().seq_no;
  world.kill();
  world.pass(20s);
  CHECK(world.last_event().seq_no == told);
  world.car_wants(true);
  world.pass(2s);
  CHECK(world.last_event().charging_state == ChargingState::charging);
}

//=test OCPP-2.0.1 E01.FR.15
//=test OCPP-2.0.1 E02.FR.15
//=test OCPP-2.0.1 E06.FR.04
//=test OCPP-2.0.1 E06.FR.08
//=test OCPP-2.0.1 E06.FR.14
//=test OCPP-2.0.1 E06.FR.15
//=test OCPP-2.0.1 E07.FR.05
//=test OCPP-2.0.1 E07.FR.06
//=test OCPP-2.0.1 E07.FR.11
//=test OCPP-2.0.1 F03.FR.09
TEST_CASE("a transaction ends in the way its cause demands") {
  struct Case {
    const char* name;
    std::function<void(World&)> cause;
    Trigger trigger;
    StoppedReason reason;
  };
  const Case cases[] = {
      //=test OCPP-2.0.1 E07.FR.01
      //=test OCPP-2.0.1 E07.FR.02
      {"same token", [](World& w) { CHECK(w.present(kOwner) == TokenVerdict::stopped); }, Trigger::stop_authorized,
       StoppedReason::local},
      {"same token in other letters",
       [](World& w) { CHECK(w.present({"04a1b2c3", TokenType::iso14443}) == TokenVerdict::stopped); },
       Trigger::stop_authorized, StoppedReason::local},
      {"token of the same group",
       [](World& w) {
         CHECK(w.present(kOther) == TokenVerdict::asked_backend);
         w.answer(Authorization{AuthorizationStatus::accepted, kGroup});
       },
       Trigger::stop_authorized, StoppedReason::local},
      //=test OCPP-2.0.1 F03.FR.03
      {"remote stop",
       [](World& w) { CHECK(w.ask(RemoteStop{*w.look().transaction}).verdict == RemoteVerdict::accepted); },
       Trigger::remote_stop, StoppedReason::remote},
      //=test OCPP-2.0.1 E06.FR.06
      //=test OCPP-2.0.1 E09.FR.01
      {"unplugged", [](World& w) { w.unplug(); }, Trigger::ev_communication_lost, StoppedReason::ev_disconnected},
      //=test OCPP-2.0.1 E05.FR.10
      {"token withdrawn",
       [](World& w) { w.ask(AnswerTransaction{*w.look().transaction, {AuthorizationStatus::blocked, {}}}); },
       Trigger::deauthorized, StoppedReason::de_authorized},
      //=test OCPP-2.0.1 B12.FR.04
      {"reset", [](World& w) { CHECK(w.ask(Reset{0, true}).verdict == ChangeVerdict::accepted); },
       Trigger::reset_command, StoppedReason::immediate_reset},
      {"emergency stop", [](World& w) { w.set_faults(bit(power::Fault::emergency_stop)); }, Trigger::abnormal_condition,
       StoppedReason::emergency_stop},
      //=test OCPP-2.0.1 E06.FR.16
      {"fault current that stays", [](World& w) { w.set_faults(bit(power::Fault::rcd_trip)), w.pass(301s); },
       Trigger::abnormal_condition, StoppedReason::ground_fault},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    World world;
    charge(world);
    one.cause(world);
    CHECK_FALSE(world.flows());
    CHECK(world.permit == Permit{});
    const auto ended = world.last_event();
    CHECK(ended.type == EventType::ended);
    CHECK(ended.trigger == one.trigger);
    CHECK(ended.stopped == one.reason);
    //=test OCPP-2.0.1 E06.FR.11
    //=test OCPP-2.0.1 E07.FR.08
    //=test OCPP-2.0.1 E09.FR.05
    //=test OCPP-2.0.1 F03.FR.04
    REQUIRE(ended.samples.size == 2);
    CHECK(ended.samples[1].context == SampleContext::transaction_end);
    CHECK(ended.samples[1].import_mwh == world.import_mwh);
    CHECK(world.look().last_stop == one.reason);
    check_story(world.events);
  }
}

//=test OCPP-2.0.1 C05.FR.03
//=test OCPP-2.0.1 C05.FR.05
//=test OCPP-2.0.1 F01.FR.03
//=test OCPP-2.0.1 F01.FR.04
//=test OCPP-2.0.1 F01.FR.05
//=test OCPP-2.0.1 F01.FR.17
//=test OCPP-2.0.1 F01.FR.19
//=test OCPP-2.0.1 F01.FR.25
//=test OCPP-2.0.1 F02.FR.05
//=test OCPP-2.0.1 F02.FR.09
//=test OCPP-2.0.1 F02.FR.10
//=test OCPP-2.0.1 F02.FR.11
//=test OCPP-2.0.1 F02.FR.12
//=test OCPP-2.0.1 F02.FR.13
TEST_CASE("a remote start carries its id in the first event and says RemoteStart") {
  for (const bool cable_first : {true, false}) {
    for (const bool ask : {false, true}) {
      CAPTURE(cable_first);
      CAPTURE(ask);
      World world;
      world.ask(SetLink{true});
      if (cable_first) world.plug();
      //=test OCPP-2.0.1 F01.FR.02
      CHECK(world.ask(RemoteStart{0, kOwner, 4711, ask}).verdict == RemoteVerdict::accepted);
      //=test OCPP-2.0.1 F01.FR.01
      if (ask) world.answer(Authorization{AuthorizationStatus::accepted, {}});
      if (!cable_first) world.plug();
      const auto started = world.fetch().at(0);
      //=test OCPP-2.0.1 F02.FR.01
      //=test OCPP-2.0.1 F02.FR.21
      CHECK(started.trigger == Trigger::remote_start);
      CHECK(started.remote_start_id == 4711);
      CHECK(started.token == kOwner);
      //=test OCPP-2.0.1 F01.FR.24
      const auto again = world.ask(RemoteStart{1, kOther, 4712, false});
      CHECK(again.verdict == RemoteVerdict::rejected);
      CHECK(again.transaction == started.transaction);
    }
  }
  World world;
  world.ask(ChangeAvailability{1, 0, false});
  //=test OCPP-2.0.1 F01.FR.23
  //=test OCPP-2.0.1 F02.FR.25
  CHECK(world.ask(RemoteStart{1, kOwner, 1, false}).verdict == RemoteVerdict::rejected);
  World faulted;
  faulted.fault_cause = true;
  faulted.set_faults(bit(power::Fault::rcd_trip));
  CHECK(faulted.ask(RemoteStart{1, kOwner, 1, false}).verdict == RemoteVerdict::rejected);
  //=test OCPP-2.0.1 F03.FR.08
  CHECK(world.ask(RemoteStop{"no such transaction"}).verdict == RemoteVerdict::rejected);
}

TEST_CASE("an EVSE that does not exist is refused by name") {
  World world;
  const auto refused = [&](const auto& request) { CHECK(world.refused(request) == Error::unknown_evse); };
  refused(GetSnapshot{2});
  refused(PresentToken{9, kOwner});
  refused(RemoteStart{2, kOwner, 1, false});
  refused(ChangeAvailability{2, 0, false});
  refused(TriggerEvent{2});
  refused(SetBackendLimit{2, 1U});
}

//=test OCPP-2.0.1 E02.FR.10
//=test OCPP-2.0.1 E02.FR.16
//=test OCPP-2.0.1 E03.FR.08
//=test OCPP-2.0.1 E04.FR.06
//=test OCPP-2.0.1 E12.FR.03
//=test OCPP-2.0.1 F01.FR.15
//=test OCPP-2.0.1 F01.FR.18
//=test OCPP-2.0.1 F02.FR.03
TEST_CASE("meter samples come at the interval the backend sets") {
  World world;
  charge(world);
  const auto before = world.fetch().size();
  world.pass(60s);
  //=test OCPP-2.0.1 J02.FR.11
  CHECK(world.last_event().trigger == Trigger::meter_value_periodic);
  CHECK(world.last_event().samples[0].context == SampleContext::sample_periodic);
  //=test OCPP-2.0.1 J02.FR.10
  CHECK(world.last_event().samples.size == 1);
  CHECK(world.last_event().samples[0].time.unix_ms == world.last_event().time.unix_ms);
  CHECK(world.fetch().size() == before + 1);
  Settings settings{};
  settings.sample_interval_s = 10;
  world.ask(Configure{settings});
  world.pass(60s);
  CHECK(world.fetch().size() == before + 7);
  settings.sample_interval_s = 0;
  world.ask(Configure{settings});
  world.pass(600s);
  CHECK(world.fetch().size() == before + 7);
  world.ask(TriggerEvent{1});
  CHECK(world.last_event().trigger == Trigger::trigger);
  CHECK(world.last_event().samples[0].context == SampleContext::trigger);
  //=test OCPP-2.0.1 E11.FR.03
  settings.sample_interval_s = 10;
  world.ask(Configure{settings});
  world.ask(SetLink{false});
  world.pass(11s);
  CHECK(world.last_event().trigger == Trigger::meter_value_periodic);
  CHECK(world.last_event().offline);
  CHECK(world.last_event().samples.size == 1);
  check_story(world.events);
}

TEST_CASE("a trigger without a transaction is refused") {
  World world;
  const auto reply = world.service().on(TriggerEvent{1});
  REQUIRE_FALSE(reply);
  CHECK(reply.error() == Error::not_now);
}

//=test OCPP-2.0.1 E01.FR.19
//=test OCPP-2.0.1 E02.FR.13
TEST_CASE("a car that pauses and goes on is told as it happens") {
  World world;
  charge(world);
  world.car_wants(false);
  world.pass(2s);
  CHECK(world.last_event().charging_state == ChargingState::suspended_ev);
  CHECK(world.look().state == State::suspended_by_car);
  world.car_wants(true);
  world.pass(2s);
  CHECK(world.last_event().charging_state == ChargingState::charging);
  // A trembling car costs at most one event a second.
  const auto before = world.fetch().size();
  for (int i = 0; i < 100; ++i) {
    world.car_wants(i % 2 == 0);
    world.pass(50ms);
  }
  CHECK(world.fetch().size() <= before + 6);
  check_story(world.events);
}

TEST_CASE("the permit is renewed ten times a second while it charges and not at all otherwise") {
  World world;
  world.pass(10s);
  CHECK(world.renewals == 0);
  charge(world);
  const auto before = world.renewals;
  world.pass(10s);
  CHECK(world.renewals - before == 100);
  world.unplug();
  const auto after = world.renewals;
  world.pass(10s);
  CHECK(world.renewals == after);
}

TEST_CASE("cost follows energy and time by the local tariff") {
  Config config{};
  config.tariff = {"EUR", 500'000, 0, 1'000'000, 1900};
  World world{config};
  charge(world);
  world.pass(600s);
  const auto view = world.look();
  CHECK(view.energy_mwh > 1'800'000);
  const auto net = (500'000 * view.energy_mwh / 1'000'000 + 5'000) / 10'000 * 10'000 + 1'000'000;
  CHECK(view.cost_micro == net + (net * 19 / 100 + 5'000) / 10'000 * 10'000);
  CHECK(view.currency == "EUR");
}

TEST_CASE("the end is told when the contactor is open, with every bit of energy in the register") {
  for (const bool killed : {false, true}) {
    CAPTURE(killed);
    World world;
    world.ramp_down = 2500ms;
    charge(world);
    world.pass(10s);
    CHECK(world.present(kOwner) == TokenVerdict::stopped);
    CHECK(world.permit == Permit{});
    CHECK(world.flows());  // the car has not stopped yet
    CHECK(world.look().state == State::finishing);
    CHECK(world.fetch().back().type != EventType::ended);
    CHECK(world.present(kOwner) == TokenVerdict::nothing_to_do);
    CHECK(world.ask(RemoteStart{1, kOther, 5, false}).verdict == RemoteVerdict::rejected);
    if (killed) world.kill();
    CHECK(world.permit == Permit{});
    world.pass(4s);
    const auto ended = world.last_event();
    CHECK(ended.type == EventType::ended);
    CHECK(ended.trigger == Trigger::stop_authorized);
    CHECK(ended.stopped == StoppedReason::local);
    CHECK(ended.token == kOwner);
    REQUIRE(ended.samples.size == 2);
    CHECK(ended.samples[1].import_mwh == world.import_mwh);
    CHECK(world.look().energy_mwh == world.import_mwh - 5'000'000);  // the receipt stays
    check_story(world.events);
  }
}

TEST_CASE("samples that are told every second keep no change of the state from being told") {
  World world;
  world.plug();
  world.car_wants(false);
  world.authorize();
  for (int i = 0; i < 3; ++i) {
    world.pass(700ms);
    world.ask(TriggerEvent{1});
  }
  world.car_wants(true);
  world.pass(10ms);
  CHECK(world.last_event().charging_state == ChargingState::charging);
}

TEST_CASE("a car that leaves before its charging was told pays for what flowed, whatever was seen of it") {
  for (const bool seen : {true, false}) {
    CAPTURE(seen);
    World world;
    world.pass(200ms);
    world.plug();
    world.car_wants(false);
    world.authorize();
    world.pass(5100ms);
    CHECK(world.last_event().charging_state == ChargingState::suspended_ev);  // the next is told a second later
    if (seen) world.car_wants(true);
    else world.wants = true;
    world.pass(750ms);  // the meter was read 50 ms ago
    CHECK(world.flows());
    CHECK(world.last_event().charging_state == ChargingState::suspended_ev);
    world.unplug();
    world.pass(1s);
    const auto ended = world.last_event();
    CHECK(ended.type == EventType::ended);
    REQUIRE(ended.samples.size == 2);
    CHECK(ended.samples[1].import_mwh == world.import_mwh);
    CHECK(world.import_mwh > 5'000'000);
    check_story(world.events);
  }
}

TEST_CASE("a contactor that does not open keeps nobody from telling the end") {
  World world;
  world.ramp_down = 60s;
  charge(world);
  world.present(kOwner);
  world.pass(9s);
  CHECK(world.fetch().back().type != EventType::ended);
  world.pass(2s);
  CHECK(world.last_event().type == EventType::ended);
}

TEST_CASE("callers are told to look again when something visible changed and only then") {
  World world;
  world.pass(5s);
  const auto before = world.snapshot_pulses;
  world.pass(60s);
  CHECK(world.snapshot_pulses == before);
  world.plug();
  CHECK(world.snapshot_pulses == before + 1);
}
