// An energy register made monotone: what flows goes on being counted when the register begins again at zero by itself, or
// when another meter is in its place. Pure.
#pragma once
#include <algorithm>

#include "libs/fields/fields.hpp"
#include "libs/os/clock.hpp"

namespace bulwatt::meter {

/// A register of floats may fall by its resolution without having lost anything.
inline constexpr std::int64_t kHeldFall = 100'000;  // mWh
/// No charging point takes more than a megawatt; the allowance on top covers simulated time-lapse and lumpy registers.
inline constexpr std::int64_t kMostPower = 1'000'000'000;      // mW
inline constexpr std::int64_t kRiseAllowance = 1'000'000'000;  // mWh

/// counted: taken. rolled_over: taken, the register began again. fell, jumped: not taken, nothing has changed.
enum class Count : std::uint8_t { counted, rolled_over, fell, jumped };
constexpr auto enum_names(Count) { return names("counted", "rolled_over", "fell", "jumped"); }

class Counter {
 public:
  /// `passed` since the register that was taken before; `wrap` is the value at which it begins again, 0: it does not.
  Count take(std::int64_t reading, std::int64_t wrap, Duration passed) {
    if (!begun_) {
      begun_ = true;
      total_ = last_ = reading;
      return Count::counted;
    }
    const std::int64_t rise = reading - last_;
    if (rise < 0) return fallen(reading, wrap, passed);
    if (rise > credible(passed)) return Count::jumped;
    total_ += rise;
    last_ = reading;
    return Count::counted;
  }
  /// From now on another register is counted, which stands at `reading`: nothing of it has flowed here yet.
  void begin_anew(std::int64_t reading) {
    last_ = reading;
    begun_ = true;
  }

  bool begun() const { return begun_; }
  std::int64_t total() const { return total_; }
  std::int64_t last() const { return last_; }

  static std::int64_t credible(Duration passed) {
    constexpr std::int64_t kHour_s = 3600;
    const auto seconds =
        std::clamp<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(passed).count(), 0, 100'000'000);
    return kRiseAllowance + kMostPower / kHour_s * seconds;
  }

 private:
  Count fallen(std::int64_t reading, std::int64_t wrap, Duration passed) {
    if (last_ - reading <= kHeldFall) return Count::counted;  // what was counted stays; it rises again from there
    if (wrap <= 0) return Count::fell;
    const std::int64_t rise = reading + wrap - last_;
    if (rise < 0 || rise > credible(passed)) return Count::fell;
    total_ += rise;
    last_ = reading;
    return Count::rolled_over;
  }

  bool begun_ = false;
  std::int64_t last_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace bulwatt::meter
