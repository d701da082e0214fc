// Times of many rounds and what benches say of them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

namespace bulwatt::bench {

inline std::int64_t now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

/// Processor time of this process: unmoved by what else runs.
inline std::int64_t cpu_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

class Samples {
 public:
  explicit Samples(std::size_t expected) { ns_.reserve(expected); }
  void add(std::int64_t ns) { ns_.push_back(ns); }
  std::size_t size() const { return ns_.size(); }
  /// share in 0 … 1.
  std::int64_t percentile(double share) {
    if (ns_.empty()) return 0;
    const auto at = std::min(ns_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(ns_.size())));
    std::nth_element(ns_.begin(), ns_.begin() + static_cast<std::ptrdiff_t>(at), ns_.end());
    return ns_[at];
  }

 private:
  std::vector<std::int64_t> ns_;
};

}  // namespace bulwatt::bench
