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
  hands_.record(control::ActKind::service_ended, service, enum_text(cause), detail);
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
  judge_capsule(service, now);
  const auto verdict = member.record.died(entry, now, hands_.chance());
  shown_now.step = member.record.step();
  if (verdict.climbed) {
    climb(service, verdict.delay, now);
    return;
  }
  kill_group(group(service), service, "restarted together with another service");
  restart_later(service, verdict.delay, now);
}

// The others of a group that restarts together, callers first.
void Core::kill_group(Mask group, Index leader, std::string_view why) {
  for (std::size_t next = count(); next-- > 0;) {
    const auto i = static_cast<Index>(next);
    if (i != leader && (group & one(i)) != 0) kill_for(i, Cause::with_peer, leader, why);
  }
}

void Core::judge_capsule(Index service, Instant now) {
  if (members_[service].capsule.died(now)) drop_capsule(service, "poison");
}

void Core::drop_capsule(Index service, std::string_view why) {
  members_[service].capsule.drop();
  auto& shown_now = shown(service);
  if (std::exchange(shown_now.capsule_bytes, std::uint16_t{0}) == 0 && why != "poison") return;
  ++shown_now.capsules_dropped;
  hands_.say(Sentence{table_.services[service].name, " is started without what it had parked: ", why}.view());
  hands_.record(control::ActKind::capsule_dropped, service, why, 0);
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
  Mask mask = one(service);
  for (const auto peer : table_.services[service].restart_with) mask |= one(peer);
  return mask & run_;
}

// ---- the ladder

void Core::show_step(Index service, std::int64_t wait_ms) {
  const auto step = enum_text(shown(service).step);
  hands_.say(Sentence{table_.services[service].name, " keeps ending; next step of the ladder: ", step}.view());
  hands_.record(control::ActKind::step, service, step, wait_ms);
}

void Core::climb(Index service, Duration delay, Instant now) {
  switch (shown(service).step) {
    case Step::zone: restart_zone(service, now); return;
    case Step::safe_state: enter_safe_state(service, now); return;
    default: break;
  }
  if (table_.services[service].escalate == sandbox::Escalate::none) delay = kZoneRetryMost;
  show_step(service, ms(delay));
  drop_capsule(service, "the ladder asks for an empty start");
  restart_later(service, delay, now);
}

void Core::restart_zone(Index service, Instant now) {
  const auto delay = zone_retry_.take();
  show_step(service, ms(delay));
  hands_.say(Sentence{"zone ", table_.services[service].zone, " is restarted in ", ms(delay), " ms"}.view());
  kill_group(zone_of(service), service, "its zone is restarted");
  restart_later(service, delay, now);
}

std::uint8_t Core::sl_most() const {
  std::uint8_t most = 0;
  for (const auto& entry : table_.services) most = std::max(most, entry.sl_target);
  return most;
}

// In phase `safe` the zone of the highest target refuses whatever gives energy (system/bulwatt.toml, phase.safe), so permits
// run out and the contactor opens. Everybody else stays up and can say what is wrong.
void Core::enter_safe_state(Index service, Instant now) {
  const auto& entry = table_.services[service];
  auto& shown_now = shown(service);
  shown_now.step = Step::safe_state;
  const bool hopeless = state(service) == State::refused;  // time does not change it
  if (!safe_) {
    safe_ = true;
    ++status_.safe_states;
    status_.step = Step::safe_state;
    const auto delay = safe_retry_.take();
    safe_until_ = now + delay;
    show_step(service, ms(delay));
    hands_.say(Sentence{"SAFE STATE because of ", entry.name, ": no energy is offered; next try in ",
                        delay.count() / 1'000'000, " s"}
                   .view());
    set_phase(control::Phase::safe);
  } else {
    show_step(service, 0);
  }
  if (!hopeless) {
    // The safety zone itself is kept up whatever happens.
    if (entry.sl_target == sl_most()) restart_later(service, kSlowRetry, now);
    else set_state(service, State::stopped);
  }
  if (status_.step == Step::safe_state && (hopeless || status_.safe_states > kSafeStates)) leave_the_rest(service, now);
  status_.next_try_us = safe_until_ == kNever ? 0 : us(safe_until_);
  consider_starts(now);
  judge_health(now);
}

// Trying again is over: other software, or nothing until a person comes.
void Core::leave_the_rest(Index service, Instant now) {
  safe_until_ = kNever;
  const auto answer = hands_.ask_other_slot();
  hands_.record(control::ActKind::other_slot, service, enum_text(answer), 0);
  if (answer == SlotAnswer::requested) {
    status_.step = Step::other_slot;
    hands_.say("the machine is to start the software of its other slot; the station stops");
    stop(Goal::other_slot, now);
    return;
  }
  status_.step = Step::stay_safe;
  hands_.say(
      Sentence{"the station stays in the safe state until a person acts; other slot: ", enum_text(answer)}.view());
  hands_.record(control::ActKind::step, kNobody, enum_text(Step::stay_safe), 0);
}

// No permit of before is left: this comes long after the last one ran out, and phase `boot` gives none.
void Core::leave_safe_state(Instant now) {
  safe_ = false;
  safe_until_ = kNever;
  status_.step = Step::none;
  status_.next_try_us = 0;
  hands_.say("leaving the safe state: services are started again");
  hands_.record(control::ActKind::safe_state_left, kNobody, {}, 0);
  set_phase(control::Phase::boot);
  for (Index i = 0; i < count(); ++i) {
    if ((run_ & one(i)) != 0 && state(i) == State::stopped) launch(i, now);
  }
  judge_health(now);
}

// ---- stop

void Core::stop(Goal goal, Instant now) {
  if (goal_ != Goal::none) return;
  goal_ = goal;
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
    if (state(i) != State::refused && state(i) != State::absent) set_state(i, State::stopped);
    stop_mask_ &= ~one(i);
  }
  judge_health(now);
}

}  // namespace bulwatt::supervisor
