#include "mcu/board/world.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::board;
using simbus::Json;

TEST_CASE("the car's event becomes the lines of the cable, and anything else in it the safe reading") {
  struct Case {
    const char* event;
    Vehicle vehicle;
  };
  for (const auto& c : {
           Case{R"({"event":"ev","resistance_ohm":882,"diode":true,"pp_ohm":220,"t_ms":5})", {882, true, 220}},
           Case{R"({"event":"ev","resistance_ohm":0,"diode":false,"pp_ohm":100})", {0, false, 100}},
           Case{R"({"event":"ev","resistance_ohm":null,"diode":true,"pp_ohm":null})", {}},
           Case{R"({"event":"ev"})", {}},
           Case{R"({"event":"ev","resistance_ohm":"882","diode":1,"pp_ohm":-4})", {}},
           Case{R"({"event":"ev","resistance_ohm":1e300,"pp_ohm":[]})", {}},
       }) {
    CAPTURE(c.event);
    Board board{mcu::Config{}};
    board.vehicle = {1, false, 1};
    take_event(board, Json::parse(c.event));
    CHECK(board.vehicle == c.vehicle);
  }
}

TEST_CASE("a car that leaves the bus has driven away, other participants mean nothing") {
  const Vehicle plugged{882, true, 220};
  for (const char* event : {R"({"event":"left","name":"meter"})", R"({"event":"joined","name":"ev"})",
                            R"({"event":"board"})", R"({"event":7})", R"({})"}) {
    Board board{mcu::Config{}};
    board.vehicle = plugged;
    take_event(board, Json::parse(event));
    CHECK(board.vehicle == plugged);
  }
  for (const char* event : {R"({"event":"left","name":"ev"})", R"({"event":"dropped","name":"ev"})"}) {
    Board board{mcu::Config{}};
    board.vehicle = plugged;
    take_event(board, Json::parse(event));
    CHECK(board.vehicle == Vehicle{});
  }
}

TEST_CASE("each fault is set and cleared by its name, in either form of the command") {
  Board board{mcu::Config{}};
  for (std::size_t i = 0; i < kBreakCount; ++i) {
    const auto which = static_cast<Break>(i);
    const std::string name(enum_text(which));
    CHECK(take_command(board, {"fault", {name}, {}}) == simbus::ok());
    CHECK(board.hardware.broken(which));
    CHECK(take_command(board, {"clear", {}, {{"name", name}}}) == simbus::ok());
    CHECK_FALSE(board.hardware.broken(which));
  }
  CHECK(take_command(board, {"fault", {"weld"}, {}}) == simbus::ok());
  CHECK(take_command(board, {"clear", {"all"}, {}}) == simbus::ok());
  CHECK_FALSE(board.hardware.broken(Break::weld));
}

TEST_CASE("a command of somebody else is passed") {
  Board board{mcu::Config{}};
  CHECK_FALSE(take_command(board, {"plug", {}, {}}));
  CHECK_FALSE(take_command(board, {"fault", {"meter_silent"}, {}}));
  CHECK_FALSE(take_command(board, {"fault", {}, Json::object()}));
  CHECK_FALSE(take_command(board, {"clear", {"no_diode"}, {}}));
}

TEST_CASE("the board's event and status show pilot, contactor and faults") {
  Board board{mcu::Config{}};
  board.hardware.set(Break::estop, true);
  for (std::uint64_t ms = 1; ms < 100; ++ms) board.cycle({}, ms * 1'000, [](std::span<const std::byte>) {});
  const auto event = board_event(board.view(), 1'234);
  CHECK(event == Json{{"event", "board"},
                      {"pilot", "A"},
                      {"duty_permille", 1000},
                      {"cp_high_mv", 12'000},
                      {"contactor", false},
                      {"locked", false},
                      {"faults", {"estop"}},
                      {"t_ms", 1'234}});
  const auto status = take_command(board, {"status", {}, {}});
  REQUIRE(status.has_value());
  CHECK((*status)["ok"] == true);
  CHECK((*status)["pilot"] == "A");
  CHECK((*status)["broken"] == Json{"estop"});
  CHECK((*status)["link"]["bad_checksum"] == 0);
}
