#include "services/ledger/acts.hpp"

#include "libs/base/line.hpp"

namespace bulwatt::ledger {
namespace {

/// A service that did what it may not: the supervisor's words for a refused system call and a broken rule of a conduit.
bool is_violation(const control::Act& act) {
  return act.kind == control::ActKind::service_ended && (act.word.view() == "filter" || act.word.view() == "violation");
}

std::string_view event_of(const control::Act& act) {
  if (is_violation(act)) return "SandboxViolation";
  switch (act.kind) {
    case control::ActKind::service_ended: return "ServiceEnded";
    case control::ActKind::step: return "LadderStep";
    case control::ActKind::recovered: return "Recovered";
    case control::ActKind::capsule_dropped: return "CapsuleDropped";
    case control::ActKind::safe_state_left: return "SafeStateLeft";
    case control::ActKind::other_slot: return "OtherSlot";
    case control::ActKind::assurance: return "Assurance";
    case control::ActKind::acts_lost: return "ActsLost";
  }
  return "Act";
}

Severity severity_of(const control::Act& act) {
  if (is_violation(act)) return Severity::critical;
  switch (act.kind) {
    case control::ActKind::step:
    case control::ActKind::other_slot: return Severity::critical;
    case control::ActKind::service_ended:
    case control::ActKind::capsule_dropped:
    case control::ActKind::acts_lost: return Severity::warning;
    case control::ActKind::assurance: return act.amount == 0 ? Severity::info : Severity::warning;
    case control::ActKind::recovered:
    case control::ActKind::safe_state_left: break;
  }
  return Severity::notice;
}

}  // namespace

Append record_of(const control::Act& act) {
  Append out{};
  const bool security = act.kind == control::ActKind::assurance || is_violation(act);
  const bool fault = act.kind == control::ActKind::service_ended || act.kind == control::ActKind::capsule_dropped;
  out.subject = security ? Subject::security_event : fault ? Subject::fault : Subject::station;
  out.severity = severity_of(act);
  out.event = event_of(act);
  Line<kMaxDetail> detail{"act=", act.number, " at_ms=", act.time.unix_ms};
  if (!act.service.empty()) detail.add(" service=", act.service.view());
  if (!act.word.empty()) detail.add(" what=", act.word.view());
  detail.add(" amount=", act.amount);
  out.detail = detail.view();
  return out;
}

}  // namespace bulwatt::ledger
