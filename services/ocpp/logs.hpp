// GetLog and LogStatusNotification: which log is being uploaded, how often it is tried, and what the backend is told of it.
#pragma once
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

class LogUploads final : public Source {
 public:
  static constexpr std::size_t kMostStatuses = 8;
  static constexpr std::uint32_t kMostRetries = 20;
  static constexpr std::int32_t kDefaultRetry_s = 60;
  static constexpr Duration kRetry = std::chrono::seconds{60};
  explicit LogUploads(Base& base) : base_(base) {}

  void request(const v201::GetLogRequest& request, v201::GetLogResponse& response);
  /// The backend wants to hear how it stands.
  void ask();
  /// The attempt that was started has ended.
  void ended(UploadResult result);
  /// Starts an attempt whose time has come. After the answer to the request was sent.
  void tick();
  Instant next_attempt() const { return job_ && !busy_ ? job_->at : kNever; }

  bool wants(Instant now, bool asked_only) const override {
    return !statuses_.empty() && now >= retry_ && (!asked_only || statuses_.front().asked);
  }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override { statuses_.pop_front(); }
  void failed(const CallFailure& why) override;
  Instant due() const override { return statuses_.empty() ? kNever : retry_; }

 private:
  struct Job {
    std::int32_t request_id{};
    std::string url{};
    std::string name{};
    std::string text{};
    std::uint32_t retries = 0;  ///< left
    Duration interval{};
    Instant at{};  ///< of the next attempt
    bool told = false;
  };
  struct Status {
    v201::UploadLogStatusEnum status{};
    std::optional<std::int32_t> request_id{};
    bool asked = false;
  };
  void tell(v201::UploadLogStatusEnum status, std::optional<std::int32_t> request_id, bool asked = false);
  void finish(v201::UploadLogStatusEnum status);
  Base& base_;
  std::optional<Job> job_{};
  bool busy_ = false;  ///< an attempt runs
  std::deque<Status> statuses_{};
  Instant retry_{};
};

}  // namespace bulwatt::ocpp
