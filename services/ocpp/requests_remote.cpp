// Requests that session decides on: start, stop, availability, reset, and messages out of turn.
#include "services/ocpp/readings.hpp"
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::MessageTriggerEnum;
using v201::TriggerMessageStatusEnum;
using v201::UnlockStatusEnum;
v201::StatusInfo why(std::string_view reason, std::string_view text = {}) {
  v201::StatusInfo info{.reason_code = reason};
  if (!text.empty()) info.additional_info = text;
  return info;
}

session::IdToken token_of(const v201::IdToken& token) {
  return {token.id_token, same_text<session::TokenType>(token.type)};
}

struct Where {
  std::uint8_t evse = 0;       ///< 0: the station
  std::uint8_t connector = 0;  ///< 0: the EVSE
};

/// Nothing when this station has no such place.
std::optional<Where> where(const Topology& topology, const std::optional<v201::EVSE>& evse) {
  if (!evse || evse->id == 0) return Where{};
  const auto connector = evse->connector_id.value_or(0);
  if (!topology.has(evse->id) || (connector != 0 && !topology.has(evse->id, connector))) return std::nullopt;
  return Where{static_cast<std::uint8_t>(evse->id), static_cast<std::uint8_t>(connector)};
}

/// Whether there is anything to tell: nothing is promised that could not be sent.
bool has_values(Base& base, std::uint8_t evse) {
  if (base.model.text(Var::aligned_measurands).empty()) return false;
  for (std::uint8_t one = 1; one <= base.model.topology().evses(); ++one) {
    if (evse != 0 && evse != one) continue;
    const auto reading = base.ports.call(meter::Read{one});
    if (reading && reading->health == meter::Health::good) return true;
  }
  return false;
}

}  // namespace

