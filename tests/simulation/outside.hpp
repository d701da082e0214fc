// Everything that is not a process: cars, the safety controllers' boards with their serial lines, the energy registers.
#pragma once
#include "libs/os/inprocess/world.hpp"
#include "mcu/board/board.hpp"
#include "peers/ev/car.hpp"
#include "services/session/config.hpp"

namespace bulwatt::simulation {

inline std::int64_t now_ms() { return os::now().time_since_epoch().count() / 1000; }

/// One connector: its board on a serial line, and the car that may be plugged in there.
class Outlet {
 public:
  Outlet(std::uint8_t evse, std::uint8_t connector);

  void cycle();
  /// The board loses power: its logic starts anew, what is broken and plugged stays.
  void restart_board();
  void plug(bool in);
  void set(board::Break which, bool broken);
  bool broken(board::Break which) const { return broken_[static_cast<std::size_t>(which)]; }
  void set_car_fault(ev::Fault fault, bool on) { car.set_fault(fault, on, now_ms()); }
  void repair();  ///< nothing is wrong with it or with the car any more
  bool plugged() const { return car.face().plugged; }
  /// The car asks for energy.
  bool asks() const;
  /// Contacts closed, whatever anybody says.
  bool energized() const { return board_->hardware.energized(); }
  board::Board::View view() const { return board_->view(); }
  std::int64_t power_mw() const;

  std::uint8_t evse;
  std::uint8_t connector;
  ev::Car car;
  os::Handle host_end = os::kNoHandle;  ///< of the serial line, for power
  os::Handle board_end = os::kNoHandle;

 private:
  void move_car();
  std::unique_ptr<board::Board> board_;
  std::array<bool, board::kBreakCount> broken_{};
  std::int64_t car_ms_ = 0;
  std::uint16_t shown_duty_ = 0;
  bool shown_contact_ = false;
};

class Outside final : public os::Actor {
 public:
  /// Called after every control cycle of the boards.
  Outside(const session::Config& config, std::function<void()> each_cycle);

  int priority() const override { return 200; }
  Instant due() const override { return next_; }
  void turn() override;

  void restart_boards();
  /// True register of all energy that ever flowed at this EVSE.
  std::int64_t register_mwh(std::uint8_t evse) const;
  std::int64_t power_mw(std::uint8_t evse) const;
  /// Of all cars together, on the first phase.
  std::uint32_t drawn_ma() const;
  std::uint8_t evses() const { return static_cast<std::uint8_t>(meter_answers.size()); }

  std::deque<Outlet> outlets;
  std::vector<bool> meter_answers;  ///< by EVSE, from 0

 private:
  std::function<void()> each_cycle_;
  Instant next_;
};

inline constexpr std::int64_t kRegisterAtFirst = 5'000'000;  ///< mWh, of every meter

}  // namespace bulwatt::simulation
