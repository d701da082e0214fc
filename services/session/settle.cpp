#include "services/session/settle.hpp"

#include "services/session/authorization.hpp"
#include "services/session/availability.hpp"
#include "services/session/limits.hpp"
#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
constexpr Duration kFaultResetPause = std::chrono::seconds{10};
constexpr Duration kContactorNotePause = std::chrono::seconds{5};  ///< a trembling car must not fill the ledger

bool has(const power::Status& status, power::Fault fault) {
  return ((status.faults >> std::to_underlying(fault)) & 1) != 0;
}

StoppedReason reason_of(const power::Status& status) {
  using power::Fault;
  if (has(status, Fault::emergency_stop)) return StoppedReason::emergency_stop;
  if (has(status, Fault::rcd_trip) || has(status, Fault::pe_loss)) return StoppedReason::ground_fault;
  return StoppedReason::other;
}

/// A transaction found when the station came up again goes on or ends, once cable and register are known.
void recover(const Context& c) {
  auto& s = c.state;
  if (!s.recovering || !s.ongoing.transaction) return;
  if (!s.cable_known || (!s.meter_known && c.now() < s.recover_until)) {
    if (c.now() < s.recover_until) c.wake(s.recover_until);
    return;
  }
  s.recovering = false;
  if (s.ongoing.transaction->ending) return;
  const auto outage_ms = c.moment.time.unix_ms - s.ongoing.transaction->seen.unix_ms;
  const bool in_time = outage_ms >= 0 && outage_ms <= std::int64_t{c.config.resume_after_power_loss_s} * 1000;
  if (s.plugged && in_time && c.config.resume_after_power_loss_s > 0 && !s.ongoing.transaction->deauthorized) {
    s.ongoing.transaction->charging = ChargingState::suspended_evse;
    update_transaction(c, Trigger::abnormal_condition, SampleContext::other);
    note(c, Subject::transaction, Severity::notice, "TransactionResumed", "outage_ms=", outage_ms);
    return;
  }
  end_transaction(c, Trigger::abnormal_condition, StoppedReason::power_loss);
}

/// Faults are recorded when they come and go; one that stays, or the emergency stop, ends the transaction.
//= OCPP-2.0.1 E06.FR.16
void watch_faults(const Context& c) {
  auto& s = c.state;
  if (s.power.faults != s.noted_faults) {
    const bool raised = (s.power.faults & ~s.noted_faults) != 0;
    note(c, Subject::fault, raised ? Severity::critical : Severity::notice, raised ? "FaultRaised" : "FaultCleared",
         "fault=", fault_name(c.config, s, c.now()), " bits=", s.power.faults);
    s.noted_faults = s.power.faults;
  }
  if (s.controller_lost && !controller_silent(c.config, s, c.now()))
    c.wake(*s.controller_lost + seconds(c.config.controller_grace_s));
  if (fault_name(c.config, s, c.now()).empty()) {
    s.fault_since.reset();
    return;
  }
  if (!s.fault_since) s.fault_since = c.now();
  const auto patience_over = *s.fault_since + seconds(c.config.fault_patience_s);
  if (has(s.power, power::Fault::emergency_stop) || c.now() >= patience_over) {
    withdraw_grant(c, "fault");
    end_transaction(c, Trigger::abnormal_condition, reason_of(s.power));
  } else if (s.ongoing.transaction || s.ongoing.grant) {
    c.wake(patience_over);
  }
  // While the station signals F nobody can see the cable; the safety controller refuses as long as the cause stands.
  const bool cable_holds = s.plugged && s.power.pilot != power::Pilot::f;
  if (s.power.faults == 0 || cable_holds || !c.config.reset_faults_when_unplugged) return;
  if (c.now() >= s.next_fault_reset) {
    c.actions.reset_faults = true;
    s.next_fault_reset = c.now() + kFaultResetPause;
  }
  c.wake(s.next_fault_reset);
}

void watch_meter(const Context& c) {
  auto& s = c.state;
  const bool silent = meter_silent(c.config, s, c.now());
  if (s.meter_lost && !silent) c.wake(*s.meter_lost + seconds(c.config.meter_grace_s));
  if (silent == s.noted_meter_loss) return;
  s.noted_meter_loss = silent;
  note(c, Subject::meter, silent ? Severity::warning : Severity::notice, silent ? "MeterSilent" : "MeterBack",
       "health=", enum_text(s.meter.health));
}

