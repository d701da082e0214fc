#include "peers/csms/clock.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace bulwatt::csms {
namespace {

using namespace std::chrono;

/// `count` digits at `at`; -1 when there are none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// Minutes east of UTC.
std::optional<int> zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const int hours = digits(text, 1, 2);
  const int minutes = digits(text, 4, 2);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::int64_t unix_ms_now() { return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count(); }

std::string to_rfc3339(std::int64_t unix_ms) {
  const sys_time<milliseconds> time{milliseconds{unix_ms}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()}, static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::optional<std::int64_t> from_rfc3339(std::string_view text) {
  constexpr std::size_t kUpToSeconds = 19;
  if (text.size() <= kUpToSeconds || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') ||
      text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const year_month_day date{year{digits(text, 0, 4)}, month{static_cast<unsigned>(digits(text, 5, 2))},
                            day{static_cast<unsigned>(digits(text, 8, 2))}};
  const int h = digits(text, 11, 2);
  const int m = digits(text, 14, 2);
  const int s = digits(text, 17, 2);
  if (digits(text, 0, 4) < 0 || !date.ok() || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
    return std::nullopt;
  std::size_t at = kUpToSeconds;
  int ms = 0;
  if (text[at] == '.') {
    int scale = 100;
    const std::size_t first = ++at;
    for (; digits(text, at, 1) >= 0; ++at, scale /= 10) ms += digits(text, at, 1) * scale;
    if (at == first) return std::nullopt;
  }
  const auto offset = zone(text.substr(at));
  if (!offset) return std::nullopt;
  const auto moment = sys_days{date} + hours{h} + minutes{m - *offset} + seconds{s} + milliseconds{ms};
  return moment.time_since_epoch().count();
}

}  // namespace bulwatt::csms
