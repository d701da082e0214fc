// The simulated hardware around the safety logic: pilot generator and line, contactor, residual current device, sensors.
// One step is one control cycle. Pure.
#pragma once
#include <optional>

#include "mcu/board/supply.hpp"
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
  lock_stuck,      ///< the connector lock keeps the position it has
  tamper,          ///< the lid is open
  isolation,       ///< DC: the isolation monitor says no
  precharge,       ///< DC: the precharge resistor is broken: nothing flows through it
  discharge,       ///< DC: the outlet keeps its voltage
  weld_negative,   ///< DC: once closed, the negative main stays closed
  isolation_low,   ///< DC: the isolation monitor warns
  supply_silent,   ///< DC: the supply is off and answers nothing
  supply_low,      ///< DC: the supply gives half of the voltage it is told
};
constexpr auto enum_names(Break) {
  return names("pe_loss", "rcd_trip", "rcd_dead", "overtemp", "estop", "weld", "diode", "pilot_stuck", "feedback_stuck",
               "lock_stuck", "tamper", "isolation", "precharge", "discharge", "weld_negative", "isolation_low",
               "supply_silent", "supply_low");
}
inline constexpr std::size_t kBreakCount = enum_names(Break{}).size();

/// What the vehicle's side of the cable does to the lines.
struct Vehicle {
  std::optional<std::uint32_t> resistance_ohm{};  ///< nothing: unplugged; 0: pilot shorted to earth
  bool diode = true;
  std::uint32_t pp_ohm = iec61851::kOpenCircuit;
  std::optional<std::int32_t> foreign_mv{};  ///< what something else than a vehicle forces both half-waves to
  std::optional<std::int32_t> battery_mv{};  ///< DC: behind the vehicle's own contactors, when they are closed
  friend bool operator==(const Vehicle&, const Vehicle&) = default;
};

/// How long things take to move. A bench shortens what lies between its edges.
struct Delays {
  std::uint32_t contactor_ms = 20;  ///< from command to contact, both ways
  std::uint32_t rcd_ms = 10;        ///< from test current to trip, and back
  std::uint32_t lock_ms = 300;      ///< of the lock's motor, both ways
};
inline constexpr std::int16_t kNormalDc = 250;
inline constexpr std::int16_t kHotDc = 950;

class Hardware {
 public:
  explicit Hardware(bool dc = false, const Delays& delays = {}) : dc_(dc), delays_(delays) {}
  /// Takes the vehicle's lines and what the logic drove; returns what it will measure in the next cycle.
  mcu::Sensors step(const Vehicle& vehicle, const mcu::Outputs& outputs);
  void set(Break which, bool broken);
  bool broken(Break which) const { return broken_[static_cast<std::size_t>(which)]; }
  /// The power contacts themselves, whatever the feedback says. DC: both poles are through.
  bool energized() const { return dc_ ? contact_ && negative_ : contact_; }
  bool dc() const { return dc_; }
  const DcSupply& supply() const { return supply_; }
  bool locked() const { return bolt_; }

 private:
  void move_contactors(const mcu::Outputs& outputs);
  void charge_outlet(const Vehicle& vehicle, const mcu::Setpoint& setpoint);
  void measure_pilot(const Vehicle& vehicle, std::uint16_t duty_permille);

  std::array<bool, kBreakCount> broken_{};
  bool dc_;
  Delays delays_;
  bool contact_ = false, negative_ = false, precharge_ = false, bolt_ = false;
  std::uint32_t moving_ms_ = 0, negative_moving_ms_ = 0, precharge_moving_ms_ = 0, bolt_moving_ms_ = 0;
  DcSupply supply_{};
  bool tripped_ = false;
  std::uint32_t tripping_ms_ = 0;
  mcu::Sensors sensors_{};
};

}  // namespace bulwatt::board
