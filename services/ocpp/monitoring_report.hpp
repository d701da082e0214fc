// NotifyMonitoringReport: which monitors there are, in parts.
#pragma once
#include "services/ocpp/monitors.hpp"

namespace bulwatt::ocpp {

class MonitoringReporter final : public Source {
 public:
  static constexpr std::size_t kMostReports = 4;
  explicit MonitoringReporter(Base& base) : base_(base) {}

  /// False when too many reports wait already.
  bool start(std::int32_t request_id, const std::vector<Monitor>& monitors);

  bool wants(Instant, bool asked_only) const override { return !asked_only && !reports_.empty(); }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  void failed(const CallFailure&) override { reports_.pop_front(); }

 private:
  struct Report {
    std::int32_t request_id{};
    std::vector<v201::MonitoringData> data{};
    std::size_t sent = 0;  ///< that were answered
    std::int32_t seq_no = 0;
  };
  Base& base_;
  std::deque<Report> reports_{};
};

}  // namespace bulwatt::ocpp
