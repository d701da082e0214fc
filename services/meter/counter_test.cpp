#include "services/meter/counter.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::meter;
using namespace std::chrono_literals;

TEST_CASE("the first register is where counting begins, and it goes on as the register does") {
  Counter counter;
  CHECK_FALSE(counter.begun());
  CHECK(counter.take(5'000, 0, 0s) == Count::counted);
  CHECK(counter.take(7'000, 0, 1s) == Count::counted);
  CHECK(counter.total() == 7'000);
}

TEST_CASE("a fall within the resolution is held until the register has risen past it") {
  Counter counter;
  (void)counter.take(1'000'000, 0, 0s);
  CHECK(counter.take(1'000'000 - kHeldFall, 0, 1s) == Count::counted);
  CHECK(counter.total() == 1'000'000);
  CHECK(counter.take(1'000'001, 0, 1s) == Count::counted);
  CHECK(counter.total() == 1'000'001);
}

TEST_CASE("the total never falls, whatever the register does") {
  constexpr std::int64_t kWrap = 4'294'967'296'000;
  Counter counter;
  std::uint64_t seed = 1;
  std::int64_t before = 0;
  for (int i = 0; i < 20'000; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const auto reading = static_cast<std::int64_t>((seed >> 20) % kWrap);
    const auto what = counter.take(reading, i % 2 == 0 ? kWrap : 0, std::chrono::hours{i % 3000});
    if (what == Count::fell && i % 7 == 0) counter.begin_anew(reading);
    REQUIRE(counter.total() >= before);
    before = counter.total();
  }
}

TEST_CASE("a roll-over is one only if what flowed meanwhile is possible") {
  constexpr std::int64_t kWrap = 4'294'967'296'000;
  Counter counter;
  (void)counter.take(kWrap - 1'000, 0, 0s);
  CHECK(counter.take(1'000, kWrap, 1s) == Count::rolled_over);
  CHECK(counter.total() == kWrap + 1'000);
  (void)counter.take(kWrap / 2, 0, 10'000h);
  CHECK(counter.take(1'000, kWrap, 1s) == Count::fell);
  CHECK(counter.take(1'000, 0, 1s) == Count::fell);
  CHECK(counter.take(kWrap - 1, kWrap, 1s) == Count::jumped);
}

TEST_CASE("a clock that makes no sense widens nothing beyond bounds") {
  CHECK(Counter::credible(-1h) == kRiseAllowance);
  CHECK(Counter::credible(Duration::max()) > 0);
}
