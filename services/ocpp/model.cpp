#include "services/ocpp/model.hpp"

#include <cstdio>

#include "libs/base/line.hpp"
#include "libs/http/head.hpp"
#include "services/ocpp/sensed.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::GetVariableStatusEnum;
using v201::MutabilityEnum;
using v201::SetVariableStatusEnum;

Text<kMaxValue> number_text(std::int64_t value) { return Line<24>{value}.view(); }
Text<kMaxValue> flag_text(bool value) { return value ? "true" : "false"; }

Text<kMaxValue> points_text(const session::TxPoints& points) {
  Line<kMaxValue> out{};
  for (const auto point : points) out.add(out.view().empty() ? "" : ",", enum_text(point));
  return out.view();
}

session::TxPoints points_of(std::string_view list) {
  session::TxPoints out{};
  http::any_list_item(list, [&](std::string_view item) {
    if (const auto point = enum_from_text<session::TxPoint>(item); point && !contains(out, *point))
      static_cast<void>(out.push_back(*point));
    return false;
  });
  return out;
}

v201::StatusInfo why(std::string_view reason) { return {.reason_code = reason}; }

bool for_session(Var var) {
  switch (var) {
    case Var::unlock_on_disconnect:
    case Var::auth_enabled:
    case Var::authorize_remote_start:
    case Var::disable_remote_authorization:
    case Var::master_pass_group:
    case Var::local_authorize_offline:
    case Var::local_pre_authorize:
    case Var::offline_unknown_id:
    case Var::cache_enabled:
    case Var::cache_lifetime:
    case Var::cache_disable_post_authorize:
    case Var::list_enabled:
    case Var::list_disable_post_authorize:
    case Var::ev_connection_timeout:
    case Var::stop_on_ev_disconnect:
    case Var::stop_on_invalid_id:
    case Var::max_energy_on_invalid_id:
    case Var::tx_before_accepted:
    case Var::tx_start_point:
    case Var::tx_stop_point:
    case Var::reservation_enabled:
    case Var::reservation_any_evse:
    case Var::tx_updated_interval:
    case Var::tx_ended_interval:
    case Var::aligned_interval:
    case Var::aligned_ended_interval:
    case Var::aligned_during_idle: return true;
    default: return false;
  }
}

/// One word for the whole station: what a driver may hope for.
std::string_view availability_of(std::span<const session::Snapshot> snapshots) {
  using enum session::ConnectorStatus;
  for (const auto status : {available, occupied, reserved, unavailable, faulted}) {
    if (std::ranges::find(snapshots, status, &session::Snapshot::connector) != snapshots.end())
      return enum_text(status);
  }
  return {};
}

}  // namespace

Text<kMaxVariableKey> key_of(const Spot& spot) {
  const auto& row = *spot.row;
  Line<kMaxVariableKey> key{row.component, '.', row.name};
  if (!row.instance.empty()) key.add('(', row.instance, ')');
  if (spot.evse != 0) key.add('@', spot.evse);
  if (spot.connector != 0) key.add('.', spot.connector);
  return key.view();
}

