// What survives.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

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
    REQUIRE(ended.samples.size == 2);
    CHECK(ended.samples[1].import_mwh == world.import_mwh);
    CHECK_FALSE(world.flows());
    CHECK(world.look().state == State::finishing);
  }
}

TEST_CASE(
    "a transaction that was about to end when power was lost is told with the register as it was read afterwards") {
  World world;
  world.ramp_down = 6s;
  charge(world);
  world.pass(60s);
  world.present(kOwner);
  world.fetch();
  CHECK(world.flows());  // the car still draws
  world.pass(2s);
  world.meter_alive = false;  // it takes longer to come up than session
  world.cut_power();
  CHECK(world.last_event().type != EventType::ended);
  world.pass(1s);
  world.meter_alive = true;
  world.pass(8s);
  const auto ended = world.last_event();
  CHECK(ended.type == EventType::ended);
  CHECK(ended.stopped == StoppedReason::local);
  REQUIRE(ended.samples.size == 2);
  CHECK(ended.samples[1].import_mwh == world.import_mwh);
  CHECK(ended.samples[1].import_mwh > ended.samples[0].import_mwh);
}

TEST_CASE("a transaction that was about to end when power was lost ends without a register if the meter stays away") {
  World world;
  charge(world);
  world.ramp_down = 6s;
  world.present(kOwner);
  world.meter_alive = false;
  world.cut_power();
  world.pass(11s);
  const auto ended = world.last_event();
  CHECK(ended.type == EventType::ended);
  CHECK(ended.samples.size == 1);
  check_story(world.events);
}

TEST_CASE("a meter that is away for a moment when the car leaves is waited for, one that stays away is not") {
  for (const bool back : {true, false}) {
    CAPTURE(back);
    World world;
    charge(world);
    world.pass(60s);
    world.meter_alive = false;
    world.pass(900ms);
    world.unplug();
    CHECK(world.last_event().type != EventType::ended);
    world.pass(3s);
    CHECK(world.last_event().type != EventType::ended);
    world.meter_alive = back;
    world.pass(4s);
    const auto ended = world.last_event();
    CHECK(ended.type == EventType::ended);
    CHECK((ended.samples[1].import_mwh == world.import_mwh) == back);
  }
}

TEST_CASE("a power service that has just come up again does not hurry the end of a transaction") {
  World world;
  charge(world);
  world.ramp_down = 6s;
  world.present(kOwner);
  world.power_learns_until = world.now + 500ms;
  world.set_faults(0);  // only makes it say something
  world.pass(1s);
  CHECK(world.flows());
  CHECK(world.last_event().type != EventType::ended);
  world.pass(8s);
  const auto ended = world.last_event();
  CHECK(ended.type == EventType::ended);
  REQUIRE(ended.samples.size == 2);
  CHECK(ended.samples[1].import_mwh == world.import_mwh);
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
  CHECK(world.evse().kept.backend_limit_ma == 9'000);
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
