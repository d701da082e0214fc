// Stories of a station, told with virtual time.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

/// A car is plugged in, its driver accepted, energy flows.
void charge(World& world) {
  world.plug();
  world.authorize();
  world.pass(3s);
  REQUIRE(world.flows());
}

}  // namespace

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
      {"reset", [](World& w) { CHECK(w.ask(Reset{0, true}).verdict == ChangeVerdict::accepted); }, Trigger::reset_command,
       StoppedReason::immediate_reset},
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
    REQUIRE(ended.samples.size == 1);
    CHECK(ended.samples[0].context == SampleContext::transaction_end);
    CHECK(ended.samples[0].import_mwh == world.import_mwh);
    CHECK(world.look().last_stop == one.reason);
    check_story(world.events);
  }
}

TEST_CASE("a stranger's token neither stops a session nor is asked about without a group") {
  World world;
  world.plug();
  world.ask(SetLink{true});
  world.present(kOwner);
  world.answer(Authorization{AuthorizationStatus::accepted, {}});
  world.pass(2s);
  CHECK(world.present(kOther) == TokenVerdict::refused);
  CHECK(world.flows());
  CHECK(world.look().notice == "Another card started this session.");
}

TEST_CASE("a token of another group does not stop a session") {
  World world;
  charge(world);
  CHECK(world.present(kOther) == TokenVerdict::asked_backend);
  world.answer(Authorization{AuthorizationStatus::accepted, IdToken{"STRANGERS", TokenType::central}});
  CHECK(world.flows());
}

TEST_CASE("without ending on an invalid token the transaction goes on without energy") {
  Config config{};
  config.settings.stop_tx_on_invalid_id = false;
  World world{config};
  charge(world);
  world.ask(AnswerTransaction{*world.look().transaction, {AuthorizationStatus::expired, {}}});
  world.pass(3s);
  CHECK_FALSE(world.flows());
  //=test OCPP-2.0.1 E05.FR.02
  CHECK(world.last_event().type == EventType::updated);
  CHECK(world.last_event().trigger == Trigger::charging_state_changed);
  CHECK(world.last_event().charging_state == ChargingState::suspended_evse);
  world.unplug();
  CHECK(world.last_event().stopped == StoppedReason::ev_disconnected);
}

TEST_CASE("offline rules decide when the backend cannot be asked") {
  struct Case {
    const char* name;
    bool known;
    AuthorizationStatus status;
    bool unknown_allowed;
    bool cache_allowed;
    TokenVerdict verdict;
  };
  using S = AuthorizationStatus;
  const Case cases[] = {
      {"unknown", false, S::accepted, false, true, TokenVerdict::refused},
      //=test OCPP-2.0.1 C15.FR.01
      {"unknown but allowed", false, S::accepted, true, true, TokenVerdict::started},
      {"remembered", true, S::accepted, false, true, TokenVerdict::started},
      {"remembered but not to be used", true, S::accepted, true, false, TokenVerdict::refused},
      //=test OCPP-2.0.1 C13.FR.04
      {"remembered as blocked", true, S::blocked, true, true, TokenVerdict::refused},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    Config config{};
    config.settings.offline_tx_for_unknown_id = one.unknown_allowed;
    config.settings.local_authorize_offline = one.cache_allowed;
    World world{config};
    if (one.known) {
      world.ask(SetLink{true});
      world.present(kOwner);
      world.answer(Authorization{one.status, {}});
      world.pass(200s);  // a grant runs out
      world.kill();      // the cache is durable
    }
    world.ask(SetLink{false});
    world.plug();
    CHECK(world.present(kOwner) == one.verdict);
    world.pass(2s);
    CHECK(world.flows() == (one.verdict == TokenVerdict::started));
    if (world.flows()) CHECK(world.last_event().offline);
  }
}

TEST_CASE("a backend that goes away or stays silent hands the question to the offline rules") {
  Config config{};
  config.settings.offline_tx_for_unknown_id = true;
  for (const bool goes : {true, false}) {
    World world{config};
    world.plug();
    world.ask(SetLink{true});
    CHECK(world.present(kOwner) == TokenVerdict::asked_backend);
    if (goes) world.service().backend_peer(false);
    else world.pass(31s);
    world.pass(2s);
    CHECK(world.flows());
  }
}

TEST_CASE("an answer to a question nobody has any more changes nothing") {
  World world;
  world.plug();
  world.ask(SetLink{true});
  world.present(kOwner);
  const auto pending = world.ask(NextAuthorization{});
  CHECK(pending.token == kOwner);
  CHECK(world.ask(NextAuthorization{}).request == pending.request);
  world.ask(AnswerAuthorization{pending.request + 1, Authorization{AuthorizationStatus::accepted, {}}});
  CHECK(world.fetch().empty());
  world.kill();
  world.ask(AnswerAuthorization{pending.request, Authorization{AuthorizationStatus::accepted, {}}});
  CHECK(world.fetch().empty());
}

