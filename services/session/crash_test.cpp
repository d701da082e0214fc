// Power is cut, or session is killed, at every single write and sync of a session's life.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

Config config() {
  Config c{};
  REQUIRE(c.local_tokens.push_back("04A1B2C3"));
  c.settings.sample_interval_s = 30;
  return c;
}

/// Two sessions with everything that is stored; stops by itself when the storage is dead.
void live(World& world) {
  world.plug();
  world.present(kOwner);
  world.pass(3s);
  world.fetch(false);
  world.ask(SetBackendLimit{1, 10'000U});
  world.pass(70s);
  world.fetch();
  world.ask(ChangeAvailability{1, 0, false});
  world.ask(ChangeAvailability{1, 0, true});
  world.present(kOwner);
  world.fetch(false);
  world.unplug();
  world.present(kOwner);
  world.plug();
  world.pass(40s);
  world.unplug();
  world.fetch(false);
}

}  // namespace

TEST_CASE("whatever operation a power cut hits, no event that was seen is lost or changed and the story stays whole") {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  {
    World world{config()};
    first = world.storage.operations();
    live(world);
    last = world.storage.operations();
    check_story(world.events);
    CHECK(world.events.size() >= 8);
  }
  CHECK(last - first > 20);
  std::mt19937 random{5};
  using Cut = journal::MemoryStorage::Cut;
  for (auto at = first; at < last; ++at) {
    for (const auto cut : {Cut::nothing_kept, Cut::all_kept, Cut::any_sectors}) {
      CAPTURE(at);
      World world{config()};
      world.check_durable = true;
      world.storage.lose_power_at(at);
      live(world);
      world.cut_power(cut);
      world.pass(5s);
      world.fetch();
      check_story(world.events);
      // The station works as before.
      world.ask(ChangeAvailability{1, 0, true});
      if (world.evse().kept.transaction) world.present(kOwner);
      world.unplug();
      world.pass(15s);
      world.plug();
      CHECK(world.present(kOwner) == TokenVerdict::started);
      world.pass(3s);
      CHECK(world.flows());
      world.unplug();
      check_story(world.fetch());
      REQUIRE(world.events.back().type == EventType::ended);
    }
  }
}

TEST_CASE("killed at any moment of a charge, session goes on with the same transaction before the permit runs out") {
  for (int i = 0; i < 100; ++i) {
    World world{config()};
    world.plug();
    world.present(kOwner);
    world.pass(3s);
    world.pass(std::chrono::milliseconds{i * 37});
    world.fetch(i % 2 == 0);
    const auto id = world.look().transaction;
    REQUIRE(world.flows());
    world.kill();
    REQUIRE(world.flows());
    world.pass(5s);
    REQUIRE(world.flows());
    REQUIRE(world.look().transaction == id);
    world.unplug();
    check_story(world.fetch());
    REQUIRE(std::ranges::count(world.events, EventType::started, &TransactionEvent::type) == 1);
  }
}
