#include "services/ocpp/monitoring_report.hpp"

namespace bulwatt::ocpp {

using v201::kMaxMonitoringDataPerMessage;

bool MonitoringReporter::start(std::int32_t request_id, const std::vector<Monitor>& monitors) {
  if (reports_.size() >= kMostReports) return false;
  Report report{.request_id = request_id};
  for (std::size_t spot = 0; spot < base_.model.spots().size(); ++spot) {
    v201::MonitoringData* data = nullptr;
    for (const auto& one : monitors) {
      if (one.spot != spot) continue;
      // More monitors of one variable than one element takes go into several.
      if (data == nullptr || data->variable_monitoring.full()) {
        const auto& at = base_.model.spots()[spot];
        data = &report.data.emplace_back(v201::MonitoringData{component_of(at), variable_of(*at.row), {}});
      }
      static_cast<void>(
          data->variable_monitoring.push_back({one.id, one.transaction, one.value, one.type, one.severity}));
    }
  }
  reports_.push_back(std::move(report));
  return true;
}

//= OCPP-2.0.1 N02.FR.03
//= OCPP-2.0.1 N02.FR.04
//= OCPP-2.0.1 N02.FR.09
std::optional<std::string_view> MonitoringReporter::write(std::span<char> out, std::string_view id) {
  const auto& report = reports_.front();
  auto part = std::make_unique<v201::NotifyMonitoringReportRequest>();
  part->request_id = report.request_id;
  part->generated_at = base_.stamp();
  part->seq_no = report.seq_no;
  auto& monitors = part->monitor.emplace();
  const auto end = std::min(report.sent + kMaxMonitoringDataPerMessage, report.data.size());
  for (auto i = report.sent; i < end; ++i) static_cast<void>(monitors.push_back(report.data[i]));
  if (end < report.data.size()) part->tbc = true;
  return written(out, id, *part);
}

void MonitoringReporter::result(std::string_view) {
  auto& report = reports_.front();
  report.sent += kMaxMonitoringDataPerMessage;
  ++report.seq_no;
  if (report.sent >= report.data.size()) reports_.pop_front();
}

}  // namespace bulwatt::ocpp
