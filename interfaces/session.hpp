// Session interface: the charging session as others may see and ask of it.  Server: session.  Callers: ocpp, hmi.
// Session never calls outwards: it pulses "look again" and the callers fetch.
#pragma once
#include "libs/ipc/interface.hpp"
#include "interfaces/power.hpp"

namespace bulwatt::session {

enum class Error : std::uint8_t { unknown_evse, unknown_transaction, busy, not_now, storage };
constexpr auto enum_names(Error) { return names("unknown_evse", "unknown_transaction", "busy", "not_now", "storage"); }

/// Names of OCPP 2.0.1 are used wherever the standard has one.
enum class TokenType : std::uint8_t { central, emaid, iso14443, iso15693, key_code, local, mac_address, no_authorization };
constexpr auto enum_names(TokenType) {
  return names("Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization");
}
struct IdToken {
  Text<36> id{};
  TokenType type = TokenType::iso14443;
  static constexpr auto fields() { return list(field<&IdToken::id>("id"), field<&IdToken::type>("type")); }
  friend constexpr bool operator==(const IdToken&, const IdToken&) = default;
};

/// What the driver needs to know, in one word.
enum class State : std::uint8_t {
  starting, available, connected, authorizing, waiting_for_car, charging, suspended_by_car, suspended_by_station,
  finishing, unavailable, faulted,
};
constexpr auto enum_names(State) {
  return names("starting", "available", "connected", "authorizing", "waiting_for_car", "charging", "suspended_by_car",
               "suspended_by_station", "finishing", "unavailable", "faulted");
}
enum class ConnectorStatus : std::uint8_t { available, occupied, reserved, unavailable, faulted };
constexpr auto enum_names(ConnectorStatus) {
  return names("Available", "Occupied", "Reserved", "Unavailable", "Faulted");
}
enum class ChargingState : std::uint8_t { charging, ev_connected, suspended_ev, suspended_evse, idle };
constexpr auto enum_names(ChargingState) {
  return names("Charging", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Idle");
}
enum class EventType : std::uint8_t { started, updated, ended };
constexpr auto enum_names(EventType) { return names("Started", "Updated", "Ended"); }
enum class Trigger : std::uint8_t {
  authorized, cable_plugged_in, charging_rate_changed, charging_state_changed, deauthorized, energy_limit_reached,
  ev_communication_lost, ev_connect_timeout, meter_value_clock, meter_value_periodic, time_limit_reached, trigger,
  unlock_command, stop_authorized, ev_departed, ev_detected, remote_stop, remote_start, abnormal_condition,
  signed_data_received, reset_command,
};
constexpr auto enum_names(Trigger) {
  return names("Authorized", "CablePluggedIn", "ChargingRateChanged", "ChargingStateChanged", "Deauthorized",
               "EnergyLimitReached", "EVCommunicationLost", "EVConnectTimeout", "MeterValueClock", "MeterValuePeriodic",
               "TimeLimitReached", "Trigger", "UnlockCommand", "StopAuthorized", "EVDeparted", "EVDetected", "RemoteStop",
               "RemoteStart", "AbnormalCondition", "SignedDataReceived", "ResetCommand");
}
enum class StoppedReason : std::uint8_t {
  de_authorized, emergency_stop, energy_limit_reached, ev_disconnected, ground_fault, immediate_reset, local,
  local_out_of_credit, master_pass, other, overcurrent_fault, power_loss, power_quality, reboot, remote, soc_limit_reached,
  stopped_by_ev, time_limit_reached, timeout,
};
constexpr auto enum_names(StoppedReason) {
  return names("DeAuthorized", "EmergencyStop", "EnergyLimitReached", "EVDisconnected", "GroundFault", "ImmediateReset",
               "Local", "LocalOutOfCredit", "MasterPass", "Other", "OvercurrentFault", "PowerLoss", "PowerQuality", "Reboot",
               "Remote", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout");
}
/// ReadingContextEnumType of OCPP, the part in use.
enum class SampleContext : std::uint8_t { transaction_begin, sample_periodic, transaction_end, trigger, sample_clock, other };
constexpr auto enum_names(SampleContext) {
  return names("Transaction.Begin", "Sample.Periodic", "Transaction.End", "Trigger", "Sample.Clock", "Other");
}

struct Sample {
  Timestamp time{};
  SampleContext context{};
  std::int64_t import_mwh{};
  std::int64_t power_mw{};
  List<std::int32_t, 3> current_ma{};
  List<std::int32_t, 3> voltage_mv{};
  static constexpr auto fields() {
    return list(field<&Sample::time>("time"), field<&Sample::context>("context"), field<&Sample::import_mwh>("import", {.unit = "mWh"}),
                field<&Sample::power_mw>("power", {.unit = "mW"}), field<&Sample::current_ma>("current", {.unit = "mA"}),
                field<&Sample::voltage_mv>("voltage", {.unit = "mV"}));
  }
};

using TransactionId = Text<36>;  ///< random UUID, never reused

/// One transaction event, durable in session's journal until acknowledged.
//= OCPP-2.0.1 E01.FR.07
struct TransactionEvent {
  std::uint64_t number{};   ///< of all events of this station, gap-free from 1
  std::uint8_t evse{};      ///< from 1
  std::uint8_t connector{}; ///< from 1
  TransactionId transaction{};
  std::uint32_t seq_no{};   ///< OCPP seqNo: per transaction, from 0, gap-free
  EventType type{};
  Trigger trigger{};
  Timestamp time{};
  bool offline{};
  ChargingState charging_state{};
  std::optional<StoppedReason> stopped{};
  std::optional<IdToken> token{};
  std::optional<std::int32_t> remote_start_id{};
  std::optional<std::int32_t> reservation_id{};
  std::uint32_t limit_ma{};
  List<Sample, 2> samples{};
  static constexpr auto fields() {
    using E = TransactionEvent;
    return list(field<&E::number>("number"), field<&E::evse>("evse"), field<&E::connector>("connector"),
                field<&E::transaction>("transaction"), field<&E::seq_no>("seq_no"), field<&E::type>("type"),
                field<&E::trigger>("trigger"), field<&E::time>("time"), field<&E::offline>("offline"),
                field<&E::charging_state>("charging_state"), field<&E::stopped>("stopped"), field<&E::token>("token"),
                field<&E::remote_start_id>("remote_start_id"), field<&E::reservation_id>("reservation_id"),
                field<&E::limit_ma>("limit", {.unit = "mA"}), field<&E::samples>("samples"));
  }
};

/// One entry of the limit stack: who allows how much, and why. The least one rules.
enum class LimitSource : std::uint8_t { hardware, cable, installation, backend, temperature, local, fault };
constexpr auto enum_names(LimitSource) {
  return names("hardware", "cable", "installation", "backend", "temperature", "local", "fault");
}
struct Limit {
  LimitSource source{};
  std::uint32_t limit_ma{};
  Text<40> reason{};
  static constexpr auto fields() {
    return list(field<&Limit::source>("source"), field<&Limit::limit_ma>("limit", {.unit = "mA"}), field<&Limit::reason>("reason"));
  }
};

struct Snapshot {
  std::uint8_t evse{};
  State state{};
  ConnectorStatus connector{};
  bool operative{};
  bool cable{};                 ///< a vehicle is plugged in
  power::Status power{};
  std::optional<TransactionId> transaction{};
  std::optional<IdToken> token{};
  std::optional<Timestamp> started{};
  ChargingState charging_state{};
  std::int64_t energy_mwh{};    ///< of this transaction
  std::int64_t power_mw{};
  std::int64_t register_mwh{};
  List<Limit, 8> limits{};      ///< the whole stack
  std::uint32_t limit_ma{};     ///< what rules now
  std::int64_t cost_micro{};    ///< millionths of the currency, tax included; local tariff
  Text<3> currency{};
  std::uint32_t pending_events{};
  bool backend_online{};
  std::optional<StoppedReason> last_stop{};
  Text<64> notice{};            ///< one sentence for the driver when something is wrong
  static constexpr auto fields() {
    using S = Snapshot;
    return list(field<&S::evse>("evse"), field<&S::state>("state"), field<&S::connector>("connector"),
                field<&S::operative>("operative"), field<&S::cable>("cable"), field<&S::power>("power"),
                field<&S::transaction>("transaction"), field<&S::token>("token", {.secret = true}), field<&S::started>("started"),
                field<&S::charging_state>("charging_state"), field<&S::energy_mwh>("energy", {.unit = "mWh"}),
                field<&S::power_mw>("power_now", {.unit = "mW"}), field<&S::register_mwh>("register", {.unit = "mWh"}),
                field<&S::limits>("limits"), field<&S::limit_ma>("limit", {.unit = "mA"}), field<&S::cost_micro>("cost"),
                field<&S::currency>("currency"), field<&S::pending_events>("pending_events"),
                field<&S::backend_online>("backend_online"), field<&S::last_stop>("last_stop"), field<&S::notice>("notice"));
  }
};

// For everybody who may look.
struct GetSnapshot {
  using Reply = Snapshot;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&GetSnapshot::evse>("evse")); }
};

// From the reader or the local page.
enum class TokenVerdict : std::uint8_t { started, asked_backend, stopped, refused, nothing_to_do };
constexpr auto enum_names(TokenVerdict) { return names("started", "asked_backend", "stopped", "refused", "nothing_to_do"); }
struct PresentToken {
  struct Verdict {
    TokenVerdict verdict{};
    static constexpr auto fields() { return list(field<&Verdict::verdict>("verdict")); }
  };
  using Reply = Verdict;
  std::uint8_t evse{};
  IdToken token{};
  static constexpr auto fields() { return list(field<&PresentToken::evse>("evse"), field<&PresentToken::token>("token")); }
};

// From the backend side.
/// Tokens the backend has to be asked about, oldest first; asked again until answered or withdrawn. Idempotent.
struct NextAuthorization {
  struct Pending {
    std::uint32_t request{};  ///< 0: nothing to ask
    std::uint8_t evse{};
    IdToken token{};
    static constexpr auto fields() {
      return list(field<&Pending::request>("request"), field<&Pending::evse>("evse"), field<&Pending::token>("token"));
    }
  };
  using Reply = Pending;
  static constexpr auto fields() { return list(); }
};
/// AuthorizationStatusEnumType of OCPP.
enum class AuthorizationStatus : std::uint8_t {
  accepted, blocked, concurrent_tx, expired, invalid, no_credit, not_allowed_type_evse, not_at_this_location,
  not_at_this_time, unknown,
};
constexpr auto enum_names(AuthorizationStatus) {
  return names("Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE",
               "NotAtThisLocation", "NotAtThisTime", "Unknown");
}
struct Authorization {
  AuthorizationStatus status{};
  std::optional<IdToken> group{};
  static constexpr auto fields() { return list(field<&Authorization::status>("status"), field<&Authorization::group>("group")); }
};
struct AnswerAuthorization {
  using Reply = ipc::Done;
  std::uint32_t request{};
  std::optional<Authorization> answer{};  ///< absent: the backend could not be asked; the offline rules apply
  static constexpr auto fields() { return list(field<&AnswerAuthorization::request>("request"), field<&AnswerAuthorization::answer>("answer")); }
};
/// Verdict on a token that came back in a TransactionEventResponse.
struct AnswerTransaction {
  using Reply = ipc::Done;
  TransactionId transaction{};
  Authorization answer{};
  static constexpr auto fields() {
    return list(field<&AnswerTransaction::transaction>("transaction"), field<&AnswerTransaction::answer>("answer"));
  }
};
/// The oldest event after `after`. Idempotent.
struct FetchEvent {
  struct Fetched {
    std::optional<TransactionEvent> event{};
    static constexpr auto fields() { return list(field<&Fetched::event>("event")); }
  };
  using Reply = Fetched;
  std::uint64_t after{};
  static constexpr auto fields() { return list(field<&FetchEvent::after>("after")); }
};
/// Everything up to `number` is safe in the caller's own queue on disk and may be forgotten here.
struct AcknowledgeEvents {
  using Reply = ipc::Done;
  std::uint64_t number{};
  static constexpr auto fields() { return list(field<&AcknowledgeEvents::number>("number")); }
};
enum class RemoteVerdict : std::uint8_t { accepted, rejected };
constexpr auto enum_names(RemoteVerdict) { return names("Accepted", "Rejected"); }
struct RemoteStart {
  struct Answer {
    RemoteVerdict verdict{};
    std::optional<TransactionId> transaction{};  ///< when one runs already
    static constexpr auto fields() { return list(field<&Answer::verdict>("verdict"), field<&Answer::transaction>("transaction")); }
  };
  using Reply = Answer;
  std::uint8_t evse{};  ///< 0: any
  IdToken token{};
  std::int32_t remote_start_id{};
  bool ask_first{};     ///< AuthorizeRemoteStart
  static constexpr auto fields() {
    return list(field<&RemoteStart::evse>("evse"), field<&RemoteStart::token>("token"),
                field<&RemoteStart::remote_start_id>("remote_start_id"), field<&RemoteStart::ask_first>("ask_first"));
  }
};
struct RemoteStop {
  using Reply = RemoteStart::Answer;
  TransactionId transaction{};
  static constexpr auto fields() { return list(field<&RemoteStop::transaction>("transaction")); }
};
enum class ChangeVerdict : std::uint8_t { accepted, rejected, scheduled };
constexpr auto enum_names(ChangeVerdict) { return names("Accepted", "Rejected", "Scheduled"); }
struct ChangeAvailability {
  struct Answer {
    ChangeVerdict verdict{};
    static constexpr auto fields() { return list(field<&Answer::verdict>("verdict")); }
  };
  using Reply = Answer;
  std::uint8_t evse{};  ///< 0: the whole station
  bool operative{};
  static constexpr auto fields() {
    return list(field<&ChangeAvailability::evse>("evse"), field<&ChangeAvailability::operative>("operative"));
  }
};
struct Reset {
  using Reply = ChangeAvailability::Answer;
  bool immediate{};  ///< false: when no transaction runs
  static constexpr auto fields() { return list(field<&Reset::immediate>("immediate")); }
};
/// Events of the running transaction (if any) and its identity, for GetTransactionStatus and TriggerMessage.
struct TriggerEvent {
  using Reply = ipc::Done;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&TriggerEvent::evse>("evse")); }
};
/// Whether the backend answers: events are marked offline by it, and offline authorization rules apply.
struct SetLink {
  using Reply = ipc::Done;
  bool online{};
  static constexpr auto fields() { return list(field<&SetLink::online>("online")); }
};
/// What the backend may set at run time (device model variables that session obeys).
struct Settings {
  std::uint32_t ev_connection_timeout_s = 120;
  std::uint32_t sample_interval_s = 60;       ///< TxUpdatedInterval; 0: none
  bool stop_tx_on_invalid_id = true;
  bool stop_tx_on_ev_side_disconnect = true;
  bool offline_tx_for_unknown_id = false;
  bool authorize_remote_start = false;
  bool local_authorize_offline = true;
  static constexpr auto fields() {
    using S = Settings;
    return list(field<&S::ev_connection_timeout_s>("ev_connection_timeout", {.max = 86'400, .unit = "s"}),
                field<&S::sample_interval_s>("sample_interval", {.max = 86'400, .unit = "s"}),
                field<&S::stop_tx_on_invalid_id>("stop_tx_on_invalid_id"),
                field<&S::stop_tx_on_ev_side_disconnect>("stop_tx_on_ev_side_disconnect"),
                field<&S::offline_tx_for_unknown_id>("offline_tx_for_unknown_id"),
                field<&S::authorize_remote_start>("authorize_remote_start"),
                field<&S::local_authorize_offline>("local_authorize_offline"));
  }
};
struct Configure {
  using Reply = ipc::Done;
  Settings settings{};
  static constexpr auto fields() { return list(field<&Configure::settings>("settings")); }
};
/// A cap from the backend's charging profiles; absent lifts it.
struct SetBackendLimit {
  using Reply = ipc::Done;
  std::uint8_t evse{};
  std::optional<std::uint32_t> limit_ma{};
  static constexpr auto fields() { return list(field<&SetBackendLimit::evse>("evse"), field<&SetBackendLimit::limit_ma>("limit", {.max = power::kMaxLimitMa})); }
};

// To the callers.
struct SnapshotChanged {
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&SnapshotChanged::evse>("evse")); }
};
/// An authorization to ask or an event to fetch exists.
struct WorkAvailable {
  static constexpr auto fields() { return list(); }
};

using Session =
    ipc::Interface<"session", Error, ipc::Call<1, "GetSnapshot", GetSnapshot>, ipc::Call<2, "PresentToken", PresentToken>,
                   ipc::Call<3, "NextAuthorization", NextAuthorization>, ipc::Call<4, "AnswerAuthorization", AnswerAuthorization>,
                   ipc::Call<5, "AnswerTransaction", AnswerTransaction>, ipc::Call<6, "FetchEvent", FetchEvent>,
                   ipc::Call<7, "AcknowledgeEvents", AcknowledgeEvents>, ipc::Call<8, "RemoteStart", RemoteStart>,
                   ipc::Call<9, "RemoteStop", RemoteStop>, ipc::Call<10, "ChangeAvailability", ChangeAvailability>,
                   ipc::Call<11, "Reset", Reset>, ipc::Call<12, "TriggerEvent", TriggerEvent>, ipc::Call<13, "SetLink", SetLink>,
                   ipc::Call<14, "Configure", Configure>, ipc::Call<15, "SetBackendLimit", SetBackendLimit>,
                   ipc::Pulse<16, "SnapshotChanged", SnapshotChanged>, ipc::Pulse<17, "WorkAvailable", WorkAvailable>>;

}  // namespace bulwatt::session
