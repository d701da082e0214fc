// How often a service may be restarted and how long to wait before. Pure: time and chance are handed in.
#pragma once
#include "libs/os/clock.hpp"
#include "libs/sandbox/table.hpp"

namespace bulwatt::supervisor {

inline constexpr std::size_t kMaxIntensity = 64;
/// After this long READY a service has earned its first, shortest back-off again.
inline constexpr Duration kHealthy = std::chrono::seconds{60};

/// Doubles from one retry to the next, up to a greatest value; used by the steps of the ladder above the service itself.
class Doubling {
 public:
  constexpr Doubling(Duration first, Duration most) : first_(first), most_(most), next_(first) {}
  constexpr Duration take() {
    const auto now = next_;
    next_ = std::min(next_ * 2, most_);
    return now;
  }
  constexpr void reset() { next_ = first_; }

 private:
  Duration first_;
  Duration most_;
  Duration next_;
};

/// Sliding window and back-off of one service.
class RestartRecord {
 public:
  struct Verdict {
    Duration delay{};
    bool exceeded = false;  ///< more deaths inside the window than its intensity allows
  };
  /// `chance`: any 32 random bits; spreads the delay by a quarter in both directions.
  Verdict died(const sandbox::ServiceEntry& service, Instant now, std::uint32_t chance) {
    if (ready_since_ != kNever && now - ready_since_ >= kHealthy) step_ = 0;
    ready_since_ = kNever;
    deaths_[next_] = now;
    next_ = (next_ + 1) % kMaxIntensity;
    count_ = std::min(count_ + 1, kMaxIntensity);
    return {delay(service, chance), recent(now - std::chrono::seconds{service.window_s}) > service.intensity};
  }
  void ready(Instant now) { ready_since_ = now; }
  /// The ladder took over: count anew. The back-off stays where it is.
  void forget_deaths() { count_ = 0; }

 private:
  std::size_t recent(Instant since) const {
    std::size_t n = 0;
    for (std::size_t i = 1; i <= count_; ++i) {
      if (deaths_[(next_ + kMaxIntensity - i) % kMaxIntensity] > since) ++n;
    }
    return n;
  }
  Duration delay(const sandbox::ServiceEntry& service, std::uint32_t chance) {
    if (service.backoff_ms.empty()) return Duration::zero();
    const auto at = std::min<std::size_t>(step_, service.backoff_ms.size() - 1);
    ++step_;
    const std::int64_t us = std::int64_t{service.backoff_ms[at]} * 1000;
    const std::int64_t spread = us / 2 * static_cast<std::int64_t>(chance >> 16) / 0xffff;
    return Duration{us - us / 4 + spread};
  }
  std::array<Instant, kMaxIntensity> deaths_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::size_t step_ = 0;
  Instant ready_since_ = kNever;
};

}  // namespace bulwatt::supervisor
