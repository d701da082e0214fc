// What `power` and the safety controller (MCU) say to each other over the serial line.
// Host to MCU: Hello, Lease, ResetFault, SelfTest. MCU to host: HelloAck, Status, Event. Nothing is acknowledged:
// Status comes every kStatusPeriodMs and at every change, so a lost frame is repaired by the next.
#pragma once
#include "libs/fields/fields.hpp"
#include "protocols/iec61851/pilot.hpp"

namespace bulwatt::mculink {

using iec61851::Pilot;

inline constexpr std::uint16_t kVersion = 3;
/// A lease is never longer than this, whatever the host asks.
inline constexpr std::uint16_t kLongestLeaseMs = 500;
/// The host renews well within the lease, so that two lost frames do no harm.
inline constexpr std::uint16_t kLeaseRenewMs = 100;
inline constexpr std::uint16_t kStatusPeriodMs = 100;
/// What can be measured at all. A frame with more is refused as impossible.
inline constexpr std::int32_t kMostPilotMv = 20'000;
inline constexpr std::int32_t kMostOutletMv = 1'500'000;
inline constexpr std::uint32_t kMostCurrentMa = 80'000;   ///< of the mains, per phase
inline constexpr std::int32_t kMostSupplyMa = 1'000'000;  ///< DC

/// Faults the MCU latches. Each opens the contactor; only ResetFault clears them, and only when their cause is gone.
enum class Fault : std::uint8_t {
  pe_loss,         ///< protective earth is not connected
  rcd_trip,        ///< residual current
  rcd_dead,        ///< the residual current device failed its self-test
  overtemp,        ///< a contact or the enclosure is too hot
  estop,           ///< emergency stop pressed
  weld,            ///< the contactor stays closed after the command to open
  feedback_stuck,  ///< the contactor's feedback does not follow the command to close
  diode,           ///< the vehicle's diode is missing or bridged
  pilot_stuck,     ///< the pilot line does not follow the station's own generator
  lock,            ///< the connector lock did not take, or let go of a live connector
  isolation,       ///< DC: the isolation monitor says no
  precharge,       ///< DC: the outlet did not follow the source through the precharge resistor in time
  discharge,       ///< DC: the outlet still carries voltage after the contactors opened
  supply,          ///< DC: the supply is silent while it is needed, or gives more voltage than it may
};
constexpr auto enum_names(Fault) {
  return names("pe_loss", "rcd_trip", "rcd_dead", "overtemp", "estop", "weld", "feedback_stuck", "diode", "pilot_stuck",
               "lock", "isolation", "precharge", "discharge", "supply");
}
inline constexpr std::size_t kFaultCount = enum_names(Fault{}).size();
using FaultBits = std::uint32_t;
constexpr FaultBits bit(Fault fault) { return FaultBits{1} << std::to_underlying(fault); }
inline constexpr FaultBits kAllFaults = (FaultBits{1} << kFaultCount) - 1;

/// What the board can do, as bits of HelloAck::features.
inline constexpr std::uint32_t kFeatureSocket = 1;       ///< detachable cable: the proximity contact is read
inline constexpr std::uint32_t kFeatureVentilation = 2;  ///< state D may be charged
inline constexpr std::uint32_t kFeatureSimulated = 4;    ///< no real contactor behind it
inline constexpr std::uint32_t kFeatureLock = 8;         ///< a motor lock holds the cable's plug
inline constexpr std::uint32_t kFeatureDc = 16;          ///< two main contactors, precharge, isolation monitor
inline constexpr std::uint32_t kAllFeatures = 31;

/// Opens the conversation. The MCU answers HelloAck and takes any lease counter next. A running lease is kept.
struct Hello {
  std::uint16_t version = kVersion;
  Text<40> build{};
  static constexpr auto fields() { return list(field<&Hello::version>("version"), field<&Hello::build>("build")); }
  friend bool operator==(const Hello&, const Hello&) = default;
};

/// What the host wants of the connector lock. Repeated in each lease, so that a lost frame is repaired by the next.
enum class LockWish : std::uint8_t {
  automatic,  ///< locked while a permit stands or the outlet is live, else unlocked; also when the lease has run out
  lock,
  unlock,  ///< granted when the outlet is not live
};
constexpr auto enum_names(LockWish) { return names("automatic", "lock", "unlock"); }

/// What the DC supply in front of the contactors shall do while they are closed. It is off whenever they are open, a fault stands or no
/// fresh lease permits energy, and gives nothing before the isolation of the closed outlet was tested.
enum class Supply : std::uint8_t {
  off,
  isolate,  ///< test the isolation of outlet and cable, once for each closing; the vehicle's own contactors are open
  give,     ///< follow the target values
};
constexpr auto enum_names(Supply) { return names("off", "isolate", "give"); }

/// The isolation test since the outlet closed.
enum class Isolation : std::uint8_t {
  idle,
  testing,
  valid,
  warning,  ///< less than it should be, and enough
  fault,
};
constexpr auto enum_names(Isolation) { return names("idle", "testing", "valid", "warning", "fault"); }

/// The host's key to the contactor. Holds for lease_ms from its arrival and replaces the lease before it.
struct Lease {
  bool permit = false;               ///< energy may flow
  bool digital = false;              ///< signal 5 % (ISO 15118 runs), with or without `permit`, in place of the current
  std::uint32_t max_current_ma = 0;  ///< below 6 A nothing can be offered: the same as no permit (unless digital)
  std::uint16_t lease_ms = 0;        ///< 0 ends the lease now
  std::uint32_t counter = 0;         ///< grows with every lease; one that does not is ignored as a repetition
  LockWish lock = LockWish::automatic;
  Supply supply = Supply::off;  ///< DC
  std::int32_t target_mv = 0;   ///< DC: no more than this, of voltage and of current
  std::int32_t target_ma = 0;
  static constexpr auto fields() {
    return list(field<&Lease::permit>("permit"), field<&Lease::digital>("digital"),
                field<&Lease::max_current_ma>("max_current", {.max = kMostCurrentMa, .unit = "mA"}),
                field<&Lease::lease_ms>("lease", {.max = kLongestLeaseMs, .unit = "ms"}),
                field<&Lease::counter>("counter"), field<&Lease::lock>("lock"), field<&Lease::supply>("supply"),
                field<&Lease::target_mv>("target_voltage", {.min = 0, .max = kMostOutletMv, .unit = "mV"}),
                field<&Lease::target_ma>("target_current", {.min = 0, .max = kMostSupplyMa, .unit = "mA"}));
  }
  friend bool operator==(const Lease&, const Lease&) = default;
};

/// Clears latched faults whose cause is gone. Taken only while no vehicle is connected or state F is signalled.
struct ResetFault {
  FaultBits faults = kAllFaults;  ///< which ones
  static constexpr auto fields() { return list(field<&ResetFault::faults>("faults", {.max = kAllFaults})); }
  friend bool operator==(const ResetFault&, const ResetFault&) = default;
};

/// Runs the residual current device's self-test again. Ignored while the contactor is closed.
struct SelfTest {
  static constexpr auto fields() { return list(); }
  friend bool operator==(const SelfTest&, const SelfTest&) = default;
};

struct HelloAck {
  std::uint16_t version = kVersion;
  Text<40> build{};
  std::uint32_t features = 0;     ///< kFeature… bits
  std::uint32_t hardware_ma = 0;  ///< what contactor and wiring can carry; the MCU never offers more
  static constexpr auto fields() {
    return list(field<&HelloAck::version>("version"), field<&HelloAck::build>("build"),
                field<&HelloAck::features>("features", {.max = kAllFeatures}),
                field<&HelloAck::hardware_ma>("hardware_current", {.max = kMostCurrentMa, .unit = "mA"}));
  }
  friend bool operator==(const HelloAck&, const HelloAck&) = default;
};

struct Status {
  Pilot pilot = Pilot::e;
  std::int32_t cp_high_mv = 0;
  std::int32_t cp_low_mv = 0;
  std::uint16_t duty_permille = 0;  ///< 1000: steady +12 V; 0: steady -12 V (state F)
  bool contactor_commanded = false;
  bool contactor_feedback = false;       ///< AC: the contactor; DC: any of the three
  bool self_test_passed = false;         ///< the residual current device is proved for the next charge
  std::uint16_t lease_remaining_ms = 0;  ///< 0: no fresh lease
  FaultBits faults = 0;
  std::uint32_t pp_ampacity_ma = 0;  ///< 0: no cable, or one that is refused; fixed cable: the hardware's limit
  std::int16_t temperature_dc = 0;
  std::uint64_t uptime_ms = 0;
  bool locked = false;      ///< feedback of the connector lock
  bool lock_fault = false;  ///< it does not follow its command, in either direction
  bool tamper = false;
  std::int32_t source_mv = 0;  ///< DC: before the contactors
  std::int32_t outlet_mv = 0;  ///< DC: behind them
  std::int32_t outlet_ma = 0;  ///< DC: into the vehicle
  Isolation isolation{};       ///< DC
  static constexpr auto fields() {
    return list(
        field<&Status::pilot>("pilot"),
        field<&Status::cp_high_mv>("cp_high", {.min = -kMostPilotMv, .max = kMostPilotMv, .unit = "mV"}),
        field<&Status::cp_low_mv>("cp_low", {.min = -kMostPilotMv, .max = kMostPilotMv, .unit = "mV"}),
        field<&Status::duty_permille>("duty", {.max = 1000, .unit = "permille"}),
        field<&Status::contactor_commanded>("contactor_commanded"),
        field<&Status::contactor_feedback>("contactor_feedback"), field<&Status::self_test_passed>("self_test_passed"),
        field<&Status::lease_remaining_ms>("lease_remaining", {.max = kLongestLeaseMs, .unit = "ms"}),
        field<&Status::faults>("faults", {.max = kAllFaults}),
        field<&Status::pp_ampacity_ma>("pp_ampacity", {.max = kMostCurrentMa, .unit = "mA"}),
        field<&Status::temperature_dc>("temperature", {.unit = "0.1 degC"}),
        field<&Status::uptime_ms>("uptime", {.unit = "ms"}), field<&Status::locked>("locked"),
        field<&Status::lock_fault>("lock_fault"), field<&Status::tamper>("tamper"),
        field<&Status::source_mv>("source_voltage", {.min = -kMostOutletMv, .max = kMostOutletMv, .unit = "mV"}),
        field<&Status::outlet_mv>("outlet_voltage", {.min = -kMostOutletMv, .max = kMostOutletMv, .unit = "mV"}),
        field<&Status::outlet_ma>("outlet_current", {.min = -kMostSupplyMa, .max = kMostSupplyMa, .unit = "mA"}),
        field<&Status::isolation>("isolation"));
  }
  friend bool operator==(const Status&, const Status&) = default;
};

enum class EventKind : std::uint8_t {
  pilot_changed,
  contactor_closed,  ///< commanded
  contactor_opened,  ///< commanded
  faults_changed,
  lease_lost,   ///< the lease ran out without a new one
  stop_forced,  ///< the vehicle did not stop drawing in time: opened under load
  self_test_passed,
};
constexpr auto enum_names(EventKind) {
  return names("pilot_changed", "contactor_closed", "contactor_opened", "faults_changed", "lease_lost", "stop_forced",
               "self_test_passed");
}

inline constexpr std::size_t kEventKindCount = enum_names(EventKind{}).size();

/// One edge, with the MCU's own clock, so that a late reader still knows when and in what order.
struct Event {
  EventKind kind{};
  std::uint64_t at_us = 0;  ///< since the MCU started
  Pilot pilot = Pilot::e;   ///< after the edge
  FaultBits faults = 0;     ///< after the edge
  static constexpr auto fields() {
    return list(field<&Event::kind>("kind"), field<&Event::at_us>("at", {.unit = "us"}), field<&Event::pilot>("pilot"),
                field<&Event::faults>("faults", {.max = kAllFaults}));
  }
  friend bool operator==(const Event&, const Event&) = default;
};

/// The alternatives' order is their number on the wire; new ones are added at the end.
using ToMcu = std::variant<Hello, Lease, ResetFault, SelfTest>;
using FromMcu = std::variant<HelloAck, Status, Event>;

}  // namespace bulwatt::mculink
