// OCPP 2.0.1 block B. Provisioning: reading, writing and reporting the device model.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class AttributeEnum : std::uint8_t { actual, target, min_set, max_set };
constexpr auto enum_names(AttributeEnum) { return names("Actual", "Target", "MinSet", "MaxSet"); }

struct GetVariableData {
  Component component{};
  Variable variable{};
  std::optional<AttributeEnum> attribute_type{};
  static constexpr auto fields() {
    using M = GetVariableData;
    return list(field<&M::component>("component"), field<&M::variable>("variable"),
                field<&M::attribute_type>("attributeType"));
  }
};

enum class GetVariableStatusEnum : std::uint8_t {
  accepted,
  rejected,
  unknown_component,
  unknown_variable,
  not_supported_attribute_type,
};
constexpr auto enum_names(GetVariableStatusEnum) {
  return names("Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType");
}

struct GetVariableResult {
  GetVariableStatusEnum attribute_status{};
  Component component{};
  Variable variable{};
  std::optional<StatusInfo> attribute_status_info{};
  std::optional<AttributeEnum> attribute_type{};
  std::optional<Text<kVariableValueBytes>> attribute_value{};
  static constexpr auto fields() {
    using M = GetVariableResult;
    return list(field<&M::attribute_status>("attributeStatus"), field<&M::component>("component"),
                field<&M::variable>("variable"), field<&M::attribute_status_info>("attributeStatusInfo"),
                field<&M::attribute_type>("attributeType"),
                field<&M::attribute_value>("attributeValue", {.max = 2500}));
  }
};

struct GetVariablesResponse {
  List<GetVariableResult, kMaxVariablesPerMessage> get_variable_result{};
  static constexpr auto fields() {
    using M = GetVariablesResponse;
    return list(field<&M::get_variable_result>("getVariableResult", {.at_least = 1}));
  }
};

/// CSMS to station: reads attributes of device-model variables.
struct GetVariablesRequest {
  static constexpr std::string_view kAction = "GetVariables";
  using Response = GetVariablesResponse;

  List<GetVariableData, kMaxVariablesPerMessage> get_variable_data{};
  static constexpr auto fields() {
    using M = GetVariablesRequest;
    return list(field<&M::get_variable_data>("getVariableData", {.at_least = 1}));
  }
};

struct SetVariableData {
  Text<1000> attribute_value{};
  Component component{};
  Variable variable{};
  std::optional<AttributeEnum> attribute_type{};
  static constexpr auto fields() {
    using M = SetVariableData;
    return list(field<&M::attribute_value>("attributeValue"), field<&M::component>("component"),
                field<&M::variable>("variable"), field<&M::attribute_type>("attributeType"));
  }
};

enum class SetVariableStatusEnum : std::uint8_t {
  accepted,
  rejected,
  unknown_component,
  unknown_variable,
  not_supported_attribute_type,
  reboot_required,
};
constexpr auto enum_names(SetVariableStatusEnum) {
  return names("Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType",
               "RebootRequired");
}

struct SetVariableResult {
  SetVariableStatusEnum attribute_status{};
  Component component{};
  Variable variable{};
  std::optional<AttributeEnum> attribute_type{};
  std::optional<StatusInfo> attribute_status_info{};
  static constexpr auto fields() {
    using M = SetVariableResult;
    return list(field<&M::attribute_status>("attributeStatus"), field<&M::component>("component"),
                field<&M::variable>("variable"), field<&M::attribute_type>("attributeType"),
                field<&M::attribute_status_info>("attributeStatusInfo"));
  }
};

struct SetVariablesResponse {
  List<SetVariableResult, kMaxVariablesPerMessage> set_variable_result{};
  static constexpr auto fields() {
    using M = SetVariablesResponse;
    return list(field<&M::set_variable_result>("setVariableResult", {.at_least = 1}));
  }
};

/// CSMS to station: writes attributes of device-model variables.
struct SetVariablesRequest {
  static constexpr std::string_view kAction = "SetVariables";
  using Response = SetVariablesResponse;

  List<SetVariableData, kMaxVariablesPerMessage> set_variable_data{};
  static constexpr auto fields() {
    using M = SetVariablesRequest;
    return list(field<&M::set_variable_data>("setVariableData", {.at_least = 1}));
  }
};

enum class ReportBaseEnum : std::uint8_t { configuration_inventory, full_inventory, summary_inventory };
constexpr auto enum_names(ReportBaseEnum) {
  return names("ConfigurationInventory", "FullInventory", "SummaryInventory");
}

