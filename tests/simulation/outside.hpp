// Everything that is not a process: the car, the safety controller's board, the energy register, the serial line.
#pragma once
#include "libs/os/inprocess/world.hpp"
#include "mcu/board/board.hpp"
#include "peers/ev/car.hpp"

namespace bulwatt::simulation {

class Outside final : public os::Actor {
 public:
  /// Called after every control cycle of the board.
  explicit Outside(std::function<void()> each_cycle);

  int priority() const override { return 200; }
  Instant due() const override { return next_; }
  void turn() override;

  /// The board loses power: its logic starts anew, what is broken and plugged stays.
  void restart_board();
  void plug(bool in);
  void set(board::Break which, bool broken);
  bool broken(board::Break which) const { return broken_[static_cast<std::size_t>(which)]; }
  void set_car_fault(ev::Fault fault, bool on) { car.set_fault(fault, on, now_ms()); }
  bool plugged() const { return car.face().plugged; }
  /// Contacts closed, whatever anybody says.
  bool energized() const { return board_->hardware.energized(); }
  board::Board::View view() const { return board_->view(); }
  /// True register of all energy that ever flowed.
  std::int64_t register_mwh() const { return 5'000'000 + static_cast<std::int64_t>(car.drawn_mwh()); }
  std::int64_t power_mw() const;
  std::int64_t now_ms() const { return os::now().time_since_epoch().count() / 1000; }

  ev::Car car;
  os::Handle host_end = os::kNoHandle;  ///< of the serial line, for power
  os::Handle board_end = os::kNoHandle;
  bool meter_answers = true;

 private:
  void move_car();
  std::function<void()> each_cycle_;
  std::unique_ptr<board::Board> board_;
  std::array<bool, board::kBreakCount> broken_{};
  Instant next_;
  std::int64_t car_ms_ = 0;
  std::uint16_t shown_duty_ = 0;
  bool shown_contact_ = false;
};

}  // namespace bulwatt::simulation
