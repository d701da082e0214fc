#include "peers/metersim/meter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "protocols/meters/codec.hpp"

namespace bulwatt::metersim {

using meters::kSdm630;
using meters::Quantity;
using meters::Row;

namespace {

constexpr std::int32_t kMainsMv = 230'000;
constexpr std::int32_t kMainsMhz = 50'000;
constexpr std::int64_t kMwMsPerMwh = 3'600'000;
/// How far the energy register is thrown back by the fault.
constexpr std::int64_t kBackwardsMwh = 1'000'000;
/// More parallel drawers than a charging point has; the rest is ignored.
constexpr std::size_t kDrawersMax = 8;

std::span<std::uint16_t> words_at(Image& image, const Row& row) {
  return std::span(image).subspan(row.address, row.words());
}

void put(Image& image, Quantity quantity, std::int64_t value) {
  const Row* row = meters::find_row(kSdm630, quantity);
  // Floats take every value, so there is no failure to handle; the tests cover every quantity.
  static_cast<void>(meters::encode(*row, kSdm630.order, value, words_at(image, *row)));
}

/// A register the map has no row for, in its own unit.
void put_float(Image& image, std::size_t address, double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  image[address] = static_cast<std::uint16_t>(bits >> 16);
  image[address + 1] = static_cast<std::uint16_t>(bits);
}

Quantity nth(Quantity first, std::size_t line) { return static_cast<Quantity>(static_cast<std::size_t>(first) + line); }

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

void Meter::set_fault(Fault fault, bool on, std::int64_t now_ms) {
  advance(now_ms);
  if (fault == Fault::stuck && on && !has_fault(fault)) frozen_ = live_image();
  faults_[static_cast<std::size_t>(fault)] = on;
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

Image Meter::live_image() const {
  Image image{};
  const Lines now = lines();
  double volts = 0;
  double amperes = 0;
  for (std::size_t line = 0; line < now.current_ma.size(); ++line) {
    put(image, nth(Quantity::voltage_l1, line), now.voltage_mv[line]);
    put(image, nth(Quantity::current_l1, line), now.current_ma[line]);
    put(image, nth(Quantity::power_l1, line), now.power_mw[line]);
    const double watts = static_cast<double>(now.power_mw[line]) / 1000;
    put_float(image, 0x0012 + 2 * line, watts);  // apparent power: the load is taken as purely active
    put_float(image, 0x001E + 2 * line, 1);      // power factor
    volts += now.voltage_mv[line] / 1000.0;
    amperes += now.current_ma[line] / 1000.0;
  }
  put_float(image, 0x002A, volts / 3);
  put_float(image, 0x002E, amperes / 3);
  put_float(image, 0x0030, amperes);
  put_float(image, 0x0038, static_cast<double>(now.total_mw()) / 1000);
  put_float(image, 0x003E, 1);
  put(image, Quantity::power_total, now.total_mw());
  put(image, Quantity::frequency, kMainsMhz);
  put(image, Quantity::energy_import, energy_.mwh);
  put(image, Quantity::energy_export, 0);
  put(image, Quantity::energy_total, energy_.mwh);
  return image;
}

Image Meter::image() const {
  Image image = has_fault(Fault::stuck) ? frozen_ : live_image();
  if (has_fault(Fault::backwards)) {
    const std::int64_t true_mwh = shown(image, Quantity::energy_import).value_or(0);
    const std::int64_t less = std::max<std::int64_t>(true_mwh - kBackwardsMwh, 0);
    put(image, Quantity::energy_import, less);
    put(image, Quantity::energy_total, less);
  }
  if (has_fault(Fault::nan)) {
    for (std::size_t address = 0; address < image.size(); address += 2) {
      put_float(image, address, std::numeric_limits<double>::quiet_NaN());
    }
  }
  return image;
}

std::optional<std::int64_t> Meter::shown(const Image& image, Quantity quantity) {
  const Row* row = meters::find_row(kSdm630, quantity);
  const auto value = meters::decode(*row, kSdm630.order, std::span(image).subspan(row->address, row->words()));
  if (!value) return std::nullopt;
  return *value;
}

}  // namespace bulwatt::metersim
