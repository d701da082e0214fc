// The device model as data: every component and variable this station really has, in one table.
#pragma once
#include "libs/fields/fields.hpp"
#include "protocols/ocpp/v201/device_model.hpp"

namespace bulwatt::ocpp {

/// In the order of the table.
enum class Var : std::uint8_t {
  heartbeat_interval,
  message_timeout,
  message_attempts,
  message_attempt_interval,
  offline_threshold,
  websocket_ping,
  backoff_wait,
  backoff_range,
  backoff_repeat,
  network_priority,
  network_attempts,
  active_network,
  file_transfer,
  queue_all,
  reset_retries,
  unlock_on_disconnect,
  authorize_remote_start,
  local_authorize_offline,
  local_pre_authorize,
  offline_unknown_id,
  ev_connection_timeout,
  stop_on_ev_disconnect,
  stop_on_invalid_id,
  tx_before_accepted,
  tx_start_point,
  tx_stop_point,
  sampled_available,
  sampled_enabled,
  tx_started_measurands,
  tx_updated_interval,
  tx_updated_measurands,
  tx_ended_interval,
  tx_ended_measurands,
  aligned_available,
  aligned_interval,
  aligned_measurands,
  aligned_during_idle,
  aligned_ended_interval,
  aligned_ended_measurands,
  basic_auth_password,
  identity,
  organization,
  security_profile,
  certificate_entries,
  additional_root_check,
  date_time,
  time_source,
  clock_threshold,
  items_get_variables,
  items_set_variables,
  items_get_report,
  bytes_get_variables,
  bytes_set_variables,
  bytes_get_report,
  value_size,
  station_available,
  station_availability,
  station_model,
  station_vendor,
  station_phases,
  evse_available,
  evse_availability,
  evse_power,
  evse_phases,
  evse_reset,
  connector_available,
  connector_availability,
  connector_type,
  connector_phases,
};
inline constexpr std::size_t kVariables = static_cast<std::size_t>(Var::connector_phases) + 1;

struct Row {
  Var var{};
  std::string_view component;
  std::string_view name;
  std::string_view instance{};
  std::uint8_t evse = 0;       ///< 0: of the station
  std::uint8_t connector = 0;  ///< 0: of the EVSE
  v201::DataEnum type = v201::DataEnum::string;
  v201::MutabilityEnum mutability = v201::MutabilityEnum::read_only;
  std::string_view unit{};
  std::int64_t min = INT64_MIN;  ///< of an integer; of a string: characters
  std::int64_t max = INT64_MAX;
  std::string_view values{};  ///< allowed ones of a list type, comma separated
  std::string_view value{};   ///< initial or constant one; empty where the configuration says it
  bool constant = false;      ///< never changes while the station runs
  bool needs_reboot = false;
  bool summary = false;  ///< in the summary inventory
};

std::span<const Row> variable_table();
inline const Row& row_of(Var var) { return variable_table()[static_cast<std::size_t>(var)]; }

/// Names are compared without case, as OCPP says. A row is found only by its exact place and instances.
bool same_component(const Row& row, const v201::Component& component);
bool same_variable(const Row& row, const v201::Variable& variable);
v201::Component component_of(const Row& row);
v201::Variable variable_of(const Row& row);

/// Why a value is refused; nothing when it is good. The text is a reason code of OCPP.
std::optional<std::string_view> refuse_value(const Row& row, std::string_view value);

/// The value of a whole decimal number and nothing else.
std::optional<std::int64_t> integer_of(std::string_view text);
/// Whether a comma-separated list has the item.
bool has_item(std::string_view list, std::string_view item);

}  // namespace bulwatt::ocpp
