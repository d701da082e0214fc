// OCPP 2.0.1 block N. Diagnostics: logs, events and customer information.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

struct LogParameters {
  Text<512> remote_location{};
  std::optional<Timestamp> oldest_timestamp{};
  std::optional<Timestamp> latest_timestamp{};
  static constexpr auto fields() {
    using M = LogParameters;
    return list(field<&M::remote_location>("remoteLocation"), field<&M::oldest_timestamp>("oldestTimestamp"),
                field<&M::latest_timestamp>("latestTimestamp"));
  }
};

enum class LogEnum : std::uint8_t { diagnostics_log, security_log };
constexpr auto enum_names(LogEnum) { return names("DiagnosticsLog", "SecurityLog"); }

enum class LogStatusEnum : std::uint8_t { accepted, rejected, accepted_canceled };
constexpr auto enum_names(LogStatusEnum) { return names("Accepted", "Rejected", "AcceptedCanceled"); }

struct GetLogResponse {
  LogStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  std::optional<Text<255>> filename{};
  static constexpr auto fields() {
    using M = GetLogResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"), field<&M::filename>("filename"));
  }
};

/// CSMS to station: orders the upload of a log.
struct GetLogRequest {
  static constexpr std::string_view kAction = "GetLog";
  using Response = GetLogResponse;

  LogParameters log{};
  LogEnum log_type{};
  std::int32_t request_id{};
  std::optional<std::int32_t> retries{};
  std::optional<std::int32_t> retry_interval{};
  static constexpr auto fields() {
    using M = GetLogRequest;
    return list(field<&M::log>("log"), field<&M::log_type>("logType"), field<&M::request_id>("requestId"),
                field<&M::retries>("retries"), field<&M::retry_interval>("retryInterval"));
  }
};

enum class UploadLogStatusEnum : std::uint8_t {
  bad_message,
  idle,
  not_supported_operation,
  permission_denied,
  uploaded,
  upload_failure,
  uploading,
  accepted_canceled,
};
constexpr auto enum_names(UploadLogStatusEnum) {
  return names("BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure",
               "Uploading", "AcceptedCanceled");
}

struct LogStatusNotificationResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: progress of a log upload.
struct LogStatusNotificationRequest {
  static constexpr std::string_view kAction = "LogStatusNotification";
  using Response = LogStatusNotificationResponse;

  UploadLogStatusEnum status{};
  std::optional<std::int32_t> request_id{};
  static constexpr auto fields() {
    using M = LogStatusNotificationRequest;
    return list(field<&M::status>("status"), field<&M::request_id>("requestId"));
  }
};

enum class EventTriggerEnum : std::uint8_t { alerting, delta, periodic };
constexpr auto enum_names(EventTriggerEnum) { return names("Alerting", "Delta", "Periodic"); }

enum class EventNotificationEnum : std::uint8_t {
  hard_wired_notification,
  hard_wired_monitor,
  preconfigured_monitor,
  custom_monitor,
};
constexpr auto enum_names(EventNotificationEnum) {
  return names("HardWiredNotification", "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor");
}

struct EventData {
  std::int32_t event_id{};
  Timestamp timestamp{};
  EventTriggerEnum trigger{};
  Text<kVariableValueBytes> actual_value{};
  Component component{};
  EventNotificationEnum event_notification_type{};
  Variable variable{};
  std::optional<std::int32_t> cause{};
  std::optional<Text<50>> tech_code{};
  std::optional<Text<500>> tech_info{};
  std::optional<bool> cleared{};
  std::optional<Text<36>> transaction_id{};
  std::optional<std::int32_t> variable_monitoring_id{};
  static constexpr auto fields() {
    using M = EventData;
    return list(field<&M::event_id>("eventId"), field<&M::timestamp>("timestamp"), field<&M::trigger>("trigger"),
                field<&M::actual_value>("actualValue", {.max = 2500}), field<&M::component>("component"),
                field<&M::event_notification_type>("eventNotificationType"), field<&M::variable>("variable"),
                field<&M::cause>("cause"), field<&M::tech_code>("techCode"), field<&M::tech_info>("techInfo"),
                field<&M::cleared>("cleared"), field<&M::transaction_id>("transactionId"),
                field<&M::variable_monitoring_id>("variableMonitoringId"));
  }
};

struct NotifyEventResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: events of monitored variables.
struct NotifyEventRequest {
  static constexpr std::string_view kAction = "NotifyEvent";
  using Response = NotifyEventResponse;

  Timestamp generated_at{};
  std::int32_t seq_no{};
  List<EventData, kMaxEventsPerMessage> event_data{};
  std::optional<bool> tbc{};
  static constexpr auto fields() {
    using M = NotifyEventRequest;
    return list(field<&M::generated_at>("generatedAt"), field<&M::seq_no>("seqNo"),
                field<&M::event_data>("eventData", {.at_least = 1}), field<&M::tbc>("tbc"));
  }
};

enum class CustomerInformationStatusEnum : std::uint8_t { accepted, rejected, invalid };
constexpr auto enum_names(CustomerInformationStatusEnum) { return names("Accepted", "Rejected", "Invalid"); }

struct CustomerInformationResponse {
  CustomerInformationStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = CustomerInformationResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: asks for, or orders the removal of, what is stored about a customer.
struct CustomerInformationRequest {
  static constexpr std::string_view kAction = "CustomerInformation";
  using Response = CustomerInformationResponse;

  std::int32_t request_id{};
  bool report{};
  bool clear{};
  std::optional<CertificateHashData> customer_certificate{};
  std::optional<IdToken> id_token{};
  std::optional<Text<64>> customer_identifier{};
  static constexpr auto fields() {
    using M = CustomerInformationRequest;
    return list(field<&M::request_id>("requestId"), field<&M::report>("report"), field<&M::clear>("clear"),
                field<&M::customer_certificate>("customerCertificate"), field<&M::id_token>("idToken"),
                field<&M::customer_identifier>("customerIdentifier"));
  }
};

struct NotifyCustomerInformationResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: one part of that information.
struct NotifyCustomerInformationRequest {
  static constexpr std::string_view kAction = "NotifyCustomerInformation";
  using Response = NotifyCustomerInformationResponse;

  Text<512> data{};
  std::int32_t seq_no{};
  Timestamp generated_at{};
  std::int32_t request_id{};
  std::optional<bool> tbc{};
  static constexpr auto fields() {
    using M = NotifyCustomerInformationRequest;
    return list(field<&M::data>("data"), field<&M::seq_no>("seqNo"), field<&M::generated_at>("generatedAt"),
                field<&M::request_id>("requestId"), field<&M::tbc>("tbc"));
  }
};

}  // namespace bulwatt::ocpp::v201
