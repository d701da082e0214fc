// The board: safety logic and simulated hardware, in lock step, with a serial line of bytes. No I/O, no clock.
#pragma once
#include <functional>

#include "mcu/board/hardware.hpp"
#include "mcu/logic/device.hpp"
#include "protocols/mculink/link.hpp"

namespace bulwatt::board {

class Board {
 public:
  using Send = std::function<void(std::span<const std::byte> frame)>;

  /// What can be seen from outside: at the pilot line, at the power contacts, on the fault lamp.
  struct View {
    mcu::Pilot pilot = mcu::Pilot::e;
    std::uint16_t duty_permille = iec61851::kSteadyHigh;
    std::int32_t cp_high_mv = 0;
    bool energized = false;
    bool locked = false;
    mcu::FaultBits faults = 0;
    bool dc = false;
    std::int32_t outlet_mv = 0;  ///< DC, as the next two
    std::int32_t outlet_ma = 0;
    mculink::Isolation isolation{};
    friend bool operator==(const View&, const View&) = default;
  };

  explicit Board(const mcu::Config& config, const Delays& delays = {});
  /// One control cycle with the bytes that arrived since the last. `now_us` never runs backwards.
  void cycle(std::span<const std::byte> received, std::uint64_t now_us, const Send& send);
  View view() const;
  /// What the logic commands, of the latest cycle.
  const mcu::Outputs& outputs() const { return outputs_; }
  const mculink::LinkCounters& link() const { return receiver_.counters(); }

  Vehicle vehicle{};
  Hardware hardware;

 private:
  mcu::Device device_;
  mcu::Outputs outputs_{};
  std::int32_t cp_high_mv_ = 0;
  mculink::Receiver<mculink::ToMcu> receiver_;
  mculink::Sender<mculink::FromMcu> sender_;
};

}  // namespace bulwatt::board
