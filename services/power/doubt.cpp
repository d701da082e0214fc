#include "services/power/doubt.hpp"

#include "protocols/iec61851/duty.hpp"

namespace bulwatt::power {
namespace {

/// What the rules of the safety controller make impossible in one status.
bool contradicts_itself(const mculink::Status& s) {
  const bool signal = s.duty_permille != iec61851::kSteadyHigh && s.duty_permille != iec61851::kSteadyLow;
  if (iec61851::offered(s.pilot) && !signal) return true;
  if (s.duty_permille == iec61851::kSteadyLow && s.pilot != mculink::Pilot::f) return true;
  return s.contactor_commanded && (!iec61851::wants_energy(s.pilot) || s.faults != 0);
}

/// Closed, or said to be, without the fault that would explain it.
bool live(const mculink::Status& s) {
  const bool explained = (s.faults & mculink::bit(mculink::Fault::weld)) != 0;
  return s.contactor_commanded || (s.contactor_feedback && !explained);
}

}  // namespace

Doubt::Fresh Doubt::follow(const mculink::Status& status, Instant now) {
  const bool restarted = known_ && status.uptime_ms < uptime_ms_;
  if (known_ && status.uptime_ms == uptime_ms_) return Fresh::repeated;
  uptime_ms_ = status.uptime_ms;
  known_ = true;
  if (!restarted) return Fresh::advanced;
  if (now - window_ > kRestartWindow) {
    window_ = now;
    restarts_ = 0;
  }
  // A controller that just started has everything open; a stream of restarts is a recording or a broken supply.
  internal_ = internal_ || status.contactor_commanded || ++restarts_ > kMostRestarts;
  was_commanded_ = status.contactor_commanded;
  return Fresh::restarted;
}

void Doubt::judge(const mculink::Status& status, const Leased& leased, Instant now) {
  internal_ = internal_ || contradicts_itself(status);
  const auto without_lease = now - since(leased.last_lease);
  const auto without_permit = now - since(leased.last_permit);
  const bool closes = status.contactor_commanded && !was_commanded_;
  was_commanded_ = status.contactor_commanded;
  if (status.lease_remaining_ms > 0 && without_lease > kLeaseSettled) lease_protocol_ = true;
  if (closes && without_permit > kLeaseSettled) lease_protocol_ = true;
  if (live(status) && without_permit > kLongestStop) lease_protocol_ = true;
  const auto offer = iec61851::read_duty(status.duty_permille);
  const bool judged = leased.last_permit > started_ && now - leased.limit_since > kLimitSettled;
  if (judged && offer.meaning == iec61851::DutyMeaning::current && offer.current_ma > leased.limit_ma)
    lease_protocol_ = true;
}

}  // namespace bulwatt::power
