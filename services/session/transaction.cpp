#include "services/session/transaction.hpp"

#include "services/session/billing.hpp"
#include "services/session/events.hpp"
#include "services/session/limits.hpp"
#include "services/session/meter_records.hpp"
#include "services/session/reservations.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
constexpr Duration kEndPatience = std::chrono::seconds{10};  ///< a car may take six seconds to stop drawing
constexpr Duration kReadPatience = std::chrono::seconds{6};  ///< a hung meter service is found and back within that

bool ends_with_authorization(const Settings& settings) {
  return contains(settings.tx_stop, TxPoint::authorized) || contains(settings.tx_stop, TxPoint::power_path_closed) ||
         contains(settings.tx_stop, TxPoint::energy_transfer);
}

TransactionId take_id(Station& state) {
  const auto id = *state.spare_id;
  state.spare_id.reset();
  return id;
}

}  // namespace

std::string_view why_not(const At& c) {
  const auto& s = c.state;
  if (!c.connector().power_known || !c.evse.meter_known) return "The station is starting.";
  if (s.resetting) return "The station is restarting.";
  if (!operative(c) || s.safe_state) return "Out of service.";
  if (!fault_name(c).empty()) return "Out of order. Please use another station.";
  if (c.evse.meter_lost) return "The energy meter does not answer.";
  const bool no_record = !s.ledger_ok && !c.config.start_without_ledger;
  if (!s.storage_ok || no_record || c.archive.outbox.room() <= Outbox::kKept)
    return "The station cannot record a session now.";
  //= OCPP-2.0.1 B02.FR.03
  //= OCPP-2.0.1 B03.FR.01
  if (!s.accepted && !s.settings.tx_before_accepted) return "The station waits for its backend.";
  return {};
}

//= OCPP-2.0.1 E01.FR.10
//= OCPP-2.0.1 E02.FR.01
//= OCPP-2.0.1 E02.FR.20
//= OCPP-2.0.1 F02.FR.21
//= OCPP-2.0.1 C05.FR.03
//= OCPP-2.0.1 C05.FR.05
//= OCPP-2.0.1 F01.FR.25
//= OCPP-2.0.1 F02.FR.05
void grant(const At& c, const Grant& leave) {
  c.grant() = leave;
  ++c.evse.kept.epoch;
  c.evse.grant_until = c.now() + seconds(c.state.settings.ev_connection_timeout_s);
  c.evse.grant_new = true;
  c.evse.finishing = false;
  c.changed();
  if (!c.plugged()) tell(c, "Please plug in your car.", seconds(c.state.settings.ev_connection_timeout_s));
  if (!c.transaction()) return;
  c.transaction()->token = leave.token;
  c.transaction()->cause.reset();
  const auto why = leave.remote_start_id ? Trigger::remote_start : Trigger::authorized;
  update_transaction(c, why, {}, leave.token, &leave);
}

void withdraw_grant(const At& c, std::string_view why) {
  if (!c.grant() || c.transaction()) return;
  note(c, Subject::authorization, Severity::info, "AuthorizationEnded", "token=", masked(c.grant()->token),
       " why=", why);
  if (const auto id = c.grant()->reservation_id) reservation_ended(c, *id, ReservationEnd::no_transaction);
  c.grant().reset();
  c.evse.message = {};
  c.changed();
}

//= OCPP-2.0.1 E05.FR.09
//= OCPP-2.0.1 E06.FR.03
//= OCPP-2.0.1 E06.FR.06
//= OCPP-2.0.1 E07.FR.02
void end_authorization(const At& c, const Ending& cause) {
  if (!c.transaction()) return withdraw_grant(c, enum_text(cause.reason));
  if (c.transaction()->ending) return;
  // With neither a driver nor a car nothing is left that could ever end it.
  if (ends_with_authorization(c.state.settings) || !c.plugged()) return end_transaction(c, cause);
  c.grant().reset();
  c.transaction()->cause = cause.reason;
  c.changed();
  update_transaction(c, cause.trigger, SampleContext::other, cause.token);
  note(c, Subject::authorization, Severity::info, "AuthorizationEnded", "id=", c.transaction()->id,
       " why=", enum_text(cause.reason));
}

