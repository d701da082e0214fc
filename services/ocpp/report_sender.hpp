// NotifyReport: reports of the device model in parts, one after the other.
#pragma once
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

class ReportSender final : public Source {
 public:
  static constexpr std::size_t kMostReports = 4;
  explicit ReportSender(Base& base) : base_(base) {}

  /// False when too many reports wait already. `spots` are the model's, in order.
  bool start(std::int32_t request_id, std::vector<std::uint16_t> spots);

  bool wants(Instant, bool) const override { return !reports_.empty(); }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  void failed(const CallFailure& why) override;

 private:
  struct Report {
    std::int32_t request_id{};
    std::vector<std::uint16_t> spots{};
    std::size_t sent = 0;  ///< spots that were answered
    std::int32_t seq_no = 0;
  };
  Base& base_;
  std::deque<Report> reports_{};
};

}  // namespace bulwatt::ocpp
