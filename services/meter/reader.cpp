#include "services/meter/reader.hpp"

#include <charconv>

#include "libs/base/check.hpp"

namespace bulwatt::meter {
namespace {
using meters::Quantity;
constexpr std::array kWanted{
    Quantity::voltage_l1, Quantity::voltage_l2, Quantity::voltage_l3, Quantity::current_l1, Quantity::current_l2,
    Quantity::current_l3, Quantity::power_l1, Quantity::power_l2, Quantity::power_l3, Quantity::power_total,
    Quantity::frequency, Quantity::energy_import, Quantity::energy_export,
};
constexpr Quantity nth(Quantity first, std::size_t phase) {
  return static_cast<Quantity>(std::to_underlying(first) + phase);
}
}  // namespace

Reader::Reader(const meters::RegisterMap& map, Duration stale) : map_(map), stale_(stale) {
  std::array<Quantity, kWanted.size()> present{};
  std::size_t count = 0;
  for (const auto quantity : kWanted) {
    if (meters::find_row(map, quantity) != nullptr) present[count++] = quantity;
  }
  const auto plan = meters::plan_reads(map, std::span{present}.first(count));
  BULWATT_ASSERT(plan.has_value());
  plan_ = *plan;
}

void Reader::begin() { values_ = {}; }

bool Reader::take(std::size_t index, std::span<const std::uint16_t> words) {
  const auto block = plan_.blocks()[index];
  for (const auto quantity : kWanted) {
    if (meters::find_row(map_, quantity) == nullptr) continue;
    const auto picked = meters::pick(map_, quantity, block, words);
    if (picked) {
      values_[std::to_underlying(quantity)] = *picked;
    } else if (picked.error() != meters::PickError::not_in_block) {
      failed(picked.error() == meters::PickError::bad_length ? Health::garbled : Health::implausible);
      return false;
    }
  }
  return true;
}

std::optional<std::int64_t> Reader::value(Quantity quantity) const { return values_[std::to_underlying(quantity)]; }

bool Reader::finish(Instant now, Timestamp civil) {
  const auto import = value(Quantity::energy_import);
  const auto power = value(Quantity::power_total);
  if (!import || !power) {
    failed(Health::garbled);
    return false;
  }
  if (read_at_ && *import < latest_.import_mwh - kBackwardsTolerance) {
    failed(Health::backwards);
    return false;
  }
  Reading reading{};
  reading.time = civil;
  reading.health = Health::good;
  // Within the tolerance the register is held, so that what is billed never falls.
  reading.import_mwh = read_at_ ? std::max(*import, latest_.import_mwh) : *import;
  reading.evse = 1;
  reading.register_mwh = *import;
  reading.export_mwh = value(Quantity::energy_export).value_or(0);
  reading.power_mw = *power;
  reading.frequency_mhz = static_cast<std::int32_t>(value(Quantity::frequency).value_or(0));
  reading.serial = latest_.serial;
  for (std::size_t phase = 0; phase < 3; ++phase) {
    const auto voltage = value(nth(Quantity::voltage_l1, phase));
    if (!voltage) continue;
    (void)reading.lines.push_back({static_cast<std::int32_t>(*voltage),
                                   static_cast<std::int32_t>(value(nth(Quantity::current_l1, phase)).value_or(0)),
                                   value(nth(Quantity::power_l1, phase)).value_or(0)});
  }
  latest_ = reading;
  read_at_ = now;
  return true;
}

void Reader::set_serial(std::uint64_t serial) {
  latest_.serial = {};
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), serial);
  if (end.ec != std::errc{}) return;
  for (std::size_t i = 0; i < static_cast<std::size_t>(end.ptr - digits.data()); ++i) latest_.serial[i] = static_cast<std::byte>(digits[i]);
}

std::expected<Reading, Error> Reader::latest(Instant now) const {
  if (!read_at_) return std::unexpected(Error::not_ready);
  const auto age = now - *read_at_;
  if (age > stale_) return std::unexpected(Error::meter_fault);
  auto reading = latest_;
  reading.age_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(age.count() / 1000, 0));
  return reading;
}

}  // namespace bulwatt::meter
