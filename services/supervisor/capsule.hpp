// Whether a service gets back what it parked. Pure. The rule of poison: state with which a service died twice in a row is
// not given to it a third time.
#pragma once
#include "services/supervisor/restart.hpp"

namespace bulwatt::supervisor {

/// A life shorter than this says nothing good about the state it began with, even if it has parked again since.
inline constexpr Duration kCapsuleProof = std::chrono::seconds{10};
inline constexpr std::uint8_t kCapsuleStrikes = 2;

class CapsuleRecord {
 public:
  void parked() {
    there_ = true;
    fresh_ = true;
  }
  /// The service is started now. True: with what it parked.
  bool start(Instant now) {
    started_ = now;
    fresh_ = false;
    given_ = there_;
    return given_;
  }
  /// It ended unexpectedly. True: what it parked is poison and is to be dropped.
  bool died(Instant now) {
    const bool suspect = given_ && (!fresh_ || now - started_ < kCapsuleProof);
    given_ = false;
    strikes_ = suspect ? static_cast<std::uint8_t>(strikes_ + 1) : std::uint8_t{0};
    if (strikes_ < kCapsuleStrikes) return false;
    drop();
    return true;
  }
  void drop() {
    there_ = false;
    strikes_ = 0;
  }
  bool there() const { return there_; }

 private:
  Instant started_{};
  std::uint8_t strikes_ = 0;
  bool there_ = false;
  bool fresh_ = false;  ///< parked since the start
  bool given_ = false;
};

}  // namespace bulwatt::supervisor
