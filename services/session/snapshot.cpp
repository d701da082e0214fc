#include "services/session/snapshot.hpp"

#include "libs/base/check.hpp"
#include "services/session/limits.hpp"
#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

State word_while_charging(const Station& s) {
  if (s.ongoing.transaction->ending) return State::finishing;
  if (!s.permit.energize) return State::suspended_by_station;
  switch (charging_state(s)) {
    case ChargingState::charging: return State::charging;
    case ChargingState::suspended_ev: return State::suspended_by_car;
    default: return State::waiting_for_car;
  }
}

ConnectorStatus connector_status(const Station& s, State word) {
  if (word == State::faulted) return ConnectorStatus::faulted;
  if (s.plugged || s.ongoing.transaction) return ConnectorStatus::occupied;
  const bool operative = s.ongoing.station_operative && s.ongoing.evse_operative;
  return operative && !s.resetting && !s.safe_state ? ConnectorStatus::available : ConnectorStatus::unavailable;
}

std::string_view fault_notice(std::string_view fault) {
  if (fault == "emergency_stop") return "Emergency stop pressed.";
  if (fault == "rcd_trip" || fault == "pe_loss") return "Stopped for your safety: fault current.";
  if (fault == "over_temperature") return "The station is too hot.";
  if (fault == "controller_silent") return "The safety controller does not answer.";
  return "Out of order. Please use another station.";
}

std::string_view notice(const Config& config, const Station& s, State word, Instant now) {
  if (word == State::faulted) return fault_notice(fault_name(config, s, now));
  if (!s.message.empty()) return s.message.view();
  if (s.ongoing.transaction && meter_silent(config, s, now)) return "The energy meter does not answer.";
  if (s.safe_state) return "Out of order. The station has switched its power off.";
  if (s.resetting) return "The station is restarting.";
  if (!s.storage_ok || (!s.ledger_ok && !config.start_without_ledger))
    return "The station cannot record a session now.";
  return {};
}

}  // namespace

State state_word(const Config& config, const Station& s, Instant now) {
  if (!fault_name(config, s, now).empty()) return State::faulted;
  if (!s.power_known || !s.meter_known || s.recovering) return State::starting;
  if (s.ongoing.transaction) return word_while_charging(s);
  if (!s.ongoing.station_operative || !s.ongoing.evse_operative || s.resetting || s.safe_state)
    return State::unavailable;
  if (s.pending) return State::authorizing;
  if (s.ongoing.grant) return State::waiting_for_car;
  if (s.finishing) return State::finishing;
  return s.plugged ? State::connected : State::available;
}

Snapshot snapshot(const Config& config, const Station& s, const Moment& moment) {
  Snapshot out{};
  out.evse = config.evse;
  out.state = state_word(config, s, moment.now);
  out.connector = connector_status(s, out.state);
  out.operative = s.ongoing.station_operative && s.ongoing.evse_operative;
  out.cable = s.plugged;
  out.power = s.power;
  out.charging_state = s.plugged ? ChargingState::ev_connected : ChargingState::idle;
  if (s.ongoing.transaction) {
    const auto& transaction = *s.ongoing.transaction;
    out.transaction = transaction.id;
    out.token = transaction.grant.token;
    out.started = transaction.started;
    out.charging_state = transaction.charging;
    out.energy_mwh = energy_mwh(s);
    out.cost_micro = tariff::cost(config.tariff, out.energy_mwh, moment.time.unix_ms - transaction.started.unix_ms);
  } else {
    out.energy_mwh = s.ongoing.last_energy_mwh;  // the receipt, until the next one begins
    out.cost_micro = s.ongoing.last_cost_micro;
  }
  if (s.ongoing.grant) {
    out.token = s.ongoing.grant->token;
  }
  out.power_mw = s.meter_lost ? 0 : s.meter.power_mw;
  out.register_mwh = s.meter.import_mwh;
  out.limits = limit_stack(config, s, moment.now);
  out.limit_ma = ruling(out.limits).limit_ma;
  out.currency = config.tariff.currency;
  out.pending_events = static_cast<std::uint32_t>(s.outbox.size());
  out.backend_online = s.online;
  out.last_stop = s.ongoing.last_stop;
  out.notice = notice(config, s, out.state, moment.now);
  return out;
}

Snapshot steady(Snapshot snapshot) {
  snapshot.power.lease_left_ms = 0;
  snapshot.power.pilot_high_mv = 0;
  snapshot.power.pilot_low_mv = 0;
  snapshot.power.temperature_dc = 0;
  snapshot.cost_micro = 0;  // grows with time; energy and power tell often enough
  return snapshot;
}

}  // namespace bulwatt::session
