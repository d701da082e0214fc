// Requests about monitors on variables, and about logs.
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::GenericDeviceModelStatusEnum;
using v201::MonitorEnum;
using v201::MonitoringCriterionEnum;

//= OCPP-2.0.1 N02.FR.12
//= OCPP-2.0.1 N02.FR.13
//= OCPP-2.0.1 N02.FR.14
MonitoringCriterionEnum criterion_of(MonitorEnum type) {
  switch (type) {
    case MonitorEnum::upper_threshold:
    case MonitorEnum::lower_threshold: return MonitoringCriterionEnum::threshold_monitoring;
    case MonitorEnum::delta: return MonitoringCriterionEnum::delta_monitoring;
    default: return MonitoringCriterionEnum::periodic_monitoring;
  }
}

}  // namespace

void Requests::on(const v201::SetVariableMonitoringRequest& request, v201::SetVariableMonitoringResponse& response) {
  parts_.monitors.set(request, response);
  for (const auto& result : response.set_monitoring_result) {
    const Line<250> detail{"component=", result.component.name.view(), " variable=", result.variable.name.view(),
                           " type=",     enum_text(result.type),       " status=",   enum_text(result.status)};
    base_.note(ledger::Subject::configuration, ledger::Severity::info, "SetVariableMonitoring", detail.view());
  }
}

void Requests::on(const v201::ClearVariableMonitoringRequest& request,
                  v201::ClearVariableMonitoringResponse& response) {
  parts_.monitors.clear(request, response);
  for (const auto& result : response.clear_monitoring_result) {
    const Line<80> detail{"id=", result.id, " status=", enum_text(result.status)};
    base_.note(ledger::Subject::configuration, ledger::Severity::info, "ClearVariableMonitoring", detail.view());
  }
}

//= OCPP-2.0.1 N03.FR.01
void Requests::on(const v201::SetMonitoringBaseRequest& request, v201::SetMonitoringBaseResponse& response) {
  const bool done = parts_.monitors.set_base(request.monitoring_base);
  response.status = done ? GenericDeviceModelStatusEnum::accepted : GenericDeviceModelStatusEnum::rejected;
  base_.note(ledger::Subject::configuration, ledger::Severity::info, "SetMonitoringBase",
             Line<60>{"base=", enum_text(request.monitoring_base)}.view());
}

//= OCPP-2.0.1 N05.FR.01
//= OCPP-2.0.1 N05.FR.02
void Requests::on(const v201::SetMonitoringLevelRequest& request, v201::SetMonitoringLevelResponse& response) {
  const bool good = request.severity >= 0 && request.severity <= Monitors::kLeastSeverity;
  const bool done = good && parts_.monitors.set_level(static_cast<std::uint8_t>(request.severity));
  response.status = done ? v201::GenericStatusEnum::accepted : v201::GenericStatusEnum::rejected;
  if (!good) response.status_info = v201::StatusInfo{"ValueOutOfRange", {}};
}

//= OCPP-2.0.1 N02.FR.01
//= OCPP-2.0.1 N02.FR.05
//= OCPP-2.0.1 N02.FR.06
//= OCPP-2.0.1 N02.FR.08
//= OCPP-2.0.1 N02.FR.10
//= OCPP-2.0.1 N02.FR.11
void Requests::on(const v201::GetMonitoringReportRequest& request, v201::GetMonitoringReportResponse& response) {
  std::vector<Monitor> wanted;
  for (const auto& monitor : parts_.monitors.all()) {
    const bool kind =
        !request.monitoring_criteria || std::ranges::find(*request.monitoring_criteria, criterion_of(monitor.type)) !=
                                            request.monitoring_criteria->end();
    const bool place =
        !request.component_variable || std::ranges::any_of(request.component_variable->view(), [&](const auto& asked) {
          return covers(asked, base_.model.spots()[monitor.spot]);
        });
    if (kind && place) wanted.push_back(monitor);
  }
  if (wanted.empty()) {
    response.status = GenericDeviceModelStatusEnum::empty_result_set;
    return;
  }
  const bool taken = parts_.monitoring_reports.start(request.request_id, wanted);
  response.status = taken ? GenericDeviceModelStatusEnum::accepted : GenericDeviceModelStatusEnum::rejected;
}

void Requests::on(const v201::GetLogRequest& request, v201::GetLogResponse& response) {
  parts_.logs.request(request, response);
}

}  // namespace bulwatt::ocpp
