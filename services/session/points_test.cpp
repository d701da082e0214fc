// TxStartPoint and TxStopPoint: when a transaction begins and ends.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

Config points(TxPoints start, TxPoints stop) {
  Config config{};
  config.settings.tx_start = start;
  config.settings.tx_stop = stop;
  return config;
}
TxPoints only(TxPoint point) { return {.size = 1, .data = {point}}; }

}  // namespace

//=test OCPP-2.0.1 E01.FR.02
//=test OCPP-2.0.1 E02.FR.01
//=test OCPP-2.0.1 E02.FR.06
//=test OCPP-2.0.1 E01.FR.10
//=test OCPP-2.0.1 E02.FR.20
TEST_CASE("with EVConnected the cable begins the transaction and the authorization is told in it") {
  World world{points(only(TxPoint::ev_connected), only(TxPoint::ev_connected))};
  world.plug();
  const auto started = world.fetch().at(0);
  CHECK(started.trigger == Trigger::cable_plugged_in);
  CHECK_FALSE(started.token);
  CHECK(started.connector == 1);
  CHECK(started.charging_state == ChargingState::ev_connected);
  CHECK_FALSE(world.flows());
  CHECK_FALSE(world.look().authorized);
  world.authorize();
  CHECK(world.last_event().trigger == Trigger::authorized);
  CHECK(world.last_event().token == kOwner);
  world.pass(3s);
  CHECK(world.flows());
  //=test OCPP-2.0.1 F03.FR.02
  CHECK(world.ask(RemoteStop{started.transaction}).verdict == RemoteVerdict::accepted);
  world.pass(2s);
  CHECK_FALSE(world.flows());
  world.fetch();
  const auto told = std::ranges::find(world.events, Trigger::remote_stop, &TransactionEvent::trigger);
  REQUIRE(told != world.events.end());
  CHECK(told->type == EventType::updated);
  CHECK(world.last_event().charging_state == ChargingState::ev_connected);
  //=test OCPP-2.0.1 E06.FR.02
  world.unplug();
  CHECK(world.last_event().type == EventType::ended);
  CHECK(world.last_event().trigger == Trigger::ev_communication_lost);
  CHECK(world.last_event().stopped == StoppedReason::remote);
  check_story(world.events);
}

TEST_CASE("a remote start into a running transaction that nobody authorized carries its id there") {
  World world{points(only(TxPoint::ev_connected), only(TxPoint::power_path_closed))};
  world.plug();
  const auto id = world.fetch().at(0).transaction;
  const auto answer = world.ask(RemoteStart{1, kOwner, 99, false, {}});
  CHECK(answer.verdict == RemoteVerdict::accepted);
  //=test OCPP-2.0.1 F02.FR.21
  CHECK(answer.transaction == id);
  CHECK(world.last_event().trigger == Trigger::remote_start);
  CHECK(world.last_event().remote_start_id == 99);
  CHECK(world.last_event().token == kOwner);
  //=test OCPP-2.0.1 F02.FR.26
  CHECK(world.ask(RemoteStart{1, kOther, 100, false, {}}).verdict == RemoteVerdict::rejected);
}

TEST_CASE("a cable whose transaction has ended begins no second one, but another card does") {
  World world{points(only(TxPoint::ev_connected), only(TxPoint::authorized))};
  charge(world);
  world.present(kOwner);
  world.pass(5s);
  CHECK(world.last_event().type == EventType::ended);
  world.kill();
  world.pass(5s);
  CHECK(world.last_event().type == EventType::ended);
  world.authorize(kOther);
  world.pass(3s);
  CHECK(world.flows());
  CHECK(world.last_event().seq_no > 0);
  world.unplug();
  world.pass(3s);
  world.plug();
  CHECK(world.last_event().type == EventType::started);
  check_story(world.events);
}

