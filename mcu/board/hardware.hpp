// The simulated hardware around the safety logic: pilot generator and line, contactor, residual current device, sensors.
// One step is one control cycle. Pure.
#pragma once
#include <optional>

#include "mcu/logic/inputs.hpp"

namespace bulwatt::board {

/// What can be broken on purpose.
enum class Break : std::uint8_t {
  pe_loss,         ///< protective earth disconnected
  rcd_trip,        ///< residual current flows
  rcd_dead,        ///< the residual current device reacts to nothing
  overtemp,        ///< a contact is hot
  estop,           ///< emergency stop pressed
  weld,            ///< once closed, the contactor stays closed
  diode,           ///< the vehicle's diode is bridged
  pilot_stuck,     ///< the pilot measurement keeps the values it has
  feedback_stuck,  ///< the contactor's feedback keeps the value it has
};
constexpr auto enum_names(Break) {
  return names("pe_loss", "rcd_trip", "rcd_dead", "overtemp", "estop", "weld", "diode", "pilot_stuck",
               "feedback_stuck");
}
inline constexpr std::size_t kBreakCount = enum_names(Break{}).size();

/// What the vehicle's side of the cable does to the lines.
struct Vehicle {
  std::optional<std::uint32_t> resistance_ohm{};  ///< nothing: unplugged; 0: pilot shorted to earth
  bool diode = true;
  std::uint32_t pp_ohm = iec61851::kOpenCircuit;
  friend bool operator==(const Vehicle&, const Vehicle&) = default;
};

inline constexpr std::uint32_t kContactorDelayMs = 20;  ///< from command to contact, both ways
inline constexpr std::uint32_t kRcdDelayMs = 10;        ///< from test current to trip, and back
inline constexpr std::int16_t kNormalDc = 250;
inline constexpr std::int16_t kHotDc = 950;

class Hardware {
 public:
  /// Takes the vehicle's lines and what the logic drove; returns what it will measure in the next cycle.
  mcu::Sensors step(const Vehicle& vehicle, const mcu::Outputs& outputs);
  void set(Break which, bool broken);
  bool broken(Break which) const { return broken_[static_cast<std::size_t>(which)]; }
  /// The power contacts themselves, whatever the feedback says.
  bool energized() const { return contact_; }

 private:
  void move_contactor(bool commanded);
  void measure_pilot(const Vehicle& vehicle, std::uint16_t duty_permille);

  std::array<bool, kBreakCount> broken_{};
  bool contact_ = false;
  std::uint32_t moving_ms_ = 0;
  bool tripped_ = false;
  std::uint32_t tripping_ms_ = 0;
  mcu::Sensors sensors_{};
};

}  // namespace bulwatt::board
