#include "protocols/iso15118_session/timers.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::iso15118;
using namespace std::chrono_literals;

TEST_CASE("a station gives up before its car does, by the standards' values") {
  // What a car waits for: CommunicationSetup 20 s, Ongoing 60 s, CableCheck 40 s, PreCharge 7 s.
  for (const auto& timers : {kIso2Timers, kDinTimers}) {
    CHECK(timers.communication_setup_ms == 18'000);
    CHECK(timers.sequence_ms == 60'000);
    CHECK(timers.ongoing_ms == 55'000);
    CHECK(timers.cable_check_ms == 38'000);
    CHECK(timers.precharge_ms == 5'000);
    CHECK(timers.contactor_ms == 3'000);
    CHECK(timers.close_ms == 5'000);
  }
  CHECK(kIso2Timers.pilot_ms == 250);
  CHECK(kDinTimers.pilot_ms == 1'500);
}

TEST_CASE("a deadline passes at its moment, not before, and not when it does not run") {
  Deadline deadline;
  const auto start = Instant{} + 1h;
  CHECK_FALSE(deadline.running());
  CHECK_FALSE(deadline.passed(start + 1000h));
  deadline.start(start, 250);
  CHECK_FALSE(deadline.passed(start + 249ms));
  CHECK(deadline.passed(start + 250ms));
  deadline.start_once(start + 100ms, 250);
  CHECK(deadline.passed(start + 250ms));
  deadline.start(start + 100ms, 250);
  CHECK_FALSE(deadline.passed(start + 250ms));
  CHECK(deadline.due() == start + 350ms);
  deadline.stop();
  CHECK_FALSE(deadline.passed(start + 1000h));
}