//=test OCPP-2.0.1 E01.FR.03
//=test OCPP-2.0.1 E01.FR.16
//=test OCPP-2.0.1 E03.FR.01
//=test OCPP-2.0.1 E02.FR.17
//=test OCPP-2.0.1 E03.FR.06
//=test OCPP-2.0.1 E03.FR.12
TEST_CASE("with Authorized the card begins the transaction and the cable is told in it") {
  World world{points(only(TxPoint::authorized), only(TxPoint::authorized))};
  world.authorize();
  const auto started = world.fetch().at(0);
  CHECK(started.trigger == Trigger::authorized);
  CHECK(started.connector == 0);
  CHECK(started.charging_state == ChargingState::idle);
  CHECK(world.look().state == State::waiting_for_car);
  world.plug();
  CHECK(world.last_event().trigger == Trigger::cable_plugged_in);
  CHECK(world.last_event().connector == 1);
  world.pass(3s);
  CHECK(world.flows());
  //=test OCPP-2.0.1 E06.FR.03
  world.present(kOwner);
  CHECK(world.last_event().type == EventType::ended);
  CHECK(world.last_event().stopped == StoppedReason::local);
  check_story(world.events);
}

//=test OCPP-2.0.1 E03.FR.05
//=test OCPP-2.0.1 F02.FR.07
TEST_CASE("a transaction whose cable never comes ends by the connection timeout") {
  for (const auto stop : {TxPoint::authorized, TxPoint::ev_connected}) {
    World world{points(only(TxPoint::authorized), only(stop))};
    world.authorize();
    world.pass(121s);
    CHECK(world.last_event().type == EventType::ended);
    CHECK(world.last_event().trigger == Trigger::ev_connect_timeout);
    CHECK(world.last_event().stopped == StoppedReason::timeout);
    CHECK(world.look().state == State::available);
  }
}

TEST_CASE("a driver who takes the card back before the cable comes ends the transaction, whatever the stop point") {
  World world{points(only(TxPoint::authorized), only(TxPoint::ev_connected))};
  world.authorize();
  CHECK(world.present(kOwner) == TokenVerdict::stopped);
  CHECK(world.last_event().type == EventType::ended);
  CHECK(world.last_event().stopped == StoppedReason::local);
}

//=test OCPP-2.0.1 E01.FR.06
TEST_CASE("with EnergyTransfer the flow of energy begins the transaction, from the register before it") {
  World world{points(only(TxPoint::energy_transfer), only(TxPoint::power_path_closed))};
  world.check_durable = true;
  world.plug();
  world.car_wants(false);
  world.authorize();
  world.pass(20s);
  CHECK(world.fetch().empty());
  CHECK(world.permit.energize);
  CHECK(world.look().state == State::waiting_for_car);
  const auto before = world.import_mwh;
  world.car_wants(true);
  const auto started = world.fetch().at(0);
  CHECK(started.trigger == Trigger::charging_state_changed);
  CHECK(started.charging_state == ChargingState::charging);
  CHECK(started.token == kOwner);
  CHECK(started.samples[0].import_mwh == before);
  world.pass(60s);
  world.unplug();
  CHECK(world.look().energy_mwh == world.import_mwh - before);
  check_story(world.fetch());
}

//=test OCPP-2.0.1 E06.FR.07
TEST_CASE("with EnergyTransfer as stop point a car that stops ends the transaction") {
  World world{points(only(TxPoint::power_path_closed), only(TxPoint::energy_transfer))};
  charge(world);
  world.car_wants(false);
  world.pass(2s);
  CHECK(world.last_event().type == EventType::ended);
  CHECK(world.last_event().trigger == Trigger::charging_state_changed);
  CHECK(world.last_event().stopped == StoppedReason::stopped_by_ev);
  CHECK_FALSE(world.permit.active);
  check_story(world.events);
}

TEST_CASE("of several points the first that is reached begins and ends the transaction") {
  const TxPoints both{.size = 2, .data = {TxPoint::ev_connected, TxPoint::authorized}};
  World world{points(both, both)};
  world.authorize();
  CHECK(world.last_event().type == EventType::started);
  world.plug();
  world.pass(2s);
  world.unplug();
  CHECK(world.last_event().type == EventType::ended);
  check_story(world.events);
}

