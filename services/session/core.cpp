#include "services/session/core.hpp"

#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
constexpr Duration kRecoverPatience = std::chrono::seconds{10};  ///< for the meter's register, after a power loss

/// Whether a car is plugged in, as far as the pilot tells; nothing while the line is dead.
std::optional<bool> cable_of(power::Pilot pilot) {
  using power::Pilot;
  switch (pilot) {
    case Pilot::a: return false;
    case Pilot::b1:
    case Pilot::b2:
    case Pilot::c1:
    case Pilot::c2:
    case Pilot::d1:
    case Pilot::d2: return true;
    case Pilot::e:
    case Pilot::f:
    case Pilot::unknown: break;
  }
  return std::nullopt;
}

bool same(const Settings& a, const Settings& b) {
  wire::Buffer<Settings> x{};
  wire::Buffer<Settings> y{};
  return wire::encode(a, x) == wire::encode(b, y) && x == y;
}

}  // namespace

void begin(const Config& config, Station& s, const Moment& moment, bool first_start, std::uint32_t random) {
  s.last_request = random;
  s.next_sample = moment.now + seconds(s.settings.sample_interval_s);
  s.next_register = moment.now + seconds(config.register_interval_s);
  s.next_state_event = moment.now;
  s.grant_until = moment.now + seconds(s.settings.ev_connection_timeout_s);
  s.end_by = moment.now + kRecoverPatience;
  if (!first_start) return;
  s.ongoing.grant.reset();
  s.recovering = s.ongoing.transaction.has_value();
  s.recover_until = moment.now + kRecoverPatience;
}

void power_reported(const Context& c, const power::Status& status) {
  auto& s = c.state;
  // A fresh `power` knows nothing yet. What it says then is no reason to stop a car; the grace time covers it.
  if (!status.controller_alive || status.pilot == power::Pilot::unknown) {
    s.power.controller_alive = status.controller_alive;
    if (!s.controller_lost) s.controller_lost = c.now();
    return;
  }
  s.power = status;
  s.controller_lost.reset();
  s.power_known = true;
  const auto plugged = cable_of(status.pilot);
  if (!plugged) return;
  s.just_plugged = *plugged && !s.plugged && s.cable_known;
  s.cable_known = true;
  s.plugged = *plugged;
}

void power_silent(const Context& c) {
  if (!c.state.controller_lost) c.state.controller_lost = c.now();
}

void meter_reported(const Context& c, const meter::Reading& reading) {
  auto& s = c.state;
  if (reading.health != meter::Health::good) {
    s.meter.health = reading.health;
    if (!s.meter_lost) s.meter_lost = c.now();
    return;
  }
  s.meter_lost.reset();
  s.meter_known = true;
  s.meter = reading;
  s.meter_taken = c.now() - std::chrono::milliseconds{reading.age_ms};
  if (auto& transaction = s.ongoing.transaction)
    transaction->register_mwh = std::max(transaction->register_mwh, reading.import_mwh);
}

void meter_unreachable(const Context& c) {
  if (!c.state.meter_lost) c.state.meter_lost = c.now();
  c.state.meter.health = meter::Health::unreachable;
}

void set_link(const Context& c, bool online) { c.state.online = online; }

void configure(const Context& c, const Settings& settings) {
  auto& s = c.state;
  if (same(s.settings, settings)) return;
  s.settings = settings;
  s.next_sample = c.now() + seconds(settings.sample_interval_s);
  c.actions.write_settings = true;
  note(c, Subject::configuration, Severity::info, "SettingsChanged", "sample_interval_s=", settings.sample_interval_s,
       " ev_connection_timeout_s=", settings.ev_connection_timeout_s,
       " stop_tx_on_invalid_id=", settings.stop_tx_on_invalid_id ? 1 : 0,
       " offline_tx_for_unknown_id=", settings.offline_tx_for_unknown_id ? 1 : 0,
       " local_authorize_offline=", settings.local_authorize_offline ? 1 : 0,
       " authorize_remote_start=", settings.authorize_remote_start ? 1 : 0);
}

void set_backend_limit(const Context& c, std::optional<std::uint32_t> limit_ma) {
  if (c.state.ongoing.backend_limit_ma == limit_ma) return;
  c.state.ongoing.backend_limit_ma = limit_ma;
  c.actions.write_ongoing = true;
}

// Not written at once: an acknowledgement that is forgotten only means that the caller sees an event it can skip.
void acknowledge(const Context& c, std::uint64_t number) {
  const auto safe = std::min(number, c.state.outbox.durable());
  c.state.outbox.acknowledge(safe);
  c.state.ongoing.acknowledged = std::max(c.state.ongoing.acknowledged, safe);
}

//= OCPP-2.0.1 F06.FR.04
bool trigger_event(const Context& c) { return update_transaction(c, Trigger::trigger, SampleContext::trigger); }

}  // namespace bulwatt::session
