#include "libs/tariff/schedule.hpp"

#include <doctest/doctest.h>

#include <string>

#include "libs/tariff/schedules_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::tariff;

namespace {

Schedule simple(std::int64_t kwh, std::int64_t minute, std::int64_t start, std::uint32_t tax) {
  return schedule_of({"EUR", kwh, minute, start, tax});
}

/// By night and by day.
Schedule day_and_night() { return testing::day_and_night(simple(400'000, 0, 0, 1900)); }

std::string fault(const Schedule& schedule) { return std::string{problem(schedule).view()}; }

}  // namespace

TEST_CASE("a tariff is said in words, in the order that the law wants") {
  CHECK(text(simple(490'000, 20'000, 350'000, 1900)).view() == "0.49 EUR/kWh + 0.02 EUR/min + 0.35 EUR + 19 % tax");
  CHECK(text(simple(1, 0, 0, 1925)).view() == "0.000001 EUR/kWh + 19.25 % tax");
  CHECK(text(simple(0, 0, 5'000'000, 0)).view() == "5.00 EUR");
  CHECK(text(simple(0, 0, 0, 1900)).view().empty());
}

TEST_CASE("hours, days, seasons, limits and steps are said, too") {
  auto schedule = day_and_night();
  CHECK(text(schedule).view() == "22:00-06:00: 0.10 EUR/kWh; 0.40 EUR/kWh + 19 % tax");
  auto& when = schedule.elements.data[0].when;
  when.days = 0b1100000;
  when.from_date = 1101;
  when.until_date = 301;
  when.least_mwh = 10'000'000;
  when.most_s = 5400;
  schedule.elements.data[0].per_idle_minute = 50'000;
  schedule.elements.data[0].step_wh = 500;
  schedule.most = 30'000'000;
  CHECK(text(schedule).view() ==
        "22:00-06:00 Sa Su 11-1 to 3-1 from 10 kWh before 90 min: 0.10 EUR/kWh + 0.05 EUR/min not charging in steps of "
        "0.5 kWh; "
        "0.40 EUR/kWh; at most 30.00 EUR + 19 % tax");
}

TEST_CASE("words that would not fit end with what fits whole, and say that there is more") {
  auto schedule = day_and_night();
  for (std::uint16_t i = 0; i < 6; ++i) {
    auto element = schedule.elements[0];
    element.when.from_minute = static_cast<std::uint16_t>(i + 1);
    element.when.least_mwh = 123'456'789;
    element.per_session = 1'234'567;
    element.step_s = 7;
    REQUIRE(schedule.elements.push_back(element));
  }
  CHECK(text(schedule).view().ends_with("; and more"));
}

TEST_CASE("a wrong schedule is refused with one sentence") {
  CHECK(fault(day_and_night()).empty());
  CHECK(fault(Schedule{}).empty());
  const auto with = [](auto&& change) {
    auto schedule = day_and_night();
    change(schedule);
    return fault(schedule);
  };
  CHECK(with([](Schedule& s) { s.currency = "eur"; }) == "currency is not three capital letters (ISO 4217)");
  CHECK(with([](Schedule& s) { s.zone = "Europe/Berlin"; }).starts_with("zone is no clock"));
  CHECK(with([](Schedule& s) { s.elements.data[0].per_kwh.reset(); }).starts_with("element 1 names no price"));
  CHECK(with([](Schedule& s) { s.elements.data[0].when = {}; }).empty());  // the second still rules time and start
  CHECK(with([](Schedule& s) {
          std::swap(s.elements.data[0], s.elements.data[1]);
        }).starts_with("element 2 never rules"));
  CHECK(with([](Schedule& s) { s.elements.data[0].when.from_date = 230; }).starts_with("element 1 has a from_date"));
  CHECK(with([](Schedule& s) {
          s.elements.data[1].when.from_date = 1301, s.elements.data[1].when.until_date = 101;
        }).starts_with("element 2 has a from_date"));
  CHECK(with([](Schedule& s) {
          s.elements.data[0].when.from_date = s.elements.data[0].when.until_date = 101;
        }).starts_with("element 1 has a season of no day"));
  CHECK(with([](Schedule& s) { s.elements.data[0].when.most_mwh = 0; }).starts_with("element 1 never holds"));
  CHECK(with([](Schedule& s) {
          s.elements.data[0].when.least_s = 60, s.elements.data[0].when.most_s = 60;
        }).starts_with("element 1 never holds"));
  CHECK(with([](Schedule& s) { s.least = 2, s.most = 1; }) == "most is less than least");
}

TEST_CASE("only hours, days and seasons look at the clock") {
  CHECK(looks_at_clock(day_and_night()));
  auto schedule = simple(1, 1, 1, 1);
  schedule.elements.data[0].when.least_mwh = 5;
  schedule.elements.data[0].when.most_s = 5;
  CHECK_FALSE(looks_at_clock(schedule));
}
