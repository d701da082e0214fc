// Meter interface: fiscal register values of the energy meter.  Server: meter.  Callers: session, ocpp.
#pragma once
#include "libs/ipc/interface.hpp"

namespace bulwatt::meter {

/// not_ready: no good reading since start. meter_fault: the meter is silent, garbled or implausible; see Reading::health.
enum class Error : std::uint8_t { not_ready, meter_fault, unknown_evse };
constexpr auto enum_names(Error) { return names("not_ready", "meter_fault", "unknown_evse"); }

enum class Health : std::uint8_t { good, silent, garbled, implausible, backwards, unreachable };
constexpr auto enum_names(Health) { return names("good", "silent", "garbled", "implausible", "backwards", "unreachable"); }

struct Line {
  std::int32_t voltage_mv{};
  std::int32_t current_ma{};
  std::int64_t power_mw{};
  static constexpr auto fields() {
    return list(field<&Line::voltage_mv>("voltage", {.unit = "mV"}), field<&Line::current_ma>("current", {.unit = "mA"}),
                field<&Line::power_mw>("power", {.unit = "mW"}));
  }
};

struct Reading {
  Timestamp time{};             ///< when the registers were read
  std::uint32_t age_ms{};       ///< by the monotonic clock, at the moment of the answer
  Health health{};              ///< of the latest attempt; values are the last good ones
  std::int64_t import_mwh{};    ///< total active energy register, monotone
  std::int64_t export_mwh{};
  std::int64_t power_mw{};      ///< total active power
  std::int32_t frequency_mhz{};
  std::array<std::byte, 16> serial{};  ///< meter's serial number, zero padded text
  List<Line, 3> lines{};
  static constexpr auto fields() {
    return list(field<&Reading::time>("time"), field<&Reading::age_ms>("age", {.unit = "ms"}), field<&Reading::health>("health"),
                field<&Reading::import_mwh>("import", {.unit = "mWh"}), field<&Reading::export_mwh>("export", {.unit = "mWh"}),
                field<&Reading::power_mw>("power", {.unit = "mW"}), field<&Reading::frequency_mhz>("frequency", {.unit = "mHz"}),
                field<&Reading::serial>("serial"), field<&Reading::lines>("lines"));
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

using Meter = ipc::Interface<"meter", Error, ipc::Call<1, "Read", Read>, ipc::Pulse<2, "ReadingChanged", ReadingChanged>>;

}  // namespace bulwatt::meter
