#include "services/ocpp/variables.hpp"

#include <charconv>

#include "libs/http/head.hpp"
#include "services/ocpp/config.hpp"

namespace bulwatt::ocpp {
namespace {

using enum v201::DataEnum;
using enum v201::MutabilityEnum;

constexpr std::string_view kComm = "OCPPCommCtrlr";
constexpr std::string_view kAuth = "AuthCtrlr";
constexpr std::string_view kTx = "TxCtrlr";
constexpr std::string_view kSampled = "SampledDataCtrlr";
constexpr std::string_view kAligned = "AlignedDataCtrlr";
constexpr std::string_view kSecurity = "SecurityCtrlr";
constexpr std::string_view kClock = "ClockCtrlr";
constexpr std::string_view kData = "DeviceDataCtrlr";
constexpr std::string_view kMeasurands = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage";
constexpr std::string_view kStates = "Available,Occupied,Reserved,Unavailable,Faulted";
constexpr std::int64_t kDay = 86'400;

constexpr std::array<Row, kVariables> kTable{{
    {.var = Var::heartbeat_interval,
     .component = kComm,
     .name = "HeartbeatInterval",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 1,
     .max = kDay},
    {.var = Var::message_timeout,
     .component = kComm,
     .name = "MessageTimeout",
     .instance = "Default",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 1,
     .max = 600},
    {.var = Var::message_attempts,
     .component = kComm,
     .name = "MessageAttempts",
     .instance = "TransactionEvent",
     .type = integer,
     .mutability = read_write,
     .min = 1,
     .max = 100},
    {.var = Var::message_attempt_interval,
     .component = kComm,
     .name = "MessageAttemptInterval",
     .instance = "TransactionEvent",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 0,
     .max = kDay},
    {.var = Var::offline_threshold,
     .component = kComm,
     .name = "OfflineThreshold",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 0,
     .max = kDay},
    {.var = Var::websocket_ping,
     .component = kComm,
     .name = "WebSocketPingInterval",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 0,
     .max = kDay},
    {.var = Var::backoff_wait,
     .component = kComm,
     .name = "RetryBackOffWaitMinimum",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 1,
     .max = kDay},
    {.var = Var::backoff_range,
     .component = kComm,
     .name = "RetryBackOffRandomRange",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 0,
     .max = kDay},
    {.var = Var::backoff_repeat,
     .component = kComm,
     .name = "RetryBackOffRepeatTimes",
     .type = integer,
     .mutability = read_write,
     .min = 0,
     .max = 16},
    {.var = Var::network_priority,
     .component = kComm,
     .name = "NetworkConfigurationPriority",
     .type = sequence_list,
     .mutability = read_write,
     .values = "1",
     .value = "1",
     .needs_reboot = true},
    {.var = Var::network_attempts,
     .component = kComm,
     .name = "NetworkProfileConnectionAttempts",
     .type = integer,
     .value = "1",
     .constant = true},
    {.var = Var::active_network, .component = kComm, .name = "ActiveNetworkProfile", .value = "1", .constant = true},
    {.var = Var::file_transfer,
     .component = kComm,
     .name = "FileTransferProtocols",
     .type = member_list,
     .values = "HTTPS",
     .constant = true},
    {.var = Var::queue_all,
     .component = kComm,
     .name = "QueueAllMessages",
     .type = boolean,
     .value = "false",
     .constant = true},
    {.var = Var::reset_retries,
     .component = kComm,
     .name = "ResetRetries",
     .type = integer,
     .value = "0",
     .constant = true},
    {.var = Var::unlock_on_disconnect,
     .component = kComm,
     .name = "UnlockOnEVSideDisconnect",
     .type = boolean,
     .value = "false",
     .constant = true},
    {.var = Var::authorize_remote_start,
     .component = kAuth,
     .name = "AuthorizeRemoteStart",
     .type = boolean,
     .mutability = read_write},
    {.var = Var::local_authorize_offline,
     .component = kAuth,
     .name = "LocalAuthorizeOffline",
     .type = boolean,
     .mutability = read_write},
    {.var = Var::local_pre_authorize,
     .component = kAuth,
     .name = "LocalPreAuthorize",
     .type = boolean,
     .value = "false",
     .constant = true},
    {.var = Var::offline_unknown_id,
     .component = kAuth,
     .name = "OfflineTxForUnknownIdEnabled",
     .type = boolean,
     .mutability = read_write},
    {.var = Var::ev_connection_timeout,
     .component = kTx,
     .name = "EVConnectionTimeOut",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 0,
     .max = kDay},
    {.var = Var::stop_on_ev_disconnect,
     .component = kTx,
     .name = "StopTxOnEVSideDisconnect",
     .type = boolean,
     .mutability = read_write},
    {.var = Var::stop_on_invalid_id,
     .component = kTx,
     .name = "StopTxOnInvalidId",
     .type = boolean,
     .mutability = read_write},
    {.var = Var::tx_before_accepted,
     .component = kTx,
     .name = "TxBeforeAcceptedEnabled",
     .type = boolean,
     .value = "true",
     .constant = true},
    {.var = Var::tx_start_point,
     .component = kTx,
     .name = "TxStartPoint",
     .type = member_list,
     .values = "PowerPathClosed",
     .value = "PowerPathClosed",
     .constant = true},
    {.var = Var::tx_stop_point,
     .component = kTx,
     .name = "TxStopPoint",
     .type = member_list,
     .values = "PowerPathClosed",
     .value = "PowerPathClosed",
     .constant = true},
    {.var = Var::sampled_available,
     .component = kSampled,
     .name = "Available",
     .type = boolean,
     .value = "true",
     .constant = true,
     .summary = true},
    {.var = Var::sampled_enabled,
     .component = kSampled,
     .name = "Enabled",
     .type = boolean,
     .value = "true",
     .constant = true,
     .summary = true},
    {.var = Var::tx_started_measurands,
     .component = kSampled,
     .name = "TxStartedMeasurands",
     .type = member_list,
     .mutability = read_write,
     .values = kMeasurands,
     .value = kMeasurands},
    {.var = Var::tx_updated_interval,
     .component = kSampled,
     .name = "TxUpdatedInterval",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 0,
     .max = kDay},
    {.var = Var::tx_updated_measurands,
     .component = kSampled,
     .name = "TxUpdatedMeasurands",
     .type = member_list,
     .mutability = read_write,
     .values = kMeasurands,
     .value = kMeasurands},
    {.var = Var::tx_ended_interval,
     .component = kSampled,
     .name = "TxEndedInterval",
     .type = integer,
     .unit = "s",
     .value = "0",
     .constant = true},
    {.var = Var::tx_ended_measurands,
     .component = kSampled,
     .name = "TxEndedMeasurands",
     .type = member_list,
     .mutability = read_write,
     .values = kMeasurands,
     .value = kMeasurands},
    {.var = Var::aligned_available,
     .component = kAligned,
     .name = "Available",
     .type = boolean,
     .value = "true",
     .constant = true,
     .summary = true},
    {.var = Var::aligned_interval,
     .component = kAligned,
     .name = "Interval",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 0,
     .max = kDay},
    {.var = Var::aligned_measurands,
     .component = kAligned,
     .name = "Measurands",
     .type = member_list,
     .mutability = read_write,
     .values = kMeasurands,
     .value = kMeasurands},
    {.var = Var::aligned_during_idle,
     .component = kAligned,
     .name = "SendDuringIdle",
     .type = boolean,
     .mutability = read_write,
     .value = "true"},
    {.var = Var::aligned_ended_interval,
     .component = kAligned,
     .name = "TxEndedInterval",
     .type = integer,
     .unit = "s",
     .value = "0",
     .constant = true},
    {.var = Var::aligned_ended_measurands,
     .component = kAligned,
     .name = "TxEndedMeasurands",
     .type = member_list,
     .values = kMeasurands,
     .constant = true},
    {.var = Var::basic_auth_password,
     .component = kSecurity,
     .name = "BasicAuthPassword",
     .mutability = write_only,
     .min = kLeastPassword,
     .max = kMaxPassword},
    {.var = Var::identity, .component = kSecurity, .name = "Identity", .constant = true},
    {.var = Var::organization, .component = kSecurity, .name = "OrganizationName", .constant = true},
    {.var = Var::security_profile,
     .component = kSecurity,
     .name = "SecurityProfile",
     .type = integer,
     .constant = true},
    {.var = Var::certificate_entries,
     .component = kSecurity,
     .name = "CertificateEntries",
     .type = integer,
     .value = "0",
     .constant = true},
    {.var = Var::additional_root_check,
     .component = kSecurity,
     .name = "AdditionalRootCertificateCheck",
     .type = boolean,
     .value = "false",
     .constant = true},
    {.var = Var::date_time, .component = kClock, .name = "DateTime", .type = date_time},
    {.var = Var::time_source,
     .component = kClock,
     .name = "TimeSource",
     .type = sequence_list,
     .values = "Heartbeat",
     .value = "Heartbeat",
     .constant = true},
    {.var = Var::clock_threshold,
     .component = kClock,
     .name = "TimeAdjustmentReportingThreshold",
     .type = integer,
     .mutability = read_write,
     .unit = "s",
     .min = 1,
     .max = kDay},
    {.var = Var::items_get_variables,
     .component = kData,
     .name = "ItemsPerMessage",
     .instance = "GetVariables",
     .type = integer,
     .value = "16",
     .constant = true},
    {.var = Var::items_set_variables,
     .component = kData,
     .name = "ItemsPerMessage",
     .instance = "SetVariables",
     .type = integer,
     .value = "16",
     .constant = true},
    {.var = Var::items_get_report,
     .component = kData,
     .name = "ItemsPerMessage",
     .instance = "GetReport",
     .type = integer,
     .value = "16",
     .constant = true},
    {.var = Var::bytes_get_variables,
     .component = kData,
     .name = "BytesPerMessage",
     .instance = "GetVariables",
     .type = integer,
     .value = "65536",
     .constant = true},
    {.var = Var::bytes_set_variables,
     .component = kData,
     .name = "BytesPerMessage",
     .instance = "SetVariables",
     .type = integer,
     .value = "65536",
     .constant = true},
    {.var = Var::bytes_get_report,
     .component = kData,
     .name = "BytesPerMessage",
     .instance = "GetReport",
     .type = integer,
     .value = "65536",
     .constant = true},
    {.var = Var::value_size,
     .component = kData,
     .name = "ValueSize",
     .type = integer,
     .value = "200",
     .constant = true},
    {.var = Var::station_available,
     .component = "ChargingStation",
     .name = "Available",
     .type = boolean,
     .value = "true",
     .constant = true,
     .summary = true},
    {.var = Var::station_availability,
     .component = "ChargingStation",
     .name = "AvailabilityState",
     .type = option_list,
     .values = kStates,
     .summary = true},
    {.var = Var::station_model, .component = "ChargingStation", .name = "Model", .constant = true},
    {.var = Var::station_vendor, .component = "ChargingStation", .name = "VendorName", .constant = true},
    {.var = Var::station_phases,
     .component = "ChargingStation",
     .name = "SupplyPhases",
     .type = integer,
     .constant = true},
    {.var = Var::evse_available,
     .component = "EVSE",
     .name = "Available",
     .evse = 1,
     .type = boolean,
     .value = "true",
     .constant = true,
     .summary = true},
    {.var = Var::evse_availability,
     .component = "EVSE",
     .name = "AvailabilityState",
     .evse = 1,
     .type = option_list,
     .values = kStates,
     .summary = true},
    {.var = Var::evse_power, .component = "EVSE", .name = "Power", .evse = 1, .type = decimal, .unit = "W"},
    {.var = Var::evse_phases,
     .component = "EVSE",
     .name = "SupplyPhases",
     .evse = 1,
     .type = integer,
     .constant = true},
    {.var = Var::evse_reset,
     .component = "EVSE",
     .name = "AllowReset",
     .evse = 1,
     .type = boolean,
     .value = "false",
     .constant = true},
    {.var = Var::connector_available,
     .component = "Connector",
     .name = "Available",
     .evse = 1,
     .connector = 1,
     .type = boolean,
     .value = "true",
     .constant = true,
     .summary = true},
    {.var = Var::connector_availability,
     .component = "Connector",
     .name = "AvailabilityState",
     .evse = 1,
     .connector = 1,
     .type = option_list,
     .values = kStates,
     .summary = true},
    {.var = Var::connector_type,
     .component = "Connector",
     .name = "ConnectorType",
     .evse = 1,
     .connector = 1,
     .constant = true},
    {.var = Var::connector_phases,
     .component = "Connector",
     .name = "SupplyPhases",
     .evse = 1,
     .connector = 1,
     .type = integer,
     .constant = true},
}};

consteval bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].var != static_cast<Var>(i) || kTable[i].name.empty()) return false;
  }
  return true;
}
static_assert(in_order(), "a row of the device model is missing or not at its place");