TEST_CASE("points this station has no sensor for are refused and change nothing") {
  World world;
  for (const auto point : {TxPoint::data_signed, TxPoint::parking_bay_occupancy}) {
    Settings settings{};
    settings.tx_start = only(point);
    CHECK(world.refused(Configure{settings}) == Error::unsupported);
    settings = {};
    settings.tx_stop = only(point);
    CHECK(world.refused(Configure{settings}) == Error::unsupported);
    settings.tx_stop = {};
    CHECK(world.refused(Configure{settings}) == Error::unsupported);
  }
  CHECK(contains(world.station().settings.tx_start, TxPoint::power_path_closed));
}

//=test OCPP-2.0.1 E10.FR.02
TEST_CASE(
    "a cable pulled at the car suspends the transaction where that is wanted, until it comes back or time is over") {
  for (const bool back : {true, false}) {
    auto config = points(only(TxPoint::authorized), only(TxPoint::authorized));
    config.settings.stop_tx_on_ev_side_disconnect = false;
    World world{config};
    charge(world);
    world.unplug();
    CHECK(world.last_event().type == EventType::updated);
    CHECK(world.last_event().trigger == Trigger::ev_communication_lost);
    CHECK(world.last_event().charging_state == ChargingState::idle);
    world.pass(60s);
    if (back) {
      world.plug();
      world.pass(3s);
      CHECK(world.flows());
      continue;
    }
    world.pass(61s);
    const auto ended = world.last_event();
    CHECK(ended.type == EventType::ended);
    CHECK(ended.stopped == StoppedReason::timeout);
    //=test OCPP-2.0.1 E10.FR.04
    CHECK(ended.samples[ended.samples.size - 1U].context == SampleContext::transaction_end);
  }
}

//=test OCPP-2.0.1 E09.FR.01
TEST_CASE("a cable pulled at the car ends the authorization where that is wanted") {
  World world{points(only(TxPoint::authorized), only(TxPoint::authorized))};
  charge(world);
  world.unplug();
  CHECK(world.last_event().stopped == StoppedReason::ev_disconnected);
  world.plug();
  world.pass(3s);
  CHECK_FALSE(world.flows());
}

namespace {

struct Invalid {
  const char* name;
  TxPoint stop;
  bool stop_on_invalid;
  std::optional<std::uint32_t> most_wh;
  bool flows_after;
  EventType type;
  Trigger trigger;
  ChargingState state;
};

}  // namespace

//=test OCPP-2.0.1 E05.FR.02
//=test OCPP-2.0.1 E05.FR.03
//=test OCPP-2.0.1 E05.FR.09
//=test OCPP-2.0.1 E05.FR.10
//=test OCPP-2.0.1 C15.FR.03
//=test OCPP-2.0.1 C15.FR.04
//=test OCPP-2.0.1 C15.FR.06
//=test OCPP-2.0.1 C15.FR.07
//=test OCPP-2.0.1 E05.FR.04
//=test OCPP-2.0.1 E06.FR.04
TEST_CASE("a token that the backend refuses is treated as stop point and settings say") {
  using enum ChargingState;
  const Invalid cases[] = {
      {"stop, PowerPathClosed",
       TxPoint::power_path_closed,
       true,
       {},
       false,
       EventType::ended,
       Trigger::deauthorized,
       ev_connected},
      {"stop, Authorized", TxPoint::authorized, true, 5'000, false, EventType::ended, Trigger::deauthorized,
       ev_connected},
      {"stop, EnergyTransfer",
       TxPoint::energy_transfer,
       true,
       {},
       false,
       EventType::ended,
       Trigger::deauthorized,
       ev_connected},
      {"stop, EVConnected",
       TxPoint::ev_connected,
       true,
       {},
       false,
       EventType::updated,
       Trigger::charging_state_changed,
       ev_connected},
      {"go on, none",
       TxPoint::power_path_closed,
       false,
       {},
       false,
       EventType::updated,
       Trigger::charging_state_changed,
       suspended_evse},
      {"go on, EnergyTransfer",
       TxPoint::energy_transfer,
       false,
       {},
       false,
       EventType::ended,
       Trigger::deauthorized,
       ev_connected},
      {"go on, 5 kWh", TxPoint::power_path_closed, false, 5'000, true, EventType::updated,
       Trigger::charging_state_changed, charging},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    auto config = points(only(TxPoint::power_path_closed), only(one.stop));
    config.settings.stop_tx_on_invalid_id = one.stop_on_invalid;
    config.settings.max_energy_on_invalid_id_wh = one.most_wh;
    config.settings.sample_interval_s = 0;
    World world{config};
    charge(world);
    world.ask(AnswerTransaction{*world.look().transaction, {.status = AuthorizationStatus::blocked}, {}});
    world.pass(3s);
    CHECK(world.flows() == one.flows_after);
    CHECK(world.last_event().type == one.type);
    CHECK(world.last_event().trigger == one.trigger);
    CHECK(world.last_event().charging_state == one.state);
    const auto told = std::ranges::count(world.events, Trigger::deauthorized, &TransactionEvent::trigger);
    CHECK(told == (one.stop_on_invalid || one.type == EventType::ended ? 1 : 0));
    check_story(world.events);
  }
}

