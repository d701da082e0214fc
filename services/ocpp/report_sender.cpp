#include "services/ocpp/report_sender.hpp"

namespace bulwatt::ocpp {

using v201::kMaxReportDataPerMessage;

bool ReportSender::start(std::int32_t request_id, std::vector<std::uint16_t> spots) {
  if (reports_.size() >= kMostReports) return false;
  reports_.push_back({request_id, std::move(spots)});
  return true;
}

//= OCPP-2.0.1 B07.FR.03
//= OCPP-2.0.1 B07.FR.04
//= OCPP-2.0.1 B07.FR.10
//= OCPP-2.0.1 B08.FR.04
//= OCPP-2.0.1 B08.FR.14
std::optional<std::string_view> ReportSender::write(std::span<char> out, std::string_view id) {
  const auto& report = reports_.front();
  auto part = std::make_unique<v201::NotifyReportRequest>();
  part->request_id = report.request_id;
  part->generated_at = base_.stamp();
  part->seq_no = report.seq_no;
  const auto live = base_.live();
  auto& data = part->report_data.emplace();
  const auto end = std::min(report.sent + kMaxReportDataPerMessage, report.spots.size());
  for (auto i = report.sent; i < end; ++i) static_cast<void>(data.push_back(base_.model.report(report.spots[i], live)));
  if (end < report.spots.size()) part->tbc = true;
  return written(out, id, *part);
}

void ReportSender::result(std::string_view) {
  auto& report = reports_.front();
  report.sent += kMaxReportDataPerMessage;
  ++report.seq_no;
  if (report.sent >= report.spots.size()) reports_.pop_front();
}

/// Who does not take a part does not get the rest.
void ReportSender::failed(const CallFailure&) { reports_.pop_front(); }

}  // namespace bulwatt::ocpp
