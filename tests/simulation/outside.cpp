#include "tests/simulation/outside.hpp"

namespace bulwatt::simulation {
namespace {
constexpr Duration kCycle{mcu::kCycleUs};
constexpr std::int64_t kCarStepMs = 50;
}  // namespace

// ---- one outlet

Outlet::Outlet(std::uint8_t evse_number, std::uint8_t connector_number)
    : evse(evse_number), connector(connector_number), car({.battery_kwh = 600, .speed = 1}, now_ms()) {
  const auto line = *os::make_conduit();
  host_end = line[0];
  board_end = line[1];
  restart_board();
}

void Outlet::restart_board() {
  board_ = std::make_unique<board::Board>(mcu::Config{});
  for (std::size_t i = 0; i < broken_.size(); ++i) board_->hardware.set(static_cast<board::Break>(i), broken_[i]);
  move_car();
}

void Outlet::set(board::Break which, bool is_broken) {
  broken_[static_cast<std::size_t>(which)] = is_broken;
  board_->hardware.set(which, is_broken);
}

void Outlet::repair() {
  for (std::size_t i = 0; i < board::kBreakCount; ++i) set(static_cast<board::Break>(i), false);
  for (auto fault : {ev::Fault::short_pilot, ev::Fault::no_diode}) set_car_fault(fault, false);
}

void Outlet::plug(bool in) {
  car.plug(in, now_ms());
  move_car();
}

bool Outlet::asks() const {
  const auto& ohm = car.face().resistance_ohm;
  return ohm == ev::kResistanceC || ohm == ev::kResistanceD;
}

void Outlet::move_car() {
  const auto seen = board_->view();
  shown_duty_ = seen.duty_permille;
  shown_contact_ = seen.energized;
  car_ms_ = now_ms();
  car.see_station(shown_duty_, shown_contact_, car_ms_);
  const auto face = car.face();
  auto& vehicle = board_->vehicle;
  vehicle = {};
  if (face.resistance_ohm) vehicle.resistance_ohm = static_cast<std::uint32_t>(*face.resistance_ohm);
  vehicle.diode = face.diode;
  if (face.pp_ohm) vehicle.pp_ohm = static_cast<std::uint32_t>(*face.pp_ohm);
}

void Outlet::cycle() {
  std::array<std::byte, 512> room;
  std::size_t used = 0;
  for (;;) {
    const auto got = os::receive(board_end, std::span{room}.subspan(used));
    if (got.arrival != os::Arrival::frame) break;
    used += got.size;
  }
  const auto send = [this](std::span<const std::byte> frame) { os::send(board_end, frame); };
  board_->cycle(std::span<const std::byte>{room}.first(used), static_cast<std::uint64_t>(now_ms()) * 1000, send);
  const auto seen = board_->view();
  const bool news = seen.duty_permille != shown_duty_ || seen.energized != shown_contact_;
  if (news || now_ms() - car_ms_ >= kCarStepMs) move_car();
}

std::int64_t Outlet::power_mw() const {
  const auto draw = car.draw();
  std::int64_t power = 0;
  for (std::size_t i = 0; i < draw.current_ma.size(); ++i)
    power += std::int64_t{draw.current_ma[i]} * draw.voltage_mv[i] / 1000;
  return power;
}

// ---- all of them

Outside::Outside(const session::Config& config, std::function<void()> each_cycle)
    : meter_answers(config.evses.size, true), each_cycle_(std::move(each_cycle)), next_(os::now()) {
  for (std::uint8_t evse = 1; evse <= evses(); ++evse) {
    for (std::uint8_t k = 1; k <= config.evses[evse - 1U].connectors.size; ++k) outlets.emplace_back(evse, k);
  }
}

void Outside::turn() {
  next_ += kCycle;
  for (auto& outlet : outlets) outlet.cycle();
  each_cycle_();
}

void Outside::restart_boards() {
  for (auto& outlet : outlets) outlet.restart_board();
}

std::int64_t Outside::register_mwh(std::uint8_t evse) const {
  double drawn = 0;
  for (const auto& outlet : outlets) drawn += outlet.evse == evse ? outlet.car.drawn_mwh() : 0;
  return kRegisterAtFirst + static_cast<std::int64_t>(drawn);
}

std::int64_t Outside::power_mw(std::uint8_t evse) const {
  std::int64_t power = 0;
  for (const auto& outlet : outlets) power += outlet.evse == evse ? outlet.power_mw() : 0;
  return power;
}

std::uint32_t Outside::drawn_ma() const {
  std::int32_t drawn = 0;
  for (const auto& outlet : outlets) drawn += outlet.car.draw().current_ma[0];
  return static_cast<std::uint32_t>(drawn);
}

}  // namespace bulwatt::simulation