TEST_CASE("energy for a refused token ends when it is used up") {
  for (const auto stop : {TxPoint::power_path_closed, TxPoint::energy_transfer}) {
    auto config = points(only(TxPoint::power_path_closed), only(stop));
    config.settings.stop_tx_on_invalid_id = false;
    config.settings.max_energy_on_invalid_id_wh = 1'000;
    World world{config};
    charge(world);
    const auto before = world.import_mwh;
    world.ask(AnswerTransaction{*world.look().transaction, {.status = AuthorizationStatus::blocked}, {}});
    world.pass(600s);
    CHECK_FALSE(world.flows());
    CHECK(world.import_mwh - before < 1'010'000);
    CHECK(world.import_mwh - before > 980'000);
    const auto last = world.last_event();
    if (stop == TxPoint::energy_transfer) {
      CHECK(last.stopped == StoppedReason::energy_limit_reached);
      CHECK(last.trigger == Trigger::energy_limit_reached);
    } else {
      CHECK(last.type == EventType::updated);
      CHECK(last.charging_state == ChargingState::suspended_evse);
    }
  }
}

//=test OCPP-2.0.1 J01.FR.22
TEST_CASE("clock-aligned samples carry the time of the boundary, counted from midnight") {
  Config config{};
  config.settings.sample_interval_s = 0;
  config.settings.aligned_interval_s = 900;
  World world{config};
  world.civil_offset_ms += 7 * 60'000 + 123;
  charge(world);
  world.pass(1900s);
  world.fetch();
  std::vector<std::int64_t> times;
  for (const auto& event : world.events) {
    if (event.trigger != Trigger::meter_value_clock) continue;
    times.push_back(event.time.unix_ms);
    REQUIRE(event.samples.size == 1);
    CHECK(event.samples[0].context == SampleContext::sample_clock);
    CHECK(event.samples[0].time == event.time);
  }
  REQUIRE(times.size() == 2);
  for (const auto time : times) CHECK(time % 900'000 == 0);
  CHECK(times[1] - times[0] == 900'000);
}

//=test OCPP-2.0.1 E06.FR.11
//=test OCPP-2.0.1 E06.FR.12
//=test OCPP-2.0.1 E06.FR.13
//=test OCPP-2.0.1 E07.FR.09
//=test OCPP-2.0.1 E07.FR.10
//=test OCPP-2.0.1 E08.FR.10
//=test OCPP-2.0.1 E08.FR.11
//=test OCPP-2.0.1 E09.FR.06
//=test OCPP-2.0.1 E09.FR.07
//=test OCPP-2.0.1 E10.FR.05
//=test OCPP-2.0.1 E10.FR.06
//=test OCPP-2.0.1 E12.FR.08
//=test OCPP-2.0.1 E12.FR.09
//=test OCPP-2.0.1 F03.FR.05
//=test OCPP-2.0.1 F03.FR.06
TEST_CASE(
    "the last event repeats the first sample and those of its interval, and drops every other one when too many") {
  for (const int minutes : {3, 200}) {
    CAPTURE(minutes);
    Config config{};
    config.settings.sample_interval_s = 0;
    config.settings.ended_interval_s = 60;
    World world{config};
    charge(world);
    world.pass(std::chrono::minutes{minutes});
    world.kill();
    world.pass(1s);
    world.present(kOwner);
    const auto ended = world.last_event();
    REQUIRE(ended.samples.size >= 3);
    CHECK(ended.samples[0].context == SampleContext::transaction_begin);
    CHECK(ended.samples[0].import_mwh == 5'000'000);
    CHECK(ended.samples[ended.samples.size - 1U].context == SampleContext::transaction_end);
    CHECK(ended.samples[ended.samples.size - 1U].import_mwh == world.import_mwh);
    if (minutes == 3) CHECK(ended.samples.size == 5);
    else CHECK(ended.samples.size > kEventSamples / 2);
    for (std::size_t i = 1; i < ended.samples.size; ++i)
      CHECK(ended.samples[i].import_mwh > ended.samples[i - 1].import_mwh);
  }
}

//=test OCPP-2.0.1 E06.FR.11
//=test OCPP-2.0.1 E06.FR.13
TEST_CASE(
    "the last event has the clock-aligned samples of its interval, over a restart, thinned out but never all gone") {
  for (const int minutes : {5, 200}) {
    CAPTURE(minutes);
    Config config{};
    config.settings.sample_interval_s = 0;
    config.settings.aligned_ended_interval_s = 60;
    World world{config};
    world.civil_offset_ms += 17'123;
    charge(world);
    world.pass(120s);
    world.kill();
    world.pass(std::chrono::minutes{minutes} - 120s);
    world.present(kOwner);
    const auto ended = world.last_event();
    std::vector<std::int64_t> times;
    for (const auto& sample : ended.samples) {
      if (sample.context == SampleContext::sample_clock) times.push_back(sample.time.unix_ms);
    }
    REQUIRE(times.size() >= 4);
    if (minutes == 5) CHECK(times.size() == 5);
    for (std::size_t i = 0; i < times.size(); ++i) {
      CHECK(times[i] % 60'000 == 0);
      if (i > 0) CHECK(times[i] > times[i - 1]);
      if (i > 0 && minutes == 5) CHECK(times[i] - times[i - 1] == 60'000);
    }
    CHECK(ended.samples[0].context == SampleContext::transaction_begin);
    CHECK(ended.samples[ended.samples.size - 1U].context == SampleContext::transaction_end);
    for (const auto& event : world.events) CHECK(event.trigger != Trigger::meter_value_clock);
    check_story(world.events);
  }
}

TEST_CASE("samples of both kinds for the last event share the room fairly") {
  Config config{};
  config.settings.sample_interval_s = 0;
  config.settings.ended_interval_s = 45;
  config.settings.aligned_ended_interval_s = 900;
  World world{config};
  charge(world);
  world.pass(2h);
  world.present(kOwner);
  const auto ended = world.last_event();
  const auto of = [&](SampleContext kind) { return std::ranges::count(ended.samples.view(), kind, &Sample::context); };
  CHECK(of(SampleContext::sample_clock) >= 2);
  CHECK(of(SampleContext::sample_periodic) >= 2);
  for (std::size_t i = 1; i < ended.samples.size; ++i) CHECK(ended.samples[i].time >= ended.samples[i - 1].time);
}

//=test OCPP-2.0.1 E02.FR.18
//=test OCPP-2.0.1 E03.FR.13
TEST_CASE("how many phases are used and what the cable carries is told") {
  World world;
  charge(world);
  world.pass(60s);
  world.fetch();
  CHECK(world.events[0].cable_ma == 20'000);
  const auto told = std::ranges::find_if(world.events, [](const auto& event) { return event.phases.has_value(); });
  REQUIRE(told != world.events.end());
  CHECK(told->phases == 3);
  //=test OCPP-2.0.1 E02.FR.19
  //=test OCPP-2.0.1 E03.FR.14
  const auto before = std::ssize(world.events);
  world.bay(1).phases = 1;
  world.pass(120s);
  world.fetch();
  const auto of = [&](std::optional<std::uint8_t> phases) {
    return std::count_if(world.events.begin() + before, world.events.end(),
                         [&](const auto& event) { return event.phases == phases; });
  };
  CHECK(of(1) == 1);
  CHECK(of(std::nullopt) == std::ssize(world.events) - before - 1);
}
