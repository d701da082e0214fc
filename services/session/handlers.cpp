// What ocpp and hmi may ask: each handler checks the EVSE, makes one step, and answers when the outcome is durable.
#include "services/session/authorization.hpp"
#include "services/session/availability.hpp"
#include "services/session/billing.hpp"
#include "services/session/customer.hpp"
#include "services/session/events.hpp"
#include "services/session/reservations.hpp"
#include "services/session/service.hpp"
#include "services/session/vehicle.hpp"

namespace bulwatt::session {
namespace {
constexpr std::unexpected<Error> kUnknown{Error::unknown_evse};
}  // namespace

// ---- looking

std::expected<Snapshot, Error> Service::on(const GetSnapshot& request) {
  if (!known(request.evse)) return kUnknown;
  return look([&](const Context& c) { return snapshot(c.at(request.evse - 1U)); });
}

std::expected<GetTopology::Topology, Error> Service::on(const GetTopology&) { return topology(config_); }

std::expected<GetLimitHistory::History, Error> Service::on(const GetLimitHistory& request) {
  if (!known(request.evse)) return kUnknown;
  return GetLimitHistory::History{station_.evses[request.evse - 1U].history};
}

std::expected<GetReceipt::Last, Error> Service::on(const GetReceipt& request) {
  if (!known(request.evse)) return kUnknown;
  const auto& evse = station_.evses[request.evse - 1U];
  if (!evse.kept.receipt) return GetReceipt::Last{};
  return GetReceipt::Last{evse.kept.receipt, charge_of(evse.bill), periods_of(evse.bill),
                          tariff::text(evse.bill.schedule)};
}

std::expected<GetMeterRecord::Part, Error> Service::on(const GetMeterRecord& request) {
  const auto record = shelf_ == nullptr ? nullptr : shelf_->get(request.number);
  if (!record) return std::unexpected(Error::unknown_record);
  switch (request.part) {
    case RecordPart::payload: return GetMeterRecord::Part{Octets<meter::kMaxTwin>{record->payload.view()}};
    case RecordPart::classical: return GetMeterRecord::Part{Octets<meter::kMaxTwin>{record->classical.view()}};
    case RecordPart::key: return GetMeterRecord::Part{Octets<meter::kMaxTwin>{record->key.view()}};
    case RecordPart::twin: break;
  }
  return GetMeterRecord::Part{record->twin};
}

// ---- authorization

std::expected<PresentToken::Verdict, Error> Service::on(const PresentToken& request) {
  if (!known_or_all(request.evse)) return kUnknown;
  freshen_meters();
  return PresentToken::Verdict{step([&](const Context& c) { return present_token(c, request.evse, request.token); })};
}

std::expected<NextAuthorization::Pending, Error> Service::on(const NextAuthorization&) {
  return next_authorization(station_);
}

std::expected<ipc::Done, Error> Service::on(const AnswerAuthorization& request) {
  step([&](const Context& c) { answer_authorization(c, request.request, request.answer); });
  return ipc::Done{};
}

std::expected<ipc::Done, Error> Service::on(const AnswerTransaction& request) {
  freshen_meters();
  step([&](const Context& c) { answer_transaction(c, request); });
  return ipc::Done{};
}

//= OCPP-2.0.1 C11.FR.02
//= OCPP-2.0.1 C11.FR.03
//= OCPP-2.0.1 C11.FR.05
std::expected<ClearCache::Answer, Error> Service::on(const ClearCache&) {
  const bool cleared = step([](const Context& c) { return clear_cache(c); });
  return ClearCache::Answer{cleared && stored_now() ? Verdict::accepted : Verdict::rejected};
}

// for OCPP-2.0.1 D01.FR.02
// for OCPP-2.0.1 D01.FR.10
std::expected<UpdateLocalList::Answer, Error> Service::on(const UpdateLocalList& request) {
  auto verdict = step([&](const Context& c) { return update_local_list(c, request); });
  if (verdict != UpdateVerdict::accepted || !request.last) return UpdateLocalList::Answer{verdict};
  if (!store_whole()) {
    archive_.list.rollback();
    verdict = UpdateVerdict::failed;
  }
  return UpdateLocalList::Answer{verdict};
}

std::expected<GetLocalList::Listed, Error> Service::on(const GetLocalList&) {
  return look([](const Context& c) { return local_list(c); });
}

std::expected<GetCustomer::Customer, Error> Service::on(const GetCustomer& request) {
  return look([&](const Context& c) { return customer(c, request.token); });
}

/// The whole state is written anew, so that the entry is not only marked as gone.
std::expected<ForgetCustomer::Forgotten, Error> Service::on(const ForgetCustomer& request) {
  const bool was = step([&](const Context& c) { return forget_customer(c, request.token); });
  if (was && !store_whole()) return std::unexpected(Error::storage);
  return ForgetCustomer::Forgotten{was};
}

// ---- a car that speaks

/// Answered with the outlet as it is after what the car demands has reached power.
std::expected<VehicleOutlet, Error> Service::on(const ReportVehicle& request) {
  if (!known(request.evse)) return kUnknown;
  if (request.connector < 1 || request.connector > station_.evses[request.evse - 1U].connectors.size)
    return std::unexpected(Error::unknown_connector);
  step([&](const Context& c) { vehicle_reported(c.at(request.evse - 1U), request); });
  return look([&](const Context& c) { return outlet_of(c.at(request.evse - 1U), request.connector); });
}

void Service::vehicle_peer(bool alive) {
  if (!alive) step([](const Context& c) { for_each_evse(c, vehicle_lost); });
}

// ---- transactions

std::expected<FetchEvent::Fetched, Error> Service::on(const FetchEvent& request) {
  FetchEvent::Fetched fetched{};
  if (const auto* event = archive_.outbox.after(request.after)) fetched.event = *event;
  return fetched;
}

std::expected<ipc::Done, Error> Service::on(const AcknowledgeEvents& request) {
  step([&](const Context& c) { acknowledge(c, request.number); });
  return ipc::Done{};
}

std::expected<TransactionStatus::Answer, Error> Service::on(const TransactionStatus& request) {
  return look([&](const Context& c) { return transaction_status(c, request.transaction); });
}

std::expected<ipc::Done, Error> Service::on(const TriggerEvent& request) {
  if (!known_or_all(request.evse)) return kUnknown;
  freshen_meters();
  const bool any = step([&](const Context& c) {
    bool told = false;
    for_each_evse(c, [&](const At& at) {
      if (request.evse == 0 || request.evse == at.number) told = trigger_event(at) || told;
    });
    return told;
  });
  if (!any) return std::unexpected(Error::not_now);
  return ipc::Done{};
}

std::expected<RemoteStart::Answer, Error> Service::on(const RemoteStart& request) {
  if (!known_or_all(request.evse)) return kUnknown;
  return step([&](const Context& c) { return remote_start(c, request); });
}

std::expected<RemoteStart::Answer, Error> Service::on(const RemoteStop& request) {
  freshen_meters();
  return step([&](const Context& c) { return remote_stop(c, request.transaction); });
}

// ---- station, EVSEs, connectors

std::expected<ChangeAvailability::Answer, Error> Service::on(const ChangeAvailability& request) {
  if (!known_or_all(request.evse)) return kUnknown;
  const bool exists = request.connector == 0 ||
                      (request.evse != 0 && request.connector <= station_.evses[request.evse - 1U].connectors.size);
  if (!exists) return std::unexpected(Error::unknown_connector);
  return ChangeAvailability::Answer{step([&](const Context& c) { return change_availability(c, request); })};
}

//= OCPP-2.0.1 B11.FR.09
//= OCPP-2.0.1 B12.FR.09
std::expected<ChangeAvailability::Answer, Error> Service::on(const Reset& request) {
  if (!known_or_all(request.evse)) return kUnknown;
  if (request.evse != 0) return ChangeAvailability::Answer{ChangeVerdict::rejected};
  freshen_meters();
  return ChangeAvailability::Answer{step([&](const Context& c) { return reset(c, request.immediate); })};
}

std::expected<Unlock::Answer, Error> Service::on(const Unlock& request) {
  const auto verdict = step([&](const Context& c) { return unlock(c, request); });
  if (!verdict) return std::unexpected(Error::not_now);
  return Unlock::Answer{*verdict};
}

// ---- reservations

std::expected<Reserve::Answer, Error> Service::on(const Reserve& request) {
  if (!known_or_all(request.evse)) return kUnknown;
  const auto verdict = step([&](const Context& c) { return reserve(c, request); });
  if (verdict != ReserveVerdict::accepted || stored_now()) return Reserve::Answer{verdict};
  step([&](const Context& c) { return cancel_reservation(c, request.id); });
  return std::unexpected(Error::storage);
}

std::expected<ClearCache::Answer, Error> Service::on(const CancelReservation& request) {
  return ClearCache::Answer{step([&](const Context& c) { return cancel_reservation(c, request.id); })};
}

std::expected<NextReservationUpdate::Update, Error> Service::on(const NextReservationUpdate& request) {
  const auto update = step([&](const Context& c) { return next_reservation_update(c, request.after); });
  if (!stored_now()) return std::unexpected(Error::storage);
  return update;
}

// ---- link and settings

std::expected<ipc::Done, Error> Service::on(const SetLink& request) {
  step([&](const Context& c) { set_link(c, request); });
  return ipc::Done{};
}

std::expected<ipc::Done, Error> Service::on(const Configure& request) {
  if (!step([&](const Context& c) { return configure(c, request.settings); }))
    return std::unexpected(Error::unsupported);
  return ipc::Done{};
}

std::expected<ipc::Done, Error> Service::on(const SetBackendLimit& request) {
  if (!known_or_all(request.evse)) return kUnknown;
  step([&](const Context& c) { set_backend_limit(c, request.evse, request.limit_ma); });
  return ipc::Done{};
}

}  // namespace bulwatt::session
