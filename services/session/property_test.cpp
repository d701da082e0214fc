// Long random lives of a station from fixed seeds, with the same rules checked all the way.
#include "services/session/life_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

constexpr int kLives = 40;
constexpr int kEventsPerLife = 600;

}  // namespace

//=test OCPP-2.0.1 C01.FR.01
//=test OCPP-2.0.1 C06.FR.01
//=test OCPP-2.0.1 E01.FR.08
//=test OCPP-2.0.1 E02.FR.07
//=test OCPP-2.0.1 E02.FR.08
//=test OCPP-2.0.1 E05.FR.04
//=test OCPP-2.0.1 E09.FR.04
//=test OCPP-2.0.1 E10.FR.03
TEST_CASE("in long random lives no event is lost, doubled or out of order, and energy needs a transaction and a car") {
  std::size_t ended = 0;
  std::int64_t charged = 0;
  for (std::uint32_t seed = 1; seed <= kLives; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    Life life{seed, [&] { return static_cast<std::uint32_t>(random()); }};
    for (int i = 0; i < kEventsPerLife; ++i) life.step(std::chrono::milliseconds{random() % 4000});
    life.end();
    ended += life.ended();
    charged += life.charged_mwh();
  }
  MESSAGE((kLives * kEventsPerLife), " events, ", ended, " transactions, ", charged / 1'000'000, " kWh");
  CHECK(ended > 250);
}