template <std::size_t N>
std::string_view or_empty(const std::optional<Text<N>>& text) {
  return text ? text->view() : std::string_view{};
}

std::optional<std::string_view> refuse_list(const Row& row, std::string_view value) {
  bool good = true;
  http::any_list_item(value, [&](std::string_view item) {
    good = good && has_item(row.values, item);
    return !good;
  });
  return good ? std::nullopt : std::optional<std::string_view>{"InvalidValue"};
}

}  // namespace

std::span<const Row> variable_table() { return kTable; }

bool same_component(const Row& row, const v201::Component& component) {
  const auto evse = component.evse ? component.evse->id : 0;
  const auto connector = component.evse ? component.evse->connector_id.value_or(0) : 0;
  return http::same_ignoring_case(row.component, component.name.view()) && or_empty(component.instance).empty() &&
         evse == row.evse && connector == row.connector;
}

bool same_variable(const Row& row, const v201::Variable& variable) {
  return http::same_ignoring_case(row.name, variable.name.view()) &&
         http::same_ignoring_case(row.instance, or_empty(variable.instance));
}

v201::Component component_of(const Row& row) {
  v201::Component component{.name = row.component};
  if (row.evse == 0) return component;
  component.evse.emplace().id = row.evse;
  if (row.connector != 0) component.evse->connector_id = row.connector;
  return component;
}

