#include "services/ocpp/requests.hpp"

#include "protocols/ocpp/v201/actions.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::size_t kMostRemembered = 16 * 1024;  ///< bytes of one answer that is kept

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

/// Null after a refusal: the payload is not what the standard says.
template <class Request>
std::unique_ptr<Request> Requests::decoded(const Frame& frame) {
  auto request = std::make_unique<Request>();
  if (const auto done = json::decode_into(*request, frame.payload, payload_options(Version::v201)); !done) {
    std::array<char, kMaxErrorDescription> words{};
    refuse(frame.id, code_for(done.error().kind), json::describe(done.error(), words));
    return nullptr;
  }
  return request;
}

template <class Response>
void Requests::answer(const MessageId& id, const Response& response) {
  const auto text = write_result(buffer_, id.view(), response, Version::v201);
  if (!text) return refuse(id, ErrorCode::internal_error, "the answer cannot be written");
  //= OCPP-2.0.1 FR.05
  send(*text);
}

template <class Request>
void Requests::run(Requests& self, const Frame& frame) {
  const auto request = self.decoded<Request>(frame);
  if (!request) return;
  //= OCPP-2.0.1 FR.02
  auto response = std::make_unique<typename Request::Response>();
  self.on(*request, *response);
  self.answer(frame.id, *response);
}

void Requests::run_unlock(Requests& self, const Frame& frame) {
  if (self.unlocking_ && self.unlocking_->id == frame.id) return;  // said again; it still waits
  if (const auto request = self.decoded<v201::UnlockConnectorRequest>(frame)) self.begin_unlock(*request);
}

void Requests::end_unlock(const v201::UnlockConnectorResponse& response) {
  const auto id = std::exchange(id_, unlocking_->id);
  const auto hash = std::exchange(hash_, unlocking_->hash);
  unlocking_.reset();
  answer(id_, response);
  id_ = id;
  hash_ = hash;
}

const Requests::Route* Requests::route(std::string_view action) {
  static constexpr std::array<Route, 29> kRoutes{{
      {v201::RequestStartTransactionRequest::kAction, &run<v201::RequestStartTransactionRequest>, true},
      {v201::RequestStopTransactionRequest::kAction, &run<v201::RequestStopTransactionRequest>, true},
      {v201::UnlockConnectorRequest::kAction, &run_unlock},
      {v201::TriggerMessageRequest::kAction, &run<v201::TriggerMessageRequest>},
      {v201::ChangeAvailabilityRequest::kAction, &run<v201::ChangeAvailabilityRequest>, true},
      {v201::ResetRequest::kAction, &run<v201::ResetRequest>, true},
      {v201::GetTransactionStatusRequest::kAction, &run<v201::GetTransactionStatusRequest>},
      {v201::GetVariablesRequest::kAction, &run<v201::GetVariablesRequest>},
      {v201::SetVariablesRequest::kAction, &run<v201::SetVariablesRequest>, true},
      {v201::GetBaseReportRequest::kAction, &run<v201::GetBaseReportRequest>},
      {v201::GetReportRequest::kAction, &run<v201::GetReportRequest>},
      {v201::DataTransferRequest::kAction, &run<v201::DataTransferRequest>},
      {v201::ClearCacheRequest::kAction, &run<v201::ClearCacheRequest>, true},
      {v201::SendLocalListRequest::kAction, &run<v201::SendLocalListRequest>, true},
      {v201::ReserveNowRequest::kAction, &run<v201::ReserveNowRequest>, true},
      {v201::CancelReservationRequest::kAction, &run<v201::CancelReservationRequest>, true},
      {v201::GetLocalListVersionRequest::kAction, &run<v201::GetLocalListVersionRequest>},
      {v201::SetNetworkProfileRequest::kAction, &run<v201::SetNetworkProfileRequest>, true},
      {v201::CertificateSignedRequest::kAction, &run<v201::CertificateSignedRequest>, true},
      {v201::InstallCertificateRequest::kAction, &run<v201::InstallCertificateRequest>, true},
      {v201::GetInstalledCertificateIdsRequest::kAction, &run<v201::GetInstalledCertificateIdsRequest>},
      {v201::DeleteCertificateRequest::kAction, &run<v201::DeleteCertificateRequest>, true},
      {v201::SetVariableMonitoringRequest::kAction, &run<v201::SetVariableMonitoringRequest>, true},
      {v201::ClearVariableMonitoringRequest::kAction, &run<v201::ClearVariableMonitoringRequest>, true},
      {v201::SetMonitoringBaseRequest::kAction, &run<v201::SetMonitoringBaseRequest>, true},
      {v201::SetMonitoringLevelRequest::kAction, &run<v201::SetMonitoringLevelRequest>},
      {v201::GetMonitoringReportRequest::kAction, &run<v201::GetMonitoringReportRequest>},
      {v201::GetLogRequest::kAction, &run<v201::GetLogRequest>, true},
      {v201::CustomerInformationRequest::kAction, &run<v201::CustomerInformationRequest>, true},
  }};
  const auto found = std::ranges::find(kRoutes, action, &Route::action);
  return found == kRoutes.end() ? nullptr : &*found;
}

void Requests::take(const Frame& frame, std::string_view text) {
  id_ = frame.id;
  hash_ = hash_of(text);
  //= OCPP-2.0.1 B03.FR.08
  if (parts_.boot.registration() == Registration::rejected) {
    return refuse(frame.id, ErrorCode::security_error,
                  "the station was rejected and waits for the next BootNotification");
  }
  if (repeat(frame.id, hash_)) return;
  const auto* action = v201::find_action(frame.action.view());
  if (action == nullptr) return refuse(frame.id, ErrorCode::not_implemented, "OCPP 2.0.1 has no such action");
  const auto* known = route(action->name);
  if (known == nullptr || action->direction == Direction::to_csms) {
    return refuse(frame.id, ErrorCode::not_supported, "this station does not support the action");
  }
  if (!rate_.take(base_.now()))
    return refuse(frame.id, ErrorCode::generic_error, "more requests than this station takes");
  if (known->changes && base_.records.crowded())
    return refuse(frame.id, ErrorCode::generic_error, "the station cannot record what it does; not now");
  known->handler(*this, frame);
}

/// The same request again, word for word, is the backend trying again: it gets the same answer and nothing happens twice.
bool Requests::repeat(const MessageId& id, std::uint64_t hash) {
  for (auto& one : remembered_) {
    if (!(one.id == id) || one.hash != hash) continue;
    if (++one.repeats == kMostRepeats)
      base_.security("AttemptedReplayAttacks", "the same request came again and again");
    static_cast<void>(base_.ports.send(one.answer));
    return true;
  }
  return false;
}

void Requests::send(std::string_view text) {
  if (!base_.ports.send(text)) return;
  base_.last_sent = base_.now();
  if (text.size() > kMostRemembered) return;
  if (remembered_.size() >= kRemembered) remembered_.pop_front();
  remembered_.push_back({id_, hash_, std::string{text}});
}

void Requests::refuse(const MessageId& id, ErrorCode code, std::string_view description) {
  static_cast<void>(base_.ports.send(write_error(buffer_, id.view(), code, description, Version::v201)));
}

}  // namespace bulwatt::ocpp
