#include "services/session/watch.hpp"

#include "services/session/billing.hpp"
#include "services/session/events.hpp"
#include "services/session/limits.hpp"
#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
constexpr Duration kFaultResetPause = std::chrono::seconds{10};
constexpr Duration kContactorNotePause = std::chrono::seconds{5};  ///< a trembling car must not fill the ledger

Outlet outlet(const At& c, std::size_t index) { return {c.number, static_cast<std::uint8_t>(index + 1)}; }

void note_faults(const At& c, std::size_t index) {
  auto& connector = c.evse.connectors[index];
  const auto faults = connector.power.faults;
  if (faults == connector.noted_faults) return;
  const bool raised = (faults & ~connector.noted_faults) != 0;
  note(c, Subject::fault, raised ? Severity::critical : Severity::notice, raised ? "FaultRaised" : "FaultCleared",
       "connector=", index + 1, " fault=", fault_name(c, connector), " bits=", faults);
  connector.noted_faults = faults;
}

/// While the station signals F nobody can see the cable; the safety controller refuses as long as the cause stands.
void reset_faults(const At& c, std::size_t index) {
  auto& connector = c.evse.connectors[index];
  const bool cable_holds = connector.plugged && connector.power.pilot != power::Pilot::f;
  if (connector.power.faults == 0 || cable_holds || !c.config.reset_faults_when_unplugged) return;
  if (c.now() >= connector.next_fault_reset) {
    static_cast<void>(c.actions.reset_faults.push_back(outlet(c, index)));
    connector.next_fault_reset = c.now() + kFaultResetPause;
  }
  c.wake(connector.next_fault_reset);
}

void watch_faults_of(const At& c, std::size_t index) {
  auto& connector = c.evse.connectors[index];
  note_faults(c, index);
  if (connector.controller_lost && !controller_silent(c, connector))
    c.wake(*connector.controller_lost + seconds(c.config.controller_grace_s));
  if (fault_name(c, connector).empty()) {
    connector.fault_since.reset();
    return;
  }
  if (!connector.fault_since) connector.fault_since = c.now();
  const bool here = &connector == &c.connector();
  const auto patience_over = *connector.fault_since + seconds(c.config.fault_patience_s);
  if (here && (has(connector.power, power::Fault::emergency_stop) || c.now() >= patience_over)) {
    withdraw_grant(c, "fault");
    end_transaction(c, {Trigger::abnormal_condition, fault_reason(c), {}});
  } else if (c.transaction() || c.grant()) {
    c.wake(std::max(patience_over, c.now() + seconds(1)));
  }
  reset_faults(c, index);
}

}  // namespace

//= OCPP-2.0.1 E01.FR.14
void choose_connector(const At& c) {
  auto& e = c.evse;
  const auto& transaction = c.transaction();
  if (transaction && transaction->connector != 0) {
    e.active = transaction->connector;
    return;
  }
  if (e.active != 0 && c.connector().cable_known && !c.connector().plugged) e.active = 0;
  if (e.active != 0) return;
  for (std::size_t i = 0; i < e.connectors.size && e.active == 0; ++i) {
    if (e.connectors[i].plugged) e.active = static_cast<std::uint8_t>(i + 1);
  }
  if (e.active == 0 && e.kept.cable_used && c.connector().cable_known) {
    e.kept.cable_used = false;
    c.changed();
  }
}

//= OCPP-2.0.1 E06.FR.16
void recover(const At& c) {
  auto& e = c.evse;
  if (!e.recovering || !c.transaction()) return;
  if (!c.connector().cable_known || (!e.meter_known && c.now() < e.recover_until)) {
    if (c.now() < e.recover_until) c.wake(e.recover_until);
    return;
  }
  e.recovering = false;
  bill_outage(c);
  if (c.transaction()->ending) return;
  const auto outage_ms = c.moment.time.unix_ms - c.transaction()->seen.unix_ms;
  const auto longest_s = c.config.resume_after_power_loss_s;
  const bool in_time = longest_s > 0 && outage_ms >= 0 && outage_ms <= std::int64_t{longest_s} * 1000;
  if (c.plugged() && in_time && !c.transaction()->invalid) {
    c.transaction()->charging = c.grant() ? ChargingState::suspended_evse : ChargingState::ev_connected;
    update_transaction(c, Trigger::abnormal_condition, SampleContext::other);
    note(c, Subject::transaction, Severity::notice, "TransactionResumed", "outage_ms=", outage_ms);
    return;
  }
  end_transaction(c, {Trigger::abnormal_condition, StoppedReason::power_loss, {}});
}

void watch_faults(const At& c) {
  for (std::size_t i = 0; i < c.evse.connectors.size; ++i) watch_faults_of(c, i);
}

void watch_meter(const At& c) {
  auto& e = c.evse;
  const bool silent = meter_silent(c);
  if (e.meter_lost && !silent) c.wake(*e.meter_lost + seconds(c.config.meter_grace_s));
  if (silent == e.noted_meter_loss) return;
  e.noted_meter_loss = silent;
  note(c, Subject::meter, silent ? Severity::warning : Severity::notice, silent ? "MeterSilent" : "MeterBack",
       "health=", enum_text(e.meter.health));
}

void note_contactors(const At& c) {
  for (std::size_t i = 0; i < c.evse.connectors.size; ++i) {
    auto& connector = c.evse.connectors[i];
    if (!connector.power_known || connector.power.contactor_closed == connector.noted_contactor) continue;
    if (c.now() < connector.next_contactor_note) {
      c.wake(connector.next_contactor_note);
      continue;
    }
    connector.next_contactor_note = c.now() + kContactorNotePause;
    connector.noted_contactor = connector.power.contactor_closed;
    note(c, Subject::contactor, Severity::info, connector.noted_contactor ? "ContactorClosed" : "ContactorOpened",
         "connector=", i + 1, " pilot=", enum_text(connector.power.pilot));
  }
}

void note_tampering(const At& c) {
  for (std::size_t i = 0; i < c.evse.connectors.size; ++i) {
    auto& connector = c.evse.connectors[i];
    if (!connector.power_known || connector.power.tamper == connector.noted_tamper) continue;
    connector.noted_tamper = connector.power.tamper;
    if (connector.noted_tamper)
      note(c, Subject::security_event, Severity::critical, "TamperDetectionActivated", "connector=", i + 1);
    else note(c, Subject::security_event, Severity::notice, "TamperCleared", "connector=", i + 1);
  }
}

}  // namespace bulwatt::session
