// The limit stack at work.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

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
