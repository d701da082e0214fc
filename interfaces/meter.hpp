// Meter interface: fiscal register values of the energy meters, one meter per EVSE.  Server: meter.  Callers: session, ocpp.
#pragma once
#include "libs/ipc/interface.hpp"

namespace bulwatt::meter {

/// As many as there are EVSEs at most.
inline constexpr std::size_t kMaxMeters = 4;

/// not_ready: no good reading since start. meter_fault: the last good reading is too old to be one. unknown_evse: no meter there.
enum class Error : std::uint8_t { not_ready, meter_fault, unknown_evse };
constexpr auto enum_names(Error) { return names("not_ready", "meter_fault", "unknown_evse"); }

/// silent: no answer. garbled: not Modbus, or of another model. implausible: values no meter shows, or none at all.
/// backwards: the register fell and it is not (yet) known why. unreachable: no connection, no line. stuck: power flows and
/// the register does not move. refused: the meter answers with a Modbus exception.
enum class Health : std::uint8_t { good, silent, garbled, implausible, backwards, unreachable, stuck, refused };
constexpr auto enum_names(Health) {
  return names("good", "silent", "garbled", "implausible", "backwards", "unreachable", "stuck", "refused");
}

struct Line {
  std::int32_t voltage_mv{};
  std::int32_t current_ma{};
  std::int64_t power_mw{};
  static constexpr auto fields() {
    return list(field<&Line::voltage_mv>("voltage", {.unit = "mV"}),
                field<&Line::current_ma>("current", {.unit = "mA"}), field<&Line::power_mw>("power", {.unit = "mW"}));
  }
};

struct Reading {
  Timestamp time{};           ///< when the registers were asked for
  std::uint32_t age_ms{};     ///< since then by the monotonic clock, at the moment of the answer, rounded up
  Health health{};            ///< of the latest attempt; values are the last good ones
  std::int64_t import_mwh{};  ///< active energy counted here: never falls, goes on over a roll-over or another meter
  std::int64_t export_mwh{};  ///< the same of what was fed back
  std::int64_t power_mw{};    ///< total active power
  std::int32_t frequency_mhz{};
  std::array<std::byte, 16> serial{};  ///< meter's serial number, zero padded text
  List<Line, 3> lines{};
  std::uint8_t evse{};
  std::int64_t register_mwh{};  ///< the import register as the meter itself shows it
  std::uint16_t rolled_over{};  ///< how often the register began again at zero by itself, since the service started
  std::uint16_t replaced{};     ///< how often another meter, or a reset one, was found there since
  static constexpr auto fields() {
    return list(field<&Reading::time>("time"), field<&Reading::age_ms>("age", {.unit = "ms"}),
                field<&Reading::health>("health"), field<&Reading::import_mwh>("import", {.unit = "mWh"}),
                field<&Reading::export_mwh>("export", {.unit = "mWh"}),
                field<&Reading::power_mw>("power", {.unit = "mW"}),
                field<&Reading::frequency_mhz>("frequency", {.unit = "mHz"}), field<&Reading::serial>("serial"),
                field<&Reading::lines>("lines"), field<&Reading::evse>("evse"),
                field<&Reading::register_mwh>("register", {.unit = "mWh"}), field<&Reading::rolled_over>("rolled_over"),
                field<&Reading::replaced>("replaced"));
  }
};

/// Latest reading of one EVSE. Idempotent.
struct Read {
  using Reply = Reading;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&Read::evse>("evse")); }
};
/// A new reading exists. Carries no data on purpose: the receiver calls Read.
struct ReadingChanged {
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&ReadingChanged::evse>("evse")); }
};

using Meter =
    ipc::Interface<"meter", Error, ipc::Call<1, "Read", Read>, ipc::Pulse<2, "ReadingChanged", ReadingChanged>>;

}  // namespace bulwatt::meter
