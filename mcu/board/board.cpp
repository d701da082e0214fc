#include "mcu/board/board.hpp"

namespace bulwatt::board {

Board::Board(const mcu::Config& config, const Delays& delays)
    : hardware(config.dc, delays),
      device_(config, {.build = "bulwatt-board", .features = mculink::kFeatureSimulated}) {}

void Board::cycle(std::span<const std::byte> received, std::uint64_t now_us, const Send& send) {
  receiver_.feed(received, [&](const mculink::ToMcu& message) { device_.take(message); });
  const auto sensors = hardware.step(vehicle, outputs_);
  const auto cycle = device_.cycle(sensors, now_us);
  outputs_ = cycle.outputs;
  cp_high_mv_ = sensors.cp_high_mv;
  for (const auto& message : cycle.messages) send(sender_.encode(message));
}

Board::View Board::view() const {
  return {.pilot = outputs_.pilot,
          .duty_permille = outputs_.duty_permille,
          .cp_high_mv = cp_high_mv_,
          .energized = hardware.energized(),
          .locked = hardware.locked(),
          .faults = device_.state().faults,
          .dc = hardware.dc(),
          .outlet_mv = hardware.supply().outlet_mv(),
          .outlet_ma = hardware.supply().current_ma(),
          .isolation = device_.state().supply.isolation()};
}

}  // namespace bulwatt::board
