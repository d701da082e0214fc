#include "services/ocpp/variables.hpp"

#include <charconv>

#include "interfaces/vault.hpp"
#include "libs/http/head.hpp"
#include "services/ocpp/config.hpp"

namespace bulwatt::ocpp {
namespace {

using enum v201::DataEnum;
using enum v201::MutabilityEnum;

constexpr std::string_view kComm = "OCPPCommCtrlr";
constexpr std::string_view kAuth = "AuthCtrlr";
constexpr std::string_view kCache = "AuthCacheCtrlr";
constexpr std::string_view kList = "LocalAuthListCtrlr";
constexpr std::string_view kReservation = "ReservationCtrlr";
constexpr std::string_view kTx = "TxCtrlr";
constexpr std::string_view kSampled = "SampledDataCtrlr";
constexpr std::string_view kAligned = "AlignedDataCtrlr";
constexpr std::string_view kSecurity = "SecurityCtrlr";
constexpr std::string_view kClock = "ClockCtrlr";
constexpr std::string_view kData = "DeviceDataCtrlr";
constexpr std::string_view kStation = "ChargingStation";
constexpr std::string_view kEvse = "EVSE";
constexpr std::string_view kConnector = "Connector";
constexpr std::string_view kEvent = "TransactionEvent";
constexpr std::string_view kMonitoring = "MonitoringCtrlr";
constexpr std::string_view kBases = "All,FactoryDefault,HardWiredOnly";
constexpr std::string_view kMeasurands = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage";
constexpr std::string_view kStates = "Available,Occupied,Reserved,Unavailable,Faulted";
constexpr std::string_view kPoints =
    "EVConnected,Authorized,PowerPathClosed,EnergyTransfer";  // what this station can sense
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kYear = 366 * kDay;
constexpr std::int64_t kMostEnergyWh = 1'000'000;

/// A writable whole number.
constexpr Row number(Var var, std::string_view component, std::string_view name, std::string_view unit,
                     std::int64_t min, std::int64_t max) {
  Row row{.var = var, .component = component, .name = name, .type = integer, .mutability = read_write, .unit = unit};
  row.min = min;
  row.max = max;
  return row;
}
constexpr Row flag(Var var, std::string_view component, std::string_view name) {
  return {.var = var, .component = component, .name = name, .type = boolean, .mutability = read_write};
}
/// A writable list out of `values`, all of them at first.
constexpr Row choice(Var var, std::string_view component, std::string_view name, std::string_view values) {
  Row row{.var = var, .component = component, .name = name, .type = member_list, .mutability = read_write};
  row.values = row.value = values;
  return row;
}
constexpr Row text_up_to(std::int64_t characters, Var var, std::string_view component, std::string_view name) {
  Row row{.var = var, .component = component, .name = name, .type = string, .mutability = read_write};
  row.min = 0;
  row.max = characters;
  return row;
}
/// Exactly one of the values.
constexpr Row one_of(Row row) {
  row.type = option_list;
  return row;
}
/// A list that is never empty.
constexpr Row one_at_least(Row row) {
  row.min = 1;
  return row;
}
constexpr Row up_to(std::int64_t most, Row row) {
  row.min = 0;
  row.max = most;
  return row;
}
//= OCPP-2.0.1 A00.FR.304
constexpr Row password(Var var, std::string_view component, std::string_view name) {
  Row row{.var = var, .component = component, .name = name, .type = string, .mutability = write_only};
  row.min = kLeastPassword;
  row.max = kMaxPassword;
  return row;
}
/// Never changes while the station runs; an empty value comes from the configuration.
constexpr Row fixed(Var var, std::string_view component, std::string_view name, v201::DataEnum type,
                    std::string_view value = {}) {
  Row row{.var = var, .component = component, .name = name, .type = type, .value = value, .constant = true};
  if (type == member_list || type == sequence_list) row.values = value;
  return row;
}
/// Read-only, and different at every look.
constexpr Row live(Var var, std::string_view component, std::string_view name, v201::DataEnum type,
                   std::string_view values = {}, std::string_view unit = {}) {
  return {.var = var, .component = component, .name = name, .type = type, .unit = unit, .values = values};
}
constexpr Row instance(std::string_view name, Row row) {
  row.instance = name;
  return row;
}
constexpr Row summary(Row row) {
  row.summary = true;
  return row;
}
constexpr Row evse(Row row) {
  row.place = Place::evse;
  return row;
}
constexpr Row connector(Row row) {
  row.place = Place::connector;
  return row;
}
/// A state of the hardware: true or false.
constexpr Row sensed(Var var, std::string_view component, std::string_view name) {
  return evse(live(var, component, name, boolean));
}
/// Set by something else than SetVariables.
constexpr Row told(Row row) {
  row.mutability = read_only;
  return row;
}
/// A list whose order counts and that is looked at when the station starts.
constexpr Row priority(Row row) {
  row.type = sequence_list;
  row.needs_reboot = true;
  return row;
}

constexpr std::array<Row, kVariables> kTable{{
    number(Var::heartbeat_interval, kComm, "HeartbeatInterval", "s", 1, kDay),
    instance("Default", told(number(Var::message_timeout, kComm, "MessageTimeout", "s", 1, 600))),
    instance(kEvent, number(Var::message_attempts, kComm, "MessageAttempts", {}, 1, 100)),
    instance(kEvent, number(Var::message_attempt_interval, kComm, "MessageAttemptInterval", "s", 0, kDay)),
    number(Var::offline_threshold, kComm, "OfflineThreshold", "s", 0, kDay),
    number(Var::websocket_ping, kComm, "WebSocketPingInterval", "s", 0, kDay),
    number(Var::backoff_wait, kComm, "RetryBackOffWaitMinimum", "s", 1, kDay),
    number(Var::backoff_range, kComm, "RetryBackOffRandomRange", "s", 0, kDay),
    number(Var::backoff_repeat, kComm, "RetryBackOffRepeatTimes", {}, 0, 16),
    priority(choice(Var::network_priority, kComm, "NetworkConfigurationPriority", "1,2,3")),
    number(Var::network_attempts, kComm, "NetworkProfileConnectionAttempts", {}, 1, 100),
    live(Var::active_network, kComm, "ActiveNetworkProfile", string),
    fixed(Var::file_transfer, kComm, "FileTransferProtocols", member_list, "HTTP,HTTPS"),
    fixed(Var::queue_all, kComm, "QueueAllMessages", boolean, "false"),
    fixed(Var::reset_retries, kComm, "ResetRetries", integer, "0"),
    flag(Var::unlock_on_disconnect, kComm, "UnlockOnEVSideDisconnect"),
    one_of(choice(Var::public_key_with_value, kComm, "PublicKeyWithSignedMeterValue",
                  "Never,OncePerTransaction,EveryMeterValue")),
    flag(Var::auth_enabled, kAuth, "Enabled"),
    fixed(Var::additional_info_items, kAuth, "AdditionalInfoItemsPerMessage", integer, "4"),
    flag(Var::authorize_remote_start, kAuth, "AuthorizeRemoteStart"),
    flag(Var::disable_remote_authorization, kAuth, "DisableRemoteAuthorization"),
    text_up_to(36, Var::master_pass_group, kAuth, "MasterPassGroupId"),
    flag(Var::local_authorize_offline, kAuth, "LocalAuthorizeOffline"),
    flag(Var::local_pre_authorize, kAuth, "LocalPreAuthorize"),
    flag(Var::offline_unknown_id, kAuth, "OfflineTxForUnknownIdEnabled"),
    fixed(Var::cache_available, kCache, "Available", boolean, "true"),
    flag(Var::cache_enabled, kCache, "Enabled"),
    number(Var::cache_lifetime, kCache, "LifeTime", "s", 0, kYear),
    flag(Var::cache_disable_post_authorize, kCache, "DisablePostAuthorize"),
    fixed(Var::list_available, kList, "Available", boolean, "true"),
    flag(Var::list_enabled, kList, "Enabled"),
    up_to(session::kLocalListEntries, live(Var::list_entries, kList, "Entries", integer)),
    fixed(Var::list_items, kList, "ItemsPerMessage", integer, "16"),
    fixed(Var::list_bytes, kList, "BytesPerMessage", integer, "65536"),
    flag(Var::list_disable_post_authorize, kList, "DisablePostAuthorize"),
    fixed(Var::list_supports_expiry, kList, "SupportsExpiryDateTime", boolean, "true"),
    number(Var::ev_connection_timeout, kTx, "EVConnectionTimeOut", "s", 0, kDay),
    flag(Var::stop_on_ev_disconnect, kTx, "StopTxOnEVSideDisconnect"),
    flag(Var::stop_on_invalid_id, kTx, "StopTxOnInvalidId"),
    number(Var::max_energy_on_invalid_id, kTx, "MaxEnergyOnInvalidId", "Wh", 0, kMostEnergyWh),
    flag(Var::tx_before_accepted, kTx, "TxBeforeAcceptedEnabled"),
    one_at_least(choice(Var::tx_start_point, kTx, "TxStartPoint", kPoints)),
    choice(Var::tx_stop_point, kTx, "TxStopPoint", kPoints),
    fixed(Var::reservation_available, kReservation, "Available", boolean, "true"),
    flag(Var::reservation_enabled, kReservation, "Enabled"),
    flag(Var::reservation_any_evse, kReservation, "NonEvseSpecific"),
    summary(fixed(Var::sampled_available, kSampled, "Available", boolean, "true")),
    summary(fixed(Var::sampled_enabled, kSampled, "Enabled", boolean, "true")),
    fixed(Var::sampled_sign, kSampled, "SignReadings", boolean),
    fixed(Var::sampled_without_phases, kSampled, "RegisterValuesWithoutPhases", boolean, "true"),
    choice(Var::tx_started_measurands, kSampled, "TxStartedMeasurands", kMeasurands),
    number(Var::tx_updated_interval, kSampled, "TxUpdatedInterval", "s", 0, kDay),
    choice(Var::tx_updated_measurands, kSampled, "TxUpdatedMeasurands", kMeasurands),
    number(Var::tx_ended_interval, kSampled, "TxEndedInterval", "s", 0, kDay),
    choice(Var::tx_ended_measurands, kSampled, "TxEndedMeasurands", kMeasurands),
    summary(fixed(Var::aligned_available, kAligned, "Available", boolean, "true")),
    summary(fixed(Var::aligned_enabled, kAligned, "Enabled", boolean, "true")),
    fixed(Var::aligned_sign, kAligned, "SignReadings", boolean, "false"),
    number(Var::aligned_interval, kAligned, "Interval", "s", 0, kDay),
    choice(Var::aligned_measurands, kAligned, "Measurands", kMeasurands),
    flag(Var::aligned_during_idle, kAligned, "SendDuringIdle"),
    number(Var::aligned_ended_interval, kAligned, "TxEndedInterval", "s", 0, kDay),
    choice(Var::aligned_ended_measurands, kAligned, "TxEndedMeasurands", kMeasurands),
    password(Var::basic_auth_password, kSecurity, "BasicAuthPassword"),
    fixed(Var::identity, kSecurity, "Identity", string),
    fixed(Var::organization, kSecurity, "OrganizationName", string),
    live(Var::security_profile, kSecurity, "SecurityProfile", integer),
    up_to(vault::kMaxAnchors, live(Var::certificate_entries, kSecurity, "CertificateEntries", integer)),
    fixed(Var::additional_root_check, kSecurity, "AdditionalRootCertificateCheck", boolean),
    number(Var::signing_wait_minimum, kSecurity, "CertSigningWaitMinimum", "s", 1, kDay),
    number(Var::signing_repeat_times, kSecurity, "CertSigningRepeatTimes", {}, 0, 16),
    fixed(Var::longest_chain, kSecurity, "MaxCertificateChainSize", integer, "10000"),
    fixed(Var::tls_policy, kSecurity, "TlsPolicy", string),
    live(Var::date_time, kClock, "DateTime", date_time),
    fixed(Var::time_source, kClock, "TimeSource", sequence_list, "Heartbeat"),
    fixed(Var::time_offset, kClock, "TimeOffset", string, "+00:00"),
    number(Var::clock_threshold, kClock, "TimeAdjustmentReportingThreshold", "s", 1, kDay),
    instance("GetVariables", fixed(Var::items_get_variables, kData, "ItemsPerMessage", integer, "16")),
    instance("SetVariables", fixed(Var::items_set_variables, kData, "ItemsPerMessage", integer, "16")),
    instance("GetReport", fixed(Var::items_get_report, kData, "ItemsPerMessage", integer, "16")),
    instance("GetVariables", fixed(Var::bytes_get_variables, kData, "BytesPerMessage", integer, "65536")),
    instance("SetVariables", fixed(Var::bytes_set_variables, kData, "BytesPerMessage", integer, "65536")),
    instance("GetReport", fixed(Var::bytes_get_report, kData, "BytesPerMessage", integer, "65536")),
    fixed(Var::value_size, kData, "ValueSize", integer, "200"),
    fixed(Var::configuration_value_size, kData, "ConfigurationValueSize", integer, "200"),
    fixed(Var::reporting_value_size, kData, "ReportingValueSize", integer, "1000"),
    fixed(Var::monitoring_available, kMonitoring, "Available", boolean, "true"),
    fixed(Var::monitoring_enabled, kMonitoring, "Enabled", boolean, "true"),
    instance("SetVariableMonitoring", fixed(Var::items_set_monitoring, kMonitoring, "ItemsPerMessage", integer, "16")),
    instance("ClearVariableMonitoring",
             fixed(Var::items_clear_monitoring, kMonitoring, "ItemsPerMessage", integer, "16")),
    instance("SetVariableMonitoring",
             fixed(Var::bytes_set_monitoring, kMonitoring, "BytesPerMessage", integer, "65536")),
    instance("ClearVariableMonitoring",
             fixed(Var::bytes_clear_monitoring, kMonitoring, "BytesPerMessage", integer, "65536")),
    number(Var::monitoring_queue_severity, kMonitoring, "OfflineQueuingSeverity", {}, 0, 9),
    live(Var::monitoring_base, kMonitoring, "MonitoringBase", option_list, kBases),
    live(Var::monitoring_level, kMonitoring, "MonitoringLevel", integer),
    live(Var::active_monitoring_base, kMonitoring, "ActiveMonitoringBase", option_list, kBases),
    live(Var::active_monitoring_level, kMonitoring, "ActiveMonitoringLevel", integer),
    summary(fixed(Var::station_available, kStation, "Available", boolean, "true")),
    fixed(Var::station_enabled, kStation, "Enabled", boolean, "true"),
    summary(live(Var::station_availability, kStation, "AvailabilityState", option_list, kStates)),
    summary(live(Var::station_problem, kStation, "Problem", boolean)),
    fixed(Var::station_model, kStation, "Model", string),
    fixed(Var::station_vendor, kStation, "VendorName", string),
    fixed(Var::station_serial, kStation, "SerialNumber", string),
    fixed(Var::station_firmware, kStation, "FirmwareVersion", string),
    fixed(Var::station_phases, kStation, "SupplyPhases", integer),
    evse(summary(fixed(Var::evse_available, kEvse, "Available", boolean, "true"))),
    evse(fixed(Var::evse_enabled, kEvse, "Enabled", boolean, "true")),
    evse(summary(live(Var::evse_availability, kEvse, "AvailabilityState", option_list, kStates))),
    evse(summary(live(Var::evse_problem, kEvse, "Problem", boolean))),
    evse(live(Var::evse_power, kEvse, "Power", decimal, {}, "W")),
    evse(fixed(Var::evse_phases, kEvse, "SupplyPhases", integer)),
    evse(fixed(Var::evse_reset, kEvse, "AllowReset", boolean, "false")),
    evse(fixed(Var::pilot_available, "CPPWMController", "Available", boolean, "true")),
    evse(live(Var::pilot_state, "CPPWMController", "State", string)),
    sensed(Var::contactor_active, "PowerContactor", "Active"),
    sensed(Var::contactor_problem, "PowerContactor", "Problem"),
    sensed(Var::rcd_tripped, "RCD", "Tripped"),
    sensed(Var::rcd_problem, "RCD", "Problem"),
    evse(live(Var::temperature, "TemperatureSensor", "Temperature", decimal, {}, "Celsius")),
    sensed(Var::temperature_problem, "TemperatureSensor", "Problem"),
    sensed(Var::emergency_stop_tripped, "EmergencyStopSensor", "Tripped"),
    evse(live(Var::meter_import, "FiscalMetering", "EnergyImportRegister", decimal, {}, "Wh")),
    evse(live(Var::meter_public_key, "FiscalMetering", "PublicKey", string)),
    sensed(Var::vehicle_available, "ConnectedEV", "Available"),
    connector(summary(fixed(Var::connector_available, kConnector, "Available", boolean, "true"))),
    connector(fixed(Var::connector_enabled, kConnector, "Enabled", boolean, "true")),
    connector(summary(live(Var::connector_availability, kConnector, "AvailabilityState", option_list, kStates))),
    connector(fixed(Var::connector_type, kConnector, "ConnectorType", string)),
    connector(fixed(Var::connector_protocol, kConnector, "ChargeProtocol", string, "CPPWM")),
    connector(fixed(Var::connector_phases, kConnector, "SupplyPhases", integer)),
    connector(live(Var::lock_active, "ConnectorPlugRetentionLock", "Active", boolean)),
    connector(live(Var::lock_problem, "ConnectorPlugRetentionLock", "Problem", boolean)),
}};

consteval bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].var != static_cast<Var>(i)) return false;
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