struct GetBaseReportResponse {
  GenericDeviceModelStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = GetBaseReportResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: asks for one of the predefined reports; NotifyReport follows.
struct GetBaseReportRequest {
  static constexpr std::string_view kAction = "GetBaseReport";
  using Response = GetBaseReportResponse;

  std::int32_t request_id{};
  ReportBaseEnum report_base{};
  static constexpr auto fields() {
    using M = GetBaseReportRequest;
    return list(field<&M::request_id>("requestId"), field<&M::report_base>("reportBase"));
  }
};

enum class ComponentCriterionEnum : std::uint8_t { active, available, enabled, problem };
constexpr auto enum_names(ComponentCriterionEnum) { return names("Active", "Available", "Enabled", "Problem"); }

struct GetReportResponse {
  GenericDeviceModelStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = GetReportResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: asks for a report selected by criteria or names; NotifyReport follows.
struct GetReportRequest {
  static constexpr std::string_view kAction = "GetReport";
  using Response = GetReportResponse;

  std::int32_t request_id{};
  std::optional<List<ComponentVariable, kMaxComponentVariables>> component_variable{};
  std::optional<List<ComponentCriterionEnum, kMaxComponentCriteria>> component_criteria{};
  static constexpr auto fields() {
    using M = GetReportRequest;
    return list(field<&M::request_id>("requestId"), field<&M::component_variable>("componentVariable", {.at_least = 1}),
                field<&M::component_criteria>("componentCriteria", {.max = 4, .at_least = 1}));
  }
};

enum class MutabilityEnum : std::uint8_t { read_only, write_only, read_write };
constexpr auto enum_names(MutabilityEnum) { return names("ReadOnly", "WriteOnly", "ReadWrite"); }

struct VariableAttribute {
  std::optional<AttributeEnum> type{};
  std::optional<Text<kVariableValueBytes>> value{};
  std::optional<MutabilityEnum> mutability{};
  std::optional<bool> persistent{};
  std::optional<bool> constant{};
  static constexpr auto fields() {
    using M = VariableAttribute;
    return list(field<&M::type>("type"), field<&M::value>("value", {.max = 2500}), field<&M::mutability>("mutability"),
                field<&M::persistent>("persistent"), field<&M::constant>("constant"));
  }
};

enum class DataEnum : std::uint8_t {
  string,
  decimal,
  integer,
  date_time,
  boolean,
  option_list,
  sequence_list,
  member_list,
};
constexpr auto enum_names(DataEnum) {
  return names("string", "decimal", "integer", "dateTime", "boolean", "OptionList", "SequenceList", "MemberList");
}

struct VariableCharacteristics {
  DataEnum data_type{};
  bool supports_monitoring{};
  std::optional<Text<16>> unit{};
  std::optional<Decimal> min_limit{};
  std::optional<Decimal> max_limit{};
  std::optional<Text<1000>> values_list{};
  static constexpr auto fields() {
    using M = VariableCharacteristics;
    return list(field<&M::data_type>("dataType"), field<&M::supports_monitoring>("supportsMonitoring"),
                field<&M::unit>("unit"), field<&M::min_limit>("minLimit"), field<&M::max_limit>("maxLimit"),
                field<&M::values_list>("valuesList"));
  }
};

struct ReportData {
  Component component{};
  Variable variable{};
  List<VariableAttribute, kMaxVariableAttributes> variable_attribute{};
  std::optional<VariableCharacteristics> variable_characteristics{};
  static constexpr auto fields() {
    using M = ReportData;
    return list(field<&M::component>("component"), field<&M::variable>("variable"),
                field<&M::variable_attribute>("variableAttribute", {.max = 4, .at_least = 1}),
                field<&M::variable_characteristics>("variableCharacteristics"));
  }
};

struct NotifyReportResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: one part of a report of the device model.
struct NotifyReportRequest {
  static constexpr std::string_view kAction = "NotifyReport";
  using Response = NotifyReportResponse;

  std::int32_t request_id{};
  Timestamp generated_at{};
  std::int32_t seq_no{};
  std::optional<List<ReportData, kMaxReportDataPerMessage>> report_data{};
  std::optional<bool> tbc{};
  static constexpr auto fields() {
    using M = NotifyReportRequest;
    return list(field<&M::request_id>("requestId"), field<&M::generated_at>("generatedAt"), field<&M::seq_no>("seqNo"),
                field<&M::report_data>("reportData", {.at_least = 1}), field<&M::tbc>("tbc"));
  }
};

}  // namespace bulwatt::ocpp::v201
