#include "libs/tariff/tariff.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using tariff::cost;
using tariff::Tariff;

namespace {
Tariff prices(std::int64_t kwh, std::int64_t minute, std::int64_t start, std::uint32_t tax) {
  return {"EUR", kwh, minute, start, tax};
}
}  // namespace

TEST_CASE("energy, time, start and tax add up to the amount of a hand calculation") {
  const struct {
    Tariff tariff;
    std::int64_t mwh;
    std::int64_t ms;
    std::int64_t expected;
  } cases[] = {
      {prices(0, 0, 0, 0), 50'000'000, 3'600'000, 0},
      {prices(490'000, 0, 0, 0), 10'000'000, 0, 4'900'000},     // 10 kWh at 0.49
      {prices(490'000, 0, 0, 1900), 10'000'000, 0, 5'831'000},  // and 19 % tax
      {prices(0, 100'000, 0, 0), 0, 90 * 60'000, 9'000'000},    // 90 minutes at 0.10
      {prices(0, 0, 350'000, 0), 0, 0, 350'000},                // 0.35 for starting
      {prices(490'000, 20'000, 350'000, 1900), 23'456'789, 45 * 60'000, 15'165'154},
      {prices(1, 0, 0, 0), 500'000, 0, 1},  // half a millionth rounds up
      {prices(1, 0, 0, 0), 499'999, 0, 0},
      {prices(490'000, 20'000, 0, 0), -5, -5, 0},  // a register never runs backwards; if told so, nothing
  };
  for (const auto& one : cases) CHECK(cost(one.tariff, one.mwh, one.ms) == one.expected);
}

TEST_CASE("more energy or time never costs less") {
  const auto tariff = prices(490'000, 3'333, 1, 777);
  std::int64_t last = 0;
  for (std::int64_t i = 0; i < 2000; ++i) {
    const auto now = cost(tariff, i * 997, i * 1013);
    CHECK(now >= last);
    last = now;
  }
}

TEST_CASE("the greatest prices and quantities do not overflow") {
  const Tariff dearest = prices(tariff::kMaxPrice, tariff::kMaxPrice, tariff::kMaxPrice, 10'000);
  CHECK(cost(dearest, INT64_MAX, INT64_MAX) == cost(dearest, tariff::kMaxEnergyMwh, tariff::kMaxDurationMs));
  CHECK(cost(dearest, INT64_MAX, INT64_MAX) > 0);
}
