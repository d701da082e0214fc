#include "services/session/core.hpp"

#include "services/session/billing.hpp"
#include "services/session/events.hpp"
#include "services/session/meter_records.hpp"
#include "services/session/reservations.hpp"

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

void begin_evse(const At& c, bool first_start) {
  auto& e = c.evse;
  e.kept.evse = c.number;
  schedule_samples(c);
  e.next_register = c.now() + seconds(c.config.register_interval_s);
  e.next_state_event = c.now();
  e.grant_until = c.now() + seconds(c.state.settings.ev_connection_timeout_s);
  e.end_by = c.now() + kRecoverPatience;
  e.record_until = c.now() + kRecordPatience;
  e.active = e.kept.transaction ? e.kept.transaction->connector : std::uint8_t{0};
  if (!first_start) return;
  e.recovering = e.kept.transaction.has_value();
  e.recover_until = c.now() + kRecoverPatience;
  if (e.recovering || !e.kept.grant) return;
  if (const auto id = e.kept.grant->reservation_id) reservation_ended(c, *id, ReservationEnd::no_transaction);
  e.kept.grant.reset();
  c.changed();
}

using Serial = std::array<std::byte, 16>;

/// Whatever a meter says of itself, as text that can stand in a record.
Text<16> printable(const Serial& serial) {
  Text<16> text{};
  for (const auto byte : serial) {
    const auto letter = std::to_integer<char>(byte);
    if (letter == 0) break;
    text.data[text.size++] = letter > ' ' && letter <= '~' ? letter : '?';
  }
  return text;
}

/// Which meter counts here, and that its register began anew, must be told from the ledger alone. The counters of `reading`
/// are those of the meter's process, which may be a fresh one; the serial number is remembered over a power cut.
void note_exchange(const At& c, const meter::Reading& reading) {
  const auto& before = c.evse.meter;
  auto& kept = c.evse.kept.meter_serial;
  const auto was = kept;
  const bool seen = c.evse.meter_known;
  if (reading.serial != Serial{} && reading.serial != kept) {
    kept = reading.serial;
    c.changed();
  }
  const bool other = was != Serial{} && kept != was;
  if (other || (seen && reading.replaced > before.replaced)) {
    if (c.transaction()) c.transaction()->other_meter = true, c.changed();
    note(c, Subject::meter, Severity::warning, "MeterReplaced", "serial_was=", printable(was),
         " serial=", printable(kept), " register_was_mwh=", seen ? before.register_mwh : -1,
         " register_mwh=", reading.register_mwh);
  }
  if (seen && reading.rolled_over > before.rolled_over) {
    note(c, Subject::meter, Severity::notice, "MeterRolledOver", "serial=", printable(kept),
         " register_was_mwh=", before.register_mwh, " register_mwh=", reading.register_mwh);
  }
}

bool senses(const TxPoints& points) {
  return !contains(points, TxPoint::data_signed) && !contains(points, TxPoint::parking_bay_occupancy);
}

}  // namespace

void lay_out(const Config& config, Station& station) {
  for (const auto& place : config.evses) {
    Evse evse{};
    evse.connectors.size = place.connectors.size;
    evse.kept.connectors.size = place.connectors.size;
    evse.kept.evse = static_cast<std::uint8_t>(station.evses.size + 1);
    static_cast<void>(station.evses.push_back(evse));
  }
}

void begin(const Context& c, bool first_start, std::uint32_t random) {
  c.state.last_request = random;
  for_each_evse(c, [&](const At& at) { begin_evse(at, first_start); });
}

void power_reported(const At& c, std::uint8_t number, const power::Status& status) {
  auto& connector = c.evse.connectors[number - 1U];
  // A fresh `power` knows nothing yet. What it says then is no reason to stop a car; the grace time covers it.
  if (!status.controller_alive || status.pilot == power::Pilot::unknown) {
    connector.power.controller_alive = status.controller_alive;
    if (!connector.controller_lost) connector.controller_lost = c.now();
    return;
  }
  connector.power = status;
  connector.controller_lost.reset();
  connector.power_known = true;
  const auto plugged = cable_of(status.pilot);
  if (!plugged) return;
  connector.just_plugged = *plugged && !connector.plugged && connector.cable_known;
  if (*plugged && !connector.plugged) connector.plugged_at = c.now();
  connector.cable_known = true;
  connector.plugged = *plugged;
}

void power_silent(const At& c, std::uint8_t number) {
  auto& connector = c.evse.connectors[number - 1U];
  if (!connector.controller_lost) connector.controller_lost = c.now();
}

