#include "services/supervisor/core_rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::supervisor;

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
