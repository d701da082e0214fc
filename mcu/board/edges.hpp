// Drives the pilot line of the simulated board from within, fast, and measures how soon the contactor is commanded open:
// what `bulwatt-bench-deadline` asks for on standard input and reads on standard output, one line each.
//
//   in   edges N        N times: ask for energy, wait until live, leave C in one of four ways at a moment of its own
//        hold           ask for energy and keep asking; when the signal stops, stop as a vehicle does
//   out  edge WAY NS    WAY is B, A, E or F; NS from the edge on the line to the command to open
//        missed WAY     not open after two seconds
//        idle           in C for a while and not energized: nobody permits (again after each while)
//        live           in hold: energized
//        withdrawn NS   in hold: the signal stopped; monotonic clock
//        opened NS      in hold: the command to open after that
//        done           after the last edge
#pragma once
#include <random>
#include <string>

#include "mcu/board/board.hpp"

namespace bulwatt::board {

class Edges {
 public:
  enum class Way : std::uint8_t { b, a, e, f };
  static constexpr std::size_t kWays = 4;
  using Say = std::function<void(const std::string& line)>;

  Edges(std::uint32_t seed, Say say) : random_(seed), say_(std::move(say)) {}

  /// A line of standard input. False when it is none of ours.
  bool take(const std::string& line);
  /// Before a cycle: the line as it is at `now_ns`. A way out of C begins at its moment, not at a cycle's.
  void before(Board& board, std::int64_t now_ns);
  /// After a cycle, with the clock read again.
  void after(const Board& board, std::int64_t now_ns);

 private:
  enum class Phase : std::uint8_t { rest, ask, armed, left, back, hold, held, stopping };
  void ask(std::int64_t now_ns);
  void arm(std::int64_t now_ns);
  void opened(std::int64_t now_ns);
  void next(std::int64_t now_ns);
  void nag(std::int64_t now_ns);
  void hold(const Board& board, std::int64_t now_ns);

  std::mt19937 random_;
  Say say_;
  Phase phase_ = Phase::rest;
  std::uint32_t left_ = 0;
  std::uint32_t count_ = 0;
  Way way_ = Way::b;
  std::int64_t at_ns_ = 0;  ///< the edge, or the moment the phase began
  std::int64_t nag_ns_ = 0;
  int live_cycles_ = 0;
};

}  // namespace bulwatt::board
