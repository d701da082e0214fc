#include "services/supervisor/restart.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using namespace std::chrono_literals;

namespace {
constexpr std::array<std::uint16_t, 4> kBackoff{0, 10, 50, 200};
sandbox::ServiceEntry entry(std::uint8_t intensity, std::uint16_t window_s) {
  sandbox::ServiceEntry e{};
  e.intensity = intensity;
  e.window_s = window_s;
  e.backoff_ms = kBackoff;
  return e;
}
constexpr std::uint32_t kMiddle = 0x8000'0000;
Instant at(Duration d) { return Instant{1000s + d}; }
}  // namespace

TEST_CASE("the intensity counts deaths inside the window only") {
  const auto e = entry(2, 60);
  RestartRecord record;
  CHECK_FALSE(record.died(e, at(0s), 0).exceeded);
  CHECK_FALSE(record.died(e, at(10s), 0).exceeded);
  CHECK_FALSE(record.died(e, at(61s), 0).exceeded);  // the first has left the window
  CHECK(record.died(e, at(62s), 0).exceeded);
}

TEST_CASE("the greatest intensity still counts") {
  const auto e = entry(kMaxIntensity - 1, 60);
  RestartRecord record;
  for (std::size_t i = 0; i + 1 < kMaxIntensity; ++i) CHECK_FALSE(record.died(e, at(1ms * i), 0).exceeded);
  CHECK(record.died(e, at(1s), 0).exceeded);
  record.forget_deaths();
  CHECK_FALSE(record.died(e, at(2s), 0).exceeded);
}

TEST_CASE("the back-off goes through its list and stays at the end") {
  const auto e = entry(60, 60);
  RestartRecord record;
  const Duration expected[] = {0ms, 10ms, 50ms, 200ms, 200ms};
  for (const auto delay : expected) {
    const auto got = record.died(e, at(0s), kMiddle).delay;
    CHECK(got >= delay - 2us);
    CHECK(got <= delay + 2us);
  }
}

TEST_CASE("chance moves the delay by a quarter at most") {
  const auto e = entry(60, 60);
  for (const std::uint32_t chance : {0U, 1U << 31, ~0U}) {
    RestartRecord record;
    for (int i = 0; i < 3; ++i) record.died(e, at(0s), chance);
    const auto delay = record.died(e, at(0s), chance).delay;
    CHECK(delay >= 150ms);
    CHECK(delay <= 250ms);
  }
}

TEST_CASE("a healthy minute earns the shortest back-off again, less does not") {
  const auto e = entry(60, 60);
  RestartRecord record;
  record.died(e, at(0s), kMiddle);
  record.died(e, at(0s), kMiddle);
  record.ready(at(1s));
  CHECK(record.died(e, at(30s), kMiddle).delay > 40ms);
  record.ready(at(31s));
  CHECK(record.died(e, at(91s), kMiddle).delay == 0ms);
}

TEST_CASE("a retry doubles up to its limit and starts over") {
  Doubling d{1s, 5s};
  CHECK(d.take() == 1s);
  CHECK(d.take() == 2s);
  CHECK(d.take() == 4s);
  CHECK(d.take() == 5s);
  CHECK(d.take() == 5s);
  d.reset();
  CHECK(d.take() == 1s);
}
