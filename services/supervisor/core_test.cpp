#include "services/supervisor/core.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using namespace std::chrono_literals;

namespace {

// power (safety) <- session (core) <- ocpp (backend); ledger (trust) <- session, ocpp; log (trust) stands alone.
enum : Index { power, ledger, note, session, ocpp };
constexpr std::array<std::uint16_t, 3> kBackoff{0, 10, 50};
constexpr std::array<sandbox::EndEntry, 1> kPower{{{0, false, 0}}};
constexpr std::array<sandbox::EndEntry, 2> kLedger{{{1, false, 0}, {2, false, 0}}};
constexpr std::array<sandbox::EndEntry, 3> kSession{{{0, true, 0}, {1, true, 0}, {3, false, 0}}};
constexpr std::array<sandbox::EndEntry, 2> kOcpp{{{2, true, 0}, {3, true, 0}}};
constexpr std::array<sandbox::ConduitEntry, 4> kConduits{
    {{session, power, "p"}, {session, ledger, "l"}, {ocpp, ledger, "l"}, {ocpp, session, "s"}}};

sandbox::ServiceEntry entry(std::string_view name, std::string_view zone, std::uint8_t sl, sandbox::Escalate escalate,
                            std::span<const sandbox::EndEntry> ends) {
  sandbox::ServiceEntry e{};
  e.name = name;
  e.zone = zone;
  e.sl_target = sl;
  e.watchdog_interval_ms = 100;
  e.watchdog_missed = 3;
  e.intensity = 3;
  e.window_s = 60;
  e.backoff_ms = kBackoff;
  e.escalate = escalate;
  e.ends = ends;
  return e;
}

struct Rig final : Hands {
  std::vector<sandbox::ServiceEntry> services{
      entry("power", "safety", 4, sandbox::Escalate::safe_state, kPower),
      entry("ledger", "trust", 3, sandbox::Escalate::safe_state, kLedger),
      entry("note", "trust", 3, sandbox::Escalate::none, {}),
      entry("session", "core", 3, sandbox::Escalate::safe_state, kSession),
      entry("ocpp", "backend", 2, sandbox::Escalate::zone, kOcpp),
  };
  sandbox::SystemTable table{services, kConduits, 7};
  std::vector<std::string> done;
  std::vector<std::string> said;
  std::vector<Index> killed;
  std::vector<std::string> acts;
  SlotAnswer slot = SlotAnswer::no_other_slot;
  int confirmed = 0;
  bool can_launch = true;
  Instant now{1000s};
  std::uint64_t turns = 10;
  std::optional<Core> core;

