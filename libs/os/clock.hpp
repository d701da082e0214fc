// OS seam 1 of 4: time and randomness. Intervals use the monotonic clock, stamps the civil one; nothing else reads a clock.
#pragma once
#include <chrono>
#include <cstddef>
#include <span>

#include "libs/fields/bounded.hpp"

namespace bulwatt {

/// A moment of the monotonic clock.
struct MonotonicClock {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<MonotonicClock, duration>;
  static constexpr bool is_steady = true;
};
using Instant = MonotonicClock::time_point;
using Duration = MonotonicClock::duration;
inline constexpr Instant kNever = Instant::max();

namespace os {

Instant now();
Timestamp civil_now();
/// Fills from the kernel's generator (in simulation: from the seed). Never fails.
void random_bytes(std::span<std::byte> out);

}  // namespace os
}  // namespace bulwatt
