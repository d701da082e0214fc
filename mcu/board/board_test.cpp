// The whole board, over its serial line, in virtual time: what each hardware fault does to a vehicle that charges.
#include "mcu/board/board.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace bulwatt;
using namespace bulwatt::board;
using namespace bulwatt::mculink;

namespace {
struct Station {
  explicit Station(const mcu::Config& config = {}) : board(config) {}
  Board board;
  Sender<ToMcu> sender;
  Receiver<FromMcu> receiver;
  Lease lease{.permit = true, .max_current_ma = 16'000, .lease_ms = 500};
  bool host_alive = true;
  std::vector<std::byte> to_board;
  std::optional<HelloAck> ack;
  Status status;
  std::vector<Event> events;
  std::uint64_t now_us = 0;

  void send(const ToMcu& message) {
    const auto frame = sender.encode(message);
    to_board.insert(to_board.end(), frame.begin(), frame.end());
  }
  void tick() {
    now_us += 1'000;
    if (host_alive && now_us % 100'000 == 0) {
      ++lease.counter;
      send(lease);
    }
    const auto received = std::exchange(to_board, {});
    board.cycle(received, now_us, [&](std::span<const std::byte> frame) {
      receiver.feed(frame, [&](const FromMcu& message) {
        if (const auto* a = std::get_if<HelloAck>(&message)) ack = *a;
        if (const auto* s = std::get_if<Status>(&message)) status = *s;
        if (const auto* e = std::get_if<Event>(&message)) events.push_back(*e);
      });
    });
  }
  void run_ms(int ms) {
    for (int i = 0; i < ms; ++i) tick();
  }
  int ms_until_dead(int most) {
    int ms = 0;
    for (; board.view().energized && ms < most; ++ms) tick();
    REQUIRE_FALSE(board.view().energized);
    return ms;
  }
  void charge() {
    board.vehicle = {.resistance_ohm = 2'740, .diode = true, .pp_ohm = 220};
    run_ms(500);
    REQUIRE(status.pilot == Pilot::b2);
    board.vehicle.resistance_ohm = 882;
    run_ms(500);
    REQUIRE(board.view().energized);
    REQUIRE(status.pilot == Pilot::c2);
  }
};
}  // namespace

TEST_CASE("a board greets, charges a vehicle over its line and reports it") {
  Station station;
  station.send(Hello{.build = "test"});
  station.tick();
  REQUIRE(station.ack.has_value());
  CHECK(station.ack->features == (kFeatureSocket | kFeatureLock | kFeatureSimulated));
  station.charge();
  station.run_ms(100);
  CHECK(station.status.duty_permille == 266);
  CHECK(station.status.contactor_commanded);
  CHECK(station.status.contactor_feedback);
  CHECK(station.status.pp_ampacity_ma == 32'000);
  CHECK(station.status.faults == 0);
  CHECK(station.receiver.counters().lost == 0);
  CHECK(station.board.link().lost == 0);
}

TEST_CASE("the outlet is dead within 100 ms of the vehicle leaving C, in any way") {
  for (const auto& left : {Vehicle{.resistance_ohm = 2'740}, Vehicle{}, Vehicle{.resistance_ohm = 0}}) {
    Station station;
    station.charge();
    station.board.vehicle = left;
    CHECK(station.ms_until_dead(1'000) <= 60);
  }
}

TEST_CASE("every hardware fault that can be noticed while charging kills the outlet and is reported") {
  struct Case {
    Break which;
    Fault fault;
    int most_ms;
  };
  for (const auto& c : {Case{Break::pe_loss, Fault::pe_loss, 25}, Case{Break::rcd_trip, Fault::rcd_trip, 35},
                        Case{Break::overtemp, Fault::overtemp, 25}, Case{Break::estop, Fault::estop, 25},
                        Case{Break::diode, Fault::diode, 25}}) {
    CAPTURE(enum_text(c.which));
    Station station;
    station.charge();
    station.board.hardware.set(c.which, true);
    CHECK(station.ms_until_dead(1'000) <= c.most_ms);
    station.run_ms(200);
    CHECK(station.status.faults == bit(c.fault));
    CHECK(station.board.view().faults == bit(c.fault));
  }
}

TEST_CASE("a weld is reported though the outlet stays live") {
  Station station;
  station.charge();
  station.board.hardware.set(Break::weld, true);
  station.board.vehicle.resistance_ohm = 2'740;
  station.run_ms(1'200);
  CHECK(station.status.faults == bit(Fault::weld));
  CHECK(station.board.view().energized);
  CHECK(station.status.contactor_feedback);
  CHECK_FALSE(station.status.contactor_commanded);
}

TEST_CASE("a stuck feedback, a stuck pilot and a dead residual current device are found at the next chance") {
  {
    Station station;
    station.charge();
    station.board.hardware.set(Break::feedback_stuck, true);
    station.board.vehicle.resistance_ohm = 2'740;
    station.run_ms(1'200);
    CHECK(station.status.faults == bit(Fault::weld));  // The board can't tell: closed is what it sees.
  }
  {
    Station station;
    station.charge();
    station.board.hardware.set(Break::pilot_stuck, true);
    station.host_alive = false;
    CHECK(station.ms_until_dead(4'000) < 600);
    station.run_ms(100);
    CHECK(station.status.faults == bit(Fault::pilot_stuck));
  }
  {
    Station station;
    station.board.hardware.set(Break::rcd_dead, true);
    station.board.vehicle = {.resistance_ohm = 882, .diode = true, .pp_ohm = 220};
    station.run_ms(1'000);
    CHECK(station.status.faults == bit(Fault::rcd_dead));
    CHECK_FALSE(station.board.view().energized);
  }
}

TEST_CASE("a mended board charges again after a reset without the vehicle") {
  Station station;
  station.charge();
  station.board.hardware.set(Break::estop, true);
  station.ms_until_dead(1'000);
  station.board.hardware.set(Break::estop, false);
  station.board.vehicle = {};
  station.run_ms(100);
  CHECK(station.status.faults == bit(Fault::estop));
  station.send(ResetFault{});
  station.run_ms(2);
  CHECK(station.status.faults == 0);
  station.charge();
}

TEST_CASE("noise on the line costs nothing but its own bytes") {
  Station station;
  station.charge();
  for (int i = 0; i < 5'000; ++i) {
    if (i % 3 == 0) station.to_board.push_back(static_cast<std::byte>(i * 37));
    station.tick();
    REQUIRE(station.board.view().energized);
  }
}

TEST_CASE(
    "a connector lock that sticks keeps the outlet dead and is reported; so is the lid, which changes nothing else") {
  Station station;
  station.board.hardware.set(Break::lock_stuck, true);
  station.board.hardware.set(Break::tamper, true);
  station.board.vehicle = {.resistance_ohm = 882, .diode = true, .pp_ohm = 220};
  station.run_ms(3'000);
  CHECK_FALSE(station.board.view().energized);
  CHECK(station.status.faults == bit(Fault::lock));
  CHECK(station.status.lock_fault);
  CHECK(station.status.tamper);
  CHECK_FALSE(station.status.locked);
  station.board.hardware.set(Break::lock_stuck, false);
  station.board.vehicle = {};
  station.run_ms(100);
  station.send(ResetFault{});
  station.run_ms(100);
  station.charge();
  CHECK(station.status.locked);
  CHECK(station.status.tamper);
  CHECK(station.status.faults == 0);
}

namespace {
constexpr mcu::Config kDc{.socket = false, .dc = true};
/// A DC vehicle: digital communication, and no proximity coding to read.
void charge_dc(Station& station) {
  station.lease.digital = true;
  station.lease.supply = mculink::Supply::isolate;
  station.board.vehicle = {.resistance_ohm = 2'740};
  station.run_ms(500);
  station.board.vehicle.resistance_ohm = 882;
  station.run_ms(3'000);
  station.lease.supply = mculink::Supply::give;
  station.lease.target_mv = 400'000;
  station.lease.target_ma = 100'000;
  station.run_ms(1'000);
}
}  // namespace

TEST_CASE("a DC board charges its outlet through the resistor, closes, opens and discharges it") {
  Station station{kDc};
  charge_dc(station);
  REQUIRE(station.board.view().energized);
  CHECK(station.status.duty_permille == iec61851::kDigital);
  CHECK(station.status.isolation == mculink::Isolation::valid);
  CHECK(station.status.outlet_mv == 400'000);
  CHECK(station.status.source_mv == 400'000);
  CHECK(station.status.faults == 0);
  station.board.vehicle.resistance_ohm = 2'740;
  CHECK(station.ms_until_dead(100) <= 60);
  station.run_ms(1'000);
  CHECK(station.status.outlet_mv < 60'000);
  CHECK(station.status.faults == 0);
}

TEST_CASE("each DC fault is noticed, keeps or makes the outlet dead, and has its name") {
  struct Case {
    Break which;
    Fault fault;
    bool while_charging;
  };
  for (const auto& c :
       {Case{Break::isolation, Fault::isolation, true}, Case{Break::precharge, Fault::precharge, false},
        Case{Break::discharge, Fault::discharge, true}, Case{Break::weld_negative, Fault::weld, true}}) {
    CAPTURE(enum_text(c.which));
    Station station{kDc};
    if (c.while_charging) {
      charge_dc(station);
      REQUIRE(station.board.view().energized);
    }
    station.board.hardware.set(c.which, true);
    if (c.which == Break::discharge || c.which == Break::weld_negative) station.board.vehicle.resistance_ohm = 2'740;
    if (!c.while_charging) charge_dc(station);
    station.run_ms(6'000);
    CHECK_FALSE(station.board.view().energized);
    CHECK(station.status.faults == bit(c.fault));
  }
}
