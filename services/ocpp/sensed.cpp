#include "services/ocpp/sensed.hpp"

#include "libs/base/line.hpp"

namespace bulwatt::ocpp {
namespace {

using power::Fault;

Text<64> flag(bool value) { return value ? "true" : "false"; }

bool has_fault(const session::Snapshot& snapshot, std::initializer_list<Fault> faults) {
  return std::ranges::any_of(
      faults, [&](Fault fault) { return (snapshot.power.faults >> static_cast<unsigned>(fault) & 1U) != 0; });
}

/// Tenths, as a decimal number.
Text<64> tenths(std::int32_t value) {
  const auto size = value < 0 ? -value : value;
  return Line<64>{value < 0 ? "-" : "", size / 10, '.', size % 10}.view();
}

}  // namespace

bool has_problem(const session::Snapshot& snapshot) {
  return snapshot.power.faults != 0 || snapshot.state == session::State::faulted;
}

std::optional<Text<64>> sensed_value(Var var, const session::Snapshot& s, std::uint8_t connector) {
  const auto* here = std::ranges::find(s.connectors, connector, &session::ConnectorView::connector);
  const bool known = here != s.connectors.end();
  switch (var) {
    case Var::evse_availability: return Text<64>{enum_text(s.connector)};
    case Var::connector_availability: return Text<64>{enum_text(known ? here->status : s.connector)};
    case Var::lock_active: return flag(known && here->power.has_lock && here->power.locked);
    case Var::lock_problem: return flag(known && here->power.lock_fault);
    case Var::evse_problem: return flag(has_problem(s));
    case Var::evse_power: return Text<64>{Line<24>{s.power_mw / 1000}.view()};
    case Var::pilot_state: return Text<64>{enum_text(s.power.pilot)};
    case Var::contactor_active: return flag(s.power.contactor_closed);
    case Var::contactor_problem: return flag(has_fault(s, {Fault::welded_contact, Fault::contactor_stuck_open}));
    case Var::rcd_tripped: return flag(has_fault(s, {Fault::rcd_trip}));
    case Var::rcd_problem: return flag(has_fault(s, {Fault::rcd_trip, Fault::rcd_self_test}));
    case Var::temperature: return tenths(s.power.temperature_dc);
    case Var::temperature_problem: return flag(has_fault(s, {Fault::over_temperature}));
    case Var::emergency_stop_tripped: return flag(has_fault(s, {Fault::emergency_stop}));
    case Var::meter_import: return Text<64>{Line<24>{s.register_mwh / 1000}.view()};
    case Var::vehicle_available: return flag(s.cable);
    default: return std::nullopt;
  }
}

}  // namespace bulwatt::ocpp