TEST_CASE("a token of the owner's list is accepted without a backend") {
  Config config{};
  REQUIRE(config.local_tokens.push_back("04a1b2c3"));
  World world{config};
  world.plug();
  CHECK(world.present(kOwner) == TokenVerdict::started);
  CHECK(world.present(kOther) == TokenVerdict::refused);
  world.pass(2s);
  CHECK(world.flows());
}

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
      //=test OCPP-2.0.1 F01.FR.24
      const auto again = world.ask(RemoteStart{1, kOther, 4712, false});
      CHECK(again.verdict == RemoteVerdict::rejected);
      CHECK(again.transaction == started.transaction);
    }
  }
  World world;
  world.ask(ChangeAvailability{1, 0, false});
  //=test OCPP-2.0.1 F01.FR.23
  CHECK(world.ask(RemoteStart{1, kOwner, 1, false}).verdict == RemoteVerdict::rejected);
  //=test OCPP-2.0.1 F03.FR.08
  CHECK(world.ask(RemoteStop{"no such transaction"}).verdict == RemoteVerdict::rejected);
}

TEST_CASE("an EVSE that does not exist is refused by name") {
  World world;
  const auto refused = [&](const auto& request) {
    const auto reply = world.service().on(request);
    REQUIRE_FALSE(reply);
    CHECK(reply.error() == Error::unknown_evse);
  };
  refused(GetSnapshot{2});
  refused(PresentToken{9, kOwner});
  refused(RemoteStart{2, kOwner, 1, false});
  refused(ChangeAvailability{2, 0, false});
  refused(TriggerEvent{2});
  refused(SetBackendLimit{2, 1U});
}

TEST_CASE("meter samples come at the interval the backend sets") {
  World world;
  charge(world);
  const auto before = world.fetch().size();
  world.pass(60s);
  //=test OCPP-2.0.1 J02.FR.11
  CHECK(world.last_event().trigger == Trigger::meter_value_periodic);
  CHECK(world.last_event().samples[0].context == SampleContext::sample_periodic);
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
  check_story(world.events);
}

TEST_CASE("a trigger without a transaction is refused") {
  World world;
  const auto reply = world.service().on(TriggerEvent{1});
  REQUIRE_FALSE(reply);
  CHECK(reply.error() == Error::not_now);
}

