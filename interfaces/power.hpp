// Power interface: the contactor permit, the control pilot and the safety controller's view.  Server: power.  Caller: session.
#pragma once
#include "libs/ipc/interface.hpp"

namespace bulwatt::power {

/// An outlet is one connector of one EVSE, with a safety controller and a control pilot of its own.
inline constexpr std::size_t kMaxEvses = 4;
inline constexpr std::size_t kMaxConnectors = 2;  ///< of one EVSE; at most one of them is energized at a time
inline constexpr std::size_t kMaxOutlets = 4;     ///< of the station

enum class Error : std::uint8_t { unknown_evse, controller_silent, faulted };
constexpr auto enum_names(Error) { return names("unknown_evse", "controller_silent", "faulted"); }

/// IEC 61851-1 control pilot states; B, C, D without (1) and with (2) a pulse-width signal.
enum class Pilot : std::uint8_t { unknown, a, b1, b2, c1, c2, d1, d2, e, f };
constexpr auto enum_names(Pilot) { return names("unknown", "A", "B1", "B2", "C1", "C2", "D1", "D2", "E", "F"); }

/// Bits of Status::faults; the safety controller latches them.
enum class Fault : std::uint8_t {
  pe_loss, rcd_trip, rcd_self_test, over_temperature, emergency_stop, welded_contact, diode_missing, pilot_invalid,
  contactor_stuck_open, cable_invalid, internal, lease_protocol,
};
constexpr auto enum_names(Fault) {
  return names("pe_loss", "rcd_trip", "rcd_self_test", "over_temperature", "emergency_stop", "welded_contact",
               "diode_missing", "pilot_invalid", "contactor_stuck_open", "cable_invalid", "internal", "lease_protocol");
}

struct Status {
  bool controller_alive{};        ///< frames from the safety controller are fresh
  Pilot pilot{};
  std::uint16_t duty_permille{};  ///< 1000: constant high, no pulse-width signal
  std::int32_t pilot_high_mv{};
  std::int32_t pilot_low_mv{};
  bool contactor_closed{};        ///< as fed back, not as commanded
  std::uint32_t faults{};         ///< bit per Fault
  std::uint32_t cable_limit_ma{}; ///< from the proximity resistor; 0: no cable seen
  std::uint32_t lease_left_ms{};
  std::int16_t temperature_dc{};  ///< tenths of a degree Celsius
  static constexpr auto fields() {
    return list(field<&Status::controller_alive>("controller_alive"), field<&Status::pilot>("pilot"),
                field<&Status::duty_permille>("duty_permille", {.max = 1000}), field<&Status::pilot_high_mv>("pilot_high", {.unit = "mV"}),
                field<&Status::pilot_low_mv>("pilot_low", {.unit = "mV"}), field<&Status::contactor_closed>("contactor_closed"),
                field<&Status::faults>("faults"), field<&Status::cable_limit_ma>("cable_limit", {.unit = "mA"}),
                field<&Status::lease_left_ms>("lease_left", {.unit = "ms"}), field<&Status::temperature_dc>("temperature", {.unit = "d°C"}));
  }
};

inline constexpr long long kMaxLimitMa = 80'000;

/// Session's word that energy may flow, good for the permit time (2 s) of the service. Idempotent; renewed every 100 ms.
struct RenewPermit {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  bool energize{};            ///< false keeps the pilot at constant high: connected, not offering energy
  std::uint32_t limit_ma{};   ///< per phase; below 6000 with energize means: offer nothing now
  static constexpr auto fields() {
    return list(field<&RenewPermit::evse>("evse"), field<&RenewPermit::connector>("connector"), field<&RenewPermit::energize>("energize"),
                field<&RenewPermit::limit_ma>("limit", {.max = kMaxLimitMa, .unit = "mA"}));
  }
};
/// Withdraws the permit at once: the pilot goes to constant high, the car stops, the contactor opens. Idempotent.
struct RevokePermit {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() { return list(field<&RevokePermit::evse>("evse"), field<&RevokePermit::connector>("connector")); }
};
struct ReadStatus {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() { return list(field<&ReadStatus::evse>("evse"), field<&ReadStatus::connector>("connector")); }
};
/// Asks the safety controller to clear latched faults; it refuses while their cause stands.
struct ResetFault {
  using Reply = Status;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() { return list(field<&ResetFault::evse>("evse"), field<&ResetFault::connector>("connector")); }
};
/// Pilot, contactor, fault or controller state changed: read the status.
struct StatusChanged {
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() { return list(field<&StatusChanged::evse>("evse"), field<&StatusChanged::connector>("connector")); }
};

using Power = ipc::Interface<"power", Error, ipc::Call<1, "RenewPermit", RenewPermit>, ipc::Call<2, "RevokePermit", RevokePermit>,
                             ipc::Call<3, "ReadStatus", ReadStatus>, ipc::Call<4, "ResetFault", ResetFault>,
                             ipc::Pulse<5, "StatusChanged", StatusChanged>>;

}  // namespace bulwatt::power
