#include "services/session/transaction.hpp"

#include "libs/base/check.hpp"
#include "services/session/limits.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
constexpr Duration kEndPatience = std::chrono::seconds{10};  ///< a car may take six seconds to stop drawing
constexpr Duration kReadPatience = std::chrono::seconds{2};
constexpr Duration kStateEventPause = std::chrono::seconds{1};  ///< a trembling pilot must not wear the flash

Sample sample_of(const meter::Reading& reading, SampleContext context) {
  Sample sample{
      .time = reading.time, .context = context, .import_mwh = reading.import_mwh, .power_mw = reading.power_mw};
  for (const auto& line : reading.lines) {
    static_cast<void>(sample.current_ma.push_back(line.current_ma));
    static_cast<void>(sample.voltage_mv.push_back(line.voltage_mv));
  }
  return sample;
}

//= OCPP-2.0.1 E01.FR.07
TransactionEvent next_event(const Context& c, EventType type, Trigger trigger) {
  auto& transaction = *c.state.ongoing.transaction;
  TransactionEvent event{};
  event.number = c.state.ongoing.next_number++;
  event.evse = c.config.evse;
  event.connector = 1;
  event.transaction = transaction.id;
  event.seq_no = transaction.next_seq++;
  event.type = type;
  event.trigger = trigger;
  event.time = c.moment.time;
  event.offline = !c.state.online;
  event.charging_state = transaction.charging;
  event.limit_ma = c.state.permit.limit_ma;
  transaction.seen = c.moment.time;
  return event;
}

void add_sample(const Context& c, TransactionEvent& event, SampleContext context) {
  if (c.state.meter_known) static_cast<void>(event.samples.push_back(sample_of(c.state.meter, context)));
}

void publish(const Context& c, const TransactionEvent& event) {
  BULWATT_ASSERT(c.state.outbox.push(event));  // room was checked by whoever made the event
  c.actions.write_ongoing = true;
  c.actions.work_available = true;
}

TransactionId take_id(Station& state) {
  const auto id = *state.spare_id;
  state.spare_id.reset();
  return id;
}

}  // namespace

std::string_view why_not(const Context& c) {
  const auto& s = c.state;
  if (!s.power_known || !s.meter_known) return "The station is starting.";
  if (s.resetting) return "The station is restarting.";
  if (!s.ongoing.station_operative || !s.ongoing.evse_operative || s.safe_state) return "Out of service.";
  if (!fault_name(c.config, s, c.now()).empty()) return "Out of order. Please use another station.";
  if (s.meter_lost) return "The energy meter does not answer.";
  const bool no_record = !s.ledger_ok && !c.config.start_without_ledger;
  if (!s.storage_ok || no_record || s.outbox.room() <= Outbox::kKept) return "The station cannot record a session now.";
  return {};
}

void grant(const Context& c, const Grant& leave) {
  c.state.ongoing.grant = leave;
  c.state.grant_until = c.now() + seconds(c.state.settings.ev_connection_timeout_s);
  c.state.finishing = false;
  c.actions.write_ongoing = true;
  if (!c.state.plugged) tell(c, "Please plug in your car.", seconds(c.state.settings.ev_connection_timeout_s));
}

void withdraw_grant(const Context& c, std::string_view why) {
  if (!c.state.ongoing.grant) return;
  note(c, Subject::authorization, Severity::info, "AuthorizationEnded", "token=", masked(c.state.ongoing.grant->token),
       " why=", why);
  c.state.ongoing.grant.reset();
  c.state.message = {};
  c.actions.write_ongoing = true;
}

//= OCPP-2.0.1 E01.FR.05
//= OCPP-2.0.1 F02.FR.01
//= OCPP-2.0.1 F02.FR.21
void start_if_possible(const Context& c) {
  auto& s = c.state;
  if (s.ongoing.transaction || !s.ongoing.grant || !s.plugged || !s.spare_id || !why_not(c).empty()) return;
  const auto leave = *s.ongoing.grant;
  s.ongoing.grant.reset();
  s.ongoing.transaction = Transaction{.id = take_id(s),
                                      .grant = leave,
                                      .started = c.moment.time,
                                      .begin_mwh = s.meter.import_mwh,
                                      .register_mwh = s.meter.import_mwh,
                                      .charging = ChargingState::ev_connected};
  s.ongoing.last_stop.reset();
  s.ongoing.last_energy_mwh = s.ongoing.last_cost_micro = 0;
  s.message = {};
  const auto cause = s.just_plugged ? Trigger::cable_plugged_in : Trigger::authorized;
  auto event = next_event(c, EventType::started, leave.remote_start_id ? Trigger::remote_start : cause);
  event.token = leave.token;
  event.remote_start_id = leave.remote_start_id;
  add_sample(c, event, SampleContext::transaction_begin);  //= OCPP-2.0.1 E01.FR.09
  publish(c, event);
  s.next_sample = c.now() + seconds(s.settings.sample_interval_s);
  s.next_register = c.now() + seconds(c.config.register_interval_s);
  s.next_state_event = c.now();
  note(c, Subject::transaction, Severity::notice, "TransactionStarted", "id=", event.transaction,
       " token=", masked(leave.token), " register_mwh=", s.meter.import_mwh, " trigger=", enum_text(event.trigger));
}

