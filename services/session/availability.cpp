#include "services/session/availability.hpp"

#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
constexpr Duration kAnswerFirst = std::chrono::seconds{1};  ///< the backend gets its answer before the connection goes
constexpr Duration kAskAgain = std::chrono::seconds{5};

bool busy(const Station& s) { return s.ongoing.transaction || s.ongoing.grant; }

void set_operative(const Context& c, std::uint8_t evse, bool operative) {
  auto& o = c.state.ongoing;
  (evse == 0 ? o.station_operative : o.evse_operative) = operative;
  (evse == 0 ? o.station_closes : o.evse_closes) = false;
  c.actions.write_ongoing = true;
  note(c, Subject::availability, Severity::notice, operative ? "Operative" : "Inoperative", "evse=", evse);
}

void begin_reset(const Context& c) {
  c.state.resetting = true;
  c.state.ongoing.reset_when_idle = false;
  c.state.restart_from = c.now() + kAnswerFirst;
  c.state.restart_by = c.now() + seconds(c.config.restart_patience_s);
  c.actions.write_ongoing = true;
  note(c, Subject::station, Severity::notice, "ResetOrReboot", "waiting_events=", c.state.outbox.size());
}

}  // namespace

//= OCPP-2.0.1 G03.FR.03
//= OCPP-2.0.1 G03.FR.05
//= OCPP-2.0.1 G03.FR.07
//= OCPP-2.0.1 G03.FR.08
ChangeVerdict change_availability(const Context& c, std::uint8_t evse, bool operative) {
  auto& o = c.state.ongoing;
  const bool is = evse == 0 ? o.station_operative : o.evse_operative;
  auto& closes = evse == 0 ? o.station_closes : o.evse_closes;
  if (is == operative) {
    if (closes) c.actions.write_ongoing = true;
    closes = false;  // taken back before it happened
    return ChangeVerdict::accepted;
  }
  if (!operative && busy(c.state)) {
    closes = true;
    c.actions.write_ongoing = true;
    return ChangeVerdict::scheduled;
  }
  set_operative(c, evse, operative);
  if (!operative) c.state.pending.reset();
  return ChangeVerdict::accepted;
}

//= OCPP-2.0.1 B12.FR.01
//= OCPP-2.0.1 B12.FR.04
//= OCPP-2.0.1 B11.FR.01
ChangeVerdict reset(const Context& c, bool immediate) {
  note(c, Subject::remote_command, Severity::notice, "Reset", "immediate=", immediate ? 1 : 0);
  if (c.state.resetting) return ChangeVerdict::accepted;
  if (!immediate && busy(c.state)) {
    c.state.ongoing.reset_when_idle = true;
    c.actions.write_ongoing = true;
    return ChangeVerdict::scheduled;
  }
  withdraw_grant(c, "reset");
  c.state.pending.reset();
  end_transaction(c, Trigger::reset_command, StoppedReason::immediate_reset);
  begin_reset(c);
  return ChangeVerdict::accepted;
}

void availability_due(const Context& c) {
  auto& s = c.state;
  if (!busy(s)) {
    if (s.ongoing.station_closes) set_operative(c, 0, false);
    if (s.ongoing.evse_closes) set_operative(c, c.config.evse, false);
    if (s.ongoing.reset_when_idle && !s.resetting) begin_reset(c);
  }
  if (!s.resetting || s.ongoing.transaction) return;
  //= OCPP-2.0.1 B12.FR.05
  const bool fetched = s.outbox.empty();
  const auto due = fetched ? s.restart_from : s.restart_by;
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
