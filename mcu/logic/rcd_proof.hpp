// Self-test of the residual current device, before each charge: drive a test current, see it trip, see it release.
#pragma once
#include "mcu/logic/config.hpp"

namespace bulwatt::mcu {

struct RcdTest {
  enum class Phase : std::uint8_t { untested, driving, releasing, passed };
  enum class Result : std::uint8_t { nothing, passed, failed };
  Phase phase = Phase::untested;
  std::uint32_t age_us = 0;  ///< in the phase; counted while running only

  bool running() const { return phase == Phase::driving || phase == Phase::releasing; }
  bool passed() const { return phase == Phase::passed; }
  bool drives() const { return phase == Phase::driving; }
  void start() { *this = {Phase::driving, 0}; }
  /// A charge, or a vehicle that left, uses the proof up.
  void use_up() {
    if (passed()) *this = {};
  }
  Result step(bool tripped, std::uint32_t elapsed_us, const Config& config);
  friend bool operator==(const RcdTest&, const RcdTest&) = default;
};

}  // namespace bulwatt::mcu
