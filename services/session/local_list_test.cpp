// The local authorization list: updates in parts, as a whole or not at all, and what survives.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

LocalEntry entry(std::size_t i, AuthorizationStatus status = AuthorizationStatus::accepted) {
  return {{text_of<36>("LISTED", i), TokenType::iso14443}, Authorization{.status = status}};
}
LocalEntry removal(std::size_t i) { return {entry(i).token, {}}; }

UpdateLocalList part(std::int32_t version, bool full, std::initializer_list<LocalEntry> entries, bool first = true,
                     bool last = true) {
  UpdateLocalList out{.version = version, .full = full, .first = first, .last = last};
  for (const auto& one : entries) REQUIRE(out.entries.push_back(one));
  return out;
}
/// `count` entries in as many parts as it takes.
UpdateVerdict send(World& world, std::int32_t version, std::size_t count) {
  auto verdict = UpdateVerdict::accepted;
  for (std::size_t i = 0; i < count && verdict == UpdateVerdict::accepted;) {
    UpdateLocalList out{.version = version, .full = true, .first = i == 0};
    while (i < count && out.entries.push_back(entry(i))) ++i;
    out.last = i == count;
    verdict = world.ask(out).verdict;
  }
  return verdict;
}

}  // namespace

// for OCPP-2.0.1 D01.FR.02
// for OCPP-2.0.1 D01.FR.10
// for OCPP-2.0.1 D01.FR.15
// for OCPP-2.0.1 D02.FR.01
// for OCPP-2.0.1 D02.FR.02
TEST_CASE("a full list of the greatest size replaces the one before and survives a power cut") {
  World world;
  CHECK(world.ask(GetLocalList{}).version == 0);
  CHECK(send(world, 7, kLocalListEntries) == UpdateVerdict::accepted);
  CHECK(world.ask(GetLocalList{}).version == 7);
  CHECK(world.ask(GetLocalList{}).entries == kLocalListEntries);
  world.cut_power();
  CHECK(world.ask(GetLocalList{}).version == 7);
  CHECK(world.ask(GetLocalList{}).entries == kLocalListEntries);
  CHECK(world.archive().list.find(entry(kLocalListEntries - 1).token) != nullptr);
  // for OCPP-2.0.1 D01.FR.04
  CHECK(world.ask(part(3, true, {})).verdict == UpdateVerdict::accepted);
  CHECK(world.ask(GetLocalList{}).version == 3);
  CHECK(world.ask(GetLocalList{}).entries == 0);
}

TEST_CASE("one entry too many, or an update that was cut, changes nothing") {
  World world;
  REQUIRE(send(world, 7, 20) == UpdateVerdict::accepted);
  CHECK(send(world, 8, kLocalListEntries + 1) == UpdateVerdict::failed);
  CHECK(world.ask(GetLocalList{}).version == 7);
  CHECK(world.ask(GetLocalList{}).entries == 20);
  // Cut in the middle: by silence, by a kill, by another update.
  CHECK(world.ask(part(8, true, {entry(900)}, true, false)).verdict == UpdateVerdict::accepted);
  CHECK(world.ask(GetLocalList{}).entries == 20);
  world.kill();
  CHECK(world.ask(part(8, true, {entry(901)}, false, true)).verdict == UpdateVerdict::failed);
  CHECK(world.ask(part(9, true, {entry(900)}, true, false)).verdict == UpdateVerdict::accepted);
  CHECK(world.ask(part(10, true, {entry(901)}, false, true)).verdict == UpdateVerdict::failed);
  CHECK(world.ask(part(9, true, {entry(902)}, false, true)).verdict == UpdateVerdict::failed);
  CHECK(world.ask(GetLocalList{}).version == 7);
  CHECK(world.ask(GetLocalList{}).entries == 20);
}

