#include "tests/simulation/outside.hpp"

namespace bulwatt::simulation {
namespace {
constexpr Duration kCycle{mcu::kCycleUs};
constexpr std::int64_t kCarStepMs = 50;
}  // namespace

Outside::Outside(std::function<void()> each_cycle)
    : car({.battery_kwh = 600, .speed = 1}, os::now().time_since_epoch().count() / 1000),
      each_cycle_(std::move(each_cycle)),
      next_(os::now()) {
  const auto line = *os::make_conduit();
  host_end = line[0];
  board_end = line[1];
  restart_board();
}

void Outside::restart_board() {
  board_ = std::make_unique<board::Board>(mcu::Config{});
  for (std::size_t i = 0; i < broken_.size(); ++i) board_->hardware.set(static_cast<board::Break>(i), broken_[i]);
  move_car();
}

void Outside::set(board::Break which, bool is_broken) {
  broken_[static_cast<std::size_t>(which)] = is_broken;
  board_->hardware.set(which, is_broken);
}

void Outside::plug(bool in) {
  car.plug(in, now_ms());
  move_car();
}

void Outside::move_car() {
  const auto view = board_->view();
  shown_duty_ = view.duty_permille;
  shown_contact_ = view.energized;
  car_ms_ = now_ms();
  car.see_station(shown_duty_, shown_contact_, car_ms_);
  const auto face = car.face();
  auto& vehicle = board_->vehicle;
  vehicle = {};
  if (face.resistance_ohm) vehicle.resistance_ohm = static_cast<std::uint32_t>(*face.resistance_ohm);
  vehicle.diode = face.diode;
  if (face.pp_ohm) vehicle.pp_ohm = static_cast<std::uint32_t>(*face.pp_ohm);
}

void Outside::turn() {
  next_ += kCycle;
  std::array<std::byte, 512> room;
  std::size_t used = 0;
  for (;;) {
    const auto got = os::receive(board_end, std::span{room}.subspan(used));
    if (got.arrival != os::Arrival::frame) break;
    used += got.size;
  }
  const auto send = [this](std::span<const std::byte> frame) { os::send(board_end, frame); };
  board_->cycle(std::span<const std::byte>{room}.first(used), static_cast<std::uint64_t>(now_ms()) * 1000, send);
  const auto view = board_->view();
  const bool news = view.duty_permille != shown_duty_ || view.energized != shown_contact_;
  if (news || now_ms() - car_ms_ >= kCarStepMs) move_car();
  each_cycle_();
}

std::int64_t Outside::power_mw() const {
  const auto draw = car.draw();
  std::int64_t power = 0;
  for (std::size_t i = 0; i < draw.current_ma.size(); ++i)
    power += std::int64_t{draw.current_ma[i]} * draw.voltage_mv[i] / 1000;
  return power;
}

}  // namespace bulwatt::simulation
