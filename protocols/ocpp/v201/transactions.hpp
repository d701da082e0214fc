// OCPP 2.0.1 block E. Transactions: what happens on an EVSE while somebody charges.
#pragma once
#include "protocols/ocpp/v201/meter_value.hpp"
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class TransactionEventEnum : std::uint8_t { ended, started, updated };
constexpr auto enum_names(TransactionEventEnum) { return names("Ended", "Started", "Updated"); }

enum class TriggerReasonEnum : std::uint8_t {
  authorized,
  cable_plugged_in,
  charging_rate_changed,
  charging_state_changed,
  deauthorized,
  energy_limit_reached,
  ev_communication_lost,
  ev_connect_timeout,
  meter_value_clock,
  meter_value_periodic,
  time_limit_reached,
  trigger,
  unlock_command,
  stop_authorized,
  ev_departed,
  ev_detected,
  remote_stop,
  remote_start,
  abnormal_condition,
  signed_data_received,
  reset_command,
};
constexpr auto enum_names(TriggerReasonEnum) {
  return names("Authorized", "CablePluggedIn", "ChargingRateChanged", "ChargingStateChanged", "Deauthorized",
               "EnergyLimitReached", "EVCommunicationLost", "EVConnectTimeout", "MeterValueClock", "MeterValuePeriodic",
               "TimeLimitReached", "Trigger", "UnlockCommand", "StopAuthorized", "EVDeparted", "EVDetected",
               "RemoteStop", "RemoteStart", "AbnormalCondition", "SignedDataReceived", "ResetCommand");
}

enum class ChargingStateEnum : std::uint8_t { charging, ev_connected, suspended_ev, suspended_evse, idle };
constexpr auto enum_names(ChargingStateEnum) {
  return names("Charging", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Idle");
}

enum class ReasonEnum : std::uint8_t {
  de_authorized,
  emergency_stop,
  energy_limit_reached,
  ev_disconnected,
  ground_fault,
  immediate_reset,
  local,
  local_out_of_credit,
  master_pass,
  other,
  overcurrent_fault,
  power_loss,
  power_quality,
  reboot,
  remote,
  soc_limit_reached,
  stopped_by_ev,
  time_limit_reached,
  timeout,
};
constexpr auto enum_names(ReasonEnum) {
  return names("DeAuthorized", "EmergencyStop", "EnergyLimitReached", "EVDisconnected", "GroundFault", "ImmediateReset",
               "Local", "LocalOutOfCredit", "MasterPass", "Other", "OvercurrentFault", "PowerLoss", "PowerQuality",
               "Reboot", "Remote", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout");
}

struct Transaction {
  Text<36> transaction_id{};
  std::optional<ChargingStateEnum> charging_state{};
  std::optional<std::int32_t> time_spent_charging{};
  std::optional<ReasonEnum> stopped_reason{};
  std::optional<std::int32_t> remote_start_id{};
  static constexpr auto fields() {
    using M = Transaction;
    return list(field<&M::transaction_id>("transactionId"), field<&M::charging_state>("chargingState"),
                field<&M::time_spent_charging>("timeSpentCharging"), field<&M::stopped_reason>("stoppedReason"),
                field<&M::remote_start_id>("remoteStartId"));
  }
};

struct TransactionEventResponse {
  std::optional<Decimal> total_cost{};
  std::optional<std::int32_t> charging_priority{};
  std::optional<IdTokenInfo> id_token_info{};
  std::optional<MessageContent> updated_personal_message{};
  static constexpr auto fields() {
    using M = TransactionEventResponse;
    return list(field<&M::total_cost>("totalCost"), field<&M::charging_priority>("chargingPriority"),
                field<&M::id_token_info>("idTokenInfo"), field<&M::updated_personal_message>("updatedPersonalMessage"));
  }
};

/// Station to CSMS: start, progress and end of a transaction.
struct TransactionEventRequest {
  static constexpr std::string_view kAction = "TransactionEvent";
  using Response = TransactionEventResponse;

  TransactionEventEnum event_type{};
  Timestamp timestamp{};
  TriggerReasonEnum trigger_reason{};
  std::int32_t seq_no{};
  Transaction transaction_info{};
  std::optional<List<MeterValue, kMaxMeterValues>> meter_value{};
  std::optional<bool> offline{};
  std::optional<std::int32_t> number_of_phases_used{};
  std::optional<std::int32_t> cable_max_current{};
  std::optional<std::int32_t> reservation_id{};
  std::optional<EVSE> evse{};
  std::optional<IdToken> id_token{};
  static constexpr auto fields() {
    using M = TransactionEventRequest;
    return list(field<&M::event_type>("eventType"), field<&M::timestamp>("timestamp"),
                field<&M::trigger_reason>("triggerReason"), field<&M::seq_no>("seqNo"),
                field<&M::transaction_info>("transactionInfo"), field<&M::meter_value>("meterValue", {.at_least = 1}),
                field<&M::offline>("offline"), field<&M::number_of_phases_used>("numberOfPhasesUsed"),
                field<&M::cable_max_current>("cableMaxCurrent"), field<&M::reservation_id>("reservationId"),
                field<&M::evse>("evse"), field<&M::id_token>("idToken"));
  }
};

struct GetTransactionStatusResponse {
  bool messages_in_queue{};
  std::optional<bool> ongoing_indicator{};
  static constexpr auto fields() {
    using M = GetTransactionStatusResponse;
    return list(field<&M::messages_in_queue>("messagesInQueue"), field<&M::ongoing_indicator>("ongoingIndicator"));
  }
};

/// CSMS to station: asks whether a transaction goes on and whether messages about it are queued.
struct GetTransactionStatusRequest {
  static constexpr std::string_view kAction = "GetTransactionStatus";
  using Response = GetTransactionStatusResponse;

  std::optional<Text<36>> transaction_id{};
  static constexpr auto fields() {
    using M = GetTransactionStatusRequest;
    return list(field<&M::transaction_id>("transactionId"));
  }
};

}  // namespace bulwatt::ocpp::v201