TEST_CASE("the least limit of the stack rules and below six amperes nothing is offered") {
  World world;
  charge(world);
  world.ask(SetBackendLimit{1, 13'000U});
  CHECK(world.permit.limit_ma == 13'000);
  CHECK(world.flows());
  world.ask(SetBackendLimit{1, 5'999U});
  CHECK_FALSE(world.flows());
  world.pass(2s);
  CHECK(world.last_event().charging_state == ChargingState::suspended_evse);
  CHECK(world.look().state == State::suspended_by_station);
  world.ask(SetBackendLimit{1, std::nullopt});
  world.pass(2s);
  CHECK(world.flows());
  world.temperature_dc = 760;
  world.pass(1s);
  CHECK(world.permit.limit_ma == 12'000);
  world.temperature_dc = 800;
  world.pass(1s);
  CHECK_FALSE(world.flows());
}

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

TEST_CASE("availability changes wait for the transaction and survive a power cut") {
  World world;
  charge(world);
  //=test OCPP-2.0.1 G03.FR.05
  CHECK(world.ask(ChangeAvailability{1, 0, false}).verdict == ChangeVerdict::scheduled);
  CHECK(world.flows());
  CHECK(world.look().operative);
  world.unplug();
  CHECK(world.look().state == State::unavailable);
  CHECK(world.look().connector == ConnectorStatus::unavailable);
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

TEST_CASE("a fault takes the energy at once, is shown, and charging goes on when it is gone") {
  World world;
  charge(world);
  world.fault_cause = true;
  world.set_faults(bit(power::Fault::over_temperature));
  CHECK_FALSE(world.permit.energize);
  CHECK(world.look().state == State::faulted);
  CHECK(world.look().connector == ConnectorStatus::faulted);
  CHECK(world.look().notice == "The station is too hot.");
  CHECK(world.recorded("FaultRaised"));
  world.pass(5s);
  CHECK(world.last_event().charging_state == ChargingState::suspended_evse);
  CHECK(world.fault_resets == 0);  // a car is connected
  world.fault_cause = false;
  world.set_faults(0);
  world.pass(2s);
  CHECK(world.flows());
  CHECK(world.recorded("FaultCleared"));
  check_story(world.fetch());
}

TEST_CASE("a latched fault is cleared once the cable is out") {
  World world;
  charge(world);
  world.set_faults(bit(power::Fault::rcd_trip));
  world.unplug();
  world.pass(15s);
  CHECK(world.fault_resets >= 1);
  CHECK(world.faults == 0);
  CHECK(world.look().state == State::available);
}

TEST_CASE("a restart of power is bridged; a silent controller stops the session until it is back") {
  World world;
  charge(world);
  world.power_alive = false;
  world.service().power_peer(false);
  world.pass(50ms);
  world.power_alive = true;
  world.permit = {};  // the fresh process knows of none, and of nothing else either
  world.power_learns_until = world.now + 80ms;
  world.service().power_peer(true);
  CHECK(world.permit.energize);
  world.pass(30ms);
  CHECK(world.permit.energize);
  const auto before = world.fetch().size();
  world.pass(2s);
  CHECK(world.fetch().size() == before);
  world.power_alive = false;
  world.pass(5s);
  CHECK(world.look().state == State::faulted);
  CHECK(world.look().notice == "The safety controller does not answer.");
  world.power_alive = true;
  world.service().power_peer(true);
  world.pass(5s);
  CHECK(world.flows());
}

TEST_CASE("a silent meter suspends the session after a while, or not, as configured") {
  for (const auto policy : {OnMeterFault::suspend, OnMeterFault::go_on}) {
    Config config{};
    config.on_meter_fault = policy;
    World world{config};
    charge(world);
    world.meter_alive = false;
    world.service().meter_peer(false);
    world.pass(29s);
    CHECK(world.flows());
    world.pass(3s);
    CHECK(world.flows() == (policy == OnMeterFault::go_on));
    CHECK(world.recorded("MeterSilent"));
    CHECK(world.look().notice == "The energy meter does not answer.");
    world.meter_alive = true;
    world.pass(4s);
    CHECK(world.flows());
    CHECK(world.recorded("MeterBack"));
    check_story(world.fetch());
  }
}

TEST_CASE("nothing starts while the meter is bad") {
  World world;
  world.meter_health = meter::Health::implausible;
  world.pass(2s);
  world.plug();
  CHECK(world.present(kOwner) == TokenVerdict::refused);
  CHECK(world.look().notice == "The energy meter does not answer.");
}

TEST_CASE("a full ledger stops new sessions and leaves the running one alone") {
  World world;
  charge(world);
  world.ledger_full = true;
  world.ask(SetBackendLimit{1, 10'000U});
  CHECK(world.flows());
  world.unplug();
  world.plug();
  CHECK(world.present(kOwner) == TokenVerdict::refused);
  CHECK(world.look().notice == "The station cannot record a session now.");
  world.ledger_full = false;
  world.pass(6s);
  world.authorize();
  world.pass(2s);
  CHECK(world.flows());
}

TEST_CASE("a ledger that is away for a moment loses no record") {
  World world;
  charge(world);
  const auto before = world.ledger.size();
  world.ledger_failure = ipc::Failure::peer_gone;
  world.unplug();
  world.pass(500ms);
  CHECK(world.ledger.size() == before);
  world.ledger_failure = ipc::Failure::none;
  world.service().ledger_peer(true);
  world.service().end_of_turn();
  CHECK(world.recorded("TransactionEnded"));
  CHECK(world.recorded("PermitRevoked"));
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

TEST_CASE("kill -9 in mid-charge: the same transaction goes on, the contactor never opens, no number is missing") {
  World world;
  charge(world);
  world.fetch(false);
  const auto id = world.look().transaction;
  for (int i = 0; i < 5; ++i) {
    world.kill();
    CHECK(world.flows());
    CHECK(world.look().transaction == id);
    CHECK(world.look().state == State::charging);
    world.ask(SetLink{true});
    world.pass(61s);
    CHECK(world.flows());
  }
  world.present(kOwner);
  CHECK(world.last_event().stopped == StoppedReason::local);
  check_story(world.events);
  CHECK(std::ranges::count(world.events, EventType::started, &TransactionEvent::type) == 1);
}

TEST_CASE("a plug pulled while session was dead ends the transaction at once afterwards") {
  World world;
  charge(world);
  world.car = false;
  world.kill();
  CHECK(world.last_event().stopped == StoppedReason::ev_disconnected);
  check_story(world.events);
}

TEST_CASE("after a power loss the transaction ends with the register as it is, or resumes when that is wanted") {
  for (const std::uint32_t longest : {0U, 60U, 5U}) {
    CAPTURE(longest);
    Config config{};
    config.resume_after_power_loss_s = longest;
    World world{config};
    charge(world);
    world.fetch(false);
    world.civil_offset_ms += 20'000;  // dark for twenty seconds
    world.cut_power();
    world.pass(3s);
    check_story(world.fetch());
    if (longest == 60) {
      CHECK(world.flows());
      CHECK(world.look().state == State::charging);
      continue;
    }
    const auto ended = world.last_event();
    //=test OCPP-2.0.1 E06.FR.16
    CHECK(ended.trigger == Trigger::abnormal_condition);
    CHECK(ended.stopped == StoppedReason::power_loss);
    REQUIRE(ended.samples.size == 1);
    CHECK(ended.samples[0].import_mwh == world.import_mwh);
    CHECK_FALSE(world.flows());
    CHECK(world.look().state == State::finishing);
  }
}

TEST_CASE("a grant does not survive a power loss") {
  World world;
  world.authorize();
  world.cut_power();
  world.plug();
  world.pass(5s);
  CHECK(world.fetch().empty());
}

TEST_CASE("settings and the backend's limit survive a restart") {
  World world;
  Settings settings{};
  settings.sample_interval_s = 15;
  world.ask(Configure{settings});
  world.ask(SetBackendLimit{1, 9'000U});
  world.kill();
  CHECK(world.station().settings.sample_interval_s == 15);
  world.cut_power();
  CHECK(world.station().settings.sample_interval_s == 15);
  CHECK(world.station().ongoing.backend_limit_ma == 9'000);
}

TEST_CASE("with the backend side gone for days samples thin out and the end can still be told") {
  World world;
  charge(world);
  for (int i = 0; i < 300; ++i) {
    world.pass(60s);
    if (i % 40 == 0) world.car_wants(false), world.pass(3s), world.car_wants(true);
  }
  CHECK(world.look().pending_events <= Outbox::kCapacity - Outbox::kKept);
  world.unplug();
  world.fetch();
  check_story(world.events);
  CHECK(world.events.back().type == EventType::ended);
  CHECK(world.events.size() > Outbox::kCapacity / 2);
}

TEST_CASE("an event that could not be stored cannot be fetched, and no new energy flows for it") {
  World world;
  world.plug();
  world.ask(SetLink{true});
  world.present(kOwner);
  world.storage.refuse_room(0, 1'000'000);
  world.answer(Authorization{AuthorizationStatus::accepted, {}});
  world.pass(5s);
  CHECK_FALSE(world.flows());
  CHECK(world.fetch().empty());
  world.storage.refuse_room(0, 0);
  world.pass(3s);
  CHECK(world.fetch().size() >= 1);
  CHECK(world.flows());
  check_story(world.events);
}

TEST_CASE("a running session goes on while the journal cannot be written") {
  World world;
  charge(world);
  const auto before = world.fetch().size();
  world.storage.refuse_room(10, 1'000'000);
  world.pass(130s);
  CHECK(world.flows());
  CHECK(world.fetch().size() == before);
  world.ask(SetBackendLimit{1, 0U});
  CHECK_FALSE(world.flows());
  world.ask(SetBackendLimit{1, std::nullopt});
  world.pass(1s);
  CHECK(world.flows());
  world.storage.refuse_room(0, 0);
  world.pass(3s);
  CHECK(world.fetch().size() > before);
  check_story(world.events);
}

TEST_CASE("cost follows energy and time by the local tariff") {
  Config config{};
  config.tariff = {"EUR", 500'000, 0, 1'000'000, 1900};
  World world{config};
  charge(world);
  world.pass(600s);
  const auto view = world.look();
  CHECK(view.energy_mwh > 1'800'000);
  CHECK(view.cost_micro == tariff::cost(config.tariff, view.energy_mwh, 0));
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
    REQUIRE(ended.samples.size == 1);
    CHECK(ended.samples[0].import_mwh == world.import_mwh);
    CHECK(world.look().energy_mwh == world.import_mwh - 5'000'000);  // the receipt stays
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

TEST_CASE("in the safe state nothing is offered, nobody is let in, and the driver is told why") {
  World world;
  world.phase_now = control::Phase::safe;
  world.pass(2s);
  const auto seen = world.look();
  CHECK(seen.state == State::unavailable);
  CHECK(seen.connector == ConnectorStatus::unavailable);
  CHECK(seen.notice.view() == "Out of order. The station has switched its power off.");
  world.plug();
  world.ask(SetLink{true});
  CHECK(world.present(kOwner) != TokenVerdict::asked_backend);
  CHECK(world.phase_now == control::Phase::safe);  // it does not ask for another one
  world.phase_now = control::Phase::boot;
  world.pass(2s);
  CHECK(world.look().state == State::connected);
}

TEST_CASE("a charge that the safe state interrupts goes on when it is over") {
  World world;
  charge(world);
  world.phase_now = control::Phase::safe;
  world.pass(20s);
  CHECK_FALSE(world.flows());
  CHECK(world.last_event().type != EventType::ended);
  world.phase_now = control::Phase::boot;
  world.pass(5s);
  CHECK(world.flows());
  check_story(world.events);
}
