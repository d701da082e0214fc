// What ocpp and hmi may ask: each handler checks the EVSE, makes one step, and answers when the outcome is durable.
#include "services/session/authorization.hpp"
#include "services/session/availability.hpp"
#include "services/session/service.hpp"

namespace bulwatt::session {
namespace {
constexpr std::unexpected<Error> kUnknown{Error::unknown_evse};
}  // namespace

std::expected<Snapshot, Error> Service::on(const GetSnapshot& request) {
  if (!known(request.evse)) return kUnknown;
  return snapshot(config_, station_, ports_.moment());
}

std::expected<PresentToken::Verdict, Error> Service::on(const PresentToken& request) {
  if (!known(request.evse)) return kUnknown;
  freshen_meter();
  return PresentToken::Verdict{step([&](const Context& c) { return present_token(c, request.token); })};
}

std::expected<NextAuthorization::Pending, Error> Service::on(const NextAuthorization&) {
  const auto& pending = station_.pending;
  if (!pending) return NextAuthorization::Pending{};
  return NextAuthorization::Pending{pending->request, config_.evse, pending->token};
}

std::expected<ipc::Done, Error> Service::on(const AnswerAuthorization& request) {
  step([&](const Context& c) { answer_authorization(c, request.request, request.answer); });
  return ipc::Done{};
}

std::expected<ipc::Done, Error> Service::on(const AnswerTransaction& request) {
  freshen_meter();
  step([&](const Context& c) { answer_transaction(c, request.transaction, request.answer); });
  return ipc::Done{};
}

std::expected<FetchEvent::Fetched, Error> Service::on(const FetchEvent& request) {
  FetchEvent::Fetched fetched{};
  if (const auto* event = station_.outbox.after(request.after)) fetched.event = *event;
  return fetched;
}

std::expected<ipc::Done, Error> Service::on(const AcknowledgeEvents& request) {
  step([&](const Context& c) { acknowledge(c, request.number); });
  return ipc::Done{};
}

std::expected<RemoteStart::Answer, Error> Service::on(const RemoteStart& request) {
  if (!known(request.evse)) return kUnknown;
  return step([&](const Context& c) { return remote_start(c, request); });
}

std::expected<RemoteStart::Answer, Error> Service::on(const RemoteStop& request) {
  freshen_meter();
  return step([&](const Context& c) { return remote_stop(c, request.transaction); });
}

std::expected<ChangeAvailability::Answer, Error> Service::on(const ChangeAvailability& request) {
  if (!known(request.evse)) return kUnknown;
  if (request.connector != 0) return std::unexpected(Error::not_now);
  return ChangeAvailability::Answer{
      step([&](const Context& c) { return change_availability(c, request.evse, request.operative); })};
}

std::expected<ChangeAvailability::Answer, Error> Service::on(const Reset& request) {
  if (!known(request.evse)) return kUnknown;
  if (request.evse != 0) return ChangeAvailability::Answer{ChangeVerdict::rejected};
  freshen_meter();
  return ChangeAvailability::Answer{step([&](const Context& c) { return reset(c, request.immediate); })};
}

std::expected<ipc::Done, Error> Service::on(const TriggerEvent& request) {
  if (!known(request.evse)) return kUnknown;
  freshen_meter();
  if (!step([&](const Context& c) { return trigger_event(c); })) return std::unexpected(Error::not_now);
  return ipc::Done{};
}

std::expected<ipc::Done, Error> Service::on(const SetLink& request) {
  step([&](const Context& c) { set_link(c, request.online); });
  return ipc::Done{};
}

std::expected<ipc::Done, Error> Service::on(const Configure& request) {
  step([&](const Context& c) { configure(c, request.settings); });
  return ipc::Done{};
}

std::expected<ipc::Done, Error> Service::on(const SetBackendLimit& request) {
  if (!known(request.evse)) return kUnknown;
  step([&](const Context& c) { set_backend_limit(c, request.limit_ma); });
  return ipc::Done{};
}

// ---- What the interface names and this station cannot do yet.

std::expected<ClearCache::Reply, Error> Service::on(const ClearCache&) { return std::unexpected(Error::not_now); }
std::expected<UpdateLocalList::Reply, Error> Service::on(const UpdateLocalList&) { return std::unexpected(Error::not_now); }
std::expected<GetLocalList::Reply, Error> Service::on(const GetLocalList&) { return std::unexpected(Error::not_now); }
std::expected<TransactionStatus::Reply, Error> Service::on(const TransactionStatus&) { return std::unexpected(Error::not_now); }
std::expected<Unlock::Reply, Error> Service::on(const Unlock&) { return std::unexpected(Error::not_now); }
std::expected<Reserve::Reply, Error> Service::on(const Reserve&) { return std::unexpected(Error::not_now); }
std::expected<CancelReservation::Reply, Error> Service::on(const CancelReservation&) { return std::unexpected(Error::not_now); }
std::expected<NextReservationUpdate::Reply, Error> Service::on(const NextReservationUpdate&) { return std::unexpected(Error::not_now); }
std::expected<GetTopology::Reply, Error> Service::on(const GetTopology&) { return std::unexpected(Error::not_now); }
std::expected<GetLimitHistory::Reply, Error> Service::on(const GetLimitHistory&) { return std::unexpected(Error::not_now); }

}  // namespace bulwatt::session
