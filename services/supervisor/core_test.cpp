#include "services/supervisor/core_rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::supervisor;

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
