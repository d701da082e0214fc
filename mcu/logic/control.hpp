// The two-key rule. One call is one cycle of the safety controller: what it knew, what it sees, what time it is -> what
// it drives. Pure; builds freestanding; single-threaded.
//
// The contactor closes only if the controller's own view is safe (pilot C2, or D2 with ventilation; diode and protective
// earth sound; plug locked; no latched fault; residual current device tested) AND a fresh lease of the host permits energy.
// It opens at once when its own view is no longer safe. When only the lease ends, the vehicle is first told to stop
// (steady +12 V) and has Config::stop_us, after a lost lease Config::lease_grace_us; then it opens under load.
#pragma once
#include "mcu/logic/lease.hpp"
#include "mcu/logic/lock.hpp"
#include "mcu/logic/rcd_proof.hpp"
#include "mcu/logic/supply.hpp"
#include "mcu/logic/switchgear.hpp"
#include "mcu/logic/watch.hpp"

namespace bulwatt::mcu {

/// Faults of the station itself: state F tells the vehicle. The others leave +12 V, so that unplugging is seen.
inline constexpr FaultBits kStationFaults = bit(Fault::pe_loss) | bit(Fault::rcd_dead) | bit(Fault::weld) |
                                            bit(Fault::feedback_stuck) | bit(Fault::pilot_stuck);

enum class Phase : std::uint8_t {
  open,
  closed,
  stopping,  ///< closed without permit: signal off, the vehicle is given time to stop drawing. Always ends open.
};

struct State {
  bool started = false;
  std::uint64_t last_us = 0;
  iec61851::PilotFilter filter{};
  Pilot pilot = Pilot::e;
  LeaseKey key{};
  RcdTest rcd{};
  Watch watch{};
  Drive drive{};
  Switchgear gear{};
  SupplyControl supply{};
  Lock lock{};
  Phase phase = Phase::open;
  std::uint32_t stop_left_us = 0;   ///< while stopping
  std::uint32_t pause_left_us = 0;  ///< until the signal may start again
  FaultBits faults = 0;             ///< latched
  friend bool operator==(const State&, const State&) = default;
};

/// One cycle. `now_us` never runs backwards; a first call only takes the time.
Outputs step(State& state, const Inputs& inputs, std::uint64_t now_us, const Config& config);

/// What the cable carries; the hardware's limit where the cable is fixed.
std::optional<std::uint32_t> ampacity(const Sensors& sensors, const Config& config);

}  // namespace bulwatt::mcu
