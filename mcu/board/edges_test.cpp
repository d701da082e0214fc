#include "mcu/board/edges.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::board;

namespace {

/// A board in virtual time whose host permits, or not.
struct Rig {
  mcu::Config config = [] {
    mcu::Config c;
    c.debounce.engage = iec61851::kSteadySamples;
    c.pause_us = 0;
    return c;
  }();
  Board board{config, Delays{.contactor_ms = 2, .rcd_ms = 1, .lock_ms = 2}};
  std::vector<std::string> said;
  Edges edges{7, [this](const std::string& line) { said.push_back(line); }};
  mculink::Sender<mculink::ToMcu> sender;
  mculink::Lease lease{.permit = true, .max_current_ma = 16'000, .lease_ms = 500};
  std::int64_t now_ns = 5'000'000'000;

  void run_ms(int ms) {
    for (int i = 0; i < ms; ++i) {
      now_ns += 1'000'000;
      std::span<const std::byte> frame{};
      if (i % 50 == 0) {
        ++lease.counter;
        frame = sender.encode(lease);
      }
      edges.before(board, now_ns);
      board.cycle(frame, static_cast<std::uint64_t>(now_ns / 1'000), [](std::span<const std::byte>) {});
      edges.after(board, now_ns);
    }
  }
};

}  // namespace

TEST_CASE("every way out of C is driven and measured, each within its debouncing") {
  Rig rig;
  REQUIRE(rig.edges.take("edges 100"));
  rig.run_ms(20'000);
  std::map<char, int> ways;
  for (const auto& line : rig.said) {
    if (!line.starts_with("edge ")) continue;
    ++ways[line[5]];
    const auto ns = std::stoll(line.substr(7));
    CAPTURE(line);
    const bool slow = line[5] == 'B' || line[5] == 'A';
    CHECK(ns >= (slow ? 11'000'000 : 2'000'000));
    CHECK(ns <= (slow ? 16'000'000 : 4'000'000));
  }
  CHECK(ways['A'] == 2);
  CHECK(ways['B'] > 20);
  CHECK(ways['E'] > 20);
  CHECK(ways['F'] > 20);
  CHECK(ways['A'] + ways['B'] + ways['E'] + ways['F'] == 100);
  CHECK(rig.said.back() == "done");
  CHECK(rig.board.view().faults == 0);
}

TEST_CASE("without a permit it says that it is idle, again and again") {
  Rig rig;
  rig.lease.permit = false;
  REQUIRE(rig.edges.take("edges 1"));
  rig.run_ms(3'000);
  CHECK(rig.said == std::vector<std::string>{"idle", "idle", "idle"});
}

TEST_CASE("in hold a withdrawn permit is told when the signal stops and when the contactor opens") {
  Rig rig;
  REQUIRE(rig.edges.take("hold"));
  rig.run_ms(200);
  CHECK(rig.said == std::vector<std::string>{"live"});
  rig.lease.permit = false;
  rig.run_ms(200);
  REQUIRE(rig.said.size() == 3);
  CHECK(rig.said[1].starts_with("withdrawn "));
  CHECK(rig.said[2].starts_with("opened "));
}

TEST_CASE("a line that is no command is refused") {
  Rig rig;
  for (const char* line : {"", "edges", "edges 0", "edges x", "edges 1 2", "holding"})
    CHECK_FALSE(rig.edges.take(line));
}
