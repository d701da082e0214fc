// OCPP 2.0.1 block N. Diagnostics: monitors on variables.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class MonitoringBaseEnum : std::uint8_t { all, factory_default, hard_wired_only };
constexpr auto enum_names(MonitoringBaseEnum) { return names("All", "FactoryDefault", "HardWiredOnly"); }

struct SetMonitoringBaseResponse {
  GenericDeviceModelStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = SetMonitoringBaseResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: chooses the base set of monitors.
struct SetMonitoringBaseRequest {
  static constexpr std::string_view kAction = "SetMonitoringBase";
  using Response = SetMonitoringBaseResponse;

  MonitoringBaseEnum monitoring_base{};
  static constexpr auto fields() {
    using M = SetMonitoringBaseRequest;
    return list(field<&M::monitoring_base>("monitoringBase"));
  }
};

struct SetMonitoringLevelResponse {
  GenericStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = SetMonitoringLevelResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: chooses the least important severity that is reported.
struct SetMonitoringLevelRequest {
  static constexpr std::string_view kAction = "SetMonitoringLevel";
  using Response = SetMonitoringLevelResponse;

  std::int32_t severity{};
  static constexpr auto fields() {
    using M = SetMonitoringLevelRequest;
    return list(field<&M::severity>("severity"));
  }
};

enum class MonitorEnum : std::uint8_t { upper_threshold, lower_threshold, delta, periodic, periodic_clock_aligned };
constexpr auto enum_names(MonitorEnum) {
  return names("UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned");
}

struct SetMonitoringData {
  Decimal value{};
  MonitorEnum type{};
  std::int32_t severity{};
  Component component{};
  Variable variable{};
  std::optional<std::int32_t> id{};
  std::optional<bool> transaction{};
  static constexpr auto fields() {
    using M = SetMonitoringData;
    return list(field<&M::value>("value"), field<&M::type>("type"), field<&M::severity>("severity"),
                field<&M::component>("component"), field<&M::variable>("variable"), field<&M::id>("id"),
                field<&M::transaction>("transaction"));
  }
};

enum class SetMonitoringStatusEnum : std::uint8_t {
  accepted,
  unknown_component,
  unknown_variable,
  unsupported_monitor_type,
  rejected,
  duplicate,
};
constexpr auto enum_names(SetMonitoringStatusEnum) {
  return names("Accepted", "UnknownComponent", "UnknownVariable", "UnsupportedMonitorType", "Rejected", "Duplicate");
}

struct SetMonitoringResult {
  SetMonitoringStatusEnum status{};
  MonitorEnum type{};
  Component component{};
  Variable variable{};
  std::int32_t severity{};
  std::optional<std::int32_t> id{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = SetMonitoringResult;
    return list(field<&M::status>("status"), field<&M::type>("type"), field<&M::component>("component"),
                field<&M::variable>("variable"), field<&M::severity>("severity"), field<&M::id>("id"),
                field<&M::status_info>("statusInfo"));
  }
};

struct SetVariableMonitoringResponse {
  List<SetMonitoringResult, kMaxMonitorsPerMessage> set_monitoring_result{};
  static constexpr auto fields() {
    using M = SetVariableMonitoringResponse;
    return list(field<&M::set_monitoring_result>("setMonitoringResult", {.at_least = 1}));
  }
};

/// CSMS to station: installs or changes monitors.
struct SetVariableMonitoringRequest {
  static constexpr std::string_view kAction = "SetVariableMonitoring";
  using Response = SetVariableMonitoringResponse;

