#include "mcu/board/world.hpp"

namespace bulwatt::board {
namespace {
using simbus::Json;

/// A whole number of ohms below `most`, or nothing.
std::optional<std::uint32_t> ohms(const Json& object, const char* key) {
  constexpr double kMost = 1e9;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const auto value = found->get<double>();
  if (!(value >= 0) || value > kMost) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

/// Behind the vehicle's contactors; nothing while they are open.
std::optional<std::int32_t> battery(const Json& event) {
  constexpr double kMost = 1'500'000;
  const auto found = event.find("battery_mv");
  if (found == event.end() || !found->is_number()) return std::nullopt;
  return static_cast<std::int32_t>(std::clamp(found->get<double>(), 0.0, kMost));
}

template <class Names>
Json names_of(const Names& names, auto&& chosen) {
  Json list = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (chosen(i)) list.push_back(std::string(names[i]));
  }
  return list;
}

Json faults_of(mcu::FaultBits faults) {
  return names_of(enum_names(mcu::Fault{}), [&](std::size_t i) { return (faults >> i & 1) != 0; });
}

Json status_of(const Board& board) {
  Json answer = simbus::ok();
  answer.update(board_event(board.view(), 0));
  answer.erase("event");
  answer.erase("t_ms");
  answer["broken"] =
      names_of(enum_names(Break{}), [&](std::size_t i) { return board.hardware.broken(static_cast<Break>(i)); });
  const auto& link = board.link();
  answer["link"] = {{"packets", link.packets}, {"lost", link.lost}};
  for (std::size_t i = 0; i < link.errors.size(); ++i) {
    answer["link"][std::string(enum_text(static_cast<mculink::LinkError>(i)))] = link.errors[i];
  }
  return answer;
}

/// The command's word; a line may also carry it as "name".
std::string word_of(const simbus::Command& command) {
  return command.args.empty() ? simbus::text_of(command.line, "name") : command.args.front();
}

}  // namespace

void take_event(Board& board, const Json& event) {
  const std::string kind = simbus::text_of(event, "event");
  const bool gone = (kind == "left" || kind == "dropped") && simbus::text_of(event, "name") == "ev";
  if (gone) board.vehicle = {};
  if (kind != "ev") return;
  const auto diode = event.find("diode");
  board.vehicle.resistance_ohm = ohms(event, "resistance_ohm");
  board.vehicle.diode = diode == event.end() || !diode->is_boolean() || diode->get<bool>();
  board.vehicle.battery_mv = battery(event);
  board.vehicle.pp_ohm = ohms(event, "pp_ohm").value_or(iec61851::kOpenCircuit);
}

std::optional<Json> take_command(Board& board, const simbus::Command& command) {
  if (command.name == "status") return status_of(board);
  if (command.name != "fault" && command.name != "clear") return std::nullopt;
  const bool broken = command.name == "fault";
  const std::string word = word_of(command);
  if (!broken && word == "all") {
    for (std::size_t i = 0; i < kBreakCount; ++i) board.hardware.set(static_cast<Break>(i), false);
    return simbus::ok();
  }
  const auto which = enum_from_text<Break>(word);
  if (!which) return std::nullopt;
  board.hardware.set(*which, broken);
  return simbus::ok();
}

Json board_event(const Board::View& view, std::int64_t now_ms) {
  Json event = {{"event", "board"},
                {"pilot", std::string(enum_text(view.pilot))},
                {"duty_permille", view.duty_permille},
                {"cp_high_mv", view.cp_high_mv},
                {"contactor", view.energized},
                {"locked", view.locked},
                {"faults", faults_of(view.faults)},
                {"t_ms", now_ms}};
  if (!view.dc) return event;
  event["outlet_mv"] = view.outlet_mv;
  event["outlet_ma"] = view.outlet_ma;
  event["isolation"] = std::string(enum_text(view.isolation));
  return event;
}

bool worth_telling(const Board::View& view, const Board::View& told, std::int64_t since_ms) {
  auto like = view;
  like.outlet_mv = told.outlet_mv;
  like.outlet_ma = told.outlet_ma;
  return like != told || (view != told && since_ms >= kMeasuredMs);
}

}  // namespace bulwatt::board
