#include "services/session/settle.hpp"

#include "services/session/authorization.hpp"
#include "services/session/availability.hpp"
#include "services/session/billing.hpp"
#include "services/session/choice.hpp"
#include "services/session/events.hpp"
#include "services/session/meter_records.hpp"
#include "services/session/permits.hpp"
#include "services/session/reservations.hpp"
#include "services/session/transaction.hpp"
#include "services/session/vehicle.hpp"
#include "services/session/watch.hpp"

namespace bulwatt::session {
namespace {

void settle_evse(const At& c) {
  choose_connector(c);
  follow_vehicle(c);
  recover(c);
  watch_faults(c);
  watch_meter(c);
  note_contactors(c);
  note_tampering(c);
  authorization_timeouts(c);
  follow_plug(c);
  finish_ending(c);
  choose_connector(c);
  follow_the_cable(c);
  authorize_everybody(c);
  start_if_possible(c);
}

void close_evse(const At& c) {
  auto& e = c.evse;
  tell_charging_state(c);
  take_samples(c);
  keep_bill(c);
  ask_begin_record(c);
  ask_middle_record(c);
  decide_locks(c);
  if (!c.plugged()) e.finishing = false;
  e.grant_new = false;
  for (auto& connector : e.connectors) connector.just_plugged = false;
  if (!e.message.empty() && c.now() >= e.message_until) e.message = {};
  if (!e.message.empty()) c.wake(e.message_until);
}

void decide_phase(const Context& c) {
  bool known = false;
  bool charging = false;
  for_each_evse(c, [&](const At& at) {
    known = known || (at.connector().power_known && at.evse.meter_known);
    charging = charging || at.transaction() || (at.grant() && at.evse.permit.active);
  });
  if (known) c.actions.phase = charging ? control::Phase::charging : control::Phase::idle;
}

}  // namespace

void settle(const Context& c) {
  for_each_evse(c, settle_evse);
  watch_reservations(c);
  availability_due(c);
  decide_permits(c);
  for_each_evse(c, close_evse);
  decide_permits(c);  // the end of the energy transfer may have ended a transaction
  decide_phase(c);
}

}  // namespace bulwatt::session
