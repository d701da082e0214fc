// Requests that session decides on: start, stop, availability, reset, and messages out of turn.
#include "services/ocpp/readings.hpp"
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::MessageTriggerEnum;
using v201::TriggerMessageStatusEnum;
using v201::UnlockStatusEnum;
constexpr std::int32_t kEvse = 1;
constexpr std::int32_t kConnector = 1;

v201::StatusInfo why(std::string_view reason, std::string_view text = {}) {
  v201::StatusInfo info{.reason_code = reason};
  if (!text.empty()) info.additional_info = text;
  return info;
}

bool known(const std::optional<v201::EVSE>& evse) {
  return !evse || evse->id == 0 || (evse->id == kEvse && evse->connector_id.value_or(kConnector) == kConnector);
}

}  // namespace

//= OCPP-2.0.1 B02.FR.05
//= OCPP-2.0.1 F01.FR.13
//= OCPP-2.0.1 F02.FR.01
void Requests::on(const v201::RequestStartTransactionRequest& request,
                  v201::RequestStartTransactionResponse& response) {
  response.status = v201::RequestStartStopStatusEnum::rejected;
  if (not_registered()) {
    response.status_info = why("CSNotAccepted");
    return;
  }
  const auto evse = request.evse_id.value_or(0);
  if (evse != 0 && evse != kEvse) {
    response.status_info = why("UnknownEvse");
    return;
  }
  const session::IdToken token{request.id_token.id_token, same_text<session::TokenType>(request.id_token.type)};
  const auto answer = base_.ports.call(session::RemoteStart{
      static_cast<std::uint8_t>(evse), token, request.remote_start_id, base_.model.flag(Var::authorize_remote_start)});
  if (!answer) {
    response.status_info = why("InternalError", answer.error().text());
    return;
  }
  response.status = same_text<v201::RequestStartStopStatusEnum>(answer->verdict);
  response.transaction_id = answer->transaction;
  if (answer->verdict == session::RemoteVerdict::rejected)
    response.status_info = why(answer->transaction ? "TxInProgress" : "Unspecified", "not now");
}

//= OCPP-2.0.1 F03.FR.07
//= OCPP-2.0.1 F03.FR.08
void Requests::on(const v201::RequestStopTransactionRequest& request, v201::RequestStopTransactionResponse& response) {
  response.status = v201::RequestStartStopStatusEnum::rejected;
  if (not_registered()) {
    response.status_info = why("CSNotAccepted");
    return;
  }
  const auto answer = base_.ports.call(session::RemoteStop{request.transaction_id});
  if (answer) response.status = same_text<v201::RequestStartStopStatusEnum>(answer->verdict);
  if (response.status == v201::RequestStartStopStatusEnum::rejected)
    response.status_info = answer ? why("TxNotFound") : why("InternalError", answer.error().text());
}

/// This station has no lock at its connector.
//= OCPP-2.0.1 F05.FR.02
//= OCPP-2.0.1 F05.FR.03
//= OCPP-2.0.1 F05.FR.05
void Requests::on(const v201::UnlockConnectorRequest& request, v201::UnlockConnectorResponse& response) {
  if (request.evse_id != kEvse || request.connector_id != kConnector) {
    response.status = UnlockStatusEnum::unknown_connector;
    return;
  }
  const auto snapshot = base_.ports.call(session::GetSnapshot{kEvse});
  const bool charging = snapshot ? snapshot->transaction.has_value() : base_.snapshot && base_.snapshot->transaction;
  response.status = charging ? UnlockStatusEnum::ongoing_authorized_transaction : UnlockStatusEnum::unlock_failed;
  if (!charging) response.status_info = why("UnsupportedRequest", "the connector has no lock");
}

