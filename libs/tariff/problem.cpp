// What is wrong with a schedule of prices.
#include "libs/base/line.hpp"
#include "libs/tariff/schedule.hpp"

namespace bulwatt::tariff {
namespace {

bool is_date(std::uint16_t date) {
  constexpr std::array<int, 12> kLength{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int month = date / 100;
  return month >= 1 && month <= 12 && date % 100 >= 1 && date % 100 <= kLength[static_cast<std::size_t>(month) - 1];
}

std::string_view fault_of(const When& when) {
  const bool all_year = when.from_date == 0 && when.until_date == 0;
  if (!all_year && (!is_date(when.from_date) || !is_date(when.until_date)))
    return "has a from_date or until_date that is no day; write month * 100 + day in both, or neither";
  if (!all_year && when.from_date == when.until_date)
    return "has a season of no day; leave from_date and until_date out for all year";
  if (when.most_mwh && *when.most_mwh <= when.least_mwh)
    return "never holds: most_energy has to be more than least_energy";
  if (when.most_s && *when.most_s <= when.least_s) return "never holds: most_time has to be more than least_time";
  return {};
}

bool is_always(const When& when) {
  return when.from_minute == when.until_minute && when.days == 0x7F && when.from_date == when.until_date &&
         when.least_mwh == 0 && !when.most_mwh && when.least_s == 0 && !when.most_s;
}

constexpr std::array kPrices{&Element::per_kwh, &Element::per_minute, &Element::per_idle_minute, &Element::per_session};

/// An earlier one that always holds leaves nothing for it.
bool rules_never(const Schedule& schedule, std::size_t index) {
  return std::ranges::all_of(kPrices, [&](auto price) {
    if (!(schedule.elements[index].*price)) return true;
    for (std::size_t i = 0; i < index; ++i) {
      if (is_always(schedule.elements[i].when) && schedule.elements[i].*price) return true;
    }
    return false;
  });
}

std::string_view fault_of(const Schedule& schedule, std::size_t index) {
  const auto& element = schedule.elements[index];
  if (const auto fault = fault_of(element.when); !fault.empty()) return fault;
  if (std::ranges::none_of(kPrices, [&](auto price) { return (element.*price).has_value(); }))
    return "names no price; give it per_kwh, per_minute, per_idle_minute or per_session";
  if (rules_never(schedule, index)) return "never rules: an earlier one always does; put it before that";
  return {};
}

}  // namespace

Text<160> problem(const Schedule& schedule) {
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (schedule.currency.size != 3 || !std::ranges::all_of(schedule.currency.view(), is_letter))
    return "currency is not three capital letters (ISO 4217)";
  if (!zone_of(schedule.zone.view())) return "zone is no clock as POSIX writes it, such as CET-1CEST,M3.5.0,M10.5.0/3";
  for (std::size_t i = 0; i < schedule.elements.size; ++i) {
    if (const auto fault = fault_of(schedule, i); !fault.empty())
      return Line<160>{"element ", i + 1, ' ', fault}.view();
  }
  if (schedule.least && schedule.most && *schedule.most < *schedule.least) return "most is less than least";
  return {};
}

}  // namespace bulwatt::tariff
