// The board as a participant of the simulation bus: the car's lines come in, what the board shows goes out, commands
// break and mend its hardware. No I/O.
#pragma once
#include "mcu/board/board.hpp"
#include "peers/simbus/client.hpp"

namespace bulwatt::board {

/// An event of another participant. A car that leaves the bus is a car that drove away.
void take_event(Board& board, const simbus::Json& event);

/// `fault NAME`, `clear NAME`, `clear all`, `status`; nothing for a command that is somebody else's.
std::optional<simbus::Json> take_command(Board& board, const simbus::Command& command);

/// {"event":"board","pilot":"C2","duty_permille":533,"cp_high_mv":6000,"contactor":true,"locked":true,"faults":["pe_loss"],"t_ms":…}.
/// `contactor` says whether the outlet is live; `faults` are those the safety logic has latched. DC: and `outlet_mv`, `outlet_ma`, `isolation`.
simbus::Json board_event(const Board::View& view, std::int64_t now_ms);

/// Whether the world is to hear of `view` after it heard of `told` so long ago: voltage and current of a DC outlet alone move all the time.
inline constexpr std::int64_t kMeasuredMs = 50;
bool worth_telling(const Board::View& view, const Board::View& told, std::int64_t since_ms);

}  // namespace bulwatt::board
