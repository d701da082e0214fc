// The motor lock that holds a detachable cable's plug. Nothing is energized unless it holds; nothing live is unlocked.
#pragma once
#include "mcu/logic/config.hpp"
#include "mcu/logic/inputs.hpp"

namespace bulwatt::mcu {

struct Lock {
  bool engaged = false;       ///< commanded
  std::uint32_t late_us = 0;  ///< feedback differs from the command for so long; saturates
  std::uint8_t lost = 0;      ///< samples in a row in which a live plug was not held
  std::uint32_t live_us = 0;  ///< the plug counts as live for so long yet, whatever a feedback says

  /// One cycle before anything is decided: what is wrong with the lock.
  FaultBits check(const Sensors& sensors, bool energized, std::uint32_t elapsed_us, const Config& config);
  /// One cycle after it was decided. `live`: the outlet is, or may be, under voltage.
  void drive(bool wanted, bool live, std::uint32_t elapsed_us, const Config& config);

  /// Holds the plug, commanded and seen, or needs not: a fixed cable.
  bool holds(const Sensors& sensors, const Config& config) const {
    return !config.has_lock() || (engaged && sensors.locked);
  }

  bool late(const Config& config) const { return late_us >= config.lock_us; }
  bool doubts() const { return lost != 0; }
  friend bool operator==(const Lock&, const Lock&) = default;
};

}  // namespace bulwatt::mcu
