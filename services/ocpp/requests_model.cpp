// Requests about the device model: variables and reports.
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::ComponentCriterionEnum;
using v201::GenericDeviceModelStatusEnum;

std::vector<std::uint8_t> rows_where(auto&& wanted) {
  std::vector<std::uint8_t> rows;
  const auto table = variable_table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (wanted(table[i])) rows.push_back(static_cast<std::uint8_t>(i));
  }
  return rows;
}

/// A place or instance that the request leaves open stands for every one.
//= OCPP-2.0.1 B08.FR.20
//= OCPP-2.0.1 B08.FR.21
//= OCPP-2.0.1 B08.FR.22
//= OCPP-2.0.1 B08.FR.23
bool covers(const v201::ComponentVariable& asked, const Row& row) {
  auto component = asked.component;
  if (!component.evse && row.evse != 0) component.evse.emplace().id = row.evse;
  if (component.evse && !component.evse->connector_id && row.connector != 0)
    component.evse->connector_id = row.connector;
  if (!same_component(row, component)) return false;
  if (!asked.variable) return true;
  auto variable = *asked.variable;
  if (!variable.instance && !row.instance.empty()) variable.instance = row.instance;
  return same_variable(row, variable);
}

/// No component of this station has a variable Active or Problem; Available and Enabled are always true.
//= OCPP-2.0.1 B08.FR.07
//= OCPP-2.0.1 B08.FR.08
//= OCPP-2.0.1 B08.FR.09
//= OCPP-2.0.1 B08.FR.10
//= OCPP-2.0.1 B08.FR.13
bool meets(const v201::GetReportRequest& request) {
  if (!request.component_criteria) return true;
  return std::ranges::any_of(request.component_criteria->view(),
                             [](auto one) { return one != ComponentCriterionEnum::problem; });
}

}  // namespace

void Requests::on(const v201::GetVariablesRequest& request, v201::GetVariablesResponse& response) {
  const auto live = base_.live();
  for (const auto& asked : request.get_variable_data) {
    v201::GetVariableResult result{};
    base_.model.get(asked, live, result);
    static_cast<void>(response.get_variable_result.push_back(result));
  }
}

//= OCPP-2.0.1 A01.FR.11
//= OCPP-2.0.1 A01.FR.12
void Requests::on(const v201::SetVariablesRequest& request, v201::SetVariablesResponse& response) {
  const auto follows = base_.model.set(request, response);
  consequences_.settings = consequences_.settings || follows.settings;
  consequences_.password = consequences_.password || follows.password;
  consequences_.clock = consequences_.clock || follows.clock;
  if (follows.password)
    base_.security("ReconfigurationOfSecurityParameters", "BasicAuthPassword was changed by the backend");
  for (const auto& result : response.set_variable_result) {
    const Line<200> detail{"component=", result.component.name.view(),      " variable=", result.variable.name.view(),
                           " status=",   enum_text(result.attribute_status)};
    base_.note(ledger::Subject::configuration, ledger::Severity::notice, "SetVariable", detail.view());
  }
}

//= OCPP-2.0.1 B07.FR.01
//= OCPP-2.0.1 B07.FR.07
//= OCPP-2.0.1 B07.FR.08
//= OCPP-2.0.1 B07.FR.09
//= OCPP-2.0.1 B07.FR.12
//= OCPP-2.0.1 B07.FR.13
void Requests::on(const v201::GetBaseReportRequest& request, v201::GetBaseReportResponse& response) {
  auto rows = rows_where([&](const Row& row) {
    switch (request.report_base) {
      case v201::ReportBaseEnum::configuration_inventory: return row.mutability != v201::MutabilityEnum::read_only;
      case v201::ReportBaseEnum::summary_inventory: return row.summary;
      default: return true;
    }
  });
  const bool taken = parts_.reports.start(request.request_id, std::move(rows));
  response.status = taken ? GenericDeviceModelStatusEnum::accepted : GenericDeviceModelStatusEnum::rejected;
}

//= OCPP-2.0.1 B08.FR.01
//= OCPP-2.0.1 B08.FR.05
//= OCPP-2.0.1 B08.FR.11
//= OCPP-2.0.1 B08.FR.15
//= OCPP-2.0.1 B08.FR.16
void Requests::on(const v201::GetReportRequest& request, v201::GetReportResponse& response) {
  auto rows = rows_where([&](const Row& row) {
    if (!meets(request)) return false;
    if (!request.component_variable) return true;
    return std::ranges::any_of(request.component_variable->view(),
                               [&](const auto& asked) { return covers(asked, row); });
  });
  if (rows.empty()) {
    response.status = GenericDeviceModelStatusEnum::empty_result_set;
    return;
  }
  const bool taken = parts_.reports.start(request.request_id, std::move(rows));
  response.status = taken ? GenericDeviceModelStatusEnum::accepted : GenericDeviceModelStatusEnum::rejected;
}

}  // namespace bulwatt::ocpp