void end_transaction(const Context& c, Trigger trigger, StoppedReason reason, const std::optional<IdToken>& token) {
  auto& s = c.state;
  if (!s.ongoing.transaction) return;
  if (!s.ongoing.transaction->ending) {
    s.ongoing.transaction->ending = Ending{trigger, reason, token};
    s.end_by = c.now() + kEndPatience;
    s.opened.reset();
    c.actions.write_ongoing = true;
  }
  finish_ending(c);
}

namespace {

/// Until when to wait for the contactor to open and the register to be read after that; nothing: no reason to wait.
std::optional<Instant> wait_for_last_energy(const Context& c) {
  auto& s = c.state;
  if (s.recovering || s.controller_lost || c.now() >= s.end_by) return std::nullopt;
  if (!s.power_known) return s.end_by;
  if (s.power.contactor_closed) {
    s.opened.reset();
    return s.end_by;
  }
  if (!s.opened) s.opened = c.now();
  const bool counted = s.meter_taken >= *s.opened || s.meter_lost || !s.ongoing.transaction->has_charged;
  const auto until = std::min(s.end_by, *s.opened + kReadPatience);
  return counted || c.now() >= until ? std::nullopt : std::optional{until};
}

}  // namespace

void finish_ending(const Context& c) {
  auto& s = c.state;
  if (!s.ongoing.transaction || !s.ongoing.transaction->ending) return;
  if (const auto until = wait_for_last_energy(c)) {
    c.wake(*until);
    return;
  }
  auto& transaction = *s.ongoing.transaction;
  const Ending ending = *transaction.ending;
  transaction.charging = s.plugged ? ChargingState::ev_connected : ChargingState::idle;
  auto event = next_event(c, EventType::ended, ending.trigger);
  event.stopped = ending.reason;
  event.token = ending.token;
  add_sample(c, event, SampleContext::transaction_end);  //= OCPP-2.0.1 E06.FR.11
  publish(c, event);
  note(c, Subject::transaction, Severity::notice, "TransactionEnded", "id=", event.transaction,
       " energy_mwh=", energy_mwh(s), " reason=", enum_text(ending.reason), " events=", transaction.next_seq);
  s.ongoing.last_stop = ending.reason;
  s.ongoing.last_energy_mwh = energy_mwh(s);
  s.ongoing.last_cost_micro =
      tariff::cost(c.config.tariff, energy_mwh(s), c.moment.time.unix_ms - transaction.started.unix_ms);
  s.ongoing.transaction.reset();
  s.recovering = false;
  s.pending.reset();
  s.finishing = s.plugged;
  s.opened.reset();
}

bool update_transaction(const Context& c, Trigger trigger, std::optional<SampleContext> sample) {
  auto& s = c.state;
  if (!s.ongoing.transaction || s.outbox.room() <= Outbox::kKept) return false;
  auto event = next_event(c, EventType::updated, trigger);
  if (sample) add_sample(c, event, *sample);
  publish(c, event);
  s.next_state_event = c.now() + kStateEventPause;
  s.next_register = c.now() + seconds(c.config.register_interval_s);
  return true;
}

ChargingState charging_state(const Station& s) {
  const auto& transaction = *s.ongoing.transaction;
  if (!s.plugged) return ChargingState::idle;
  if (!s.permit.energize) return ChargingState::suspended_evse;
  using power::Pilot;
  const auto pilot = s.power.pilot;
  const bool wants = pilot == Pilot::c1 || pilot == Pilot::c2 || pilot == Pilot::d1 || pilot == Pilot::d2;
  if (wants && s.power.contactor_closed) return ChargingState::charging;
  // Between two offers the controller pauses; that the car wants energy then is no change worth telling.
  if (wants && transaction.charging == ChargingState::charging) return ChargingState::charging;
  return transaction.has_charged ? ChargingState::suspended_ev : ChargingState::ev_connected;
}

std::int64_t energy_mwh(const Station& s) {
  if (!s.ongoing.transaction) return 0;
  return std::max<std::int64_t>(s.ongoing.transaction->register_mwh - s.ongoing.transaction->begin_mwh, 0);
}

}  // namespace bulwatt::session
