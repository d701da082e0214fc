#include "peers/metersim/meter.hpp"

#include <algorithm>
#include <cmath>

namespace bulwatt::metersim {

using meters::Quantity;

namespace {

constexpr std::int32_t kMainsMv = 230'000;
constexpr std::int32_t kMainsMhz = 50'000;
constexpr std::int64_t kMwMsPerMwh = 3'600'000;
/// How far the energy register is thrown back by the fault.
constexpr std::int64_t kBackwardsMwh = 1'000'000;
/// Where the register stands when the roll-over is asked for, before its end; and what another meter has counted before.
constexpr std::int64_t kBeforeEndMwh = 200'000;
constexpr std::int64_t kOtherMeterMwh = 12'345'000'000;
/// More parallel drawers than a charging point has; the rest is ignored.
constexpr std::size_t kDrawersMax = 8;

std::size_t index(Quantity quantity) { return static_cast<std::size_t>(quantity); }

}  // namespace

std::optional<Fault> fault_of(const std::string& name) {
  const auto* found = std::ranges::find(kFaultNames, name);
  if (found == kFaultNames.end()) return std::nullopt;
  return static_cast<Fault>(found - kFaultNames.begin());
}

void Meter::advance(std::int64_t now_ms) {
  const std::int64_t passed_ms = std::max<std::int64_t>(now_ms - at_ms_, 0);
  at_ms_ = std::max(at_ms_, now_ms);
  double speed = 1;
  for (const auto& [who, draw] : draws_) speed = std::max(speed, draw.speed);
  const auto simulated_ms = std::llround(static_cast<double>(passed_ms) * speed);
  const std::int64_t total = energy_.rest_mw_ms + lines().total_mw() * simulated_ms;
  energy_.mwh += total / kMwMsPerMwh;
  energy_.rest_mw_ms = total % kMwMsPerMwh;
}

void Meter::draw(const std::string& who, const Draw& draw, std::int64_t now_ms) {
  advance(now_ms);
  if (draws_.contains(who) || draws_.size() < kDrawersMax) draws_[who] = draw;
}

void Meter::stop(const std::string& who, std::int64_t now_ms) {
  advance(now_ms);
  draws_.erase(who);
}

bool Meter::set_fault(Fault fault, bool on, std::int64_t now_ms) {
  advance(now_ms);
  if (fault == Fault::rollover && on && face_.wrap() == 0) return false;
  if (on && !has_fault(fault)) {
    if (fault == Fault::stuck) frozen_ = live_values();
    if (fault == Fault::rollover || fault == Fault::reset || fault == Fault::replaced) shown_from_ = energy_.mwh;
  }
  faults_[static_cast<std::size_t>(fault)] = on;
  return true;
}

/// What the counter counts, its faults included; a register may show less of it.
std::int64_t Meter::shown_energy() const {
  const std::int64_t since = energy_.mwh - shown_from_;
  std::int64_t shown = energy_.mwh;
  if (has_fault(Fault::rollover)) shown = face_.wrap() - kBeforeEndMwh + since;
  if (has_fault(Fault::replaced)) shown = kOtherMeterMwh + since;
  if (has_fault(Fault::reset)) shown = since;
  return has_fault(Fault::backwards) ? std::max<std::int64_t>(shown - kBackwardsMwh, 0) : shown;
}

/// What flows on each line. A drawer that reports no voltage hangs on the nominal mains; load pulls the voltage down.
Meter::Lines Meter::lines() const {
  Lines lines;
  lines.voltage_mv.fill(kMainsMv);
  for (const auto& [who, draw] : draws_) {
    for (std::size_t line = 0; line < lines.current_ma.size(); ++line) {
      lines.current_ma[line] += draw.current_ma[line];
      if (draw.voltage_mv[line] > 0) lines.voltage_mv[line] = std::min(lines.voltage_mv[line], draw.voltage_mv[line]);
    }
  }
  for (std::size_t line = 0; line < lines.power_mw.size(); ++line) {
    lines.power_mw[line] = std::int64_t{lines.current_ma[line]} * lines.voltage_mv[line] / 1000;
  }
  return lines;
}

Values Meter::live_values() const {
  Values values{};
  const Lines now = lines();
  for (std::size_t line = 0; line < now.current_ma.size(); ++line) {
    values[index(Quantity::voltage_l1) + line] = now.voltage_mv[line];
    values[index(Quantity::current_l1) + line] = now.current_ma[line];
    values[index(Quantity::power_l1) + line] = now.power_mw[line];
  }
  values[index(Quantity::power_total)] = now.total_mw();
  values[index(Quantity::frequency)] = kMainsMhz;
  values[index(Quantity::energy_import)] = shown_energy();
  values[index(Quantity::energy_export)] = 0;
  values[index(Quantity::energy_total)] = shown_energy();
  return values;
}

Image Meter::image() const {
  if (has_fault(Fault::nan)) return face_.image({}, serial());
  return face_.image(has_fault(Fault::stuck) ? frozen_ : live_values(), serial());
}

}  // namespace bulwatt::metersim
