#include "services/supervisor/core.hpp"

#include "libs/base/check.hpp"
#include "libs/base/line.hpp"

namespace bulwatt::supervisor {
namespace {
using Sentence = Line<300>;
constexpr Mask one(Index service) { return Mask{1} << service; }
std::int64_t us(Instant t) { return t.time_since_epoch().count(); }
}  // namespace

Core::Core(const sandbox::SystemTable& table, Hands& hands, Mask run) : table_(table), hands_(hands), run_(run) {
  BULWATT_ASSERT(table.services.size() <= kMaxServices);
  status_.build = table.build;
  status_.phase = control::Phase::boot;
  for (const auto& service : table.services) {
    ServiceStatus shown{};
    shown.name = service.name;
    shown.zone = service.zone;
    const bool here = (run >> status_.services.size & 1) != 0;
    shown.state = service.optional && !here ? State::absent : State::stopped;
    shown.restart_class = static_cast<RestartClass>(service.restart_class);
    BULWATT_ASSERT(status_.services.push_back(shown));
  }
  for (const auto& conduit : table.conduits) members_[conduit.client].callees |= one(conduit.server);
}

bool Core::alive(Index service) const {
  const auto s = state(service);
  return s == State::waiting || s == State::starting || s == State::ready || s == State::stopping;
}

bool Core::started(Index service) const {
  const auto s = state(service);
  return s == State::starting || s == State::ready || s == State::stopping;
}

void Core::set_state(Index service, State to) {
  state(service) = to;
  members_[service].due = kNever;
  if (to != State::ready) shown(service).waiting_on.reset();
}

// ---- start

void Core::begin(Instant now) {
  status_.started_us = us(now);
  for (Index i = 0; i < count(); ++i) {
    if ((run_ & one(i)) != 0) launch(i, now);
  }
  judge_health(now);
}

void Core::launch(Index service, Instant now) {
  auto& member = members_[service];
  member.killed_for = Cause::none;
  shown(service).launched_us = us(now);
  if (!hands_.launch(service)) {
    exited(service, Cause::launch, 0, now);
    return;
  }
  set_state(service, State::waiting);
  member.due = now + kStartPatience;
  consider_start(service, now);
}

void Core::consider_start(Index service, Instant now) {
  if (state(service) != State::waiting) return;
  auto& member = members_[service];
  // Who worked before also works without a callee that waits out its back-off; its own callers wait less long for it.
  const bool again = shown(service).ready_us != 0;
  for (Index callee = 0; callee < count(); ++callee) {
    const bool needed = (member.callees & run_ & one(callee)) != 0;
    const bool away = again && state(callee) == State::backoff;
    const auto is = state(callee);
    const bool comes = is != State::refused && is != State::stopped && is != State::absent && !away;
    if (needed && comes && state(callee) != State::ready && now < member.due) return;
  }
  set_state(service, State::starting);
  member.due = now + kReadyLimit;
  const bool with_capsule = member.capsule.start(now);
  if (!with_capsule) shown(service).capsule_bytes = 0;
  hands_.send_start(service, status_.phase, shown(service).restarts, with_capsule);
}

void Core::consider_starts(Instant now) {
  for (Index i = 0; i < count(); ++i) consider_start(i, now);
}

void Core::ready(Index service, Cause refusal, int detail, Instant now) {
  if (state(service) != State::starting) return;
  if (refusal != Cause::none) {
    kill_for(service, refusal, detail, {});
    return;
  }
  set_state(service, State::ready);
  auto& member = members_[service];
  const auto& entry = table_.services[service];
  member.record.ready(now);
  member.due = now + std::chrono::milliseconds{entry.watchdog_interval_ms} * entry.watchdog_missed;
  auto& shown_now = shown(service);
  shown_now.ready_us = us(now);
  shown_now.last_beat_us = us(now);
  shown_now.beats = 0;
  const auto since = shown_now.died_us != 0 ? shown_now.died_us : shown_now.launched_us;
  hands_.say(Sentence{entry.name, " is READY ", us(now) - since, " us after its ",
                      shown_now.died_us != 0 ? "end" : "launch", ", restarts ", shown_now.restarts}
                 .view());
  consider_starts(now);
  judge_health(now);
}

// ---- watching

void Core::beat(Index service, std::uint64_t turns, Instant now) {
  auto& shown_now = shown(service);
  shown_now.waiting_on.reset();
  // A beat without a turn of the loop since the last one is no sign of life.
  if (turns == shown_now.beats && state(service) == State::ready) return;
  shown_now.beats = turns;
  shown_now.last_beat_us = us(now);
  const auto& entry = table_.services[service];
  if (state(service) == State::ready) {
    members_[service].due = now + std::chrono::milliseconds{entry.watchdog_interval_ms} * entry.watchdog_missed;
  }
}

Index Core::peer(Index service, std::uint8_t conduit) const {
  const auto& ends = table_.services[service].ends;
  if (conduit >= ends.size()) return kNobody;
  const auto& wire = table_.conduits[ends[conduit].conduit];
  return ends[conduit].is_client ? wire.server : wire.client;
}

void Core::waits(Index service, std::uint8_t conduit, std::uint8_t message, Instant now) {
  const auto other = peer(service, conduit);
  if (other == kNobody) {
    misbehaved(service, "names a conduit it does not have", now);
    return;
  }
  shown(service).waiting_on = WaitingOn{table_.services[other].name, message, us(now)};
}

// The conduit is closed either way and one end has to be made anew. It is the end of lower trust, so that a service nobody
// trusts cannot get a trusted one restarted by accusing it.
void Core::accuse(Index service, std::uint8_t conduit, control::Reason reason, Instant now) {
  const auto accused = peer(service, conduit);
  if (accused == kNobody) {
    misbehaved(service, "names a conduit it does not have", now);
    return;
  }
  const auto& by = table_.services[service];
  const auto& of = table_.services[accused];
  ++shown(accused).violations;
  hands_.say(Sentence{"violation: ", by.name, " refused a frame of ", of.name, " (", enum_text(reason), ")"}.view());
  const auto restart = of.sl_target <= by.sl_target ? accused : service;
  kill_for(restart, Cause::violation, static_cast<int>(reason), "a conduit between them was closed for a violation");
}

void Core::misbehaved(Index service, std::string_view what, Instant) {
  ++shown(service).violations;
  kill_for(service, Cause::violation, 0, what);
}

void Core::phase_requested(Index service, control::Phase phase, Instant now) {
  if (!table_.services[service].may_set_phase) {
    misbehaved(service, "asked for a phase without the right to", now);
    return;
  }
  // The safe state ends by the ladder alone; nobody is to be blamed for asking before it knew.
  if (safe_) return;
  if (phase == control::Phase::safe) {
    misbehaved(service, "asked for the phase that is the supervisor's", now);
    return;
  }
  if (phase != status_.phase) set_phase(phase);
}

void Core::set_phase(control::Phase phase) {
  status_.phase = phase;
  for (Index i = 0; i < count(); ++i) {
    if (started(i)) hands_.send_phase(i, phase);
  }
}

void Core::restart_requested(Index service, Instant now) {
  if (!table_.services[service].may_restart_station) {
    misbehaved(service, "asked for a station restart without the right to", now);
    return;
  }
  hands_.say(Sentence{table_.services[service].name, " asks for a restart of the station"}.view());
  stop(Goal::restart, now);
}

bool Core::parks(Index service, std::size_t bytes) {
  if (bytes > table_.services[service].capsule_bytes) {
    misbehaved(service, "parks more than it may", Instant{});
    return false;
  }
  members_[service].capsule.parked();
  shown(service).capsule_bytes = static_cast<std::uint16_t>(bytes);
  return true;
}

bool Core::safety_fresh(Instant now) const {
  for (Index i = 0; i < count(); ++i) {
    const bool counts = (run_ & one(i)) != 0 && table_.services[i].sl_target == sl_most();
    if (counts && (state(i) != State::ready || members_[i].due <= now)) return false;
  }
  return true;
}

// ---- time

void Core::due(Index service, Instant now) {
  switch (state(service)) {
    case State::waiting: consider_start(service, now); return;
    case State::starting: kill_for(service, Cause::not_ready, 0, "it did not say READY in time"); return;
    case State::ready:
      ++shown(service).hangs;
      kill_for(service, Cause::hang, 0, "it missed its heartbeats");
      return;
    case State::backoff: launch(service, now); return;
    case State::stopping: kill_for(service, Cause::asked, 0, "it did not stop in time"); return;
    case State::stopped:
    case State::absent:
    case State::refused: members_[service].due = kNever; return;
  }
}

// When this loop itself was held up (a paused machine, a debugger), silence proves nothing about the others.
void Core::forgive(Instant now) {
  const auto planned = next();
  if (planned == kNever || now - planned < kHeldUp) return;
  for (Index i = 0; i < count(); ++i) {
    if (state(i) == State::ready && members_[i].due != kNever) members_[i].due += now - planned + kHeldUp;
  }
}

void Core::tick(Instant now) {
  forgive(now);
  for (Index i = 0; i < count(); ++i) {
    if (members_[i].due <= now) due(i, now);
  }
  if (safe_until_ <= now && goal_ == Goal::none) leave_safe_state(now);
  recover(now);
}

// A healthy minute: of one service, and of the whole station.
void Core::recover(Instant now) {
  for (Index i = 0; i < count(); ++i) {
    auto& record = members_[i].record;
    if (state(i) != State::ready || record.step() == Step::none || !record.healthy(now)) continue;
    if (record.step() > Step::service) hands_.record(control::ActKind::recovered, i, {}, 0);
    record.recover();
    shown(i).step = Step::none;
  }
  if (up_since_ == kNever || now - up_since_ < kHealthy) return;
  zone_retry_.reset();
  safe_retry_.reset();
  if (status_.safe_states != 0) hands_.record(control::ActKind::recovered, kNobody, {}, 0);
  status_.safe_states = 0;
  if (!std::exchange(confirmed_, true)) hands_.confirm_slot();
}

Instant Core::next() const {
  Instant next = safe_until_;
  for (Index i = 0; i < count(); ++i) next = std::min(next, members_[i].due);
  return next;
}

void Core::judge_health(Instant now) {
  bool all = true;
  for (Index i = 0; i < count(); ++i) all = all && ((run_ & one(i)) == 0 || state(i) == State::ready);
  if (!all || safe_) up_since_ = kNever;
  if (goal_ != Goal::none) status_.health = Health::stopping;
  else if (safe_) status_.health = Health::safe_state;
  else if (all) status_.health = Health::up;
  else status_.health = status_.all_ready_us == 0 ? Health::starting : Health::degraded;
  if (!all || safe_ || up_since_ != kNever) return;
  up_since_ = now;
  if (status_.all_ready_us != 0) return;
  status_.all_ready_us = us(now);
  hands_.say(Sentence{"all services are READY ", us(now) - status_.started_us, " us after the start"}.view());
}

}  // namespace bulwatt::supervisor