v201::Variable variable_of(const Row& row) {
  v201::Variable variable{.name = row.name};
  if (!row.instance.empty()) variable.instance = row.instance;
  return variable;
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool has_item(std::string_view list, std::string_view item) {
  return http::any_list_item(list, [&](std::string_view one) { return one == item; });
}

//= OCPP-2.0.1 B05.FR.07
//= OCPP-2.0.1 B05.FR.08
std::optional<std::string_view> refuse_value(const Row& row, std::string_view value) {
  if (value.size() > 200) return "TooLargeElement";
  switch (row.type) {
    case integer: {
      const auto number = integer_of(value);
      if (!number) return "InvalidValue";
      if (*number < row.min) return "ValueTooLow";
      if (*number > row.max) return "ValueTooHigh";
      return std::nullopt;
    }
    case boolean:
      return value == "true" || value == "false" ? std::nullopt : std::optional<std::string_view>{"InvalidValue"};
    case option_list:
      return has_item(row.values, value) ? std::nullopt : std::optional<std::string_view>{"InvalidValue"};
    case sequence_list:
      if (value.empty()) return "InvalidValue";
      return refuse_list(row, value);
    case member_list: return refuse_list(row, value);
    default: {
      const auto size = static_cast<std::int64_t>(value.size());
      if (size < row.min || size > row.max) return "InvalidValue";
      return std::nullopt;
    }
  }
}

}  // namespace bulwatt::ocpp
