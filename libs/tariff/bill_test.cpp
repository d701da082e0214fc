#include "libs/tariff/bill.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using tariff::bill;
using tariff::Tariff;

namespace {
Tariff prices(std::int64_t kwh, std::int64_t minute, std::int64_t start, std::uint32_t tax, Text<3> currency = "EUR") {
  return {currency, kwh, minute, start, tax};
}
}  // namespace

// Random tariffs against Python's decimal arithmetic: tests/tariff.
TEST_CASE("each component is rounded once to the smallest coin, and the tax is that of the rounded sum") {
  const auto one = bill(prices(490'000, 20'000, 350'000, 1900), 23'456'789, 45 * 60'000);
  CHECK(one.energy == 11'490'000);  // 11.4938…
  CHECK(one.time == 900'000);
  CHECK(one.start == 350'000);
  CHECK(one.tax == 2'420'000);  // 19 % of 12.74 is 2.4206
  CHECK(one.total == 15'160'000);
}

TEST_CASE("half a coin is rounded up, in every currency") {
  CHECK(bill(prices(0, 0, 5'000, 0), 0, 0).total == 10'000);
  CHECK(bill(prices(0, 0, 4'999, 0), 0, 0).total == 0);
  CHECK(bill(prices(0, 0, 500'000, 0, "JPY"), 0, 0).total == 1'000'000);
  CHECK(bill(prices(0, 0, 500, 0, "KWD"), 0, 0).total == 1'000);
}

TEST_CASE("the greatest prices and quantities do not overflow, and absurd ones are clamped") {
  const auto dearest = prices(tariff::kMaxPrice, tariff::kMaxPrice, tariff::kMaxPrice, 10'000);
  const auto most = bill(dearest, INT64_MAX, INT64_MAX);
  CHECK(most.total == bill(dearest, tariff::kMaxEnergyMwh, tariff::kMaxDurationMs).total);
  CHECK(most.total == 2 * (most.energy + most.time + most.start));
  CHECK(bill(dearest, -1, -1).energy == 0);
}

TEST_CASE("a tariff is said in words, in the order that the law wants") {
  CHECK(tariff::text(prices(490'000, 20'000, 350'000, 1900)).view() ==
        "0.49 EUR/kWh + 0.02 EUR/min + 0.35 EUR + 19 % tax");
  CHECK(tariff::text(prices(1, 0, 0, 1925)).view() == "0.000001 EUR/kWh + 19.25 % tax");
  CHECK(tariff::text(prices(0, 0, 5'000'000, 0)).view() == "5.00 EUR");
  CHECK(tariff::text(prices(0, 0, 0, 1900)).view().empty());
}
