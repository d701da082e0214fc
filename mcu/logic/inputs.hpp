// What the safety logic sees and does in one cycle.
#pragma once
#include "protocols/iec61851/duty.hpp"
#include "protocols/iec61851/proximity.hpp"
#include "protocols/mculink/messages.hpp"

namespace bulwatt::mcu {

using iec61851::Band;
using iec61851::Pilot;
using mculink::bit;
using mculink::Fault;
using mculink::FaultBits;

/// Contacts of the outlet: what is commanded, or fed back. AC has only the first.
struct Contacts {
  bool main = false;  ///< AC: the contactor; DC: positive main
  bool negative = false;
  bool precharge = false;

  bool any() const { return main || negative || precharge; }
  friend bool operator==(const Contacts&, const Contacts&) = default;
};

/// Measurements of one cycle. With a steady signal both pilot levels are the same voltage.
struct Sensors {
  std::int32_t cp_high_mv = 0;
  std::int32_t cp_low_mv = 0;
  std::uint32_t pp_ohm = iec61851::kOpenCircuit;
  bool feedback_closed = false;  ///< auxiliary contact of the contactor; DC: of the positive main
  bool rcd_tripped = false;
  bool pe_ok = false;
  bool estop = false;
  std::int16_t temperature_dc = 0;
  bool locked = false;  ///< the connector lock's own contact
  bool tamper = false;  ///< tilt, lid or tamper contact
  // DC only:
  bool negative_closed = false;
  bool precharge_closed = false;
  bool isolation_ok = false;   ///< output of the isolation monitor
  std::int32_t source_mv = 0;  ///< before the contacts
  std::int32_t outlet_mv = 0;  ///< behind them
  std::int32_t outlet_ma = 0;
  bool isolation_warning = false;  ///< the isolation monitor's other output
  bool supply_silent = false;      ///< the supply has not answered for a while

  Contacts feedback() const { return {feedback_closed, negative_closed, precharge_closed}; }
};

/// What the DC supply is told.
struct Setpoint {
  bool on = false;
  std::int32_t mv = 0;
  std::int32_t ma = 0;
  friend bool operator==(const Setpoint&, const Setpoint&) = default;
};

/// What the host asked since the cycle before.
struct Requests {
  bool hello = false;
  std::optional<mculink::Lease> lease{};  ///< the latest
  FaultBits reset = 0;
  bool self_test = false;
};

struct Inputs {
  Sensors sensors{};
  Requests requests{};
};

constexpr std::uint32_t bit(mculink::EventKind kind) { return std::uint32_t{1} << std::to_underlying(kind); }

struct Outputs {
  std::uint16_t duty_permille = iec61851::kSteadyHigh;
  bool contactor = false;  ///< AC: the contactor; DC: positive main
  bool negative = false;   ///< DC
  bool precharge = false;  ///< DC
  Setpoint supply{};       ///< DC
  bool rcd_test = false;   ///< drive the test current
  bool lock = false;       ///< drive the lock's motor towards locked; else towards unlocked
  Pilot pilot = Pilot::e;
  std::uint32_t events = 0;  ///< bits of mculink::EventKind
};

}  // namespace bulwatt::mcu
