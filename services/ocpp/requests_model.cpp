// Requests about the device model: variables and reports.
#include "libs/http/head.hpp"
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::GenericDeviceModelStatusEnum;

constexpr std::string_view kPriority = "NetworkConfigurationPriority";

std::vector<std::uint16_t> spots_where(const Model& model, auto&& wanted) {
  std::vector<std::uint16_t> found;
  for (std::size_t i = 0; i < model.spots().size(); ++i) {
    if (wanted(static_cast<std::uint16_t>(i))) found.push_back(static_cast<std::uint16_t>(i));
  }
  return found;
}

/// A component with several criteria needs to meet only one of them.
//= OCPP-2.0.1 B08.FR.13
bool meets(const Model& model, const v201::GetReportRequest& request, std::uint16_t spot, const Live& live) {
  if (!request.component_criteria) return true;
  return std::ranges::any_of(request.component_criteria->view(),
                             [&](auto criterion) { return model.meets(criterion, spot, live); });
}

}  // namespace

//= OCPP-2.0.1 B06.FR.01
//= OCPP-2.0.1 B06.FR.02
//= OCPP-2.0.1 B06.FR.03
//= OCPP-2.0.1 B06.FR.04
//= OCPP-2.0.1 B06.FR.10
//= OCPP-2.0.1 B06.FR.14
//= OCPP-2.0.1 B06.FR.15
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
  const bool order = std::ranges::any_of(request.set_variable_data.view(), [](const auto& element) {
    return http::same_ignoring_case(element.variable.name.view(), kPriority);
  });
  const auto follows = base_.model.set(request, order ? base_.ports.keys() : Keys{}, response);
  consequences_.settings = consequences_.settings || follows.settings;
  consequences_.password = consequences_.password || follows.password;
  consequences_.clock = consequences_.clock || follows.clock;
  if (follows.password)
    base_.security("ReconfigurationOfSecurityParameters", "BasicAuthPassword was changed by the backend");
  if (follows.security)
    base_.security("ReconfigurationOfSecurityParameters", "the order of network connection profiles was changed");
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
  auto spots = spots_where(base_.model, [&](std::uint16_t spot) {
    const auto& row = *base_.model.spots()[spot].row;
    switch (request.report_base) {
      case v201::ReportBaseEnum::configuration_inventory: return row.mutability != v201::MutabilityEnum::read_only;
      case v201::ReportBaseEnum::summary_inventory: return row.summary;
      default: return true;
    }
  });
  const bool taken = parts_.reports.start(request.request_id, std::move(spots));
  response.status = taken ? GenericDeviceModelStatusEnum::accepted : GenericDeviceModelStatusEnum::rejected;
}

//= OCPP-2.0.1 B08.FR.01
//= OCPP-2.0.1 B08.FR.05
//= OCPP-2.0.1 B08.FR.11
//= OCPP-2.0.1 B08.FR.12
//= OCPP-2.0.1 B08.FR.15
//= OCPP-2.0.1 B08.FR.16
//= OCPP-2.0.1 B08.FR.25
void Requests::on(const v201::GetReportRequest& request, v201::GetReportResponse& response) {
  const auto live = base_.live();
  auto spots = spots_where(base_.model, [&](std::uint16_t spot) {
    if (!meets(base_.model, request, spot, live)) return false;
    if (!request.component_variable) return true;
    return std::ranges::any_of(request.component_variable->view(),
                               [&](const auto& asked) { return covers(asked, base_.model.spots()[spot]); });
  });
  if (spots.empty()) {
    response.status = GenericDeviceModelStatusEnum::empty_result_set;
    return;
  }
  const bool taken = parts_.reports.start(request.request_id, std::move(spots));
  response.status = taken ? GenericDeviceModelStatusEnum::accepted : GenericDeviceModelStatusEnum::rejected;
}

}  // namespace bulwatt::ocpp
