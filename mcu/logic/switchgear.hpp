// The contacts between supply and outlet, and in which order they move. AC: one contactor. DC: negative main, precharge
// resistor, positive main, each proved before the next; then the resistor is taken out again. Opening is always at once.
#pragma once
#include "mcu/logic/config.hpp"
#include "mcu/logic/inputs.hpp"

namespace bulwatt::mcu {

struct Switchgear {
  enum class Step : std::uint8_t {
    open,
    negative,     ///< DC: negative main commanded
    precharging,  ///< DC: and the resistor; the outlet follows the source
    joining,      ///< DC: and the positive main
    closed,       ///< AC: the contactor; DC: both mains
  };
  Step at = Step::open;
  std::uint32_t age_us = 0;  ///< in `precharging`; saturates

  /// One cycle before anything is decided: what is wrong with the sequence.
  FaultBits check(const Sensors& sensors, std::uint32_t elapsed_us, const Config& config);
  /// One cycle after it was decided: what to command.
  Contacts drive(bool wanted, const Sensors& sensors, const Config& config);
  friend bool operator==(const Switchgear&, const Switchgear&) = default;

 private:
  Step next(const Sensors& sensors, const Config& config) const;
};

/// The outlet can't hurt: DC voltage below the limit of touch. An AC outlet is judged by its contactor alone.
bool discharged(const Sensors& sensors, const Config& config);

}  // namespace bulwatt::mcu
