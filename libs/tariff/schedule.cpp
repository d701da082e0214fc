#include "libs/tariff/schedule.hpp"

#include <chrono>

namespace bulwatt::tariff {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = kMinutesOfDay * kMinuteMs;

/// Days since 1970, also before it.
std::int64_t day_of(std::int64_t local_ms) { return local_ms / kDayMs - (local_ms % kDayMs < 0 ? 1 : 0); }

/// Inclusive, exclusive; over the end of the circle when `from` is the later one.
bool within(std::int64_t value, std::int64_t from, std::int64_t until) {
  if (from <= until) return value >= from && value < until;
  return value >= from || value < until;
}

}  // namespace

Schedule schedule_of(const Tariff& tariff) {
  Schedule out{};
  out.currency = tariff.currency;
  Element element{};
  element.per_kwh = tariff.per_kwh;
  // Time that costs nothing makes no periods of its own.
  if (tariff.per_minute != 0) element.per_minute = element.per_idle_minute = tariff.per_minute;
  element.per_session = tariff.per_session;
  static_cast<void>(out.elements.push_back(element));
  if (tariff.tax != 0) static_cast<void>(out.taxes.push_back({tariff.tax, 0}));
  return out;
}

bool looks_at_clock(const Schedule& schedule) {
  return std::ranges::any_of(schedule.elements, [](const Element& element) {
    const auto& when = element.when;
    return when.from_minute != when.until_minute || when.days != 0x7F || when.from_date != when.until_date;
  });
}

bool holds(const When& when, std::int64_t local_ms, std::int64_t session_ms, std::int64_t drawn_mwh) {
  if (drawn_mwh < when.least_mwh || (when.most_mwh && drawn_mwh >= *when.most_mwh)) return false;
  if (session_ms < std::int64_t{when.least_s} * 1000) return false;
  if (when.most_s && session_ms >= std::int64_t{*when.most_s} * 1000) return false;
  const auto day = day_of(local_ms);
  const auto minute = (local_ms - day * kDayMs) / kMinuteMs;
  if (when.from_minute != when.until_minute && !within(minute, when.from_minute, when.until_minute)) return false;
  const std::chrono::sys_days date{std::chrono::days{day}};
  if ((when.days >> (std::chrono::weekday{date}.iso_encoding() - 1) & 1) == 0) return false;
  if (when.from_date == when.until_date) return true;
  const std::chrono::year_month_day calendar{date};
  return within(unsigned{calendar.month()} * 100 + unsigned{calendar.day()}, when.from_date, when.until_date);
}

std::int64_t next_clock_edge(const Schedule& schedule, std::int64_t local_ms) {
  const auto midnight = day_of(local_ms) * kDayMs;
  auto next = INT64_MAX;
  const auto consider = [&](std::uint16_t minute) {
    const auto today = midnight + minute * kMinuteMs;
    next = std::min(next, today > local_ms ? today : today + kDayMs);
  };
  for (const auto& element : schedule.elements) {
    const auto& when = element.when;
    if (when.from_minute != when.until_minute) consider(when.from_minute), consider(when.until_minute);
    if (when.days != 0x7F || when.from_date != when.until_date) consider(0);
  }
  return next;
}

}  // namespace bulwatt::tariff