bool same_component(const Spot& spot, const v201::Component& component) {
  const auto evse = component.evse ? component.evse->id : 0;
  const auto connector = component.evse ? component.evse->connector_id.value_or(0) : 0;
  return http::same_ignoring_case(spot.row->component, component.name.view()) && or_empty(component.instance).empty() &&
         evse == spot.evse && connector == spot.connector;
}

bool same_variable(const Row& row, const v201::Variable& variable) {
  return http::same_ignoring_case(row.name, variable.name.view()) &&
         http::same_ignoring_case(row.instance, or_empty(variable.instance));
}

v201::Component component_of(const Spot& spot) {
  v201::Component component{.name = spot.row->component};
  if (spot.evse == 0) return component;
  component.evse.emplace().id = spot.evse;
  if (spot.connector != 0) component.evse->connector_id = spot.connector;
  return component;
}

v201::Variable variable_of(const Row& row) {
  v201::Variable variable{.name = row.name};
  if (!row.instance.empty()) variable.instance = row.instance;
  return variable;
}

/// A place or instance that the request leaves open stands for every one.
//= OCPP-2.0.1 B08.FR.20
//= OCPP-2.0.1 B08.FR.21
//= OCPP-2.0.1 B08.FR.22
//= OCPP-2.0.1 B08.FR.23
//= OCPP-2.0.1 N02.FR.16
//= OCPP-2.0.1 N02.FR.17
//= OCPP-2.0.1 N02.FR.18
//= OCPP-2.0.1 N02.FR.19
bool covers(const v201::ComponentVariable& asked, const Spot& spot) {
  auto component = asked.component;
  if (!component.evse && spot.evse != 0) component.evse.emplace().id = spot.evse;
  if (component.evse && !component.evse->connector_id && spot.connector != 0)
    component.evse->connector_id = spot.connector;
  if (!same_component(spot, component)) return false;
  if (!asked.variable) return true;
  auto variable = *asked.variable;
  if (!variable.instance && !spot.row->instance.empty()) variable.instance = spot.row->instance;
  return same_variable(*spot.row, variable);
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
    case member_list:
      if (value.empty() && row.min > 0) return "InvalidValue";
      return refuse_list(row, value);
    default: {
      const auto size = static_cast<std::int64_t>(value.size());
      if (size < row.min || size > row.max) return "InvalidValue";
      return std::nullopt;
    }
  }
}

}  // namespace bulwatt::ocpp
