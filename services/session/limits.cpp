#include "services/session/limits.hpp"

#include <bit>

#include "libs/base/check.hpp"
#include "services/session/events.hpp"

namespace bulwatt::session {
namespace {

/// Current allowed at this temperature, in whole amperes so that it does not tremble; nothing while it is cool enough.
std::optional<std::uint32_t> temperature_limit(const At& c) {
  const auto& config = c.config;
  const auto temperature_dc = c.connector().power.temperature_dc;
  if (temperature_dc <= config.derate_from_dc || config.derate_to_dc <= config.derate_from_dc) return std::nullopt;
  if (temperature_dc >= config.derate_to_dc) return 0U;
  const auto span = static_cast<std::uint32_t>(config.derate_to_dc - config.derate_from_dc);
  const auto left = static_cast<std::uint32_t>(config.derate_to_dc - temperature_dc);
  const auto range = c.place.hardware_max_ma - kLeastOfferMa;
  return (kLeastOfferMa + range * left / span) / 1000 * 1000;
}

bool lost_for(const std::optional<Instant>& since, std::uint32_t grace_s, Instant now) {
  return since && now - *since >= seconds(grace_s);
}

/// Energy that a token may have which the backend does not accept is used up.
//= OCPP-2.0.1 C15.FR.06
//= OCPP-2.0.1 C15.FR.07
bool refused_now(const At& c) {
  const auto& transaction = c.transaction();
  if (!transaction || !transaction->invalid) return false;
  const auto& most = c.state.settings.max_energy_on_invalid_id_wh;
  return !most || energy_mwh(c.evse) >= std::int64_t{*most} * 1000;
}

/// A fresh process has not heard of this outlet yet, and power may still hold a permit of the process before.
bool unheard(const At& c) { return !c.connector().power_known && c.transaction() && c.transaction()->connected; }

bool takes_part(const At& c) {
  const auto& transaction = c.transaction();
  if (unheard(c)) return true;
  return c.grant() && c.plugged() && !(transaction && transaction->ending) && !c.evse.recovering &&
         fault_name(c).empty() && !refused_now(c);
}

/// Earlier transactions first, then lower numbers.
bool before(const At& a, const At& b) {
  const auto started = [](const At& c) { return c.transaction() ? c.transaction()->started.unix_ms : INT64_MAX; };
  return started(a) != started(b) ? started(a) < started(b) : a.number < b.number;
}

}  // namespace

bool has(const power::Status& status, power::Fault fault) {
  return ((status.faults >> std::to_underlying(fault)) & 1) != 0;
}

bool controller_silent(const Context& c, const Connector& connector) {
  return lost_for(connector.controller_lost, c.config.controller_grace_s, c.now());
}

bool meter_silent(const At& c) { return lost_for(c.evse.meter_lost, c.config.meter_grace_s, c.now()); }

std::string_view fault_name(const Context& c, const Connector& connector) {
  if (connector.power.faults != 0) {
    const auto first = static_cast<std::size_t>(std::countr_zero(connector.power.faults));
    constexpr auto kNames = enum_names(power::Fault{});
    return first < kNames.size() ? kNames[first] : std::string_view{"unknown_fault"};
  }
  if (controller_silent(c, connector)) return "controller_silent";
  const bool no_pilot = connector.power.pilot == power::Pilot::e || connector.power.pilot == power::Pilot::f;
  if (connector.power_known && connector.plugged && no_pilot) return "pilot_lost";
  return {};
}

std::string_view fault_name(const At& c) {
  if (c.evse.active != 0) return fault_name(c, c.connector());
  std::string_view first{};
  for (const auto& connector : c.evse.connectors) {
    const auto name = fault_name(c, connector);
    if (name.empty()) return {};
    if (first.empty()) first = name;
  }
  return first;
}

StoppedReason fault_reason(const At& c) {
  using power::Fault;
  const auto& status = c.connector().power;
  if (has(status, Fault::emergency_stop)) return StoppedReason::emergency_stop;
  if (has(status, Fault::rcd_trip) || has(status, Fault::pe_loss)) return StoppedReason::ground_fault;
  return StoppedReason::other;
}

bool operative(const At& c) {
  const auto& kept = c.evse.kept;
  if (!c.state.kept.availability.operative || !kept.availability.operative) return false;
  if (c.evse.active != 0) return kept.connectors[c.evse.active - 1U].operative;
  return std::ranges::any_of(kept.connectors, &Availability::operative);
}

std::uint32_t station_limit(const Context& c) {
  return std::min(c.config.installation_max_ma, c.state.kept.backend_limit_ma.value_or(c.config.installation_max_ma));
}

std::uint32_t share_of(const At& c, std::uint32_t total_ma) {
  std::uint32_t sharing = 1;
  std::uint32_t earlier = 0;
  for_each_evse(c, [&](const At& other) {
    if (other.number == c.number || !takes_part(other)) return;
    ++sharing;
    earlier += before(other, c) || !takes_part(c) ? 1U : 0U;
  });
  const auto served = std::min(sharing, std::max(total_ma / kLeastOfferMa, 1U));
  return earlier < served ? total_ma / served : 0;
}

LimitStack limit_stack(const At& c) {
  LimitStack stack{};
  const auto put = [&](LimitSource source, std::uint32_t limit_ma, Text<40> reason) {
    BULWATT_ASSERT(stack.push_back({source, limit_ma, reason}));
  };
  const auto share = [&](LimitSource source, std::uint32_t total_ma, std::string_view reason) {
    const auto part = share_of(c, total_ma);
    put(source, part, part == total_ma ? text_of<40>(reason) : text_of<40>(reason, ", shared"));
  };
  put(LimitSource::hardware, c.place.hardware_max_ma, "contactor and wiring");
  share(LimitSource::installation, c.config.installation_max_ma, "supply of the building");
  if (c.plugged() && c.connector().power_known) {
    const auto cable_ma = c.connector().power.cable_limit_ma;
    put(LimitSource::cable, cable_ma, cable_ma != 0 ? "coded in the cable" : "cable not recognised");
  }
  if (c.state.kept.backend_limit_ma) share(LimitSource::backend, *c.state.kept.backend_limit_ma, "station profile");
  if (c.evse.kept.backend_limit_ma) put(LimitSource::backend, *c.evse.kept.backend_limit_ma, "charging profile");
  if (const auto limit = temperature_limit(c)) {
    put(LimitSource::temperature, *limit,
        text_of<40>("station at ", c.connector().power.temperature_dc / 10, " degrees"));
  }
  if (refused_now(c)) put(LimitSource::local, 0, "token no longer accepted");
  if (const auto fault = fault_name(c); !fault.empty()) {
    put(LimitSource::fault, 0, fault);
  } else if (c.config.on_meter_fault == OnMeterFault::suspend && meter_silent(c)) {
    put(LimitSource::fault, 0, "meter_silent");
  }
  return stack;
}

const Limit& ruling(const LimitStack& stack) {
  const Limit* least = &stack[0];
  for (const auto& one : stack) {
    if (one.limit_ma <= least->limit_ma) least = &one;
  }
  return *least;
}

}  // namespace bulwatt::session
