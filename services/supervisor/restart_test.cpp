#include "services/supervisor/restart.hpp"

#include <doctest/doctest.h>

#include <vector>

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
  CHECK_FALSE(record.died(e, at(0s), 0).climbed);
  CHECK_FALSE(record.died(e, at(10s), 0).climbed);
  CHECK_FALSE(record.died(e, at(61s), 0).climbed);  // the first has left the window
  CHECK(record.died(e, at(62s), 0).climbed);
}

TEST_CASE("the greatest intensity still counts") {
  const auto e = entry(kMaxIntensity - 1, 60);
  RestartRecord record;
  for (std::size_t i = 0; i + 1 < kMaxIntensity; ++i) CHECK_FALSE(record.died(e, at(1ms * i), 0).climbed);
  CHECK(record.died(e, at(1s), 0).climbed);
  CHECK_FALSE(record.died(e, at(2s), 0).climbed);
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

TEST_CASE("the ladder is climbed as far as the service may, with a quarter of the patience above the bottom") {
  struct Case {
    sandbox::Escalate escalate;
    std::vector<Step> steps;
  };
  const Case cases[] = {
      {sandbox::Escalate::none, {Step::service_empty, Step::service_empty}},
      {sandbox::Escalate::zone, {Step::service_empty, Step::zone, Step::zone}},
      {sandbox::Escalate::safe_state, {Step::service_empty, Step::zone, Step::safe_state, Step::safe_state}},
  };
  for (const auto& c : cases) {
    auto e = entry(8, 60);
    e.escalate = c.escalate;
    RestartRecord record;
    std::vector<Step> seen;
    std::vector<int> deaths;
    for (int since = 1; seen.size() < c.steps.size(); ++since) {
      if (!record.died(e, at(1s), 0).climbed) continue;
      seen.push_back(record.step());
      deaths.push_back(std::exchange(since, 0));
    }
    CHECK(seen == c.steps);
    CHECK(deaths.front() == 9);
    for (std::size_t i = 1; i < deaths.size(); ++i) CHECK(deaths[i] == 3);
  }
}

TEST_CASE("a healthy minute is the bottom of the ladder again, less is not") {
  const auto e = entry(1, 600);
  RestartRecord record;
  record.died(e, at(0s), 0);
  CHECK(record.step() == Step::service);
  REQUIRE(record.died(e, at(1s), 0).climbed);
  record.ready(at(2s));
  CHECK_FALSE(record.healthy(at(2s + kHealthy - 1us)));
  CHECK(record.step() == Step::service_empty);
  REQUIRE(record.healthy(at(2s + kHealthy)));
  CHECK_FALSE(record.died(e, at(2s + kHealthy), 0).climbed);
  CHECK(record.step() == Step::service);
}
