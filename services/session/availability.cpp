#include "services/session/availability.hpp"

#include "services/session/events.hpp"
#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
constexpr Duration kAnswerFirst = std::chrono::seconds{1};  ///< the backend gets its answer before the connection goes
constexpr Duration kAskAgain = std::chrono::seconds{5};

bool busy(const At& c) { return c.transaction() || c.grant(); }
bool busy(const Context& c) {
  bool any = false;
  for_each_evse(c, [&](const At& at) { any = any || busy(at); });
  return any;
}
bool busy(const At& c, std::uint8_t connector) { return busy(c) && (c.evse.active == connector || c.evse.active == 0); }

void set(const Context& c, Availability& which, bool operative, std::uint8_t evse, std::uint8_t connector) {
  which = {operative, false};
  note(c, Subject::availability, Severity::notice, operative ? "Operative" : "Inoperative", "evse=", evse,
       " connector=", connector);
}

/// The verdict on one switch; `in_use`: what runs there goes first.
//= OCPP-2.0.1 G03.FR.03
//= OCPP-2.0.1 G03.FR.05
//= OCPP-2.0.1 G04.FR.04
//= OCPP-2.0.1 G04.FR.06
ChangeVerdict change(const Context& c, Availability& which, const ChangeAvailability& request, bool in_use) {
  if (which.operative == request.operative) {
    which.closes = false;  // taken back before it happened
    return ChangeVerdict::accepted;
  }
  if (!request.operative && in_use) {
    which.closes = true;
    return ChangeVerdict::scheduled;
  }
  set(c, which, request.operative, request.evse, request.connector);
  return ChangeVerdict::accepted;
}

void begin_reset(const Context& c) {
  c.state.resetting = true;
  c.state.kept.reset_when_idle = false;
  c.state.restart_from = c.now() + kAnswerFirst;
  c.state.restart_by = c.now() + seconds(c.config.restart_patience_s);
  c.actions.write_station = true;
  note(c, Subject::station, Severity::notice, "ResetOrReboot", "waiting_events=", c.archive.outbox.size());
}

}  // namespace

//= OCPP-2.0.1 G03.FR.07
//= OCPP-2.0.1 G03.FR.08
//= OCPP-2.0.1 G04.FR.01
//= OCPP-2.0.1 G04.FR.08
//= OCPP-2.0.1 G04.FR.09
//= OCPP-2.0.1 B01.FR.07
//= OCPP-2.0.1 B12.FR.06
//= OCPP-2.0.1 G01.FR.02
ChangeVerdict change_availability(const Context& c, const ChangeAvailability& request) {
  if (request.evse == 0) {
    c.actions.write_station = true;
    const auto verdict = change(c, c.state.kept.availability, request, busy(c));
    if (verdict == ChangeVerdict::accepted && !request.operative)
      for_each_evse(c, [](const At& at) { at.evse.pending.reset(); });
    return verdict;
  }
  const auto at = c.at(request.evse - 1U);
  at.changed();
  auto& kept = at.evse.kept;
  const bool whole = request.connector == 0;
  const auto verdict = whole ? change(c, kept.availability, request, busy(at))
                             : change(c, kept.connectors[request.connector - 1U], request, busy(at, request.connector));
  if (verdict == ChangeVerdict::accepted && !request.operative && !busy(at)) at.evse.pending.reset();
  return verdict;
}

//= OCPP-2.0.1 B12.FR.01
//= OCPP-2.0.1 B12.FR.02
//= OCPP-2.0.1 B12.FR.04
//= OCPP-2.0.1 B11.FR.01
ChangeVerdict reset(const Context& c, bool immediate) {
  note(c, Subject::remote_command, Severity::notice, "Reset", "immediate=", immediate ? 1 : 0);
  if (c.state.resetting) return ChangeVerdict::accepted;
  if (!immediate && busy(c)) {
    c.state.kept.reset_when_idle = true;
    c.actions.write_station = true;
    return ChangeVerdict::scheduled;
  }
  for_each_evse(c, [](const At& at) {
    withdraw_grant(at, "reset");
    at.evse.pending.reset();
    end_transaction(at, {Trigger::reset_command, StoppedReason::immediate_reset, {}});
  });
  begin_reset(c);
  return ChangeVerdict::accepted;
}