//= OCPP-2.0.1 F06.FR.03
//= OCPP-2.0.1 F06.FR.04
//= OCPP-2.0.1 F06.FR.05
//= OCPP-2.0.1 F06.FR.08
//= OCPP-2.0.1 F06.FR.11
//= OCPP-2.0.1 F06.FR.17
void Requests::on(const v201::TriggerMessageRequest& request, v201::TriggerMessageResponse& response) {
  response.status = TriggerMessageStatusEnum::rejected;
  const bool place = known(request.evse);
  switch (request.requested_message) {
    case MessageTriggerEnum::boot_notification:
      if (parts_.boot.accepted()) return;
      parts_.boot.ask();
      break;
    case MessageTriggerEnum::heartbeat: parts_.heartbeat.ask(); break;
    case MessageTriggerEnum::status_notification:
      if (!place || !base_.snapshot) return;
      parts_.status.ask();
      break;
    case MessageTriggerEnum::meter_values:
      if (!place) return;
      parts_.meter.ask();
      break;
    case MessageTriggerEnum::transaction_event:
      if (!place || not_registered() || !base_.ports.call(session::TriggerEvent{kEvse})) return;
      break;
    case MessageTriggerEnum::log_status_notification: parts_.logs.ask(); break;
    default: response.status = TriggerMessageStatusEnum::not_implemented; return;
  }
  response.status = TriggerMessageStatusEnum::accepted;
}

//= OCPP-2.0.1 G03.FR.01
//= OCPP-2.0.1 G03.FR.02
//= OCPP-2.0.1 G04.FR.01
//= OCPP-2.0.1 G04.FR.03
void Requests::on(const v201::ChangeAvailabilityRequest& request, v201::ChangeAvailabilityResponse& response) {
  response.status = v201::ChangeAvailabilityStatusEnum::rejected;
  if (!known(request.evse)) {
    response.status_info = why("UnknownEvse");
    return;
  }
  const auto evse = static_cast<std::uint8_t>(request.evse ? request.evse->id : 0);
  const auto answer = base_.ports.call(
      session::ChangeAvailability{evse, 0, request.operational_status == v201::OperationalStatusEnum::operative});
  if (answer) response.status = same_text<v201::ChangeAvailabilityStatusEnum>(answer->verdict);
  else response.status_info = why("InternalError", answer.error().text());
}

//= OCPP-2.0.1 B11.FR.01
//= OCPP-2.0.1 B11.FR.09
//= OCPP-2.0.1 B12.FR.01
//= OCPP-2.0.1 B12.FR.02
void Requests::on(const v201::ResetRequest& request, v201::ResetResponse& response) {
  response.status = v201::ResetStatusEnum::rejected;
  if (request.evse_id) {
    response.status_info = why("UnsupportedParam", "a single EVSE cannot be reset");
    return;
  }
  const bool immediate = request.type == v201::ResetEnum::immediate;
  const auto answer = base_.ports.call(session::Reset{0, immediate});
  if (!answer) {
    response.status_info = why("InternalError", answer.error().text());
    return;
  }
  response.status = same_text<v201::ResetStatusEnum>(answer->verdict);
  if (answer->verdict == session::ChangeVerdict::rejected) return;
  const bool later = answer->verdict == session::ChangeVerdict::scheduled;
  base_.store.change_facts([&](StoredFacts& f) { f.reset = later ? PlannedReset::on_idle : PlannedReset::immediate; });
  base_.security("ResetOrReboot", immediate ? "reset by the backend, at once" : "reset by the backend, when idle");
}

//= OCPP-2.0.1 E14.FR.01
//= OCPP-2.0.1 E14.FR.02
//= OCPP-2.0.1 E14.FR.03
//= OCPP-2.0.1 E14.FR.04
//= OCPP-2.0.1 E14.FR.05
//= OCPP-2.0.1 E14.FR.06
//= OCPP-2.0.1 E14.FR.07
//= OCPP-2.0.1 E14.FR.08
void Requests::on(const v201::GetTransactionStatusRequest& request, v201::GetTransactionStatusResponse& response) {
  const auto& events = base_.store.events();
  if (!request.transaction_id) {
    response.messages_in_queue = !events.empty();
    return;
  }
  const auto& id = *request.transaction_id;
  response.messages_in_queue = std::ranges::any_of(events, [&](const auto& e) { return e.transaction == id; });
  const auto snapshot = base_.ports.call(session::GetSnapshot{kEvse});
  const auto& known_by = snapshot ? std::optional{*snapshot} : base_.snapshot;
  response.ongoing_indicator = known_by && known_by->transaction && *known_by->transaction == id;
}

}  // namespace bulwatt::ocpp
