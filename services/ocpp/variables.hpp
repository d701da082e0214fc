// The device model as data: every component and variable this station really has, in one table. A row stands for the
// station, for every EVSE or for every connector; the model makes one spot of it for each.
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
  public_key_with_value,
  auth_enabled,
  additional_info_items,
  authorize_remote_start,
  disable_remote_authorization,
  master_pass_group,
  local_authorize_offline,
  local_pre_authorize,
  offline_unknown_id,
  cache_available,
  cache_enabled,
  cache_lifetime,
  cache_disable_post_authorize,
  list_available,
  list_enabled,
  list_entries,
  list_items,
  list_bytes,
  list_disable_post_authorize,
  list_supports_expiry,
  ev_connection_timeout,
  stop_on_ev_disconnect,
  stop_on_invalid_id,
  max_energy_on_invalid_id,
  tx_before_accepted,
  tx_start_point,
  tx_stop_point,
  reservation_available,
  reservation_enabled,
  reservation_any_evse,
  sampled_available,
  sampled_enabled,
  sampled_sign,
  sampled_without_phases,
  tx_started_measurands,
  tx_updated_interval,
  tx_updated_measurands,
  tx_ended_interval,
  tx_ended_measurands,
  aligned_available,
  aligned_enabled,
  aligned_sign,
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
  signing_wait_minimum,
  signing_repeat_times,
  longest_chain,
  tls_policy,
  date_time,
  time_source,
  time_offset,
  clock_threshold,
  items_get_variables,
  items_set_variables,
  items_get_report,
  bytes_get_variables,
  bytes_set_variables,
  bytes_get_report,
  value_size,
  configuration_value_size,
  reporting_value_size,
  monitoring_available,
  monitoring_enabled,
  items_set_monitoring,
  items_clear_monitoring,
  bytes_set_monitoring,
  bytes_clear_monitoring,
  monitoring_queue_severity,
  monitoring_base,
  monitoring_level,
  active_monitoring_base,
  active_monitoring_level,
  station_available,
  station_enabled,
  station_availability,
  station_problem,
  station_model,
  station_vendor,
  station_serial,
  station_firmware,
  station_phases,
  evse_available,
  evse_enabled,
  evse_availability,
  evse_problem,
  evse_power,
  evse_phases,
  evse_reset,
  pilot_available,
  pilot_state,
  contactor_active,
  contactor_problem,
  rcd_tripped,
  rcd_problem,
  temperature,
  temperature_problem,
  emergency_stop_tripped,
  meter_import,
  meter_public_key,
  vehicle_available,
  connector_available,
  connector_enabled,
  connector_availability,
  connector_type,
  connector_protocol,
  connector_phases,
  lock_active,
  lock_problem,
};
inline constexpr std::size_t kVariables = static_cast<std::size_t>(Var::lock_problem) + 1;

inline constexpr std::size_t kMaxEvses = 8;
/// How many connectors each EVSE has; EVSEs and connectors count from 1.
struct Topology {
  List<std::uint8_t, kMaxEvses> connectors{};

  std::uint8_t evses() const { return static_cast<std::uint8_t>(connectors.size); }
  bool has(std::int32_t evse) const { return evse >= 1 && evse <= evses(); }
  bool has(std::int32_t evse, std::int32_t connector) const {
    return has(evse) && connector >= 1 && connector <= connectors[static_cast<std::size_t>(evse) - 1];
  }
  static constexpr auto fields() {
    return list(field<&Topology::connectors>(
        "connectors", {.at_least = 1, .doc = "how many connectors the first, the second, … EVSE has"}));
  }
};

/// What a row stands for.
enum class Place : std::uint8_t { station, evse, connector };

struct Row {
  Var var{};
  std::string_view component;
  std::string_view name;
  std::string_view instance{};
  Place place = Place::station;
  v201::DataEnum type = v201::DataEnum::string;
  v201::MutabilityEnum mutability = v201::MutabilityEnum::read_only;
  std::string_view unit{};
  std::int64_t min = INT64_MIN;  ///< of an integer; of a string: characters; of a list: items
  std::int64_t max = INT64_MAX;
  std::string_view values{};  ///< allowed ones of a list type, comma separated
  std::string_view value{};   ///< initial or constant one; empty where the configuration says it
  bool constant = false;      ///< never changes while the station runs
  bool needs_reboot = false;
  bool summary = false;  ///< in the summary inventory
};

/// One variable at one place.
struct Spot {
  const Row* row = nullptr;
  std::uint8_t evse = 0;       ///< 0: of the station
  std::uint8_t connector = 0;  ///< 0: of the EVSE
};

std::span<const Row> variable_table();
inline const Row& row_of(Var var) { return variable_table()[static_cast<std::size_t>(var)]; }

/// Names are compared without case, as OCPP says. A spot is found only by its exact place and instances.
bool same_component(const Spot& spot, const v201::Component& component);
bool same_variable(const Row& row, const v201::Variable& variable);
v201::Component component_of(const Spot& spot);
v201::Variable variable_of(const Row& row);
/// Whether a request that may leave place and instances open means this spot.
bool covers(const v201::ComponentVariable& asked, const Spot& spot);

/// Whether monitors may be set on the variable, and those that compare numbers.
//= OCPP-2.0.1 N04.FR.05
inline bool can_be_monitored(const Row& row) { return !row.constant && row.type != v201::DataEnum::date_time; }
inline bool is_numeric(const Row& row) {
  return row.type == v201::DataEnum::integer || row.type == v201::DataEnum::decimal;
}

/// Why a value is refused; nothing when it is good. The text is a reason code of OCPP.
std::optional<std::string_view> refuse_value(const Row& row, std::string_view value);

/// The value of a whole decimal number and nothing else.
std::optional<std::int64_t> integer_of(std::string_view text);
/// Whether a comma-separated list has the item.
bool has_item(std::string_view list, std::string_view item);

}  // namespace bulwatt::ocpp
