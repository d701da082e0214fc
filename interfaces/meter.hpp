// Meter interface: fiscal register values of the energy meters, one meter per EVSE, and signed records of them.
// Server: meter.  Callers: session, vault, ocpp.
#pragma once
#include "libs/ipc/interface.hpp"

namespace bulwatt::meter {

/// As many as there are EVSEs at most.
inline constexpr std::size_t kMaxMeters = 4;

/// not_ready: no good reading since start. meter_fault: the last good reading is too old to be one. unknown_evse: no meter there.
/// no_keys: the vault has told of no key for records. no_record: there is none, or it is another one.
enum class Error : std::uint8_t { not_ready, meter_fault, unknown_evse, no_keys, no_record };
constexpr auto enum_names(Error) { return names("not_ready", "meter_fault", "unknown_evse", "no_keys", "no_record"); }

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

// ---- Signed records. The meter says what was measured, the vault numbers and signs it; neither alone makes a record.
//
// session asks -> RecordDue to the vault, which fetches the payload with the number it gives, signs, brings both signatures
// -> RecordMade to session, which fetches the record. One record of an EVSE is on its way at a time; the latest one stays.

inline constexpr std::size_t kMaxPayload = 1280;      ///< an OCMF payload
inline constexpr std::size_t kMaxClassicalKey = 128;  ///< ECDSA P-256, SubjectPublicKeyInfo
inline constexpr std::size_t kMaxTwinKey = 2000;      ///< ML-DSA-65, the same
inline constexpr std::size_t kMaxClassical = 80;      ///< ECDSA P-256, DER
inline constexpr std::size_t kMaxTwin = 3400;         ///< ML-DSA-65

/// Why the register is read: what OCMF tells apart.
enum class Stage : std::uint8_t {
  begin,
  intermediate,
  end,
  tariff_change,
  exception,       ///< time or energy cannot be relied on from here; the transaction goes on
  ended_locally,   ///< by its driver at the station
  ended_remotely,  ///< by the backend
  aborted,         ///< because of a fault
  power_failure,
};
constexpr auto enum_names(Stage) {
  return names("begin", "intermediate", "end", "tariff_change", "exception", "ended_locally", "ended_remotely",
               "aborted", "power_failure");
}

/// How sure it is who charges: the ladder of OCMF.
enum class Assurance : std::uint8_t { none, hearsay, trusted, verified, certified, secure };
constexpr auto enum_names(Assurance) { return names("NONE", "HEARSAY", "TRUSTED", "VERIFIED", "CERTIFIED", "SECURE"); }

/// The reading is taken now. Asked again with the same `asked`, nothing new begins.
struct AskRecord {
  using Reply = ipc::Done;
  std::uint8_t evse{};
  std::uint32_t asked{};  ///< chosen by the caller
  Stage stage{};
  Text<36> transaction{};
  Assurance assurance{};
  List<Text<16>, 4> flags{};  ///< how the user was identified, in OCMF's words
  Text<16> type{};            ///< of the identification, in OCMF's words
  Text<64> identification{};
  Text<250> tariff{};
  static constexpr auto fields() {
    using A = AskRecord;
    return list(field<&A::evse>("evse"), field<&A::asked>("asked"), field<&A::stage>("stage"),
                field<&A::transaction>("transaction"), field<&A::assurance>("assurance"), field<&A::flags>("flags"),
                field<&A::type>("type"), field<&A::identification>("identification", {.secret = true}),
                field<&A::tariff>("tariff"));
  }
};
struct RecordMade {
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&RecordMade::evse>("evse")); }
};
struct FetchRecord {
  struct Made {
    std::uint32_t asked{};
    std::uint64_t page{};
    std::int64_t register_mwh{};  ///< what the payload says was read
    Octets<kMaxPayload> payload{};
    Octets<kMaxClassical> classical{};
    std::uint64_t ledger_record{};   ///< where the ledger says that it was signed; 0: nowhere
    Octets<kMaxClassicalKey> key{};  ///< that made it
    static constexpr auto fields() {
      using M = Made;
      return list(field<&M::asked>("asked"), field<&M::page>("page"),
                  field<&M::register_mwh>("register", {.unit = "mWh"}), field<&M::payload>("payload"),
                  field<&M::classical>("classical"), field<&M::ledger_record>("ledger_record"), field<&M::key>("key"));
    }
  };
  using Reply = Made;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&FetchRecord::evse>("evse")); }
};
/// The other half of the record: the same payload, signed with ML-DSA-65. Empty where the vault has no such key.
struct FetchTwin {
  struct Twin {
    Octets<kMaxTwin> signature{};
    static constexpr auto fields() { return list(field<&Twin::signature>("signature")); }
  };
  using Reply = Twin;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&FetchTwin::evse>("evse")); }
};
/// Public keys that records are checked with; empty: none.
struct GetKeys {
  struct Keys {
    Octets<kMaxClassicalKey> classical{};
    Octets<kMaxTwinKey> twin{};
    static constexpr auto fields() { return list(field<&Keys::classical>("classical"), field<&Keys::twin>("twin")); }
  };
  using Reply = Keys;
  static constexpr auto fields() { return list(); }
};

// For the vault.
struct TellKeys {
  using Reply = ipc::Done;
  GetKeys::Keys keys{};
  Text<64> twin_name{};  ///< SHA-256 of the twin's key, hexadecimal: what a payload calls it
  static constexpr auto fields() {
    return list(field<&TellKeys::keys>("keys"), field<&TellKeys::twin_name>("twin_name"));
  }
};
struct RecordDue {
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&RecordDue::evse>("evse")); }
};
/// The payload with this page number; or with the one that it was given before, when it has one already.
struct FetchToSign {
  struct ToSign {
    std::uint64_t page{};
    Octets<kMaxPayload> payload{};
    static constexpr auto fields() { return list(field<&ToSign::page>("page"), field<&ToSign::payload>("payload")); }
  };
  using Reply = ToSign;
  std::uint8_t evse{};
  std::uint64_t page{};
  static constexpr auto fields() { return list(field<&FetchToSign::evse>("evse"), field<&FetchToSign::page>("page")); }
};
struct SubmitRecord {
  using Reply = ipc::Done;
  std::uint8_t evse{};
  std::uint64_t page{};
  Octets<kMaxClassical> classical{};
  Octets<kMaxTwin> twin{};
  std::uint64_t ledger_record{};
  static constexpr auto fields() {
    using S = SubmitRecord;
    return list(field<&S::evse>("evse"), field<&S::page>("page"), field<&S::classical>("classical"),
                field<&S::twin>("twin"), field<&S::ledger_record>("ledger_record"));
  }
};

using Meter = ipc::Interface<"meter", Error, ipc::Call<1, "Read", Read>,
                             ipc::Pulse<2, "ReadingChanged", ReadingChanged>, ipc::Call<3, "AskRecord", AskRecord>,
                             ipc::Pulse<4, "RecordMade", RecordMade>, ipc::Call<5, "FetchRecord", FetchRecord>,
                             ipc::Call<6, "FetchTwin", FetchTwin>, ipc::Call<7, "GetKeys", GetKeys>,
                             ipc::Call<8, "TellKeys", TellKeys>, ipc::Pulse<9, "RecordDue", RecordDue>,
                             ipc::Call<10, "FetchToSign", FetchToSign>, ipc::Call<11, "SubmitRecord", SubmitRecord>>;

}  // namespace bulwatt::meter
