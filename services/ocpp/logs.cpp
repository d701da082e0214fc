#include "services/ocpp/logs.hpp"

#include "services/ocpp/log_text.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::LogStatusEnum;
using v201::UploadLogStatusEnum;

UploadLogStatusEnum status_of(UploadResult result) {
  switch (result) {
    case UploadResult::uploaded: return UploadLogStatusEnum::uploaded;
    case UploadResult::refused: return UploadLogStatusEnum::permission_denied;
    case UploadResult::bad_message: return UploadLogStatusEnum::bad_message;
    case UploadResult::not_supported: return UploadLogStatusEnum::not_supported_operation;
    default: return UploadLogStatusEnum::upload_failure;
  }
}

}  // namespace

//= OCPP-2.0.1 N01.FR.01
//= OCPP-2.0.1 N01.FR.02
//= OCPP-2.0.1 N01.FR.05
//= OCPP-2.0.1 N01.FR.12
//= OCPP-2.0.1 N01.FR.20
void LogUploads::request(const v201::GetLogRequest& request, v201::GetLogResponse& response) {
  const Period period{request.log.oldest_timestamp, request.log.latest_timestamp};
  const bool security = request.log_type == v201::LogEnum::security_log;
  auto text = security ? security_log(base_.store, period) : diagnostics_log(base_, period);
  if (text.empty()) {
    response.status = LogStatusEnum::rejected;
    response.status_info = v201::StatusInfo{"NotFound", Text<512>{"the log has nothing of that time"}};
    return;
  }
  const Line<60> name{security ? "security-" : "diagnostics-", request.request_id, ".log"};
  response.status = LogStatusEnum::accepted;
  response.filename = Text<255>{name.view()};
  if (job_) {
    response.status = LogStatusEnum::accepted_canceled;
    base_.ports.cancel_upload();
    finish(UploadLogStatusEnum::accepted_canceled);
  }
  const auto retries = static_cast<std::uint32_t>(std::max(request.retries.value_or(0), 0));
  job_ = Job{.request_id = request.request_id,
             .url = std::string{request.log.remote_location.view()},
             .name = std::string{name.view()},
             .text = std::move(text),
             .retries = std::min(retries, kMostRetries),
             .interval = std::chrono::seconds{std::max(request.retry_interval.value_or(kDefaultRetry_s), 1)},
             .at = base_.now()};
  base_.note(ledger::Subject::remote_command, ledger::Severity::notice, "GetLog",
             Line<120>{"type=", enum_text(request.log_type), " name=", name.view()}.view());
}

//= OCPP-2.0.1 N01.FR.08
void LogUploads::tick() {
  if (!job_ || busy_ || base_.now() < job_->at) return;
  const auto address = parse_file_url(job_->url, job_->name, base_.config);
  if (!address) {
    finish(status_of(address.error()));
    return;
  }
  busy_ = true;
  if (!std::exchange(job_->told, true)) tell(UploadLogStatusEnum::uploading, job_->request_id);
  base_.ports.upload(*address, job_->name, job_->text);
}

//= OCPP-2.0.1 N01.FR.09
//= OCPP-2.0.1 N01.FR.10
void LogUploads::ended(UploadResult result) {
  if (!job_ || !std::exchange(busy_, false)) return;
  const bool again = result != UploadResult::uploaded && result != UploadResult::not_supported && job_->retries > 0;
  if (!again) return finish(status_of(result));
  --job_->retries;
  job_->at = base_.now() + job_->interval;
}

void LogUploads::finish(UploadLogStatusEnum status) {
  tell(status, job_->request_id);
  base_.note(ledger::Subject::remote_command, ledger::Severity::notice, "LogUpload",
             Line<120>{"name=", std::string_view{job_->name}, " status=", enum_text(status)}.view());
  job_.reset();
  busy_ = false;
}

//= OCPP-2.0.1 N01.FR.13
void LogUploads::ask() {
  if (job_) return tell(UploadLogStatusEnum::uploading, job_->request_id, true);
  tell(UploadLogStatusEnum::idle, {}, true);
}

void LogUploads::tell(UploadLogStatusEnum status, std::optional<std::int32_t> request_id, bool asked) {
  if (statuses_.size() >= kMostStatuses) statuses_.erase(statuses_.begin() + 1);  // the first may be on its way
  statuses_.push_back({status, request_id, asked});
}

//= OCPP-2.0.1 N01.FR.07
std::optional<std::string_view> LogUploads::write(std::span<char> out, std::string_view id) {
  const auto& status = statuses_.front();
  return written(out, id, v201::LogStatusNotificationRequest{status.status, status.request_id});
}

void LogUploads::failed(const CallFailure& why) {
  if (!why.timed_out) return statuses_.pop_front();
  retry_ = base_.now() + kRetry;
}

}  // namespace bulwatt::ocpp
