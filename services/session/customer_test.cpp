// What is stored about a customer is told in full and forgotten for good.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

const IdToken kSmall{"04a1b2c3", TokenType::iso14443};  // kOwner in other letters
constexpr LocalEntry listed(const IdToken& token) {
  return {token, Authorization{.status = AuthorizationStatus::blocked, .group = {}, .expiry = {}, .evses = {}}};
}
void send_list(World& world, const IdToken& token) {
  UpdateLocalList part{.version = 3, .full = true, .first = true, .last = true, .entries = {}};
  REQUIRE(part.entries.push_back(listed(token)));
  REQUIRE(world.ask(part).verdict == UpdateVerdict::accepted);
}

}  // namespace

TEST_CASE("nothing is known of a stranger, and nothing is there to forget") {
  World world;
  const auto found = world.ask(GetCustomer{kOther});
  CHECK_FALSE(found.cached);
  CHECK_FALSE(found.listed);
  CHECK_FALSE(found.owner);
  CHECK(found.places.empty());
  CHECK(found.reservations.empty());
  CHECK(found.events == 0);
  CHECK_FALSE(world.ask(ForgetCustomer{kOther}).cached);
  CHECK(world.recorded("CustomerForgotten"));
}

TEST_CASE("everything that names the token is told: cache, list, reservation, what runs, what has not been told") {
  World world{two_evses()};
  send_list(world, kOther);
  world.ask(
      Reserve{.id = 12, .evse = 2, .connector_type = {}, .token = kOwner, .group = {}, .expiry = {2'000'000'000'000}});
  charge(world);
  const auto found = world.ask(GetCustomer{kSmall});
  REQUIRE(found.cached);
  CHECK(found.cached->info.status == AuthorizationStatus::accepted);
  CHECK(found.cached->info.group == kGroup);
  CHECK(found.cached->stored.unix_ms > 0);
  CHECK_FALSE(found.listed);
  REQUIRE(found.places.size == 1);
  CHECK(found.places[0].evse == 1);
  CHECK(found.places[0].leave);
  CHECK(found.places[0].transaction == world.evse().kept.transaction->id);
  REQUIRE(found.reservations.size == 1);
  CHECK(found.reservations[0] == 12);
  CHECK(found.events > 0);
  world.fetch();
  CHECK(world.ask(GetCustomer{kOwner}).events == 0);
  REQUIRE(world.ask(GetCustomer{kOther}).listed);
  CHECK(world.ask(GetCustomer{kOther}).listed->status == AuthorizationStatus::blocked);
  CHECK_FALSE(world.ask(GetCustomer{{kOwner.id, TokenType::local}}).cached);
}

TEST_CASE("a token of the owner's list is told as one, and a cache entry too old to be believed is still told") {
  Config config{};
  REQUIRE(config.local_tokens.push_back("04FFFFFF"));
  config.settings.cache_lifetime_s = 60;
  World world{config};
  CHECK(world.ask(GetCustomer{kOther}).owner);
  world.authorize();
  world.pass(300s);
  CHECK(world.ask(GetCustomer{kOwner}).cached);
}

TEST_CASE("a customer who is forgotten stays forgotten, and only the cache forgets") {
  World world{two_evses()};
  send_list(world, kOwner);
  charge(world);
  world.authorize(kOther, 2);
  REQUIRE(world.ask(GetCustomer{kOther}).cached);
  CHECK(world.ask(ForgetCustomer{kSmall}).cached);
  auto found = world.ask(GetCustomer{kOwner});
  CHECK_FALSE(found.cached);
  CHECK(found.listed);
  CHECK(found.places.size == 1);
  CHECK(world.flows());
  CHECK(world.ask(GetCustomer{kOther}).cached);
  world.kill();
  CHECK_FALSE(world.ask(GetCustomer{kOwner}).cached);
  CHECK(world.ask(GetCustomer{kOther}).cached);
  CHECK_FALSE(world.ask(ForgetCustomer{kOwner}).cached);
}

TEST_CASE("what cannot be forgotten on disk is said so, and is forgotten as soon as the disk can be written") {
  World world;
  world.authorize();
  world.storage.refuse_room(0, 1'000'000);
  CHECK(world.refused(ForgetCustomer{kOwner}) == Error::storage);
  world.storage.refuse_room(0, 0);
  world.pass(5s);
  world.cut_power();
  CHECK_FALSE(world.ask(GetCustomer{kOwner}).cached);
}
