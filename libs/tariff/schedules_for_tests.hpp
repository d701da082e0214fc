// Schedules that several tests of prices use.
#pragma once
#include "libs/tariff/schedule.hpp"

namespace bulwatt::tariff::testing {

/// From 22 to 6 o'clock energy costs 0.10 a kWh; otherwise what `by_day` says.
inline Schedule day_and_night(Schedule by_day) {
  Element night{};
  night.per_kwh = 100'000;
  night.when.from_minute = 22 * 60;
  night.when.until_minute = 6 * 60;
  by_day.elements.data[1] = by_day.elements.data[0];
  by_day.elements.data[0] = night;
  by_day.elements.size = 2;
  return by_day;
}

}  // namespace bulwatt::tariff::testing