/// The only place that decides whether energy may flow.
void decide_permit(const Context& c) {
  auto& s = c.state;
  Permit wanted{};
  if (s.ongoing.transaction && !s.ongoing.transaction->ending && s.plugged && !s.recovering) {
    const auto limits = limit_stack(c.config, s, c.now());
    const auto& rule = ruling(limits);
    wanted = {true, rule.limit_ma >= kLeastOfferMa, rule.limit_ma};
    if (rule.limit_ma != s.noted_limit.limit_ma || rule.source != s.noted_limit.source) {
      note(c, Subject::permit, Severity::info, "LimitChanged", "limit_ma=", rule.limit_ma,
           " source=", enum_text(rule.source), " reason=", rule.reason);
      s.noted_limit = rule;
    }
  }
  if (wanted == s.permit) return;
  if (wanted.energize != s.permit.energize) {
    note(c, Subject::permit, Severity::info, wanted.energize ? "PermitGranted" : "PermitRevoked",
         "limit_ma=", wanted.limit_ma);
  }
  s.permit = wanted;
  if (!wanted.active) s.noted_limit = {};
  c.actions.permit_changed = true;
}

//= OCPP-2.0.1 E01.FR.18
void tell_charging_state(const Context& c) {
  auto& s = c.state;
  if (!s.ongoing.transaction || s.ongoing.transaction->ending || s.recovering || !s.cable_known || s.controller_lost)
    return;
  const auto is = charging_state(s);
  if (is == s.ongoing.transaction->charging) return;
  if (c.now() < s.next_state_event) {
    c.wake(s.next_state_event);
    return;
  }
  const auto was = s.ongoing.transaction->charging;
  s.ongoing.transaction->charging = is;
  if (!update_transaction(c, Trigger::charging_state_changed, SampleContext::other)) {
    s.ongoing.transaction->charging = was;  // told as soon as the outbox has room
    return;
  }
  if (is == ChargingState::charging) s.ongoing.transaction->has_charged = true;
}

//= OCPP-2.0.1 J02.FR.11
void sample(const Context& c) {
  auto& s = c.state;
  if (!s.ongoing.transaction || s.ongoing.transaction->ending || s.recovering) return;
  if (s.settings.sample_interval_s != 0) {
    if (c.now() >= s.next_sample) {
      s.next_sample += seconds(s.settings.sample_interval_s);
      if (s.next_sample <= c.now()) s.next_sample = c.now() + seconds(s.settings.sample_interval_s);
      // With a backend gone for long the samples thin out, so that room for the rest of the story is left.
      const bool crowded = s.outbox.size() > Outbox::kCapacity * 3 / 4;
      if (!crowded && !s.meter_lost)
        update_transaction(c, Trigger::meter_value_periodic, SampleContext::sample_periodic);
    }
    c.wake(s.next_sample);
  }
  if (c.now() >= s.next_register) {
    s.ongoing.transaction->seen = c.moment.time;
    s.next_register = c.now() + seconds(c.config.register_interval_s);
    c.actions.write_ongoing = true;
  }
  c.wake(s.next_register);
}

void note_contactor(const Context& c) {
  auto& s = c.state;
  if (!s.power_known || s.power.contactor_closed == s.noted_contactor) return;
  if (c.now() < s.next_contactor_note) {
    c.wake(s.next_contactor_note);
    return;
  }
  s.next_contactor_note = c.now() + kContactorNotePause;
  s.noted_contactor = s.power.contactor_closed;
  note(c, Subject::contactor, Severity::info, s.noted_contactor ? "ContactorClosed" : "ContactorOpened",
       "pilot=", enum_text(s.power.pilot));
}

}  // namespace

void settle(const Context& c) {
  auto& s = c.state;
  recover(c);
  watch_faults(c);
  watch_meter(c);
  note_contactor(c);
  authorization_timeouts(c);
  //= OCPP-2.0.1 E06.FR.06
  //= OCPP-2.0.1 E09.FR.01
  if (s.cable_known && !s.plugged && !s.recovering)
    end_transaction(c, Trigger::ev_communication_lost, StoppedReason::ev_disconnected);
  finish_ending(c);
  start_if_possible(c);
  availability_due(c);
  decide_permit(c);
  tell_charging_state(c);
  sample(c);
  if (!s.plugged) s.finishing = false;
  s.just_plugged = false;
  if (!s.message.empty() && c.now() >= s.message_until) s.message = {};
  if (!s.message.empty()) c.wake(s.message_until);
  if (s.power_known && s.meter_known) {
    c.actions.phase = s.ongoing.transaction ? control::Phase::charging : control::Phase::idle;
  }
}

}  // namespace bulwatt::session