  explicit Rig(Mask run = ~Mask{0}) {
    services[session].may_set_phase = true;
    services[session].may_restart_station = true;
    core.emplace(table, *this, run);
  }
  void note_down(std::string_view what, Index i) {
    done.push_back(std::string{what} + " " + std::string{services[i].name});
  }
  bool launch(Index i) override {
    note_down("launch", i);
    return can_launch;
  }
  void kill(Index i) override {
    note_down("kill", i);
    killed.push_back(i);
  }
  void send_start(Index i, control::Phase, std::uint32_t, bool with_capsule) override {
    note_down(with_capsule ? "start with capsule" : "start", i);
  }
  void record(control::ActKind kind, Index i, std::string_view word, std::int64_t) override {
    acts.push_back(std::string{enum_text(kind)} + " " + (i == kNobody ? "station" : std::string{services[i].name}) +
                   (word.empty() ? "" : " " + std::string{word}));
  }
  SlotAnswer ask_other_slot() override { return slot; }
  void confirm_slot() override { ++confirmed; }
  void send_stop(Index i) override { note_down("stop", i); }
  void send_phase(Index i, control::Phase) override { note_down("phase", i); }
  std::uint32_t chance() override { return 0x8000'0000; }
  void say(std::string_view line) override { said.emplace_back(line); }

  State state(Index i) { return core->shown(i).state; }
  std::vector<std::string> take() { return std::exchange(done, {}); }
  bool did(std::string_view what) const { return std::ranges::find(done, what) != done.end(); }
  void ready(Index i) { core->ready(i, Cause::none, 0, now); }
  void dies(Index i) { core->exited(i, Cause::signal, 9, now); }
  void all_killed_die() {
    while (!killed.empty()) {
      const auto i = killed.back();
      killed.pop_back();
      core->exited(i, Cause::signal, 9, now);
    }
  }
  void beat_all() {
    for (Index i = 0; i < services.size(); ++i) {
      if (state(i) == State::ready) core->beat(i, ++turns, now);
    }
  }
  /// Dies, and comes back far enough to die again, until it has left this step of the ladder.
  void loops(Index i, Step until) {
    for (int k = 0; k < 100 && core->shown(i).step != until; ++k) {
      for (int w = 0; w < 600 && state(i) == State::backoff; ++w) pass(100ms);
      REQUIRE((core->started(i) || state(i) == State::waiting));
      dies(i);
      all_killed_die();
    }
    REQUIRE(core->shown(i).step == until);
  }
  void recover_all() {
    for (int round = 0; round < 3; ++round) {
      for (Index i = 0; i < services.size(); ++i) {
        if (state(i) == State::backoff) pass(kZoneRetryMost);
        if (state(i) == State::starting) ready(i);
      }
    }
  }
  /// Time goes by; services that are READY beat.
  void pass(Duration d) {
    const auto end = now + d;
    while (core->next() <= end) {
      now = std::max(now, core->next());
      beat_all();
      core->tick(now);
    }
    now = end;
    beat_all();
    core->tick(now);
  }
  void up() {
    core->begin(now);
    for (const Index i : {power, ledger, note, session, ocpp}) {
      if (state(i) == State::starting) ready(i);
    }
    REQUIRE(core->status().health == Health::up);
    take();
  }
};

}  // namespace

TEST_CASE("all are launched at once, each is started when what it calls is READY") {
  Rig r;
  r.core->begin(r.now);
  CHECK(r.take() == std::vector<std::string>{"launch power", "start power", "launch ledger", "start ledger",
                                             "launch note", "start note", "launch session", "launch ocpp"});
  r.ready(power);
  CHECK(r.take().empty());
  r.ready(ledger);
  CHECK(r.take() == std::vector<std::string>{"start session"});
  CHECK(r.core->status().health == Health::starting);
  r.ready(session);
  CHECK(r.take() == std::vector<std::string>{"start ocpp"});
  r.ready(ocpp);
  r.ready(note);
  CHECK(r.core->status().health == Health::up);
  CHECK(r.core->status().all_ready_us == 1'000'000'000);
}

TEST_CASE("a caller is started without its callee when patience ends") {
  Rig r;
  r.core->begin(r.now);
  r.ready(ledger);
  r.take();
  r.pass(kStartPatience - 1us);
  CHECK_FALSE(r.did("start session"));
  r.pass(1us);
  CHECK(r.did("start session"));
}

TEST_CASE("a dead service comes back at once and nobody else is touched") {
  Rig r;
  r.up();
  r.dies(session);
  CHECK(r.take() == std::vector<std::string>{"launch session", "start session"});
  CHECK(r.core->status().health == Health::degraded);
  CHECK(r.core->shown(session).restarts == 1);
  CHECK(r.core->shown(session).last_cause == Cause::signal);
  r.now += 3ms;
  r.ready(session);
  CHECK(r.core->shown(session).ready_us - r.core->shown(session).died_us == 3000);
  CHECK(r.core->status().health == Health::up);
}

TEST_CASE("who comes back does not wait for a callee that waits out its back-off, but for one that is coming up") {
  Rig r;
  r.up();
  r.dies(ledger);
  r.ready(ledger);
  r.dies(ledger);
  REQUIRE(r.state(ledger) == State::backoff);
  r.take();
  r.dies(session);
  CHECK(r.did("start session"));
  r.ready(session);
  r.pass(10ms);
  REQUIRE(r.state(ledger) == State::starting);
  r.take();
  r.dies(session);
  r.pass(10ms);
  CHECK(r.state(session) == State::waiting);
  r.ready(ledger);
  CHECK(r.did("start session"));
}

TEST_CASE("the second death waits its back-off") {
  Rig r;
  r.up();
  r.dies(session);
  r.take();
  r.dies(session);
  CHECK(r.take().empty());
  CHECK(r.state(session) == State::backoff);
  r.pass(11ms);
  CHECK(r.did("launch session"));
}

TEST_CASE("silence is a hang: killed after the missed beats and started again") {
  Rig r;
  r.up();
  r.now += 299ms;
  r.core->tick(r.now);
  CHECK(r.killed.empty());
  for (const Index i : {ledger, note, session, ocpp}) r.core->beat(i, 5, r.now);
  r.now += 1ms;
  r.core->tick(r.now);
  CHECK(r.killed == std::vector<Index>{power});
  r.core->tick(r.now + 1s);  // it is not killed twice
  r.all_killed_die();
  CHECK(r.core->shown(power).last_cause == Cause::hang);
  CHECK(r.did("launch power"));
}

TEST_CASE("a supervisor that was itself held up does not hold silence against the others") {
  Rig r;
  r.up();
  r.now += 300ms + 10s;
  r.core->tick(r.now);
  CHECK(r.killed.empty());
  for (const Index i : {ledger, note, session, ocpp}) r.core->beat(i, 5, r.now);
  r.core->tick(r.core->next());  // but whoever stays silent now is ended
  CHECK(r.killed == std::vector<Index>{power});
}

TEST_CASE("no READY in time is a reason too") {
  Rig r;
  r.core->begin(r.now);
  r.now += kReadyLimit;
  r.core->tick(r.now);
  CHECK(r.did("kill power"));
  r.all_killed_die();
  CHECK(r.core->shown(power).last_cause == Cause::not_ready);
}

TEST_CASE("a launch that fails is tried again later, never in a circle") {
  Rig r;
  r.can_launch = false;
  r.core->begin(r.now);
  CHECK(r.take().size() == 5);
  CHECK(r.state(note) == State::backoff);
  r.can_launch = true;
  r.pass(100ms);
  CHECK(r.did("launch note"));
  CHECK(r.state(note) == State::starting);
}

TEST_CASE("a service of another build is not run again and its callers do not wait for it") {
  Rig r;
  r.core->begin(r.now);
  r.ready(power);
  r.core->ready(note, Cause::other_build, 0, r.now);
  r.all_killed_die();
  CHECK(r.state(note) == State::refused);
  r.pass(10min);
  CHECK(std::ranges::count(r.done, "launch note") == 1);
}

TEST_CASE("a crash loop climbs step by step: an empty start, then the zone, and leaves other zones alone") {
  Rig r;
  r.services[ocpp].capsule_bytes = 100;
  r.up();
  REQUIRE(r.core->parks(ocpp, 50));
  r.loops(ocpp, Step::service_empty);
  CHECK(r.core->shown(ocpp).capsule_bytes == 0);
  r.loops(ocpp, Step::zone);
  CHECK(r.state(ocpp) == State::backoff);
  CHECK(r.core->status().health != Health::safe_state);
  r.take();
  r.pass(kZoneRetry);
  CHECK(r.take() == std::vector<std::string>{"launch ocpp", "start ocpp"});
  CHECK(r.state(session) == State::ready);
  CHECK(r.core->shown(session).restarts == 0);
  CHECK(std::ranges::count(r.acts, "step ocpp service_empty") == 1);
  CHECK(std::ranges::count(r.acts, "step ocpp zone") == 1);
}

TEST_CASE("a service that may go no higher than its zone never brings the station to the safe state") {
  Rig r;
  r.up();
  r.loops(ocpp, Step::zone);
  for (int i = 0; i < 2000; ++i) {
    r.pass(100ms);
    if (r.core->started(ocpp)) r.dies(ocpp);
    r.all_killed_die();
    REQUIRE(r.core->status().health != Health::safe_state);
  }
  CHECK(r.core->shown(ocpp).step == Step::zone);
}

TEST_CASE("a service that may not climb at all gets an empty start and long waits") {
  Rig r;
  r.up();
  r.loops(note, Step::service_empty);
  CHECK(r.state(note) == State::backoff);
  r.take();
  r.pass(kZoneRetryMost - 1s);
  CHECK_FALSE(r.did("launch note"));
  r.pass(1s);
  CHECK(r.did("launch note"));
}

TEST_CASE("a zone restart takes all of the zone, and the others wait for the one that failed") {
  Rig r;
  r.services[note].escalate = sandbox::Escalate::zone;
  r.up();
  r.loops(note, Step::service_empty);
  r.pass(1s);
  r.dies(note);
  CHECK(r.killed.empty());
  r.pass(1s);
  r.dies(note);
  CHECK(r.core->shown(note).step == Step::zone);
  CHECK(r.killed == std::vector<Index>{ledger});
  r.all_killed_die();
  CHECK(r.state(ledger) == State::backoff);
  CHECK(r.core->shown(ledger).last_cause == Cause::with_peer);
  CHECK(r.core->shown(ledger).step == Step::none);  // it is not to blame
  r.take();
  r.pass(kZoneRetry);
  CHECK(r.did("launch ledger"));
  CHECK(r.did("launch note"));
}

TEST_CASE("the safe state takes the energy and nothing else: all others stay up and answer") {
  Rig r;
  r.up();
  r.core->phase_requested(session, control::Phase::charging, r.now);
  r.take();
  r.loops(ledger, Step::safe_state);
  r.ready(note);  // of the zone that was restarted on the way
  CHECK(r.core->status().health == Health::safe_state);
  CHECK(r.core->status().step == Step::safe_state);
  CHECK(r.core->status().phase == control::Phase::safe);
  for (const Index i : {power, note, session, ocpp}) {
    CHECK(r.state(i) == State::ready);
    CHECK(r.did("phase " + std::string{r.services[i].name}));
  }
  CHECK(r.state(ledger) == State::stopped);
  CHECK(std::ranges::count(r.acts, "step ledger safe_state") == 1);
  // Nobody but the ladder ends it.
  r.core->phase_requested(session, control::Phase::charging, r.now);
  CHECK(r.core->status().phase == control::Phase::safe);
  CHECK(r.killed.empty());
  r.take();
  r.pass(kSafeRetry + 1s);
  CHECK(r.did("launch ledger"));
  CHECK(r.core->status().phase == control::Phase::boot);
  r.ready(ledger);
  CHECK(r.core->status().health == Health::up);
  CHECK(r.core->status().step == Step::none);
}

TEST_CASE("the phase of the safe state is the supervisor's alone") {
  Rig r;
  r.up();
  r.core->phase_requested(session, control::Phase::safe, r.now);
  CHECK(r.killed == std::vector<Index>{session});
  CHECK(r.core->status().phase != control::Phase::safe);
}

TEST_CASE("the next safe state lasts twice as long, until a healthy minute") {
  Rig r;
  r.up();
  r.loops(session, Step::safe_state);
  r.take();
  r.pass(kSafeRetry);
  CHECK(r.did("launch session"));
  r.dies(session);
  r.pass(100ms);
  r.dies(session);
  REQUIRE(r.core->status().health == Health::safe_state);
  CHECK(r.core->status().safe_states == 2);
  r.pass(kSafeRetry + 1s);
  CHECK(r.core->status().health == Health::safe_state);
  r.pass(kSafeRetry);
  r.recover_all();
  CHECK(r.core->status().health == Health::up);
  CHECK(r.core->shown(session).step == Step::safe_state);
  r.pass(kHealthy);
  CHECK(r.core->shown(session).step == Step::none);
  CHECK(r.core->status().safe_states == 0);
  CHECK(r.confirmed == 1);
  CHECK(std::ranges::count(r.acts, "recovered session") == 1);
  CHECK(std::ranges::count(r.acts, "recovered station") == 1);
  r.loops(session, Step::safe_state);
  r.pass(kSafeRetry);
  CHECK(r.core->status().health != Health::safe_state);
}

namespace {
/// Safe state after safe state, until the ladder is at its end.
void exhaust(Rig& r) {
  r.up();
  r.loops(session, Step::safe_state);
  for (std::uint32_t i = 1; i <= kSafeStates; ++i) {
    REQUIRE(r.core->status().step == Step::safe_state);
    REQUIRE(r.core->status().safe_states == i);
    r.pass(kSafeRetryMost);
    for (int k = 0; k < 3 && r.core->status().health != Health::safe_state; ++k) {
      if (r.state(session) == State::backoff) r.pass(1s);
      if (r.core->started(session)) r.dies(session);
      r.all_killed_die();
      if (r.core->goal() != Goal::none) return;
    }
  }
}
}  // namespace

TEST_CASE("when safe states do not help, the other slot is asked for and the station stops for it") {
  Rig r;
  r.slot = SlotAnswer::requested;
  exhaust(r);
  CHECK(r.core->goal() == Goal::other_slot);
  CHECK(r.core->status().step == Step::other_slot);
  CHECK(r.core->status().phase == control::Phase::safe);
  CHECK(std::ranges::count(r.acts, "other_slot session requested") == 1);
  for (const Index i : {ocpp, note, ledger, power}) r.core->exited(i, Cause::exited, 0, r.now);
  CHECK(r.core->done());
}

TEST_CASE("without another slot the station stays safe, for ever and reachable") {
  for (const auto answer : {SlotAnswer::no_other_slot, SlotAnswer::already_tried, SlotAnswer::failed}) {
    Rig r;
    r.slot = answer;
    exhaust(r);
    CHECK(r.core->goal() == Goal::none);
    CHECK(r.core->status().step == Step::stay_safe);
    CHECK(r.core->status().next_try_us == 0);
    CHECK(std::ranges::count(r.acts, "other_slot session " + std::string{enum_text(answer)}) == 1);
    CHECK(std::ranges::count(r.acts, "step station stay_safe") == 1);
    r.take();
    r.pass(24h);
    CHECK_FALSE(r.did("launch session"));
    CHECK(r.core->status().phase == control::Phase::safe);
    for (const Index i : {power, ledger, note, ocpp}) CHECK(r.state(i) == State::ready);
    r.core->stop(Goal::restart, r.now);  // a person can
    for (const Index i : {ocpp, note, ledger, power}) r.core->exited(i, Cause::exited, 0, r.now);
    CHECK(r.core->done());
  }
}

TEST_CASE("software of another build in a service that matters asks for the other slot at once") {
  Rig r;
  r.core->begin(r.now);
  r.core->ready(ledger, Cause::other_build, 0, r.now);
  r.all_killed_die();
  CHECK(r.core->status().step == Step::stay_safe);
  CHECK(r.did("launch session"));
  r.pass(kStartPatience);
  CHECK(r.did("start session"));  // it can still say what is wrong
}

TEST_CASE("power itself is kept up even when it keeps dying") {
  Rig r;
  r.up();
  r.loops(power, Step::safe_state);
  CHECK(r.core->status().health == Health::safe_state);
  CHECK(r.state(power) == State::backoff);
  r.take();
  r.pass(kSlowRetry);
  CHECK(r.did("launch power"));
}

TEST_CASE(
    "an optional service that this station is without is absent, keeps nobody waiting, and stays absent to the end") {
  Rig rig{(Mask{1} << power) | (Mask{1} << ledger) | (Mask{1} << session) | (Mask{1} << ocpp)};
  rig.services[note].optional = true;
  rig.core.emplace(rig.table, rig, (Mask{1} << power) | (Mask{1} << ledger) | (Mask{1} << session) | (Mask{1} << ocpp));
  CHECK(rig.state(note) == State::absent);
  CHECK(rig.state(session) == State::stopped);
  rig.core->begin(rig.now);
  for (const Index i : {power, ledger, session, ocpp}) rig.ready(i);
  CHECK_FALSE(rig.did("launch note"));
  CHECK(rig.core->status().health == Health::up);
  rig.pass(10s);
  CHECK(rig.state(note) == State::absent);
  rig.core->stop(Goal::end, rig.now);
  for (const Index i : {ocpp, session, ledger, power}) rig.core->exited(i, Cause::exited, 0, rig.now);
  CHECK(rig.core->done());
  CHECK(rig.state(note) == State::absent);
}

TEST_CASE("the safety zone is fresh while its beats come, and only then") {
  Rig r;
  CHECK_FALSE(r.core->safety_fresh(r.now));
  r.up();
  CHECK(r.core->safety_fresh(r.now));
  CHECK(r.core->safety_fresh(r.now + 299ms));
  CHECK_FALSE(r.core->safety_fresh(r.now + 300ms));
  r.dies(ocpp);
  r.dies(session);
  CHECK(r.core->safety_fresh(r.now));  // neither is of that zone
  r.dies(power);
  CHECK_FALSE(r.core->safety_fresh(r.now));
}

TEST_CASE("a beat without a turn of the loop is no sign of life") {
  Rig r;
  r.up();
  r.core->beat(session, 5, r.now);
  r.now += 200ms;
  for (const Index i : {power, ledger, note, session, ocpp}) r.core->beat(i, i == session ? 5 : 6, r.now);
  r.now += 100ms;
  r.core->tick(r.now);
  CHECK(r.killed == std::vector<Index>{session});
  CHECK(r.core->shown(session).hangs == 1);
}

TEST_CASE("what a service parked comes back, unless it died of it twice") {
  Rig r;
  r.services[ocpp].capsule_bytes = 100;
  r.up();
  CHECK(r.core->parks(ocpp, 100));
  CHECK(r.core->shown(ocpp).capsule_bytes == 100);
  r.take();
  r.dies(ocpp);
  CHECK(r.take() == std::vector<std::string>{"launch ocpp", "start with capsule ocpp"});
  r.dies(ocpp);
  r.pass(100ms);
  CHECK(r.did("start with capsule ocpp"));
  r.take();
  r.dies(ocpp);
  r.pass(100ms);
  CHECK(r.did("start ocpp"));
  CHECK(r.core->shown(ocpp).capsules_dropped == 1);
  CHECK(std::ranges::count(r.acts, "capsule_dropped ocpp poison") == 1);
}

TEST_CASE("a service that parks more than it was granted is ended") {
  Rig r;
  r.services[ocpp].capsule_bytes = 100;
  r.up();
  CHECK_FALSE(r.core->parks(ocpp, 101));
  CHECK(r.killed == std::vector<Index>{ocpp});
  Rig without;
  without.up();
  CHECK_FALSE(without.core->parks(session, 1));
  CHECK(without.killed == std::vector<Index>{session});
}

TEST_CASE("an accusation restarts the end of lower trust") {
  Rig r;
  r.up();
  r.core->accuse(session, 2, control::Reason::malformed, r.now);  // of ocpp
  CHECK(r.killed == std::vector<Index>{ocpp});
  CHECK(r.core->shown(ocpp).violations == 1);
  r.all_killed_die();
  CHECK(r.core->shown(ocpp).last_cause == Cause::violation);
  r.ready(ocpp);
  r.core->accuse(ocpp, 1, control::Reason::malformed, r.now);  // of session, which is trusted more
  CHECK(r.killed == std::vector<Index>{ocpp});
}

TEST_CASE("what the authority graph does not allow on the control conduit ends the service") {
  struct Case {
    const char* name;
    void (*act)(Rig&);
  };
  const Case cases[] = {
      {"phase", [](Rig& r) { r.core->phase_requested(ocpp, control::Phase::charging, r.now); }},
      {"restart", [](Rig& r) { r.core->restart_requested(ocpp, r.now); }},
      {"unknown conduit accused", [](Rig& r) { r.core->accuse(ocpp, 9, control::Reason::malformed, r.now); }},
      {"unknown conduit waited on", [](Rig& r) { r.core->waits(ocpp, 9, 1, r.now); }},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    Rig r;
    r.up();
    c.act(r);
    CHECK(r.killed == std::vector<Index>{ocpp});
    CHECK(r.core->status().phase == control::Phase::boot);
    CHECK(r.core->goal() == Goal::none);
  }
}

TEST_CASE("a phase goes to everyone that was started, once") {
  Rig r;
  r.up();
  r.core->phase_requested(session, control::Phase::charging, r.now);
  CHECK(r.take().size() == 5);
  r.core->phase_requested(session, control::Phase::charging, r.now);
  CHECK(r.take().empty());
}

TEST_CASE("the station stops callers first, one after the other") {
  Rig r;
  r.up();
  r.core->stop(Goal::end, r.now);
  for (const Index i : {ocpp, session, note, ledger, power}) {
    CHECK(r.take() == std::vector<std::string>{"stop " + std::string{r.services[i].name}});
    CHECK_FALSE(r.core->done());
    r.core->exited(i, Cause::exited, 0, r.now);
  }
  CHECK(r.core->done());
  CHECK(r.core->goal() == Goal::end);
  CHECK(r.core->shown(power).last_cause == Cause::asked);
}

TEST_CASE("one that does not stop is killed after its grace, and the stop goes on") {
  Rig r;
  r.up();
  r.core->stop(Goal::restart, r.now);
  r.take();
  r.pass(kStopGrace);
  CHECK(r.take() == std::vector<std::string>{"kill ocpp"});
  r.all_killed_die();
  CHECK(r.did("stop session"));
}

TEST_CASE("what waits or rests when the station stops just ends") {
  Rig r;
  r.core->begin(r.now);
  r.ready(power);
  r.dies(note);
  r.dies(note);
  r.take();
  r.core->stop(Goal::end, r.now);
  CHECK(r.take() == std::vector<std::string>{"kill ocpp"});
  r.all_killed_die();
  r.all_killed_die();
  CHECK(r.state(note) == State::stopped);
}

TEST_CASE("a service that was left out is not waited for and does not spoil the health") {
  Rig r{static_cast<Mask>(~(Mask{1} << ledger))};
  r.core->begin(r.now);
  CHECK_FALSE(r.did("launch ledger"));
  r.ready(power);
  CHECK(r.did("start session"));
  for (const Index i : {note, session, ocpp}) r.ready(i);
  CHECK(r.core->status().health == Health::up);
}

TEST_CASE("restart classes take their group along") {
  struct Case {
    sandbox::RestartClass restart;
    std::vector<Index> taken;
  };
  const Case cases[] = {
      {sandbox::RestartClass::isolated, {}},
      {sandbox::RestartClass::pair, {ocpp, session}},  // callers first
      {sandbox::RestartClass::zone, {note}},
      {sandbox::RestartClass::station, {ocpp, session, note, power}},
  };
  for (const auto& c : cases) {
    Rig r;
    constexpr std::array<std::uint8_t, 2> kWith{session, ocpp};
    r.services[ledger].restart_class = c.restart;
    r.services[ledger].restart_with = kWith;
    r.up();
    r.dies(ledger);
    CHECK(r.killed == c.taken);
    // Back in the order of calls: who is called first is started first.
    std::ranges::reverse(r.killed);
    r.all_killed_die();
    r.recover_all();
    CHECK(r.core->status().health == Health::up);
    const auto started = [&](Index i) { return std::ranges::find(r.done, "start " + std::string{r.services[i].name}); };
    CHECK(started(ledger) != r.done.end());
    if (c.taken.size() > 1) CHECK((started(ledger) < started(session) && started(session) < started(ocpp)));
    for (const auto i : c.taken) CHECK(r.core->shown(i).step == Step::none);  // they are not to blame
  }
}

TEST_CASE("whatever happens in whatever order, the core has a next moment or everything is settled") {
  // A small random walk over all events; the invariants are what an operator relies on.
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Rig r;
    std::uint32_t x = seed * 2654435761U;
    const auto roll = [&](std::uint32_t n) {
      x = x * 1664525U + 1013904223U;
      return (x >> 16) % n;
    };
    r.core->begin(r.now);
    for (int step = 0; step < 120; ++step) {
      const auto i = static_cast<Index>(roll(5));
      switch (roll(6)) {
        case 0:
          if (r.core->started(i) || r.state(i) == State::waiting) r.dies(i);
          break;
        case 1: r.ready(i); break;
        case 2: r.pass(std::chrono::milliseconds{roll(400)}); break;
        case 3: r.core->accuse(i, static_cast<std::uint8_t>(roll(4)), control::Reason::flooded, r.now); break;
        case 4: r.core->beat(i, ++r.turns, r.now); break;
        default: break;
      }
      std::erase_if(r.killed, [&](Index k) { return r.state(k) != State::waiting && !r.core->started(k); });
      while (!r.killed.empty()) {
        const auto k = r.killed.back();
        std::erase(r.killed, k);
        r.core->exited(k, Cause::signal, 9, r.now);
      }
      for (Index k = 0; k < 5; ++k) {
        const bool pending =
            r.state(k) == State::backoff || r.state(k) == State::waiting || r.state(k) == State::starting;
        if (pending) REQUIRE(r.core->next() != kNever);
      }
      REQUIRE(r.state(power) != State::stopped);  // the safety zone is never stopped on purpose
    }
    r.core->stop(Goal::end, r.now);
    for (int k = 0; k < 50 && !r.core->done(); ++k) {
      r.pass(kStopGrace);
      r.all_killed_die();
    }
    REQUIRE(r.core->done());
  }
}
