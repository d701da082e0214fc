#include "services/ocpp/session_side.hpp"

#include "services/ocpp/readings.hpp"

namespace bulwatt::ocpp {

void SessionSide::set_online(bool online) {
  //= OCPP-2.0.1 E11.FR.07
  if (online_ && !online) base_.store.mark_offline();
  online_ = online;
}

void SessionSide::restarted() {
  authorizer_.forget();
  look_ = stale_ = true;
  configured_ = false;
  told_online_.reset();
  acknowledged_ = false;
  quiet_until_ = {};
}

/// Whether the other side answered at all; its own refusal is an answer.
template <class Result>
bool SessionSide::reached(const Result& result) {
  return result || result.error().failure == ipc::Failure::none;
}

void SessionSide::settle() {
  const auto now = base_.now();
  if (now < quiet_until_) return;
  if (now >= next_look_) {
    look_ = stale_ = true;
    next_look_ = now + kLookAgain;
    show_meter_key();
  }
  retry_ = next_look_;
  // The link first: it decides how session judges everything else.
  const bool good = tell() && refresh() && fetch();
  if (!good) retry_ = quiet_until_ = now + kRetry;
}

void SessionSide::show_meter_key() {
  if (!base_.config.sign_readings) return;
  if (const auto keys = base_.ports.call(meter::GetKeys{}))
    base_.model.set_everywhere(Var::meter_public_key, public_key_text(keys->classical.view()).view());
}

bool SessionSide::tell() {
  if (!configured_ && !reached(base_.ports.call(session::Configure{base_.model.settings()}))) return false;
  configured_ = true;
  if (told_online_ != online_) {
    accepted_ = accepted_ || online_;
    if (!reached(base_.ports.call(session::SetLink{online_, accepted_}))) return false;
    told_online_ = online_;
  }
  return authorizer_.deliver() && sender_.deliver();
}

bool SessionSide::refresh() {
  if (!stale_) return true;
  decltype(base_.snapshots) fresh{};
  for (std::uint8_t evse = 1; evse <= base_.model.topology().evses(); ++evse) {
    const auto snapshot = base_.ports.call(session::GetSnapshot{evse});
    if (!snapshot) return reached(snapshot);
    static_cast<void>(fresh.push_back(*snapshot));
  }
  base_.snapshots = fresh;
  if (const auto listed = base_.ports.call(session::GetLocalList{}))
    //= OCPP-2.0.1 D01.FR.12
    base_.model.set(Var::list_entries, std::int64_t{listed->entries});
  stale_ = false;
  return true;
}

/// Durable here before it is forgotten there.
//= OCPP-2.0.1 E04.FR.01
//= OCPP-2.0.1 E08.FR.05
//= OCPP-2.0.1 E11.FR.01
//= OCPP-2.0.1 E12.FR.01
bool SessionSide::fetch() {
  if (!look_) return true;
  std::size_t taken = 0;
  bool full = false;
  for (; taken < kEventsPerTurn; ++taken) {
    const auto fetched = base_.ports.call(session::FetchEvent{base_.store.fetched()});
    if (!fetched) return false;
    if (!fetched->event) break;
    auto event = *fetched->event;
    event.time = base_.corrected(event.time);
    for (auto& sample : event.samples) sample.time = base_.corrected(sample.time);
    // What waits while the backend is away has waited offline, also when session did not know yet.
    //= OCPP-2.0.1 E11.FR.02
    //= OCPP-2.0.1 E08.FR.07
    //= OCPP-2.0.1 E12.FR.02
    event.offline = event.offline || !online_;
    keep_time_order(event);
    full = !base_.store.push(event);
    if (full) break;
    last_transaction_ = event.transaction;
    last_time_ = event.time;
  }
  if (taken > 0 || !acknowledged_) {
    if (!base_.store.commit()) return false;
    if (!reached(base_.ports.call(session::AcknowledgeEvents{base_.store.fetched()}))) return false;
    acknowledged_ = true;
  }
  const auto pending = base_.ports.call(session::NextAuthorization{});
  if (!pending) return false;
  authorizer_.take(*pending);
  if (!reservations_.fetch()) return false;
  look_ = full || taken == kEventsPerTurn;
  if (look_) retry_ = base_.now() + (full ? kFullRetry : Duration::zero());
  return true;
}

/// A clock that was set back must not make an event older than the one before.
void SessionSide::keep_time_order(session::TransactionEvent& event) {
  if (event.transaction != last_transaction_) return;
  event.time = std::max(event.time, last_time_);
  for (auto& sample : event.samples) sample.time = std::min(sample.time, event.time);
}

}  // namespace bulwatt::ocpp
