#include "services/session/snapshot.hpp"

#include "services/session/billing.hpp"
#include "services/session/events.hpp"
#include "services/session/limits.hpp"
#include "services/session/reservations.hpp"

namespace bulwatt::session {
namespace {

State word_while_charging(const At& c) {
  if (c.transaction() && c.transaction()->ending) return State::finishing;
  if (!c.grant()) return c.transaction()->cause ? State::finishing : State::connected;
  if (!c.plugged()) return State::waiting_for_car;
  if (c.evse.vehicle.waits)
    return c.transaction() && c.transaction()->has_charged ? State::suspended_by_car : State::waiting_for_car;
  if (!c.evse.permit.energize) return State::suspended_by_station;
  if (!c.transaction()) return State::waiting_for_car;
  switch (charging_state(c)) {
    case ChargingState::charging: return State::charging;
    case ChargingState::suspended_ev:
      return c.transaction()->has_charged ? State::suspended_by_car : State::waiting_for_car;
    default: return State::waiting_for_car;
  }
}

bool station_operative(const At& c) {
  return c.state.kept.availability.operative && c.evse.kept.availability.operative;
}

//= OCPP-2.0.1 G03.FR.06
//= OCPP-2.0.1 G03.FR.09
//= OCPP-2.0.1 G04.FR.07
// for OCPP-2.0.1 H01.FR.20
// for OCPP-2.0.1 H01.FR.23
// for OCPP-2.0.1 H01.FR.24
// for OCPP-2.0.1 H03.FR.10
//= OCPP-2.0.1 G01.FR.05
//= OCPP-2.0.1 G01.FR.06
//= OCPP-2.0.1 G01.FR.08
ConnectorStatus connector_status(const At& c, std::size_t index) {
  const auto& connector = c.evse.connectors[index];
  if (!fault_name(c, connector).empty()) return ConnectorStatus::faulted;
  const auto number = static_cast<std::uint8_t>(index + 1);
  const bool in_use = c.transaction() && (c.transaction()->connector == number || c.evse.connectors.size == 1);
  if (in_use) return ConnectorStatus::occupied;
  if (!station_operative(c) || !c.evse.kept.connectors[index].operative) return ConnectorStatus::unavailable;
  if (reserved(c)) return ConnectorStatus::reserved;
  if (connector.plugged) return ConnectorStatus::occupied;
  return c.state.resetting || c.state.safe_state ? ConnectorStatus::unavailable : ConnectorStatus::available;
}

std::string_view fault_notice(std::string_view fault) {
  if (fault == "emergency_stop") return "Emergency stop pressed.";
  if (fault == "rcd_trip" || fault == "pe_loss") return "Stopped for your safety: fault current.";
  if (fault == "over_temperature") return "The station is too hot.";
  if (fault == "controller_silent") return "The safety controller does not answer.";
  return "Out of order. Please use another station.";
}

std::string_view notice(const At& c, State word) {
  if (word == State::faulted) return fault_notice(fault_name(c));
  if (!c.evse.message.empty()) return c.evse.message.view();
  if (c.transaction() && meter_silent(c)) return "The energy meter does not answer.";
  if (c.state.safe_state) return "Out of order. The station has switched its power off.";
  if (c.state.resetting) return "The station is restarting.";
  if (!c.state.storage_ok || (!c.state.ledger_ok && !c.config.start_without_ledger))
    return "The station cannot record a session now.";
  if (c.evse.kept.holder) return "Present your card to release the cable.";
  return {};
}

Text<3> currency_of(const Config& config) {
  return config.schedule.elements.empty() ? config.tariff.currency : config.schedule.currency;
}

void show_transaction(const At& c, Snapshot& out) {
  const auto& kept = c.evse.kept;
  if (kept.transaction || kept.receipt) {  // the receipt, until the next one begins
    const auto charge = charge_now(c);
    out.cost_micro = charge.total;
    out.currency = charge.currency;
    out.no_cost = charge.failure;
  }
  if (!kept.transaction) {
    out.energy_mwh = kept.last_energy_mwh;
    return;
  }
  out.transaction = kept.transaction->id;
  out.token = kept.transaction->token;
  out.started = kept.transaction->started;
  out.charging_state = kept.transaction->charging;
  out.energy_mwh = energy_mwh(c.evse);
  out.per_kwh = energy_price(c);
}

}  // namespace

ConnectorStatus condition(const At& c) {
  if (!fault_name(c).empty()) return ConnectorStatus::faulted;
  const bool any = std::ranges::any_of(c.evse.kept.connectors, &Availability::operative);
  if (!station_operative(c) || !any) return ConnectorStatus::unavailable;
  return c.transaction() || c.plugged() ? ConnectorStatus::occupied : ConnectorStatus::available;
}

State state_word(const At& c) {
  if (!fault_name(c).empty()) return State::faulted;
  if (!c.connector().power_known || !c.evse.meter_known || c.evse.recovering) return State::starting;
  if (c.transaction()) return word_while_charging(c);
  if (!operative(c) || c.state.resetting || c.state.safe_state) return State::unavailable;
  if (c.evse.pending) return State::authorizing;
  if (c.grant()) return word_while_charging(c);
  if (c.evse.finishing) return State::finishing;
  return c.plugged() ? State::connected : State::available;
}

Snapshot snapshot(const At& c) {
  Snapshot out{};
  out.evse = c.number;
  out.state = state_word(c);
  out.operative = station_operative(c);
  out.cable = c.plugged();
  out.power = c.connector().power;
  out.charging_state = c.plugged() ? ChargingState::ev_connected : ChargingState::idle;
  for (std::size_t i = 0; i < c.evse.connectors.size; ++i) {
    const auto& connector = c.evse.connectors[i];
    static_cast<void>(
        out.connectors.push_back({static_cast<std::uint8_t>(i + 1), connector_status(c, i),
                                  c.evse.kept.connectors[i].operative, connector.plugged, connector.power}));
  }
  out.connector = out.connectors[c.evse.active == 0 ? 0U : c.evse.active - 1U].status;
  out.active_connector = c.evse.active;
  out.currency = currency_of(c.config);
  show_transaction(c, out);
  if (c.grant()) out.token = c.grant()->token;
  out.authorized = c.grant().has_value();
  out.reserved = reserved(c);
  out.reservation = reservation_of(c);
  out.power_mw = c.evse.meter_lost ? 0 : c.evse.meter.power_mw;
  out.register_mwh = c.evse.meter.import_mwh;
  out.limits = limit_stack(c);
  out.limit_ma = ruling(out.limits).limit_ma;
  out.pending_events = static_cast<std::uint32_t>(c.archive.outbox.size());
  out.backend_online = c.state.online;
  out.last_stop = c.evse.kept.last_stop;
  out.notice = notice(c, out.state);
  if (c.evse.vehicle.alive && c.evse.vehicle.last.connected) out.vehicle = c.evse.vehicle.last.car;
  return out;
}

GetTopology::Topology topology(const Config& config) {
  GetTopology::Topology out{};
  out.meter_records = config.meter_records;
  for (std::size_t i = 0; i < config.evses.size; ++i) {
    const auto& place = config.evses[i];
    EvseTopology evse{
        .evse = static_cast<std::uint8_t>(i + 1), .phases = place.phases, .max_ma = place.hardware_max_ma};
    for (std::size_t k = 0; k < place.connectors.size; ++k)
      static_cast<void>(evse.connectors.push_back({static_cast<std::uint8_t>(k + 1), place.connectors[k]}));
    static_cast<void>(out.evses.push_back(evse));
  }
  return out;
}

Snapshot steady(Snapshot snapshot) {
  const auto still = [](power::Status& power) {
    power.lease_left_ms = 0;
    power.pilot_high_mv = 0;
    power.pilot_low_mv = 0;
    power.temperature_dc = 0;
    power.outlet_mv = 0;
    power.outlet_ma = 0;
  };
  still(snapshot.power);
  for (auto& connector : snapshot.connectors) still(connector.power);
  snapshot.cost_micro = 0;  // grows with time; energy and power tell often enough
  return snapshot;
}

}  // namespace bulwatt::session