// for OCPP-2.0.1 F05.FR.02
// for OCPP-2.0.1 F05.FR.03
//= OCPP-2.0.1 F05.FR.04
// for OCPP-2.0.1 F05.FR.05
//= OCPP-2.0.1 F05.FR.06
std::optional<UnlockVerdict> unlock(const Context& c, const Unlock& request) {
  const bool exists = request.evse >= 1 && request.evse <= c.evses() && request.connector >= 1 &&
                      request.connector <= c.at(request.evse - 1U).evse.connectors.size;
  if (!exists) return UnlockVerdict::unknown_connector;
  const auto at = c.at(request.evse - 1U);
  const bool here = at.transaction() && at.transaction()->connector == request.connector;
  if (here && (at.grant() || at.transaction()->ending)) return UnlockVerdict::ongoing_authorized_transaction;
  auto& connector = at.evse.connectors[request.connector - 1U];
  // An order that is asked again while the motor moves is the same order.
  const bool again = std::exchange(connector.unlocking, false);
  if (!again) note(at, Subject::remote_command, Severity::info, "Unlock", "connector=", request.connector);
  if (at.evse.kept.holder && at.evse.kept.held_connector == request.connector) {
    at.evse.kept.holder.reset();
    at.changed();
  }
  if (here && !again) update_transaction(at, Trigger::unlock_command);
  if (!connector.power_known || connector.power.lock_fault) return UnlockVerdict::unlock_failed;
  // A cable without a lock, or one that nothing holds, is free.
  if (!connector.power.has_lock || !connector.power.locked) return UnlockVerdict::unlocked;
  connector.unlocking = true;
  if (again) return std::nullopt;
  connector.lock_wish = false;
  static_cast<void>(c.actions.locks.push_back({{request.evse, request.connector}, false}));
  return std::nullopt;
}

//= OCPP-2.0.1 E06.FR.10
//= OCPP-2.0.1 E07.FR.07
//= OCPP-2.0.1 E08.FR.03
//= OCPP-2.0.1 E09.FR.02
//= OCPP-2.0.1 E10.FR.01
void decide_locks(const At& c) {
  const auto& transaction = c.transaction();
  for (std::size_t i = 0; i < c.evse.connectors.size; ++i) {
    auto& connector = c.evse.connectors[i];
    if (!connector.power_known || !connector.power.has_lock) continue;
    const auto number = static_cast<std::uint8_t>(i + 1);
    const bool charges = transaction && transaction->connector == number && (c.grant() || transaction->ending);
    const bool offered = c.evse.permit.active && c.evse.permit.connector == number;
    const bool cable = connector.plugged || !connector.cable_known || !connector.power.controller_alive ||
                       connector.power.cable_limit_ma != 0;
    if (!cable && c.evse.kept.holder && c.evse.kept.held_connector == number) {
      c.evse.kept.holder.reset();  // there is nothing to keep
      c.changed();
    }
    const bool held = c.evse.kept.holder && c.evse.kept.held_connector == number;
    const bool want = charges || offered || held;
    if (want || !connector.power.locked) connector.unlocking = false;
    if (connector.lock_wish == want) continue;
    connector.lock_wish = want;
    static_cast<void>(c.actions.locks.push_back({{c.number, number}, want}));
  }
}

void availability_due(const Context& c) {
  auto& s = c.state;
  for_each_evse(c, [&](const At& at) {
    auto& kept = at.evse.kept;
    for (std::size_t i = 0; i < kept.connectors.size; ++i) {
      const auto number = static_cast<std::uint8_t>(i + 1);
      if (!kept.connectors[i].closes || busy(at, number)) continue;
      set(c, kept.connectors[i], false, at.number, number);
      at.changed();
    }
    if (!kept.availability.closes || busy(at)) return;
    set(c, kept.availability, false, at.number, 0);
    at.changed();
  });
  if (!busy(c)) {
    if (s.kept.availability.closes) {
      set(c, s.kept.availability, false, 0, 0);
      c.actions.write_station = true;
    }
    if (s.kept.reset_when_idle && !s.resetting) begin_reset(c);
  }
  bool running = false;
  for_each_evse(c, [&](const At& at) { running = running || at.transaction(); });
  if (!s.resetting || running) return;
  //= OCPP-2.0.1 B12.FR.05
  const auto due = c.archive.outbox.empty() ? s.restart_from : s.restart_by;
  if (c.now() < due) {
    c.wake(due);
    return;
  }
  c.actions.restart_station = true;
  s.restart_from = c.now() + kAskAgain;
  s.restart_by = s.restart_from;
  c.wake(s.restart_from);
}

}  // namespace bulwatt::session
