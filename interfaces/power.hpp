// Power interface: the contactor permit, the control pilot and the safety controller's view.  Server: power.  Caller: session.
#pragma once
#include "libs/ipc/interface.hpp"

namespace bulwatt::power {

/// An outlet is one connector of one EVSE, with a safety controller and a control pilot of its own.
inline constexpr std::size_t kMaxEvses = 4;
inline constexpr std::size_t kMaxConnectors = 2;  ///< of one EVSE; at most one of them is energized at a time
inline constexpr std::size_t kMaxOutlets = 4;     ///< of the station

enum class Error : std::uint8_t {
  unknown_evse,  ///< no outlet of the configuration has this EVSE and connector
  controller_silent,
  faulted,
  evse_busy,  ///< another connector of the EVSE holds the permit or is closed
};
constexpr auto enum_names(Error) { return names("unknown_evse", "controller_silent", "faulted", "evse_busy"); }

/// IEC 61851-1 control pilot states; B, C, D without (1) and with (2) a pulse-width signal.
enum class Pilot : std::uint8_t { unknown, a, b1, b2, c1, c2, d1, d2, e, f };
constexpr auto enum_names(Pilot) { return names("unknown", "A", "B1", "B2", "C1", "C2", "D1", "D2", "E", "F"); }

/// Bits of Status::faults. The safety controller latches its own; `cable_invalid`, `internal` and `lease_protocol` are power's findings. While any stands,
/// power gives no lease that permits energy.
enum class Fault : std::uint8_t {
  pe_loss,
  rcd_trip,
  rcd_self_test,
  over_temperature,
  emergency_stop,
  welded_contact,
  diode_missing,
  pilot_invalid,
  contactor_stuck_open,
  cable_invalid,   ///< a vehicle is connected by a cable whose coding means nothing; gone when it is unplugged
  internal,        ///< the safety controller says what cannot be; latched by power
  lease_protocol,  ///< it stays closed without a lease of ours; latched by power
  lock_failed,     ///< the connector lock did not hold before or during a charge
  isolation,       ///< DC: the isolation monitor says no
  precharge,       ///< DC: the outlet did not follow the source through the precharge resistor
  discharge,       ///< DC: the outlet still carries voltage after the contactors opened
  supply,          ///< DC: the supply is silent, or gives more voltage than it may
};
constexpr auto enum_names(Fault) {
  return names("pe_loss", "rcd_trip", "rcd_self_test", "over_temperature", "emergency_stop", "welded_contact",
               "diode_missing", "pilot_invalid", "contactor_stuck_open", "cable_invalid", "internal", "lease_protocol",
               "lock_failed", "isolation", "precharge", "discharge", "supply");
}

/// What a DC supply shall do while the contactors are closed: test the isolation, once for each closing, or follow the target values.
enum class Supply : std::uint8_t { off, isolate, give };
constexpr auto enum_names(Supply) { return names("off", "isolate", "give"); }

/// The isolation test since the outlet closed.
enum class Isolation : std::uint8_t { idle, testing, valid, warning, fault };
constexpr auto enum_names(Isolation) { return names("idle", "testing", "valid", "warning", "fault"); }

inline constexpr long long kMaxTargetMv = 1'500'000;
inline constexpr long long kMaxTargetMa = 1'000'000;

struct Status {
  bool controller_alive{};  ///< frames from the safety controller are fresh
  Pilot pilot{};
  std::uint16_t duty_permille{};  ///< 1000: constant high, no pulse-width signal
  std::int32_t pilot_high_mv{};
  std::int32_t pilot_low_mv{};
  bool contactor_closed{};         ///< as fed back, not as commanded
  std::uint32_t faults{};          ///< bit per Fault
  std::uint32_t cable_limit_ma{};  ///< from the proximity resistor; 0: no cable seen
  std::uint32_t lease_left_ms{};
  std::int16_t temperature_dc{};  ///< tenths of a degree Celsius
  bool has_lock{};                ///< a socket outlet: cable detachable, held by a motor lock
  bool locked{};                  ///< as fed back
  bool lock_fault{};              ///< the lock does not follow its command, in either direction
  bool tamper{};                  ///< tilt, lid or tamper contact; reported, opens nothing
  std::int32_t outlet_mv{};       ///< DC: voltage at the outlet; 0 on AC
  std::int32_t outlet_ma{};       ///< DC: current into the car
  Isolation isolation{};          ///< DC
  static constexpr auto fields() {
    return list(field<&Status::controller_alive>("controller_alive"), field<&Status::pilot>("pilot"),
                field<&Status::duty_permille>("duty_permille", {.max = 1000}),
                field<&Status::pilot_high_mv>("pilot_high", {.unit = "mV"}),
                field<&Status::pilot_low_mv>("pilot_low", {.unit = "mV"}),
                field<&Status::contactor_closed>("contactor_closed"), field<&Status::faults>("faults"),
                field<&Status::cable_limit_ma>("cable_limit", {.unit = "mA"}),
                field<&Status::lease_left_ms>("lease_left", {.unit = "ms"}),
                field<&Status::temperature_dc>("temperature", {.unit = "d°C"}), field<&Status::has_lock>("has_lock"),
                field<&Status::locked>("locked"), field<&Status::lock_fault>("lock_fault"),
                field<&Status::tamper>("tamper"), field<&Status::outlet_mv>("outlet_voltage", {.unit = "mV"}),
                field<&Status::outlet_ma>("outlet_current", {.unit = "mA"}), field<&Status::isolation>("isolation"));
  }
};

inline constexpr long long kMaxLimitMa = 80'000;

/// Session's word that energy may flow, good for the permit time (2 s) of the service. Idempotent; renewed every 100 ms.
struct RenewPermit {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  bool energize{};           ///< false keeps the pilot at constant high: connected, not offering energy
  std::uint32_t limit_ma{};  ///< per phase; below 6000 with energize means: offer nothing now
  bool digital{};            ///< signal 5 %, with or without energize: the limit is told by ISO 15118 or DIN 70121
  Supply supply{};           ///< DC, as the next two; without energize it is off
  std::int32_t target_mv{};
  std::int32_t target_ma{};
  static constexpr auto fields() {
    return list(field<&RenewPermit::evse>("evse"), field<&RenewPermit::connector>("connector"),
                field<&RenewPermit::energize>("energize"),
                field<&RenewPermit::limit_ma>("limit", {.max = kMaxLimitMa, .unit = "mA"}),
                field<&RenewPermit::digital>("digital"), field<&RenewPermit::supply>("supply"),
                field<&RenewPermit::target_mv>("target_voltage", {.min = 0, .max = kMaxTargetMv, .unit = "mV"}),
                field<&RenewPermit::target_ma>("target_current", {.min = 0, .max = kMaxTargetMa, .unit = "mA"}));
  }
};
/// Withdraws the permit at once: the pilot goes to constant high, the car stops, the contactor opens. Idempotent.
struct RevokePermit {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() {
    return list(field<&RevokePermit::evse>("evse"), field<&RevokePermit::connector>("connector"));
  }
};
struct ReadStatus {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() {
    return list(field<&ReadStatus::evse>("evse"), field<&ReadStatus::connector>("connector"));
  }
};
/// Asks the safety controller to clear latched faults; it refuses while their cause stands.
struct ResetFault {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() {
    return list(field<&ResetFault::evse>("evse"), field<&ResetFault::connector>("connector"));
  }
};
/// What session wants of the connector lock of a socket outlet; holds until the next SetLock or until power restarts.
/// Until the first one the safety controller decides itself: locked while a permit stands or the outlet is live. It never
/// unlocks a live outlet, and none with voltage on a DC outlet: the wish then waits. Without a lock it does nothing.
/// The motor takes time: `locked` in the reply is the state before it moved; StatusChanged follows.
struct SetLock {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  bool locked{};
  static constexpr auto fields() {
    return list(field<&SetLock::evse>("evse"), field<&SetLock::connector>("connector"),
                field<&SetLock::locked>("locked"));
  }
};
/// Pilot, contactor, lock, tamper, fault or controller state changed: read the status.
struct StatusChanged {
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() {
    return list(field<&StatusChanged::evse>("evse"), field<&StatusChanged::connector>("connector"));
  }
};

using Power =
    ipc::Interface<"power", Error, ipc::Call<1, "RenewPermit", RenewPermit>, ipc::Call<2, "RevokePermit", RevokePermit>,
                   ipc::Call<3, "ReadStatus", ReadStatus>, ipc::Call<4, "ResetFault", ResetFault>,
                   ipc::Pulse<5, "StatusChanged", StatusChanged>, ipc::Call<6, "SetLock", SetLock>>;

}  // namespace bulwatt::power
