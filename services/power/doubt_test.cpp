#include "services/power/doubt.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::power;
using namespace std::chrono_literals;
using mculink::Pilot;

namespace {

struct Rig {
  Instant now{1h};
  Doubt doubt{now};
  Leased leased{};
  mculink::Status status{.pilot = Pilot::a, .duty_permille = 1000, .uptime_ms = 1'000};

  Doubt::Fresh hear() {
    const auto fresh = doubt.follow(status, now);
    doubt.judge(status, leased, now);
    return fresh;
  }
  void pass(Duration time) {
    now += time;
    status.uptime_ms += static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  }
  /// A permit, renewed for as long as a charge of `time` runs.
  void charge(Duration time) {
    status.pilot = Pilot::c2;
    status.duty_permille = 266;
    for (Duration at{}; at < time; at += 100ms) {
      pass(100ms);
      leased = {now, now, 16'000, leased.last_permit == Instant{} ? now : leased.limit_since};
      status.contactor_commanded = status.contactor_feedback = true;
      status.lease_remaining_ms = 500;
      hear();
    }
  }
  bool sound() const { return !doubt.internal() && !doubt.lease_protocol(); }
};

}  // namespace

TEST_CASE("an honest charge with an orderly end gives no doubt") {
  Rig rig;
  rig.charge(20s);
  CHECK(rig.sound());
  rig.status.pilot = Pilot::c1;
  rig.status.duty_permille = 1000;
  for (int i = 0; i < 65; ++i) {
    rig.pass(100ms);
    rig.leased.last_lease = rig.now;
    rig.hear();
  }
  CHECK(rig.sound());
  rig.status.contactor_commanded = rig.status.contactor_feedback = false;
  rig.pass(60s);
  rig.leased.last_lease = rig.now;
  rig.hear();
  CHECK(rig.sound());
}

TEST_CASE("a charge that a process before this one permitted gives no doubt while its lease and the stop can last") {
  Rig rig;
  rig.status = {.pilot = Pilot::c2, .duty_permille = 266, .contactor_commanded = true, .contactor_feedback = true, .lease_remaining_ms = 300, .uptime_ms = 5'000};
  rig.hear();
  rig.pass(700ms);
  rig.status.lease_remaining_ms = 0;
  rig.status.pilot = Pilot::c1;
  rig.status.duty_permille = 1000;
  rig.hear();
  rig.pass(6s);
  rig.hear();
  CHECK(rig.sound());
}

TEST_CASE("a contactor that closes without a permit is found at once") {
  Rig rig;
  rig.status.pilot = Pilot::c2;
  rig.status.duty_permille = 266;
  rig.pass(10s);
  rig.leased.last_lease = rig.now;
  rig.hear();
  CHECK(rig.sound());
  rig.pass(1ms);
  rig.status.contactor_commanded = true;
  rig.hear();
  CHECK(rig.doubt.lease_protocol());
}

TEST_CASE("a contactor that stays closed after the permit is found when no stop can last longer") {
  for (const bool commanded : {true, false}) {
    CAPTURE(commanded);
    Rig rig;
    rig.charge(1s);
    rig.status.contactor_commanded = commanded;
    rig.pass(kLongestStop);
    rig.leased.last_lease = rig.now;
    rig.hear();
    CHECK(rig.sound());
    rig.pass(1ms);
    rig.hear();
    CHECK(rig.doubt.lease_protocol());
  }
}

TEST_CASE("a welded contactor explains a feedback that stays, not a command") {
  Rig rig;
  rig.charge(1s);
  rig.status.contactor_commanded = false;
  rig.status.pilot = Pilot::f;
  rig.status.duty_permille = 0;
  rig.status.faults = mculink::bit(mculink::Fault::weld);
  rig.pass(1h);
  rig.leased.last_lease = rig.now;
  rig.hear();
  CHECK(rig.sound());
}

TEST_CASE("a lease that does not run out is found") {
  Rig rig;
  rig.leased.last_lease = rig.now;
  rig.status.lease_remaining_ms = 400;
  rig.pass(kLeaseSettled);
  rig.hear();
  CHECK(rig.sound());
  rig.pass(1ms);
  rig.hear();
  CHECK(rig.doubt.lease_protocol());
}

TEST_CASE("a signal for more current than was leased is found, a late smaller one forgiven for a second") {
  Rig rig;
  rig.charge(2s);
  CHECK(rig.sound());
  rig.leased = {rig.now, rig.now, 10'000, rig.now};
  rig.pass(1s);
  rig.leased.last_lease = rig.leased.last_permit = rig.now;
  rig.hear();
  CHECK(rig.sound());
  rig.pass(1ms);
  rig.hear();
  CHECK(rig.doubt.lease_protocol());
}

TEST_CASE("each contradiction within one status is found") {
  const mculink::Status charging{.pilot = Pilot::c2, .duty_permille = 266, .contactor_commanded = true, .contactor_feedback = true, .uptime_ms = 1};
  struct Case {
    const char* what;
    void (*change)(mculink::Status&);
  };
  for (const auto& c : {Case{"closed in B", [](mculink::Status& s) { s.pilot = Pilot::b2; }},
                        Case{"closed in E", [](mculink::Status& s) { s.pilot = Pilot::e; }},
                        Case{"closed with a fault", [](mculink::Status& s) { s.faults = 1; }},
                        Case{"offered without signal", [](mculink::Status& s) { s.duty_permille = 1000; }},
                        Case{"state F that is none", [](mculink::Status& s) { s.duty_permille = 0; }}}) {
    CAPTURE(c.what);
    Rig rig;
    rig.status = charging;
    rig.hear();
    CHECK_FALSE(rig.doubt.internal());
    c.change(rig.status);
    rig.pass(1ms);
    rig.hear();
    CHECK(rig.doubt.internal());
  }
}

TEST_CASE("a clock that stands still proves nothing, one that runs backwards is a restart") {
  Rig rig;
  CHECK(rig.hear() == Doubt::Fresh::advanced);
  CHECK(rig.hear() == Doubt::Fresh::repeated);
  rig.status.uptime_ms = 3;
  CHECK(rig.hear() == Doubt::Fresh::restarted);
  CHECK(rig.sound());
}

TEST_CASE("a controller that was just restarted and is closed contradicts itself") {
  Rig rig;
  rig.charge(1s);
  CHECK(rig.sound());
  rig.status.uptime_ms = 1;
  rig.hear();
  CHECK(rig.doubt.internal());
}

TEST_CASE("a few restarts are chance, many within a minute are not") {
  for (const auto pause : {1s, 61s}) {
    CAPTURE(pause.count());
    Rig rig;
    rig.hear();
    for (int i = 0; i <= kMostRestarts; ++i) {
      rig.now += pause;
      rig.status.uptime_ms -= 1;
      rig.hear();
    }
    CHECK(rig.doubt.internal() == (pause == 1s));
  }
}

TEST_CASE("a finding stays until it is told to be forgotten, and comes back with its cause") {
  Rig rig;
  rig.status.lease_remaining_ms = 500;
  rig.pass(1min);
  rig.hear();
  rig.status.lease_remaining_ms = 0;
  rig.pass(1s);
  rig.hear();
  CHECK(rig.doubt.lease_protocol());
  rig.doubt.forget();
  CHECK(rig.sound());
  rig.status.lease_remaining_ms = 500;
  rig.pass(1s);
  rig.hear();
  CHECK(rig.doubt.lease_protocol());
}
