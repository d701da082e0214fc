// How often a service may be restarted, how long to wait before, and when restarting it is not enough. Pure: time and chance
// are handed in. See docs/rationale/0011-escalation.md.
#pragma once
#include "libs/os/clock.hpp"
#include "libs/sandbox/table.hpp"
#include "services/supervisor/status.hpp"

namespace bulwatt::supervisor {

inline constexpr std::size_t kMaxIntensity = 256;  ///< greatest intensity of the manifest and one
/// After this long READY a service has earned its first, shortest back-off again, and the bottom of the ladder.
inline constexpr Duration kHealthy = std::chrono::seconds{60};
/// What did not help once is given a quarter of the patience on the next step.
inline constexpr unsigned kLessPatience = 4;

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

/// The step above, as far as this service may climb.
constexpr Step above(Step step, sandbox::Escalate most) {
  switch (step) {
    case Step::none:
    case Step::service: return Step::service_empty;
    case Step::service_empty: return most == sandbox::Escalate::none ? Step::service_empty : Step::zone;
    default: return most == sandbox::Escalate::safe_state ? Step::safe_state : Step::zone;
  }
}

/// Sliding window, back-off and step of one service.
class RestartRecord {
 public:
  struct Verdict {
    Duration delay{};
    bool climbed =
        false;  ///< more deaths inside the window than its step allows: `step()` is a new one, or again the last
  };
  /// `chance`: any 32 random bits; spreads the delay by a quarter in both directions.
  Verdict died(const sandbox::ServiceEntry& service, Instant now, std::uint32_t chance) {
    if (healthy(now)) recover();
    ready_since_ = kNever;
    deaths_[next_] = now;
    next_ = (next_ + 1) % kMaxIntensity;
    count_ = std::min(count_ + 1, kMaxIntensity);
    const auto wait = delay(service, chance);
    if (step_ == Step::none) step_ = Step::service;
    if (recent(now - std::chrono::seconds{service.window_s}) <= patience(service)) return {wait, false};
    count_ = 0;
    step_ = above(step_, service.escalate);
    return {wait, true};
  }
  void ready(Instant now) { ready_since_ = now; }
  Step step() const { return step_; }
  bool healthy(Instant now) const { return ready_since_ != kNever && now - ready_since_ >= kHealthy; }
  /// The bottom of the ladder and the first back-off again.
  void recover() {
    backoff_ = 0;
    count_ = 0;
    step_ = Step::none;
  }

 private:
  std::size_t patience(const sandbox::ServiceEntry& service) const {
    return step_ == Step::service ? service.intensity : std::max(1U, service.intensity / kLessPatience);
  }
  std::size_t recent(Instant since) const {
    std::size_t n = 0;
    for (std::size_t i = 1; i <= count_; ++i) {
      if (deaths_[(next_ + kMaxIntensity - i) % kMaxIntensity] > since) ++n;
    }
    return n;
  }
  Duration delay(const sandbox::ServiceEntry& service, std::uint32_t chance) {
    if (service.backoff_ms.empty()) return Duration::zero();
    const auto at = std::min<std::size_t>(backoff_, service.backoff_ms.size() - 1);
    ++backoff_;
    const std::int64_t us = std::int64_t{service.backoff_ms[at]} * 1000;
    const std::int64_t spread = us / 2 * static_cast<std::int64_t>(chance >> 16) / 0xffff;
    return Duration{us - us / 4 + spread};
  }
  std::array<Instant, kMaxIntensity> deaths_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::size_t backoff_ = 0;
  Step step_ = Step::none;
  Instant ready_since_ = kNever;
};

}  // namespace bulwatt::supervisor
