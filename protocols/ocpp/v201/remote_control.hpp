// OCPP 2.0.1 block F. Remote control: start, stop, unlock, trigger.
#pragma once
#include "protocols/ocpp/v201/charging_profile.hpp"
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class RequestStartStopStatusEnum : std::uint8_t { accepted, rejected };
constexpr auto enum_names(RequestStartStopStatusEnum) { return names("Accepted", "Rejected"); }

struct RequestStartTransactionResponse {
  RequestStartStopStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  std::optional<Text<36>> transaction_id{};
  static constexpr auto fields() {
    using M = RequestStartTransactionResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"),
                field<&M::transaction_id>("transactionId"));
  }
};

/// CSMS to station: starts a transaction from the backend.
struct RequestStartTransactionRequest {
  static constexpr std::string_view kAction = "RequestStartTransaction";
  using Response = RequestStartTransactionResponse;

  IdToken id_token{};
  std::int32_t remote_start_id{};
  std::optional<std::int32_t> evse_id{};
  std::optional<IdToken> group_id_token{};
  std::optional<ChargingProfile> charging_profile{};
  static constexpr auto fields() {
    using M = RequestStartTransactionRequest;
    return list(field<&M::id_token>("idToken"), field<&M::remote_start_id>("remoteStartId"),
                field<&M::evse_id>("evseId"), field<&M::group_id_token>("groupIdToken"),
                field<&M::charging_profile>("chargingProfile"));
  }
};

struct RequestStopTransactionResponse {
  RequestStartStopStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = RequestStopTransactionResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: stops a transaction from the backend.
struct RequestStopTransactionRequest {
  static constexpr std::string_view kAction = "RequestStopTransaction";
  using Response = RequestStopTransactionResponse;

  Text<36> transaction_id{};
  static constexpr auto fields() {
    using M = RequestStopTransactionRequest;
    return list(field<&M::transaction_id>("transactionId"));
  }
};

enum class UnlockStatusEnum : std::uint8_t {
  unlocked,
  unlock_failed,
  ongoing_authorized_transaction,
  unknown_connector,
};
constexpr auto enum_names(UnlockStatusEnum) {
  return names("Unlocked", "UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector");
}

struct UnlockConnectorResponse {
  UnlockStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = UnlockConnectorResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: unlocks a connector from the backend.
struct UnlockConnectorRequest {
  static constexpr std::string_view kAction = "UnlockConnector";
  using Response = UnlockConnectorResponse;

  std::int32_t evse_id{};
  std::int32_t connector_id{};
  static constexpr auto fields() {
    using M = UnlockConnectorRequest;
    return list(field<&M::evse_id>("evseId"), field<&M::connector_id>("connectorId"));
  }
};

enum class MessageTriggerEnum : std::uint8_t {
  boot_notification,
  log_status_notification,
  firmware_status_notification,
  heartbeat,
  meter_values,
  sign_charging_station_certificate,
  sign_v2g_certificate,
  status_notification,
  transaction_event,
  sign_combined_certificate,
  publish_firmware_status_notification,
};
constexpr auto enum_names(MessageTriggerEnum) {
  return names("BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues",
               "SignChargingStationCertificate", "SignV2GCertificate", "StatusNotification", "TransactionEvent",
               "SignCombinedCertificate", "PublishFirmwareStatusNotification");
}

enum class TriggerMessageStatusEnum : std::uint8_t { accepted, rejected, not_implemented };
constexpr auto enum_names(TriggerMessageStatusEnum) { return names("Accepted", "Rejected", "NotImplemented"); }

struct TriggerMessageResponse {
  TriggerMessageStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = TriggerMessageResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: asks for one message out of turn.
struct TriggerMessageRequest {
  static constexpr std::string_view kAction = "TriggerMessage";
  using Response = TriggerMessageResponse;

  MessageTriggerEnum requested_message{};
  std::optional<EVSE> evse{};
  static constexpr auto fields() {
    using M = TriggerMessageRequest;
    return list(field<&M::requested_message>("requestedMessage"), field<&M::evse>("evse"));
  }
};

}  // namespace bulwatt::ocpp::v201
