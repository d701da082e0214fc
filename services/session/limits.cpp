#include "services/session/limits.hpp"

#include <bit>

#include "libs/base/check.hpp"

namespace bulwatt::session {
namespace {

/// Current allowed at this temperature, in whole amperes so that it does not tremble; nothing while it is cool enough.
std::optional<std::uint32_t> temperature_limit(const Config& config, std::int16_t temperature_dc) {
  if (temperature_dc <= config.derate_from_dc || config.derate_to_dc <= config.derate_from_dc) return std::nullopt;
  if (temperature_dc >= config.derate_to_dc) return 0U;
  const auto span = static_cast<std::uint32_t>(config.derate_to_dc - config.derate_from_dc);
  const auto left = static_cast<std::uint32_t>(config.derate_to_dc - temperature_dc);
  const auto range = config.hardware_max_ma - kLeastOfferMa;
  return (kLeastOfferMa + range * left / span) / 1000 * 1000;
}

bool lost_for(const std::optional<Instant>& since, std::uint32_t grace_s, Instant now) {
  return since && now - *since >= seconds(grace_s);
}

}  // namespace

bool controller_silent(const Config& config, const Station& state, Instant now) {
  return lost_for(state.controller_lost, config.controller_grace_s, now);
}

bool meter_silent(const Config& config, const Station& state, Instant now) {
  return lost_for(state.meter_lost, config.meter_grace_s, now);
}

std::string_view fault_name(const Config& config, const Station& state, Instant now) {
  if (state.power.faults != 0) {
    const auto first = static_cast<std::size_t>(std::countr_zero(state.power.faults));
    constexpr auto kNames = enum_names(power::Fault{});
    return first < kNames.size() ? kNames[first] : std::string_view{"unknown_fault"};
  }
  if (controller_silent(config, state, now)) return "controller_silent";
  const bool no_pilot = state.power.pilot == power::Pilot::e || state.power.pilot == power::Pilot::f;
  if (state.power_known && state.plugged && no_pilot) return "pilot_lost";
  return {};
}

LimitStack limit_stack(const Config& config, const Station& state, Instant now) {
  LimitStack stack{};
  const auto put = [&](LimitSource source, std::uint32_t limit_ma, Text<40> reason) {
    BULWATT_ASSERT(stack.push_back({source, limit_ma, reason}));
  };
  put(LimitSource::hardware, config.hardware_max_ma, "contactor and wiring");
  put(LimitSource::installation, config.installation_max_ma, "supply of the building");
  if (state.plugged && state.power_known) {
    const bool coded = state.power.cable_limit_ma != 0;
    put(LimitSource::cable, state.power.cable_limit_ma, coded ? "coded in the cable" : "cable not recognised");
  }
  if (state.ongoing.backend_limit_ma) put(LimitSource::backend, *state.ongoing.backend_limit_ma, "charging profile");
  if (const auto limit = temperature_limit(config, state.power.temperature_dc)) {
    put(LimitSource::temperature, *limit, text_of<40>("station at ", state.power.temperature_dc / 10, " degrees"));
  }
  if (state.ongoing.transaction && state.ongoing.transaction->deauthorized)
    put(LimitSource::local, 0, "token no longer accepted");
  if (const auto fault = fault_name(config, state, now); !fault.empty()) {
    put(LimitSource::fault, 0, fault);
  } else if (config.on_meter_fault == OnMeterFault::suspend && meter_silent(config, state, now)) {
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
