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
  rig.status = {.pilot = Pilot::c2,
                .duty_permille = 266,
                .contactor_commanded = true,
                .contactor_feedback = true,
                .lease_remaining_ms = 300,
                .uptime_ms = 5'000};
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
  const mculink::Status charging{.pilot = Pilot::c2,
                                 .duty_permille = 266,
                                 .contactor_commanded = true,
                                 .contactor_feedback = true,
                                 .uptime_ms = 1};
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

TEST_CASE(
    "every combination of what a status may say and what was leased is judged as an independent reading of the rules") {
  std::size_t combinations = 0, believed = 0;
  const std::array ages{Duration{100ms}, kLeaseSettled, kLeaseSettled + 1ms, kLongestStop, kLongestStop + 1ms};
  for (unsigned bits = 0; bits < 32; ++bits) {
    const bool commanded = (bits & 1) != 0, feedback = (bits & 2) != 0, weld = (bits & 4) != 0,
               leased = (bits & 8) != 0, before = (bits & 16) != 0;
    for (const auto pilot : {Pilot::a, Pilot::b1, Pilot::b2, Pilot::c1, Pilot::c2, Pilot::d2, Pilot::e, Pilot::f}) {
      for (const auto duty : std::array<std::uint16_t, 4>{0, 50, 266, 1000}) {
        for (const auto lease_age : ages) {
          for (const auto permit_age : ages) {
            if (permit_age < lease_age) continue;  // A permit is a lease.
            Rig rig;
            rig.now += 1h;
            if (before) {
              rig.leased = {rig.now, rig.now, 16'000, rig.now};
              rig.status = {.pilot = Pilot::c2,
                            .duty_permille = 266,
                            .contactor_commanded = true,
                            .contactor_feedback = true,
                            .uptime_ms = 5};
              rig.hear();
              REQUIRE(rig.sound());
            }
            rig.now += 1h;
            rig.leased = {rig.now - lease_age, rig.now - permit_age, 16'000, rig.now - permit_age};
            rig.status = {.pilot = pilot,
                          .duty_permille = duty,
                          .contactor_commanded = commanded,
                          .contactor_feedback = feedback,
                          .lease_remaining_ms = static_cast<std::uint16_t>(leased ? 250 : 0),
                          .faults = weld ? mculink::bit(mculink::Fault::weld) : 0,
                          .uptime_ms = 9'000};
            rig.hear();
            const bool c_or_d = pilot == Pilot::c1 || pilot == Pilot::c2 || pilot == Pilot::d2;
            const bool digit_2 = pilot == Pilot::b2 || pilot == Pilot::c2 || pilot == Pilot::d2;
            const bool no_signal = duty == 0 || duty == 1000;
            const bool odd =
                (digit_2 && no_signal) || (duty == 0 && pilot != Pilot::f) || (commanded && (!c_or_d || weld));
            const bool overdue = (leased && lease_age > 750ms) || (commanded && !before && permit_age > 750ms) ||
                                 ((commanded || (feedback && !weld)) && permit_age > 750ms + 7'500ms);
            CAPTURE(bits);
            CAPTURE(duty);
            REQUIRE(rig.doubt.internal() == odd);
            REQUIRE(rig.doubt.lease_protocol() == overdue);
            ++combinations;
            believed += odd || overdue ? 0U : 1U;
          }
        }
      }
    }
  }
  CHECK(combinations == 15'360);
  CHECK(believed > 1'000);
}
