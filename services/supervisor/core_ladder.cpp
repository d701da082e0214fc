// The core's answers to a death, from a restart up to the safe state, and the ordered stop.
#include "libs/base/line.hpp"
#include "services/supervisor/core.hpp"

namespace bulwatt::supervisor {
namespace {
using Sentence = Line<300>;
constexpr Mask one(Index service) { return Mask{1} << service; }
std::int64_t us(Instant t) { return t.time_since_epoch().count(); }
std::int64_t ms(Duration d) { return d.count() / 1000; }
}  // namespace

// ---- death and restart

void Core::kill_for(Index service, Cause cause, int detail, std::string_view why) {
  if (!alive(service)) return;
  auto& member = members_[service];
  if (member.killed_for != Cause::none) return;
  member.killed_for = cause;
  member.killed_detail = detail;
  member.due = kNever;
  if (!why.empty()) hands_.say(Sentence{table_.services[service].name, " is ended: ", why}.view());
  hands_.kill(service);
}

void Core::exited(Index service, Cause cause, int detail, Instant now) {
  auto& member = members_[service];
  if (member.killed_for != Cause::none) {
    cause = member.killed_for;
    detail = member.killed_detail;
  }
  member.killed_for = Cause::none;
  const bool on_purpose = state(service) == State::stopping || (stop_mask_ & one(service)) != 0;
  auto& shown_now = shown(service);
  shown_now.died_us = us(now);
  shown_now.last_cause = on_purpose && cause != Cause::other_build ? Cause::asked : cause;
  shown_now.cause_detail = detail;
  if (on_purpose) {
    set_state(service, State::stopped);
    advance_stop(now);
    return;
  }
  ++shown_now.restarts;
  const auto& entry = table_.services[service];
  hands_.say(Sentence{entry.name, " ended: ", enum_text(cause), " ", detail}.view());
  if (cause == Cause::other_build || cause == Cause::layer_missing) {
    refuse(service, now);
    return;
  }
  if (cause == Cause::with_peer) {
    // Not before the one that caused this, which is the detail.
    const auto leader = static_cast<Index>(detail);
    const auto due_then = state(leader) == State::backoff ? members_[leader].due : now;
    restart_later(service, std::max(due_then - now, Duration::zero()), now);
    return;
  }
  const auto verdict = member.record.died(entry, now, hands_.chance());
  if (verdict.exceeded) {
    escalate(service, now);
    return;
  }
  const auto with = group(service) & ~one(service);
  for (Index i = 0; i < count(); ++i) {
    if ((with & one(i)) != 0) kill_for(i, Cause::with_peer, service, "restarted together with another service");
  }
  restart_later(service, verdict.delay, now);
}

void Core::restart_later(Index service, Duration delay, Instant now) {
  set_state(service, State::backoff);
  members_[service].due = now + delay;
  judge_health(now);
  // A failed launch comes back here; only the timer breaks that circle.
  if (delay <= Duration::zero() && shown(service).last_cause != Cause::launch) launch(service, now);
}

void Core::refuse(Index service, Instant now) {
  set_state(service, State::refused);
  judge_health(now);
  if (table_.services[service].escalate == sandbox::Escalate::safe_state) enter_safe_state(service, now);
  consider_starts(now);
}

Mask Core::zone_of(Index service) const {
  Mask mask = 0;
  for (Index i = 0; i < count(); ++i) {
    if (table_.services[i].zone == table_.services[service].zone) mask |= one(i);
  }
  return mask & run_;
}

Mask Core::group(Index service) const {
  switch (table_.services[service].restart_class) {
    case sandbox::RestartClass::isolated: return one(service);
    case sandbox::RestartClass::zone: return zone_of(service);
    case sandbox::RestartClass::station: return run_ & (one(static_cast<Index>(count())) - 1);
    case sandbox::RestartClass::pair: break;
  }
  Mask mask = one(service);  // with those that call it
  for (Index i = 0; i < count(); ++i) {
    if ((members_[i].callees & one(service)) != 0) mask |= one(i);
  }
  return mask & run_;
}

// ---- the ladder

void Core::escalate(Index service, Instant now) {
  const auto& entry = table_.services[service];
  members_[service].record.forget_deaths();
  hands_.say(
      Sentence{entry.name, " ended more than ", unsigned{entry.intensity}, " times in ", entry.window_s, " s"}.view());
  switch (entry.escalate) {
    case sandbox::Escalate::none: restart_later(service, kZoneRetryMost, now); return;
    case sandbox::Escalate::zone: restart_zone(service, now); return;
    case sandbox::Escalate::safe_state: enter_safe_state(service, now); return;
  }
}

void Core::restart_zone(Index service, Instant now) {
  const auto delay = zone_retry_.take();
  const auto zone = zone_of(service);
  hands_.say(Sentence{"zone ", table_.services[service].zone, " is restarted in ", ms(delay), " ms"}.view());
  for (Index i = 0; i < count(); ++i) {
    if ((zone & one(i)) != 0 && i != service) kill_for(i, Cause::with_peer, service, "its zone is restarted");
  }
  restart_later(service, delay, now);
}

std::uint8_t Core::sl_most() const {
  std::uint8_t most = 0;
  for (const auto& entry : table_.services) most = std::max(most, entry.sl_target);
  return most;
}

// Whoever can, directly or through others, ask the zone of the highest target for something. With them gone nobody renews
// the permit, the lease runs out and the contactor opens.
Mask Core::safety_callers() const {
  Mask safety = 0;
  for (Index i = 0; i < count(); ++i) {
    if (table_.services[i].sl_target == sl_most()) safety |= one(i);
  }
  Mask reach = safety;
  for (std::size_t round = 0; round < count(); ++round) {
    for (Index i = 0; i < count(); ++i) {
      if ((members_[i].callees & reach) != 0) reach |= one(i);
    }
  }
  return reach & ~safety;
}

void Core::enter_safe_state(Index service, Instant now) {
  const auto& entry = table_.services[service];
  if (!safe_) {
    const auto delay = safe_retry_.take();
    safe_ = true;
    safe_until_ = now + delay;
    hands_.say(Sentence{"SAFE STATE because of ", entry.name, ": no energy is offered; next try in ",
                        delay.count() / 1'000'000, " s"}
                   .view());
    if (status_.phase != control::Phase::boot) set_phase(control::Phase::boot);
    stop_mask_ |= safety_callers();
  }
  // The safety zone itself is kept up whatever happens.
  if (state(service) != State::refused) {
    if (entry.sl_target == sl_most()) restart_later(service, kSlowRetry, now);
    else set_state(service, State::stopped);
  }
  advance_stop(now);
  judge_health(now);
}

void Core::leave_safe_state(Instant now) {
  safe_ = false;
  safe_until_ = kNever;
  hands_.say("leaving the safe state: services are started again");
  for (Index i = 0; i < count(); ++i) {
    if ((run_ & one(i)) != 0 && state(i) == State::stopped) launch(i, now);
  }
  for (Index i = 0; i < count(); ++i) {
    if (state(i) == State::refused && table_.services[i].escalate == sandbox::Escalate::safe_state) {
      enter_safe_state(i, now);
      return;
    }
  }
  judge_health(now);
}

// ---- stop

void Core::stop(Goal goal, Instant now) {
  if (goal_ != Goal::none) return;
  goal_ = goal;
  safe_ = false;
  safe_until_ = kNever;
  status_.health = Health::stopping;
  stop_mask_ = one(static_cast<Index>(count())) - 1;
  advance_stop(now);
}

void Core::advance_stop(Instant now) {
  for (std::size_t next = count(); next-- > 0 && stop_mask_ != 0;) {
    const auto i = static_cast<Index>(next);
    if ((stop_mask_ & one(i)) == 0) continue;
    if (state(i) == State::stopping) return;  // its turn is not over
    if (state(i) == State::ready || state(i) == State::starting) {
      set_state(i, State::stopping);
      members_[i].due = now + kStopGrace;
      hands_.send_stop(i);
      return;
    }
    if (state(i) == State::waiting) {
      set_state(i, State::stopping);
      hands_.kill(i);
      return;
    }
    if (state(i) != State::refused) set_state(i, State::stopped);
    stop_mask_ &= ~one(i);
  }
  judge_health(now);
}

}  // namespace bulwatt::supervisor