namespace {

/// What begins a transaction now; nothing when nothing does.
//= OCPP-2.0.1 E01.FR.02
//= OCPP-2.0.1 E01.FR.03
//= OCPP-2.0.1 E01.FR.05
//= OCPP-2.0.1 E01.FR.06
//= OCPP-2.0.1 E02.FR.06
//= OCPP-2.0.1 F01.FR.19
std::optional<Trigger> start_trigger(const At& c) {
  const auto& points = c.state.settings.tx_start;
  const bool granted = c.grant().has_value();
  const auto by_grant = [&] {
    if (c.grant()->remote_start_id) return Trigger::remote_start;
    return c.plugged() && c.connector().just_plugged ? Trigger::cable_plugged_in : Trigger::authorized;
  };
  if (!granted) {
    const bool by_cable = contains(points, TxPoint::ev_connected) && c.plugged() && !c.evse.kept.cable_used;
    if (!by_cable || reserved(c)) return std::nullopt;
    return Trigger::cable_plugged_in;
  }
  if (contains(points, TxPoint::authorized)) return by_grant();
  if (!c.plugged()) return std::nullopt;
  // Nobody charges outside of a transaction, but that energy itself may be what begins it.
  const bool earlier = contains(points, TxPoint::ev_connected) || contains(points, TxPoint::power_path_closed);
  if (earlier || !contains(points, TxPoint::energy_transfer)) return by_grant();
  if (!c.connector().power.contactor_closed || !c.evse.permit.energize) return std::nullopt;
  return c.grant()->remote_start_id ? Trigger::remote_start : Trigger::charging_state_changed;
}

//= OCPP-2.0.1 C05.FR.03
//= OCPP-2.0.1 C05.FR.05
//= OCPP-2.0.1 C12.FR.02
//= OCPP-2.0.1 E03.FR.01
//= OCPP-2.0.1 F01.FR.03
//= OCPP-2.0.1 F01.FR.05
//= OCPP-2.0.1 F01.FR.25
//= OCPP-2.0.1 F02.FR.05
//= OCPP-2.0.1 F02.FR.11
//= OCPP-2.0.1 F02.FR.13
void begin_transaction(const At& c, Trigger trigger) {
  auto& e = c.evse;
  const auto& reading = e.offered ? *e.offered : e.meter;
  const bool charges = e.permit.energize && c.connector().power.contactor_closed;
  e.kept.transaction = Transaction{.id = take_id(c.state),
                                   .connector = c.plugged() ? e.active : std::uint8_t{0},
                                   .started = c.moment.time,
                                   .begin_mwh = reading.import_mwh,
                                   .register_mwh = e.meter.import_mwh,
                                   .charging = charges       ? ChargingState::charging
                                               : c.plugged() ? ChargingState::ev_connected
                                                             : ChargingState::idle,
                                   .connected = c.plugged(),
                                   .has_charged = charges,
                                   .begin = sample_of(reading, SampleContext::transaction_begin)};
  ++e.kept.epoch;
  e.kept.cable_used = c.plugged();
  e.kept.last_stop.reset();
  e.kept.last_energy_mwh = 0;
  e.kept.receipt.reset();  // it is nobody's business but of the one who has left
  e.offered.reset();
  begin_bill(c);
  if (c.plugged()) e.message = {};
  auto event = next_event(c, EventType::started, trigger);
  if (const auto& leave = c.grant()) {
    c.transaction()->token = event.token = leave->token;
    event.remote_start_id = leave->remote_start_id;
    //= OCPP-2.0.1 E01.FR.13
    //= OCPP-2.0.1 E02.FR.03
    //= OCPP-2.0.1 E03.FR.03
    //= OCPP-2.0.1 F02.FR.06
    event.reservation_id = leave->reservation_id;  // for OCPP-2.0.1 H01.FR.15
  }
  //= OCPP-2.0.1 E01.FR.09
  //= OCPP-2.0.1 E02.FR.09
  //= OCPP-2.0.1 E03.FR.07
  //= OCPP-2.0.1 E04.FR.05
  //= OCPP-2.0.1 E05.FR.05
  //= OCPP-2.0.1 F01.FR.14
  //= OCPP-2.0.1 F02.FR.02
  static_cast<void>(event.samples.push_back(*c.transaction()->begin));
  publish(c, event);
  schedule_samples(c);
  e.next_register = c.now() + seconds(c.config.register_interval_s);
  e.next_state_event = c.now();
  note(c, Subject::transaction, Severity::notice, "TransactionStarted", "id=", event.transaction,
       " token=", event.token ? masked(*event.token) : Text<8>{"none"}, " register_mwh=", reading.import_mwh,
       " trigger=", enum_text(trigger));
}

}  // namespace

void start_if_possible(const At& c) {
  if (c.transaction() || !why_not(c).empty()) return;
  const auto trigger = start_trigger(c);
  if (!trigger) return;
  if (c.state.spare_id) begin_transaction(c, *trigger);
  else c.wake(c.now() + std::chrono::milliseconds{1});  // another EVSE took the id in this step
}

namespace {

//= OCPP-2.0.1 E06.FR.02
//= OCPP-2.0.1 E06.FR.06
//= OCPP-2.0.1 E09.FR.01
void unplugged(const At& c) {
  const auto& settings = c.state.settings;
  auto& transaction = *c.transaction();
  bill_now(c);
  transaction.connected = false;
  transaction.charging = ChargingState::idle;
  const Ending gone{Trigger::ev_communication_lost, transaction.cause.value_or(StoppedReason::ev_disconnected), {}};
  const auto& stop = settings.tx_stop;
  const bool ends = contains(stop, TxPoint::ev_connected) || contains(stop, TxPoint::power_path_closed) ||
                    (contains(stop, TxPoint::energy_transfer) && transaction.has_charged);
  if (ends || !c.grant() || settings.stop_tx_on_ev_side_disconnect) {
    //= OCPP-2.0.1 E09.FR.03
    if (c.grant() && !settings.unlock_on_ev_side_disconnect) hold_cable(c, c.grant()->token);
    return end_transaction(c, gone);
  }
  c.evse.grant_until = c.now() + seconds(settings.ev_connection_timeout_s);
  c.changed();
  update_transaction(c, Trigger::ev_communication_lost, SampleContext::other);
}

void plugged_in(const At& c) {
  auto& transaction = *c.transaction();
  bill_now(c);
  transaction.connected = true;
  transaction.connector = c.evse.active;
  transaction.charging = ChargingState::ev_connected;
  c.evse.kept.cable_used = true;
  c.evse.message = {};
  c.changed();
  //= OCPP-2.0.1 E02.FR.17
  update_transaction(c, Trigger::cable_plugged_in, SampleContext::other);
}

}  // namespace