// for OCPP-2.0.1 D01.FR.05
// for OCPP-2.0.1 D01.FR.16
// for OCPP-2.0.1 D01.FR.17
// for OCPP-2.0.1 D01.FR.19
TEST_CASE("a differential update changes, adds and removes, and never goes back in version") {
  World world;
  REQUIRE(send(world, 5, 4) == UpdateVerdict::accepted);
  const auto changed = entry(0, AuthorizationStatus::blocked);
  CHECK(world.ask(part(6, false, {changed, removal(1), entry(10), removal(77)})).verdict == UpdateVerdict::accepted);
  const auto& list = world.archive().list;
  CHECK(list.find(entry(0).token)->status == AuthorizationStatus::blocked);
  CHECK(list.find(entry(1).token) == nullptr);
  CHECK(list.find(entry(2).token) != nullptr);
  CHECK(list.find(entry(10).token) != nullptr);
  CHECK(list.entries().size() == 4);
  CHECK(world.ask(part(6, false, {entry(3)})).verdict == UpdateVerdict::version_mismatch);
  CHECK(world.ask(part(5, false, {entry(3)})).verdict == UpdateVerdict::version_mismatch);
  CHECK(world.ask(part(9, false, {})).verdict == UpdateVerdict::accepted);
  CHECK(world.ask(GetLocalList{}).version == 9);
  CHECK(list.entries().size() == 4);
}

// for OCPP-2.0.1 D01.FR.06
TEST_CASE("a token named twice, one without a verdict in a full list, or version 0 spoils the update") {
  World world;
  REQUIRE(send(world, 5, 2) == UpdateVerdict::accepted);
  CHECK(world.ask(part(6, true, {entry(8), entry(8)})).verdict == UpdateVerdict::failed);
  CHECK(world.ask(part(6, false, {entry(8), removal(8)})).verdict == UpdateVerdict::failed);
  CHECK(world.ask(part(6, true, {removal(8)})).verdict == UpdateVerdict::failed);
  CHECK(world.ask(part(0, true, {entry(8)})).verdict == UpdateVerdict::failed);
  CHECK(world.ask(GetLocalList{}).version == 5);
  CHECK(world.ask(GetLocalList{}).entries == 2);
}

TEST_CASE("a list that cannot be stored is not taken") {
  World world;
  REQUIRE(send(world, 5, 2) == UpdateVerdict::accepted);
  world.storage.refuse_room(0, 1'000'000);
  CHECK(world.ask(part(6, true, {entry(8)})).verdict == UpdateVerdict::failed);
  CHECK(world.ask(GetLocalList{}).version == 5);
  world.storage.refuse_room(0, 0);
  world.pass(3s);
  world.cut_power();
  CHECK(world.ask(GetLocalList{}).version == 5);
  CHECK(world.ask(GetLocalList{}).entries == 2);
}

TEST_CASE("whatever operation a power cut hits during an update, the list is the old or the new one") {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  {
    World world;
    REQUIRE(send(world, 5, 40) == UpdateVerdict::accepted);
    first = world.storage.operations();
    REQUIRE(send(world, 6, 60) == UpdateVerdict::accepted);
    last = world.storage.operations();
  }
  using Cut = journal::MemoryStorage::Cut;
  for (auto at = first; at < last; ++at) {
    for (const auto cut : {Cut::nothing_kept, Cut::all_kept, Cut::any_sectors}) {
      CAPTURE(at);
      World world;
      REQUIRE(send(world, 5, 40) == UpdateVerdict::accepted);
      world.storage.lose_power_at(at);
      const bool said = send(world, 6, 60) == UpdateVerdict::accepted;
      world.cut_power(cut);
      const auto is = world.ask(GetLocalList{});
      CHECK(((is.version == 5 && is.entries == 40) || (is.version == 6 && is.entries == 60)));
      if (said) CHECK(is.version == 6);
    }
  }
}

// for OCPP-2.0.1 D02.FR.03
TEST_CASE("a list that is disabled answers version 0, refuses updates and says nothing of tokens") {
  World world;
  REQUIRE(world.ask(part(5, true, {LocalEntry{kOwner, Authorization{}}})).verdict == UpdateVerdict::accepted);
  Settings settings{};
  settings.local_list = false;
  world.ask(Configure{settings});
  CHECK(world.ask(GetLocalList{}).version == 0);
  CHECK(world.ask(part(6, true, {})).verdict == UpdateVerdict::failed);
  CHECK(world.present(kOwner) == TokenVerdict::refused);
  world.ask(Configure{Settings{}});
  CHECK(world.ask(GetLocalList{}).version == 5);
}