Text<32> time_text(Timestamp time) {
  using namespace std::chrono;
  const sys_time<milliseconds> moment{milliseconds{time.unix_ms}};
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const auto ms = (moment - day).count();
  std::array<char, 40> text{};
  const int n = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(ms / 3'600'000),
      static_cast<int>(ms / 60'000 % 60), static_cast<int>(ms / 1000 % 60), static_cast<int>(ms % 1000));
  return std::string_view{text.data(), static_cast<std::size_t>(n)};
}

Model::Model(const Config& config, Store& store, const Network& network)
    : config_(config), store_(store), network_(network) {
  lay_out();
  for (const auto& spot : spots_) values_.push_back(initial(*spot.row));
  // What the backend set is kept over restarts, as long as it still is a good value.
  for (const auto& stored : store.variables()) {
    for (std::size_t i = 0; i < spots_.size(); ++i) {
      if (spots_[i].row->mutability == MutabilityEnum::read_write && key_of(spots_[i]) == stored.key &&
          !refuse_value(*spots_[i].row, stored.value.view())) {
        values_[i] = stored.value;
      }
    }
  }
}

/// Each row at each of its places, the rows in the order of the table.
void Model::lay_out() {
  for (const auto& row : variable_table()) {
    first_[static_cast<std::size_t>(row.var)] = static_cast<std::uint16_t>(spots_.size());
    if (row.place == Place::station) {
      spots_.push_back({&row});
      continue;
    }
    for (std::uint8_t evse = 1; evse <= topology().evses(); ++evse) {
      if (row.place == Place::evse) spots_.push_back({&row, evse});
      for (std::uint8_t connector = 1; row.place == Place::connector && topology().has(evse, connector); ++connector)
        spots_.push_back({&row, evse, connector});
    }
  }
}

Text<kMaxValue> Model::initial(const Row& row) const {
  const auto& s = config_.settings;
  switch (row.var) {
    case Var::heartbeat_interval: return number_text(config_.heartbeat_s);
    case Var::message_timeout: return number_text(config_.message_timeout_s);
    case Var::message_attempts: return number_text(config_.message_attempts);
    case Var::message_attempt_interval: return number_text(config_.message_attempt_interval_s);
    case Var::offline_threshold: return number_text(config_.offline_threshold_s);
    case Var::websocket_ping: return number_text(config_.websocket_ping_s);
    case Var::backoff_wait: return number_text(config_.retry.wait_minimum_s);
    case Var::backoff_range: return number_text(config_.retry.random_range_s);
    case Var::network_priority: return "1";
    case Var::network_attempts: return "3";
    case Var::backoff_repeat: return number_text(config_.retry.repeat_times);
    case Var::unlock_on_disconnect: return flag_text(s.unlock_on_ev_side_disconnect);
    case Var::auth_enabled: return flag_text(s.authorization);
    case Var::authorize_remote_start: return flag_text(s.authorize_remote_start);
    case Var::disable_remote_authorization: return flag_text(s.disable_remote_authorization);
    case Var::master_pass_group: return s.master_pass_group.view();
    case Var::local_pre_authorize: return flag_text(s.local_pre_authorize);
    case Var::cache_enabled: return flag_text(s.cache);
    case Var::cache_lifetime: return number_text(s.cache_lifetime_s);
    case Var::cache_disable_post_authorize: return flag_text(s.cache_disable_post_authorize);
    case Var::list_enabled: return flag_text(s.local_list);
    case Var::list_disable_post_authorize: return flag_text(s.list_disable_post_authorize);
    case Var::max_energy_on_invalid_id: return number_text(s.max_energy_on_invalid_id_wh.value_or(0));
    case Var::tx_before_accepted: return flag_text(s.tx_before_accepted);
    case Var::tx_start_point: return points_text(s.tx_start);
    case Var::tx_stop_point: return points_text(s.tx_stop);
    case Var::reservation_enabled: return flag_text(s.reservation);
    case Var::reservation_any_evse: return flag_text(s.reservation_any_evse);
    case Var::tx_ended_interval: return number_text(s.ended_interval_s);
    case Var::aligned_ended_interval: return number_text(s.aligned_ended_interval_s);
    case Var::list_entries:
    case Var::certificate_entries: return "0";
    case Var::signing_wait_minimum: return "60";
    case Var::signing_repeat_times: return "3";
    case Var::public_key_with_value: return "OncePerTransaction";
    case Var::sampled_sign: return flag_text(config_.sign_readings);
    case Var::additional_root_check: return flag_text(config_.additional_root_check);
    case Var::local_authorize_offline: return flag_text(s.local_authorize_offline);
    case Var::offline_unknown_id: return flag_text(s.offline_tx_for_unknown_id);
    case Var::ev_connection_timeout: return number_text(s.ev_connection_timeout_s);
    case Var::stop_on_ev_disconnect: return flag_text(s.stop_tx_on_ev_side_disconnect);
    case Var::stop_on_invalid_id: return flag_text(s.stop_tx_on_invalid_id);
    case Var::tx_updated_interval: return number_text(s.sample_interval_s);
    case Var::aligned_during_idle: return flag_text(false);
    case Var::aligned_interval: return number_text(config_.aligned_interval_s);
    case Var::identity: return config_.identity.view();
    case Var::organization: return config_.organization.view();
    case Var::tls_policy: return enum_text(config_.tls_policy);
    case Var::monitoring_queue_severity: return "4";
    case Var::clock_threshold: return number_text(config_.clock_threshold_s);
    case Var::station_model: return config_.hardware.model.view();
    case Var::station_vendor: return config_.hardware.vendor.view();
    case Var::station_serial:
      return config_.hardware.serial.empty() ? config_.identity.view() : config_.hardware.serial.view();
    case Var::station_firmware: return config_.hardware.firmware_version.view();
    case Var::station_phases:
    case Var::evse_phases:
    case Var::connector_phases: return number_text(config_.hardware.phases);
    case Var::connector_type: return config_.hardware.connector_type.view();
    default: return row.value;
  }
}

Text<kMaxValue> Model::raw(const Spot& spot, const Text<kMaxValue>& stored, const Live& live) const {
  const auto& monitoring = store_.monitoring();
  switch (spot.row->var) {
    case Var::date_time: return time_text(live.time).view();
    case Var::station_availability: return availability_of(live.snapshots);
    case Var::station_problem:
      return live.snapshots.empty() ? Text<kMaxValue>{} : flag_text(std::ranges::any_of(live.snapshots, has_problem));
    case Var::security_profile: return number_text(network_.security_profile());
    case Var::active_network: return number_text(network_.current().slot);
    case Var::basic_auth_password: return number_text(passwords_);
    case Var::monitoring_base:
    case Var::active_monitoring_base: return enum_text(monitoring.base);
    case Var::monitoring_level:
    case Var::active_monitoring_level: return number_text(monitoring.level);
    default: break;
  }
  if (spot.evse == 0 || spot.row->constant) return stored;
  const auto* snapshot = live.of(spot.evse);
  const auto sensed = snapshot == nullptr ? std::nullopt : sensed_value(spot.row->var, *snapshot, spot.connector);
  return sensed ? Text<kMaxValue>{sensed->view()} : stored;
}

Text<kMaxValue> Model::value(std::uint16_t spot, const Live& live) const {
  //= OCPP-2.0.1 B08.FR.03
  if (spots_[spot].row->mutability == MutabilityEnum::write_only) return {};
  return raw(spots_[spot], values_[spot], live);
}

Model::Found Model::find(const v201::Component& component, const v201::Variable& variable) const {
  Found found{};
  for (std::size_t i = 0; i < spots_.size(); ++i) {
    if (!same_component(spots_[i], component)) continue;
    found.component = true;
    if (!same_variable(*spots_[i].row, variable)) continue;
    found.spot = static_cast<std::uint16_t>(i);
    return found;
  }
  return found;
}

//= OCPP-2.0.1 B08.FR.07
//= OCPP-2.0.1 B08.FR.08
//= OCPP-2.0.1 B08.FR.09
//= OCPP-2.0.1 B08.FR.10
bool Model::meets(v201::ComponentCriterionEnum criterion, std::uint16_t spot, const Live& live) const {
  const auto& of = spots_[spot];
  const auto wanted = find(component_of(of), {.name = enum_text(criterion)});
  if (!wanted.spot) return criterion != v201::ComponentCriterionEnum::problem;
  return value(*wanted.spot, live).view() == "true";
}

void Model::set_everywhere(Var var, std::string_view value) {
  for (std::size_t i = 0; i < spots_.size(); ++i) {
    if (spots_[i].row->var == var) values_[i] = value;
  }
}

void Model::keep(Var var, std::string_view value) {
  set(var, value);
  store_.set_variable(key_of(spots_[first_[static_cast<std::size_t>(var)]]).view(), value);
}

session::Settings Model::settings() const {
  auto out = config_.settings;
  out.ev_connection_timeout_s = static_cast<std::uint32_t>(number(Var::ev_connection_timeout));
  out.sample_interval_s = static_cast<std::uint32_t>(number(Var::tx_updated_interval));
  out.stop_tx_on_invalid_id = flag(Var::stop_on_invalid_id);
  out.stop_tx_on_ev_side_disconnect = flag(Var::stop_on_ev_disconnect);
  out.offline_tx_for_unknown_id = flag(Var::offline_unknown_id);
  out.authorize_remote_start = flag(Var::authorize_remote_start);
  out.local_authorize_offline = flag(Var::local_authorize_offline);
  out.unlock_on_ev_side_disconnect = flag(Var::unlock_on_disconnect);
  out.authorization = flag(Var::auth_enabled);
  out.disable_remote_authorization = flag(Var::disable_remote_authorization);
  out.master_pass_group = text(Var::master_pass_group);
  out.local_pre_authorize = flag(Var::local_pre_authorize);
  out.cache = flag(Var::cache_enabled);
  out.cache_lifetime_s = static_cast<std::uint32_t>(number(Var::cache_lifetime));
  out.cache_disable_post_authorize = flag(Var::cache_disable_post_authorize);
  out.local_list = flag(Var::list_enabled);
  out.list_disable_post_authorize = flag(Var::list_disable_post_authorize);
  const auto energy = static_cast<std::uint32_t>(number(Var::max_energy_on_invalid_id));
  out.max_energy_on_invalid_id_wh = energy == 0 ? std::nullopt : std::optional{energy};
  out.tx_before_accepted = flag(Var::tx_before_accepted);
  out.tx_start = points_of(text(Var::tx_start_point));
  out.tx_stop = points_of(text(Var::tx_stop_point));
  out.reservation = flag(Var::reservation_enabled);
  out.reservation_any_evse = flag(Var::reservation_any_evse);
  out.ended_interval_s = static_cast<std::uint32_t>(number(Var::tx_ended_interval));
  // With SendDuringIdle nothing aligned is told while a transaction runs, in its events neither.
  //= OCPP-2.0.1 J01.FR.19
  const bool idle_only = flag(Var::aligned_during_idle);
  out.aligned_interval_s = idle_only ? 0 : static_cast<std::uint32_t>(number(Var::aligned_interval));
  out.aligned_ended_interval_s = idle_only ? 0 : static_cast<std::uint32_t>(number(Var::aligned_ended_interval));
  return out;
}

//= OCPP-2.0.1 B06.FR.06
//= OCPP-2.0.1 B06.FR.07
//= OCPP-2.0.1 B06.FR.08
//= OCPP-2.0.1 B06.FR.09
//= OCPP-2.0.1 B06.FR.11
//= OCPP-2.0.1 B06.FR.13
void Model::get(const v201::GetVariableData& asked, const Live& live, v201::GetVariableResult& result) const {
  result.component = asked.component;
  result.variable = asked.variable;
  result.attribute_type = asked.attribute_type.value_or(v201::AttributeEnum::actual);
  const auto found = find(asked.component, asked.variable);
  if (!found.spot) {
    result.attribute_status =
        found.component ? GetVariableStatusEnum::unknown_variable : GetVariableStatusEnum::unknown_component;
  } else if (result.attribute_type != v201::AttributeEnum::actual) {
    result.attribute_status = GetVariableStatusEnum::not_supported_attribute_type;
  } else if (spots_[*found.spot].row->mutability == MutabilityEnum::write_only) {
    result.attribute_status = GetVariableStatusEnum::rejected;
    result.attribute_status_info = why("WriteOnly");
  } else {
    result.attribute_status = GetVariableStatusEnum::accepted;
    result.attribute_value = value(*found.spot, live).view();
  }
}

//= OCPP-2.0.1 B05.FR.01
//= OCPP-2.0.1 B05.FR.10
//= OCPP-2.0.1 B05.FR.02
//= OCPP-2.0.1 B05.FR.03
Consequences Model::set(const v201::SetVariablesRequest& asked, const Keys& keys,
                        v201::SetVariablesResponse& response) {
  Consequences consequences{};
  const auto before = values_;
  const auto credential = store_.credential();
  for (const auto& element : asked.set_variable_data) {
    v201::SetVariableResult result{};
    set_one(element, keys, result, consequences);
    static_cast<void>(response.set_variable_result.push_back(result));
  }
  if (store_.commit()) return consequences;
  // Nothing may be told as set that a restart would forget.
  for (std::size_t i = 0; i < spots_.size(); ++i) {
    if (values_[i] != before[i]) store_.set_variable(key_of(spots_[i]).view(), before[i].view());
  }
  values_ = before;
  if (store_.credential() != credential) store_.set_credential(credential);
  for (auto& result : response.set_variable_result) {
    const bool set = result.attribute_status == SetVariableStatusEnum::accepted ||
                     result.attribute_status == SetVariableStatusEnum::reboot_required;
    if (!set) continue;
    result.attribute_status = SetVariableStatusEnum::rejected;
    result.attribute_status_info = why("OutOfStorage");
  }
  return {};
}

//= OCPP-2.0.1 B05.FR.04
//= OCPP-2.0.1 B05.FR.05
//= OCPP-2.0.1 B05.FR.06
//= OCPP-2.0.1 B05.FR.09
//= OCPP-2.0.1 B05.FR.12
void Model::set_one(const v201::SetVariableData& asked, const Keys& keys, v201::SetVariableResult& result,
                    Consequences& consequences) {
  result.component = asked.component;
  result.variable = asked.variable;
  result.attribute_type = asked.attribute_type.value_or(v201::AttributeEnum::actual);
  const auto refuse = [&](std::string_view reason) {
    result.attribute_status = SetVariableStatusEnum::rejected;
    result.attribute_status_info = why(reason);
  };
  const auto found = find(asked.component, asked.variable);
  if (!found.spot) {
    result.attribute_status =
        found.component ? SetVariableStatusEnum::unknown_variable : SetVariableStatusEnum::unknown_component;
    return;
  }
  const auto& row = *spots_[*found.spot].row;
  if (result.attribute_type != v201::AttributeEnum::actual) {
    result.attribute_status = SetVariableStatusEnum::not_supported_attribute_type;
    return;
  }
  if (row.mutability == MutabilityEnum::read_only) return refuse("ReadOnly");
  if (const auto reason = refuse_value(row, asked.attribute_value.view())) return refuse(*reason);
  if (row.var == Var::network_priority) {
    const auto reason = network_.refuse_order(asked.attribute_value.view(), keys);
    if (!reason.empty()) return refuse(reason);
    consequences.security = true;
  }
  result.attribute_status = row.needs_reboot ? SetVariableStatusEnum::reboot_required : SetVariableStatusEnum::accepted;
  if (row.var == Var::basic_auth_password) {
    set_password(asked.attribute_value.view());
    ++passwords_;
    consequences.password = true;
    return;
  }
  auto& value = values_[*found.spot];
  if (value.view() == asked.attribute_value.view()) return;
  value = asked.attribute_value.view();
  store_.set_variable(key_of(spots_[*found.spot]).view(), value.view());
  consequences.settings = consequences.settings || for_session(row.var);
  consequences.clock = true;
}

/// The password so far stays good until a connection was made with the new one.
//= OCPP-2.0.1 A01.FR.01
void Model::set_password(std::string_view password) {
  auto credential = store_.credential();
  if (credential.configured != config_.basic_auth_password || credential.current.empty())
    credential.current = config_.basic_auth_password;
  credential.configured = config_.basic_auth_password;
  credential.next = password;
  store_.set_credential(credential);
}

//= OCPP-2.0.1 B07.FR.03
//= OCPP-2.0.1 B07.FR.11
v201::ReportData Model::report(std::uint16_t spot, const Live& live) const {
  const auto& row = *spots_[spot].row;
  v201::ReportData data{.component = component_of(spots_[spot]), .variable = variable_of(row)};
  v201::VariableAttribute attribute{.type = v201::AttributeEnum::actual,
                                    .mutability = row.mutability,
                                    .persistent = row.constant || row.mutability != MutabilityEnum::read_only,
                                    .constant = row.constant};
  if (row.mutability != MutabilityEnum::write_only) attribute.value = value(spot, live).view();
  static_cast<void>(data.variable_attribute.push_back(attribute));
  auto& facts = data.variable_characteristics.emplace();
  facts.data_type = row.type;
  facts.supports_monitoring = can_be_monitored(row);
  if (!row.unit.empty()) facts.unit = row.unit;
  const auto [least, most] = limits_of(row);
  if (least) facts.min_limit = Decimal::from_whole(*least);
  if (most) facts.max_limit = Decimal::from_whole(*most);
  if (!row.values.empty()) facts.values_list = row.values;
  return data;
}

Model::Limits Model::limits_of(const Row& row) const {
  Limits out{};
  if (row.min != INT64_MIN && row.type == v201::DataEnum::integer) out.least = row.min;
  if (row.max != INT64_MAX) out.most = row.max;
  if (row.var == Var::evse_power) out.most = config_.hardware.max_power_w;
  return out;
}

}  // namespace bulwatt::ocpp