//= OCPP-2.0.1 B02.FR.05
//= OCPP-2.0.1 F01.FR.13
//= OCPP-2.0.1 F01.FR.12
//= OCPP-2.0.1 F02.FR.01
//= OCPP-2.0.1 F02.FR.20
void Requests::on(const v201::RequestStartTransactionRequest& request,
                  v201::RequestStartTransactionResponse& response) {
  response.status = v201::RequestStartStopStatusEnum::rejected;
  if (not_registered()) {
    response.status_info = why("CSNotAccepted");
    return;
  }
  const auto evse = request.evse_id.value_or(0);
  if (evse != 0 && !base_.model.topology().has(evse)) {
    response.status_info = why("UnknownEvse");
    return;
  }
  session::RemoteStart start{static_cast<std::uint8_t>(evse),
                             token_of(request.id_token),
                             request.remote_start_id,
                             base_.model.flag(Var::authorize_remote_start),
                             {}};
  if (request.group_id_token) start.group = token_of(*request.group_id_token);
  const auto answer = base_.ports.call(start);
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

//= OCPP-2.0.1 F05.FR.01
//= OCPP-2.0.1 F05.FR.02
//= OCPP-2.0.1 F05.FR.03
//= OCPP-2.0.1 F05.FR.05
void Requests::begin_unlock(const v201::UnlockConnectorRequest& request) {
  // Another order while one waits: the backend has given the first one up.
  if (unlocking_) end_unlock({.status = UnlockStatusEnum::unlock_failed, .status_info = why("Superseded")});
  unlocking_ = {id_, hash_, {}, base_.now() + kUnlockPatience, base_.now()};
  if (!base_.model.topology().has(request.evse_id, request.connector_id))
    return end_unlock({.status = UnlockStatusEnum::unknown_connector});
  unlocking_->order = {static_cast<std::uint8_t>(request.evse_id), static_cast<std::uint8_t>(request.connector_id)};
  look_at_lock();
}

void Requests::look_at_lock() {
  if (!unlocking_) return;
  const auto now = base_.now();
  const auto answer = base_.ports.call(unlocking_->order);
  if (answer) return end_unlock({.status = same_text<UnlockStatusEnum>(answer->verdict)});
  const bool moves = answer.error().failure == ipc::Failure::none && answer.error().error == session::Error::not_now;
  unlocking_->look = now + kUnlockLook;
  if (moves && now < unlocking_->until) return;
  end_unlock({.status = UnlockStatusEnum::unlock_failed,
              .status_info = moves ? why("LockTimeout", "the lock is held or does not move")
                                   : why("InternalError", answer.error().text())});
}

//= OCPP-2.0.1 F06.FR.03
//= OCPP-2.0.1 F06.FR.04
//= OCPP-2.0.1 F06.FR.05
//= OCPP-2.0.1 F06.FR.08
//= OCPP-2.0.1 F06.FR.11
//= OCPP-2.0.1 F06.FR.17
//= OCPP-2.0.1 F06.FR.10
TriggerMessageStatusEnum Requests::trigger(const v201::TriggerMessageRequest& request) {
  constexpr auto kRejected = TriggerMessageStatusEnum::rejected;
  const auto place = where(base_.model.topology(), request.evse);
  switch (request.requested_message) {
    case MessageTriggerEnum::boot_notification:
      if (parts_.boot.accepted()) return kRejected;
      parts_.boot.ask();
      break;
    case MessageTriggerEnum::heartbeat: parts_.heartbeat.ask(); break;
    case MessageTriggerEnum::status_notification:
      if (!place || !parts_.status.ask(place->evse, place->connector)) return kRejected;
      break;
    case MessageTriggerEnum::meter_values:
      if (!place || !has_values(base_, place->evse)) return kRejected;
      parts_.meter.ask(place->evse);
      break;
    case MessageTriggerEnum::transaction_event:
      if (!place || not_registered() || !base_.ports.call(session::TriggerEvent{place->evse})) return kRejected;
      break;
    //= OCPP-2.0.1 F06.FR.14
    //= OCPP-2.0.1 F06.FR.15
    case MessageTriggerEnum::log_status_notification: parts_.logs.ask(); break;
    case MessageTriggerEnum::firmware_status_notification: parts_.firmware.ask(); break;
    case MessageTriggerEnum::sign_charging_station_certificate:
      if (!parts_.renewal.ask()) return kRejected;
      break;
    default: return TriggerMessageStatusEnum::not_implemented;
  }
  return TriggerMessageStatusEnum::accepted;
}

void Requests::on(const v201::TriggerMessageRequest& request, v201::TriggerMessageResponse& response) {
  response.status = trigger(request);
  base_.note(ledger::Subject::remote_command, ledger::Severity::info, "TriggerMessage",
             Line<120>{"what=", enum_text(request.requested_message), " verdict=", enum_text(response.status)}.view());
}

//= OCPP-2.0.1 G03.FR.01
//= OCPP-2.0.1 G03.FR.02
//= OCPP-2.0.1 G04.FR.01
//= OCPP-2.0.1 G04.FR.03
void Requests::on(const v201::ChangeAvailabilityRequest& request, v201::ChangeAvailabilityResponse& response) {
  response.status = v201::ChangeAvailabilityStatusEnum::rejected;
  const auto place = where(base_.model.topology(), request.evse);
  if (!place) {
    response.status_info = why("UnknownEvse");
    return;
  }
  const bool operative = request.operational_status == v201::OperationalStatusEnum::operative;
  const auto answer = base_.ports.call(session::ChangeAvailability{place->evse, place->connector, operative});
  if (answer) response.status = same_text<v201::ChangeAvailabilityStatusEnum>(answer->verdict);
  else response.status_info = why("InternalError", answer.error().text());
}

//= OCPP-2.0.1 B11.FR.01
//= OCPP-2.0.1 B11.FR.09
//= OCPP-2.0.1 B12.FR.01
//= OCPP-2.0.1 B12.FR.02
//= OCPP-2.0.1 B11.FR.06
void Requests::on(const v201::ResetRequest& request, v201::ResetResponse& response) {
  response.status = v201::ResetStatusEnum::rejected;
  if (request.evse_id.value_or(0) != 0) {
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
  if (const auto status = base_.ports.call(session::TransactionStatus{id})) {
    response.ongoing_indicator = status->ongoing;
    response.messages_in_queue = response.messages_in_queue || status->events_waiting;
    return;
  }
  response.ongoing_indicator = std::ranges::any_of(base_.snapshots, [&](const auto& s) { return s.transaction == id; });
}

}  // namespace bulwatt::ocpp
