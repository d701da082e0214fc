#include "libs/tariff/zone.hpp"

#include <algorithm>
#include <chrono>

namespace bulwatt::tariff {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Three letters or more, or anything that is a number or a sign in angle brackets.
  bool name() {
    const bool quoted = take('<');
    std::size_t n = 0;
    while (n < rest_.size() && (is_letter(rest_[n]) || (quoted && (is_digit(rest_[n]) || is_sign(rest_[n]))))) ++n;
    rest_.remove_prefix(n);
    return n >= 3 && (!quoted || take('>'));
  }
  std::optional<std::int32_t> number(std::int32_t least, std::int32_t most) {
    std::int32_t value = 0;
    std::size_t n = 0;
    for (; n < rest_.size() && n < 3 && is_digit(rest_[n]); ++n) value = value * 10 + (rest_[n] - '0');
    rest_.remove_prefix(n);
    return n == 0 || value < least || value > most ? std::nullopt : std::optional{value};
  }
  /// hh[:mm[:00]] with a sign, in minutes.
  std::optional<std::int32_t> minutes(std::int32_t most_hours) {
    const bool negative = take('-');
    if (!negative) take('+');
    const auto hours = number(0, most_hours);
    std::int32_t past = 0;
    if (hours && take(':')) {
      const auto read = number(0, 59);
      if (!read || (take(':') && number(0, 0) != 0)) return std::nullopt;
      past = *read;
    }
    if (!hours) return std::nullopt;
    return (negative ? -1 : 1) * (*hours * 60 + past);
  }
  std::optional<ClockChange> change() {
    if (!take(',') || !take('M')) return std::nullopt;
    const auto month = number(1, 12);
    const bool first = take('.');
    const auto week = number(1, 5);
    const bool second = take('.');
    const auto weekday = number(0, 6);
    if (!month || !first || !week || !second || !weekday) return std::nullopt;
    std::int32_t minute = 120;
    if (take('/')) {
      const auto read = minutes(167);
      if (!read) return std::nullopt;
      minute = *read;
    }
    return ClockChange{static_cast<std::uint8_t>(*month), static_cast<std::uint8_t>(*week),
                       static_cast<std::uint8_t>(*weekday), minute};
  }

 private:
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_sign(char c) { return c == '+' || c == '-'; }
  std::string_view rest_;
};

/// When it happens in this year, if the clock until then is `offset` minutes before UTC.
std::int64_t moment_of(const ClockChange& change, int year, std::int32_t offset) {
  using namespace std::chrono;
  const auto month = std::chrono::year{year} / std::chrono::month{change.month};
  const weekday day{change.weekday};
  const sys_days date = change.week == 5 ? sys_days{month / day[last]} : sys_days{month / day[change.week]};
  return duration_cast<milliseconds>(date.time_since_epoch()).count() +
         (std::int64_t{change.minute} - offset) * kMinuteMs;
}

int year_of(std::int64_t local_ms) {
  using namespace std::chrono;
  return static_cast<int>(year_month_day{floor<days>(sys_time<milliseconds>{milliseconds{local_ms}})}.year());
}

}  // namespace

std::optional<Zone> zone_of(std::string_view text) {
  Reader reader{text};
  constexpr std::int32_t kMostHours = 24;
  if (!reader.name()) return std::nullopt;
  const auto west = reader.minutes(kMostHours);
  if (!west) return std::nullopt;
  Zone zone{.standard_min = -*west, .summer_min = -*west};
  if (reader.at_end()) return zone;
  if (!reader.name()) return std::nullopt;
  zone.has_summer = true;
  zone.summer_min = zone.standard_min + 60;
  Reader ahead = reader;
  if (const auto summer = ahead.minutes(kMostHours)) reader = ahead, zone.summer_min = -*summer;
  const auto begin = reader.change();
  const auto end = reader.change();
  if (!begin || !end || !reader.at_end()) return std::nullopt;
  zone.begin = *begin;
  zone.end = *end;
  return zone;
}

std::int32_t offset_min(const Zone& zone, std::int64_t unix_ms) {
  if (!zone.has_summer) return zone.standard_min;
  const int year = year_of(unix_ms + zone.standard_min * kMinuteMs);
  const auto begin = moment_of(zone.begin, year, zone.standard_min);
  const auto end = moment_of(zone.end, year, zone.summer_min);
  const bool summer = begin < end ? unix_ms >= begin && unix_ms < end : unix_ms >= begin || unix_ms < end;
  return summer ? zone.summer_min : zone.standard_min;
}

std::optional<std::int64_t> change_between(const Zone& zone, std::int64_t after_ms, std::int64_t until_ms) {
  if (!zone.has_summer) return std::nullopt;
  std::optional<std::int64_t> first{};
  const int last_year = year_of(until_ms) + 1;
  for (int year = year_of(after_ms) - 1; year <= last_year; ++year) {
    for (const auto at : {moment_of(zone.begin, year, zone.standard_min), moment_of(zone.end, year, zone.summer_min)}) {
      if (at > after_ms && at <= until_ms) first = std::min(first.value_or(at), at);
    }
  }
  return first;
}

}  // namespace bulwatt::tariff
