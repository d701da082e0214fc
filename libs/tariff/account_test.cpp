#include "libs/tariff/account.hpp"

#include <doctest/doctest.h>

#include "libs/tariff/schedules_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::tariff;

namespace {

constexpr std::int64_t kMonday = 1'767'571'200'000;  ///< 2026-01-05T00:00:00Z
constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute;
constexpr std::int64_t kKwh = 1'000'000;

/// Energy at one price, at any time.
Schedule at_all_times(std::int64_t per_kwh) {
  Schedule out{};
  Element element{};
  element.per_kwh = per_kwh;
  REQUIRE(out.elements.push_back(element));
  return out;
}

/// A session of one kWh in each quarter of an hour.
Account charged(const Schedule& schedule, std::int64_t begin_ms, int quarters, std::int32_t offset_min = 0) {
  Account account{};
  for (int i = 0; i <= quarters; ++i)
    add(account, schedule, {begin_ms + i * 15 * kMinute, 500 * kKwh + i * kKwh, true, offset_min});
  return account;
}

std::int64_t energy_of(const Account& account, const Schedule& schedule) {
  const auto out = cost(account, schedule);
  REQUIRE(out.has_value());
  return out->energy;
}

Schedule day_and_night() { return testing::day_and_night(at_all_times(400'000)); }

}  // namespace

TEST_CASE("the night is cheaper, over midnight and by the local clock") {
  const auto schedule = day_and_night();
  CHECK(energy_of(charged(schedule, kMonday + 21 * kHour, 8), schedule) == 4 * 400'000 + 4 * 100'000);
  CHECK(energy_of(charged(schedule, kMonday + 5 * kHour, 8), schedule) == 4 * 100'000 + 4 * 400'000);
  CHECK(energy_of(charged(schedule, kMonday + 21 * kHour, 8, 60), schedule) == 8 * 100'000);
}

TEST_CASE("a price that changes between two samples takes its share of the energy") {
  const auto schedule = day_and_night();
  Account account{};
  add(account, schedule, {kMonday + 22 * kHour - 10 * kMinute, 0, true, 0});
  add(account, schedule, {kMonday + 22 * kHour + 5 * kMinute, 3 * kKwh, true, 0});
  CHECK(account.used[1].energy_mwh == 2 * kKwh);
  CHECK(account.used[0].energy_mwh == kKwh);
}

TEST_CASE("days of the week and seasons") {
  auto schedule = at_all_times(100'000);
  schedule.elements.data[0].when.days = 0b0000010;  // Tuesdays
  CHECK(energy_of(charged(schedule, kMonday + 23 * kHour, 8), schedule) == 4 * 100'000);
  schedule.elements.data[0].when.days = 0x7F;
  schedule.elements.data[0].when.from_date = 1101;  // winter, over new year
  schedule.elements.data[0].when.until_date = 106;
  CHECK(energy_of(charged(schedule, kMonday + 23 * kHour, 8), schedule) == 4 * 100'000);
}

TEST_CASE("the first kilowatt hours and the first minutes may have a price of their own") {
  auto schedule = at_all_times(500'000);
  schedule.elements.data[0].when.most_mwh = 3 * kKwh + kKwh / 2;
  CHECK(energy_of(charged(schedule, kMonday, 8), schedule) == 1'750'000);
  schedule.elements.data[0].when = {};
  schedule.elements.data[0].when.least_s = 3600;
  CHECK(energy_of(charged(schedule, kMonday, 8), schedule) == 4 * 500'000);
}

TEST_CASE("standing there without charging has its own price, in begun steps") {
  Schedule schedule{};
  Element element{};
  element.per_minute = 10'000;
  element.per_idle_minute = 100'000;
  element.step_s = 300;
  REQUIRE(schedule.elements.push_back(element));
  Account account{};
  add(account, schedule, {kMonday, 0, false, 0});
  add(account, schedule, {kMonday + 10 * kMinute, kKwh, true, 0});
  add(account, schedule, {kMonday + 16 * kMinute, kKwh, false, 0});
  const auto out = cost(account, schedule);
  REQUIRE(out.has_value());
  CHECK(out->time == 100'000);
  CHECK(out->idle == 1'000'000);
}

TEST_CASE("the price of starting is that of the moment of starting") {
  auto schedule = day_and_night();
  schedule.elements.data[0].per_session = 500'000;
  schedule.elements.data[1].per_session = 1'000'000;
  CHECK(cost(charged(schedule, kMonday + 23 * kHour, 1), schedule)->start == 500'000);
  CHECK(cost(charged(schedule, kMonday + 12 * kHour, 1), schedule)->start == 1'000'000);
}

TEST_CASE("a least and a most bound the net sum, taxes come after them and upon one another") {
  auto schedule = at_all_times(100'000);
  schedule.least = 5'000'000;
  REQUIRE(schedule.taxes.push_back({1000, 1}));
  REQUIRE(schedule.taxes.push_back({2000, 0}));
  const auto least = cost(charged(schedule, kMonday, 4), schedule);
  REQUIRE(least.has_value());
  CHECK(least->adjusted == 4'600'000);
  CHECK(least->taxes[1] == 1'000'000);
  CHECK(least->taxes[0] == 600'000);
  CHECK(least->total == 6'600'000);
  schedule.least.reset();
  schedule.most = 300'000;
  CHECK(cost(charged(schedule, kMonday, 4), schedule)->adjusted == -100'000);
}

TEST_CASE("what cannot be calculated is said and no number is invented") {
  const auto schedule = day_and_night();
  const auto failure = [&](const Sample& first, const Sample& second) {
    Account account{};
    add(account, schedule, first);
    add(account, schedule, second);
    add(account, schedule, {first.unix_ms + kHour, first.register_mwh + kKwh, true, 0});  // does not make it good
    const auto out = cost(account, schedule);
    return out ? std::nullopt : std::optional{out.error()};
  };
  const Sample first{kMonday + 21 * kHour, 5 * kKwh, true, 0};
  CHECK(failure(first, {first.unix_ms - 1, 5 * kKwh, true, 0}) == Failure::backwards);
  CHECK(failure(first, {first.unix_ms + 1, 5 * kKwh - 1, true, 0}) == Failure::backwards);
  CHECK(failure(first, {first.unix_ms + 2 * kHour, 6 * kKwh, true, 0}) == Failure::gap);
  CHECK(failure(first, {first.unix_ms + kMaxDurationMs + 1, 5 * kKwh, true, 0}) == Failure::too_much);
  CHECK(failure(first, {first.unix_ms + kMinute, 6 * kKwh + kMaxEnergyMwh, true, 0}) == Failure::too_much);
  CHECK(cost(Account{}, schedule).error() == Failure::nothing);
}

TEST_CASE("far apart samples are good enough while no price changes between them, or no energy flows") {
  const auto schedule = day_and_night();
  Account account{};
  add(account, schedule, {kMonday + 10 * kHour, 0, true, 0});
  add(account, schedule, {kMonday + 20 * kHour, 10 * kKwh, true, 0});
  add(account, schedule, {kMonday + 34 * kHour, 10 * kKwh, false, 0});
  CHECK(energy_of(account, schedule) == 4'000'000);
}

// Random tariffs against Python's decimal arithmetic: tests/tariff.
TEST_CASE("each component is rounded once to the smallest coin, and the tax is that of the rounded sum") {
  const auto schedule = schedule_of({"EUR", 490'000, 20'000, 350'000, 1900});
  Account account{};
  add(account, schedule, {kMonday, 0, true, 0});
  add(account, schedule, {kMonday + 45 * kMinute, 23'456'789, true, 0});
  const auto out = cost(account, schedule);
  REQUIRE(out.has_value());
  CHECK(out->energy == 11'490'000);  // 11.4938…
  CHECK(out->time == 900'000);
  CHECK(out->start == 350'000);
  CHECK(out->taxes[0] == 2'420'000);  // 19 % of 12.74 is 2.4206
  CHECK(out->total == 15'160'000);
}

TEST_CASE("half a coin is rounded up, in every currency; the greatest prices and quantities do not overflow") {
  const auto start_at = [](std::int64_t price, Text<3> currency) {
    const auto schedule = schedule_of({currency, 0, 0, price, 0});
    return cost(charged(schedule, kMonday, 0), schedule)->total;
  };
  CHECK(start_at(5'000, "EUR") == 10'000);
  CHECK(start_at(4'999, "EUR") == 0);
  CHECK(start_at(500'000, "JPY") == 1'000'000);
  CHECK(start_at(500, "KWD") == 1'000);
  const auto dearest = schedule_of({"EUR", kMaxPrice, kMaxPrice, kMaxPrice, 10'000});
  Account account{};
  add(account, dearest, {kMonday, 0, true, 0});
  add(account, dearest, {kMonday + kMaxDurationMs, kMaxEnergyMwh, true, 0});
  const auto most = cost(account, dearest);
  REQUIRE(most.has_value());
  CHECK(most->total == 2 * (most->energy + most->time + most->start));
  CHECK(most->total > 0);
}

TEST_CASE("periods are listed in their order; when there are too many, the last one is the rest") {
  const auto schedule = day_and_night();
  const auto account = charged(schedule, kMonday + 21 * kHour, 8);
  REQUIRE(account.periods.size == 2);
  CHECK(account.periods[0].begin_ms == kMonday + 21 * kHour);
  CHECK(account.periods[0].energy_by == 1);
  CHECK(account.periods[1].begin_ms == kMonday + 22 * kHour);
  CHECK(account.periods[1].energy_by == 0);
  CHECK(account.periods[1].used.energy_mwh == 4 * kKwh);
  CHECK_FALSE(account.periods[1].mixed);
  const auto week = charged(schedule, kMonday, 7 * 96);
  REQUIRE(week.periods.full());
  CHECK(week.periods[kMaxPeriods - 1].mixed);
  std::int64_t all = 0;
  for (const auto& period : week.periods) all += period.used.energy_mwh;
  CHECK(all == 7 * 96 * kKwh);
}

TEST_CASE("the same price at all times is one period, whether the car charges or stands there") {
  const auto schedule = schedule_of({"EUR", 490'000, 0, 0, 1900});
  Account account{};
  add(account, schedule, {kMonday, 0, false, 0});
  add(account, schedule, {kMonday + kMinute, 0, false, 0});
  add(account, schedule, {kMonday + 10 * kMinute, kKwh, true, 0});
  CHECK(account.periods.size == 1);
  CHECK(energy_of(account, schedule) == 490'000);
}

TEST_CASE("time without power costs nothing, the energy before it does") {
  auto schedule = schedule_of({"EUR", 100'000, 10'000, 0, 0});
  Account account{};
  add(account, schedule, {kMonday, 0, true, 0});
  add(account, schedule, {kMonday + 10 * kMinute, kKwh, true, 0});
  add(account, schedule, {kMonday + 40 * kMinute, 2 * kKwh, true, 0, true});
  add(account, schedule, {kMonday + 50 * kMinute, 3 * kKwh, true, 0});
  const auto out = cost(account, schedule);
  REQUIRE(out.has_value());
  CHECK(out->time == 200'000);
  CHECK(out->energy == 300'000);
}

TEST_CASE("whether a price may change on the way is known beforehand") {
  const auto schedule = day_and_night();
  const auto account = charged(schedule, kMonday + 21 * kHour, 3);
  const Point last{account.last_ms, account.last_mwh};
  CHECK_FALSE(edge_between(account, schedule, last, {last.ms + 15 * kMinute, last.mwh + kKwh}));
  CHECK(edge_between(account, schedule, last, {last.ms + 15 * kMinute + 1, last.mwh + kKwh}));
  CHECK_FALSE(edge_between(account, schedule, last, {last.ms - 1, last.mwh}));
  CHECK(energy_element(account, schedule) == 1);
  CHECK(energy_element(charged(schedule, kMonday + 21 * kHour, 4), schedule) == 0);
  CHECK_FALSE(energy_element({}, schedule));
}