void follow_plug(const At& c) {
  if (!c.transaction() || c.transaction()->ending || c.evse.recovering) return;
  const bool connected = c.transaction()->connected;
  if (c.plugged() && !connected) return plugged_in(c);
  if (!c.plugged() && connected && c.connector().cable_known) unplugged(c);
}

void hold_cable(const At& c, const IdToken& owner) {
  if (!c.connector().power.has_lock || !c.connector().power.locked) return;
  c.evse.kept.holder = owner;
  c.evse.kept.held_connector = c.evse.active;
  c.changed();
}

void end_transaction(const At& c, const Ending& cause) {
  if (!c.transaction()) return;
  if (!c.transaction()->ending) {
    c.transaction()->ending = cause;
    c.evse.end_by = c.now() + kEndPatience;
    c.evse.opened.reset();
    c.changed();
  }
  finish_ending(c);
}

namespace {

/// Until when to wait for the contactor to open and the register to be read after that; nothing: no reason to wait.
std::optional<Instant> wait_for_last_energy(const At& c) {
  auto& e = c.evse;
  const auto& connector = c.connector();
  if (c.now() >= e.end_by || controller_silent(c, connector)) return std::nullopt;
  if (e.recovering || !connector.power_known) return e.end_by;  // what flowed before the outage is still to be read
  if (connector.power.contactor_closed) {
    e.opened.reset();
    return e.end_by;
  }
  if (!e.opened) e.opened = c.now();
  // Between two looks at power a contactor may have closed and opened again.
  const bool nothing_flowed = !c.transaction()->has_charged && !e.was_offered;
  const bool counted = e.meter_taken >= *e.opened || meter_silent(c) || nothing_flowed;
  const auto until = std::min(e.end_by, *e.opened + kReadPatience);
  return counted || c.now() >= until ? std::nullopt : std::optional{until};
}

Receipt receipt_of(const At& c, const TransactionEvent& event) {
  const auto& transaction = *c.transaction();
  Receipt out{};
  out.transaction = event.transaction;
  out.begin = transaction.started;
  out.end = c.moment.time;
  // What is signed is what is billed.
  out.energy_mwh = signed_energy(transaction).value_or(energy_mwh(c.evse));
  out.begin_record = event.begin_record;
  out.end_record = event.end_record;
  if (transaction.begin_record) out.begin_in_ledger = transaction.begin_record->ledger_record;
  if (transaction.end_record) out.end_in_ledger = transaction.end_record->ledger_record;
  return out;
}

void tell_end(const At& c) {
  auto& e = c.evse;
  auto& transaction = *c.transaction();
  const Ending ending = *transaction.ending;
  end_bill(c);
  transaction.charging = c.plugged() ? ChargingState::ev_connected : ChargingState::idle;
  auto event = next_event(c, EventType::ended, ending.trigger);
  //= OCPP-2.0.1 E06.FR.08
  //= OCPP-2.0.1 E07.FR.05
  //= OCPP-2.0.1 E07.FR.06
  event.stopped = ending.reason;
  event.token = ending.token;
  add_ended_samples(c, event);
  name_records(c, event);
  event.charge = charge_of(e.bill);
  publish(c, event);
  note(c, Subject::transaction, Severity::notice, "TransactionEnded", "id=", event.transaction,
       " energy_mwh=", energy_mwh(e), " reason=", enum_text(ending.reason), " events=", transaction.next_seq);
  if (!event.charge->failure) {
    note(c, Subject::transaction, Severity::notice, "TransactionBilled", "id=", event.transaction,
         " total_micro=", event.charge->total, " currency=", event.charge->currency);
  }
  e.kept.last_stop = ending.reason;
  e.kept.last_energy_mwh = energy_mwh(e);
  e.kept.receipt = receipt_of(c, event);
}

}  // namespace

void finish_ending(const At& c) {
  if (!c.transaction() || !c.transaction()->ending) return;
  if (const auto until = wait_for_last_energy(c)) {
    c.wake(*until);
    return;
  }
  if (waits_for_end_record(c)) return;
  tell_end(c);
  auto& e = c.evse;
  e.kept.transaction.reset();
  e.kept.grant.reset();
  e.kept.cable_used = c.plugged();
  e.recovering = false;
  e.pending.reset();
  e.finishing = c.plugged();
  e.opened.reset();
  e.was_offered = false;
}

}  // namespace bulwatt::session