void meter_reported(const At& c, const meter::Reading& reading, Instant asked) {
  auto& e = c.evse;
  if (reading.health != meter::Health::good) {
    e.meter.health = reading.health;
    if (!e.meter_lost) e.meter_lost = c.now();
    return;
  }
  note_exchange(c, reading);
  e.meter_lost.reset();
  e.meter_known = true;
  e.meter = reading;
  e.meter_taken = asked - std::chrono::milliseconds{reading.age_ms};
  if (auto& transaction = c.transaction()) {
    transaction->register_mwh = std::max(transaction->register_mwh, reading.import_mwh);
    bill_reading(c);
  }
}

void meter_unreachable(const At& c) {
  if (!c.evse.meter_lost) c.evse.meter_lost = c.now();
  c.evse.meter.health = meter::Health::unreachable;
}

void meter_restarted(const At& c) {
  c.evse.meter.replaced = c.evse.meter.rolled_over = 0;
  meter_unreachable(c);
}

void set_link(const Context& c, const SetLink& link) {
  c.state.online = link.online;
  c.state.accepted = c.state.accepted || link.accepted;
}

bool configure(const Context& c, const Settings& settings) {
  auto& s = c.state;
  if (!senses(settings.tx_start) || !senses(settings.tx_stop)) return false;
  if (settings.tx_start.empty() || settings.tx_stop.empty()) return false;
  if (same(s.settings, settings)) return true;
  s.settings = settings;
  for_each_evse(c, [](const At& at) { schedule_samples(at); });
  c.actions.write_settings = true;
  note(c, Subject::configuration, Severity::info, "SettingsChanged", "sample_interval_s=", settings.sample_interval_s,
       " ev_connection_timeout_s=", settings.ev_connection_timeout_s,
       " stop_tx_on_invalid_id=", settings.stop_tx_on_invalid_id ? 1 : 0,
       " offline_tx_for_unknown_id=", settings.offline_tx_for_unknown_id ? 1 : 0,
       " local_authorize_offline=", settings.local_authorize_offline ? 1 : 0,
       " local_pre_authorize=", settings.local_pre_authorize ? 1 : 0,
       " authorize_remote_start=", settings.authorize_remote_start ? 1 : 0,
       " authorization=", settings.authorization ? 1 : 0);
  return true;
}

void set_backend_limit(const Context& c, std::uint8_t evse, std::optional<std::uint32_t> limit_ma) {
  if (evse == 0) {
    c.actions.write_station = c.actions.write_station || c.state.kept.backend_limit_ma != limit_ma;
    c.state.kept.backend_limit_ma = limit_ma;
    return;
  }
  const auto at = c.at(evse - 1U);
  if (at.evse.kept.backend_limit_ma == limit_ma) return;
  at.evse.kept.backend_limit_ma = limit_ma;
  at.changed();
}

// Not written at once: an acknowledgement that is forgotten only means that the caller sees an event it can skip.
void acknowledge(const Context& c, std::uint64_t number) {
  const auto safe = std::min(number, c.archive.outbox.durable());
  c.archive.outbox.acknowledge(safe);
  c.state.kept.acknowledged = std::max(c.state.kept.acknowledged, safe);
}

// for OCPP-2.0.1 C11.FR.01
// for OCPP-2.0.1 C11.FR.04
bool clear_cache(const Context& c) {
  if (!c.state.settings.cache) return false;
  c.archive.cache.clear();
  c.actions.forget_cache = true;
  note(c, Subject::authorization, Severity::info, "CacheCleared", "");
  return true;
}

UpdateVerdict update_local_list(const Context& c, const UpdateLocalList& part) {
  if (!c.state.settings.local_list) return UpdateVerdict::failed;
  const auto verdict = c.archive.list.take(part);
  if (part.last || verdict != UpdateVerdict::accepted) {
    note(c, Subject::authorization, Severity::info, "LocalListUpdate", "version=", part.version,
         " full=", part.full ? 1 : 0, " verdict=", enum_text(verdict), " entries=", c.archive.list.entries().size());
  }
  return verdict;
}

// for OCPP-2.0.1 D02.FR.01
// for OCPP-2.0.1 D02.FR.02
// for OCPP-2.0.1 D02.FR.03
GetLocalList::Listed local_list(const Context& c) {
  const auto entries = static_cast<std::uint32_t>(c.archive.list.entries().size());
  return {c.state.settings.local_list ? c.archive.list.version() : 0, entries};
}

TransactionStatus::Answer transaction_status(const Context& c, const TransactionId& id) {
  TransactionStatus::Answer answer{};
  for_each_evse(
      c, [&](const At& at) { answer.ongoing = answer.ongoing || (at.transaction() && at.transaction()->id == id); });
  for (std::size_t i = 0; i < c.archive.outbox.size(); ++i)
    answer.events_waiting = answer.events_waiting || c.archive.outbox[i].transaction == id;
  return answer;
}

}  // namespace bulwatt::session
