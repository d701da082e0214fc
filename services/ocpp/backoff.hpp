// How long to wait before the next attempt to connect, as OCPP 2.0.1 part 4 says: the least wait plus a random part, then
// doubled a number of times with a new random part each time, then kept.
#pragma once
#include "libs/os/clock.hpp"

namespace bulwatt::ocpp {

class BackOff {
 public:
  struct Limits {
    std::int64_t wait_minimum_s = 1;
    std::int64_t random_range_s = 0;
    std::int64_t repeat_times = 0;
  };
  static constexpr std::int64_t kMost = 86'400;

  /// `random` is any number.
  Duration next(const Limits& limits, std::uint64_t random) {
    const auto extra = static_cast<std::int64_t>(random % static_cast<std::uint64_t>(limits.random_range_s * 1000 + 1));
    base_ms_ = attempts_ == 0                     ? limits.wait_minimum_s * 1000
               : attempts_ <= limits.repeat_times ? std::min(base_ms_ * 2, kMost * 1000)
                                                  : base_ms_;
    ++attempts_;
    return std::chrono::milliseconds{base_ms_ + extra};
  }
  void succeeded() { attempts_ = 0; }

 private:
  std::int64_t base_ms_ = 0;
  std::int64_t attempts_ = 0;
};

}  // namespace bulwatt::ocpp
