// The local clock of a place by a rule of its own: no database of time zones is needed.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace bulwatt::tariff {

/// "the last Sunday of March, 2 o'clock", by the clock that holds until then.
struct ClockChange {
  std::uint8_t month{};    ///< from 1
  std::uint8_t week{};     ///< 1 to 4; 5: the last one
  std::uint8_t weekday{};  ///< 0: Sunday
  std::int32_t minute{};   ///< of that day
};

struct Zone {
  std::int32_t standard_min{};  ///< local time minus UTC
  std::int32_t summer_min{};
  bool has_summer{};
  ClockChange begin{};
  ClockChange end{};
};

/// As POSIX writes it (TZ), whole minutes, days as Mm.w.d: "CET-1CEST,M3.5.0,M10.5.0/3", "<+0545>-5:45". Nothing when it is no
/// such text.
std::optional<Zone> zone_of(std::string_view text);
std::int32_t offset_min(const Zone& zone, std::int64_t unix_ms);
/// The first change of the clock after `after_ms` and not after `until_ms`.
std::optional<std::int64_t> change_between(const Zone& zone, std::int64_t after_ms, std::int64_t until_ms);

}  // namespace bulwatt::tariff