  List<SetMonitoringData, kMaxMonitorsPerMessage> set_monitoring_data{};
  static constexpr auto fields() {
    using M = SetVariableMonitoringRequest;
    return list(field<&M::set_monitoring_data>("setMonitoringData", {.at_least = 1}));
  }
};

enum class ClearMonitoringStatusEnum : std::uint8_t { accepted, rejected, not_found };
constexpr auto enum_names(ClearMonitoringStatusEnum) { return names("Accepted", "Rejected", "NotFound"); }

struct ClearMonitoringResult {
  ClearMonitoringStatusEnum status{};
  std::int32_t id{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = ClearMonitoringResult;
    return list(field<&M::status>("status"), field<&M::id>("id"), field<&M::status_info>("statusInfo"));
  }
};

struct ClearVariableMonitoringResponse {
  List<ClearMonitoringResult, kMaxMonitorsPerMessage> clear_monitoring_result{};
  static constexpr auto fields() {
    using M = ClearVariableMonitoringResponse;
    return list(field<&M::clear_monitoring_result>("clearMonitoringResult", {.at_least = 1}));
  }
};

/// CSMS to station: removes monitors.
struct ClearVariableMonitoringRequest {
  static constexpr std::string_view kAction = "ClearVariableMonitoring";
  using Response = ClearVariableMonitoringResponse;

  List<std::int32_t, kMaxMonitorsPerMessage> id{};
  static constexpr auto fields() {
    using M = ClearVariableMonitoringRequest;
    return list(field<&M::id>("id", {.at_least = 1}));
  }
};

enum class MonitoringCriterionEnum : std::uint8_t { threshold_monitoring, delta_monitoring, periodic_monitoring };
constexpr auto enum_names(MonitoringCriterionEnum) {
  return names("ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring");
}

struct GetMonitoringReportResponse {
  GenericDeviceModelStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = GetMonitoringReportResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: asks for the installed monitors; NotifyMonitoringReport follows.
struct GetMonitoringReportRequest {
  static constexpr std::string_view kAction = "GetMonitoringReport";
  using Response = GetMonitoringReportResponse;

  std::int32_t request_id{};
  std::optional<List<ComponentVariable, kMaxComponentVariables>> component_variable{};
  std::optional<List<MonitoringCriterionEnum, kMaxMonitoringCriteria>> monitoring_criteria{};
  static constexpr auto fields() {
    using M = GetMonitoringReportRequest;
    return list(field<&M::request_id>("requestId"), field<&M::component_variable>("componentVariable", {.at_least = 1}),
                field<&M::monitoring_criteria>("monitoringCriteria", {.max = 3, .at_least = 1}));
  }
};

struct VariableMonitoring {
  std::int32_t id{};
  bool transaction{};
  Decimal value{};
  MonitorEnum type{};
  std::int32_t severity{};
  static constexpr auto fields() {
    using M = VariableMonitoring;
    return list(field<&M::id>("id"), field<&M::transaction>("transaction"), field<&M::value>("value"),
                field<&M::type>("type"), field<&M::severity>("severity"));
  }
};

struct MonitoringData {
  Component component{};
  Variable variable{};
  List<VariableMonitoring, kMaxMonitorsPerVariable> variable_monitoring{};
  static constexpr auto fields() {
    using M = MonitoringData;
    return list(field<&M::component>("component"), field<&M::variable>("variable"),
                field<&M::variable_monitoring>("variableMonitoring", {.at_least = 1}));
  }
};

struct NotifyMonitoringReportResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: one part of the installed monitors.
struct NotifyMonitoringReportRequest {
  static constexpr std::string_view kAction = "NotifyMonitoringReport";
  using Response = NotifyMonitoringReportResponse;

  std::int32_t request_id{};
  std::int32_t seq_no{};
  Timestamp generated_at{};
  std::optional<List<MonitoringData, kMaxMonitoringDataPerMessage>> monitor{};
  std::optional<bool> tbc{};
  static constexpr auto fields() {
    using M = NotifyMonitoringReportRequest;
    return list(field<&M::request_id>("requestId"), field<&M::seq_no>("seqNo"), field<&M::generated_at>("generatedAt"),
                field<&M::monitor>("monitor", {.at_least = 1}), field<&M::tbc>("tbc"));
  }
};

}  // namespace bulwatt::ocpp::v201
