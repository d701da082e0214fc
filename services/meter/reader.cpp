#include "services/meter/reader.hpp"

#include "libs/base/check.hpp"

namespace bulwatt::meter {
namespace {
using meters::Quantity;
constexpr std::array kWanted{
    Quantity::voltage_l1, Quantity::voltage_l2,    Quantity::voltage_l3,    Quantity::current_l1, Quantity::current_l2,
    Quantity::current_l3, Quantity::power_l1,      Quantity::power_l2,      Quantity::power_l3,   Quantity::power_total,
    Quantity::frequency,  Quantity::energy_import, Quantity::energy_export,
};
constexpr std::int64_t kMwMsPerMwh = 3'600'000;
constexpr Duration kLongestStep = std::chrono::seconds{10};  ///< between readings of which the power says something

constexpr Quantity nth(Quantity first, std::size_t phase) {
  return static_cast<Quantity>(std::to_underlying(first) + phase);
}
bool empty(const meters::Serial& serial) { return serial[0] == std::byte{}; }
}  // namespace

void Reader::use(const meters::RegisterMap& map, std::uint16_t base) {
  map_ = &map;
  base_ = base;
  std::array<Quantity, kWanted.size()> present{};
  std::size_t count = 0;
  for (const auto quantity : kWanted) {
    if (meters::find_row(map, quantity) != nullptr) present[count++] = quantity;
  }
  const auto plan = meters::plan_reads(map, std::span{present}.first(count));
  BULWATT_ASSERT(plan.has_value());
  plan_ = *plan;
}

meters::Block Reader::block(std::size_t index) const {
  const auto block = plan_.blocks()[index];
  return {static_cast<std::uint16_t>(base_ + block.address), block.count};
}

void Reader::begin() { values_ = {}; }

bool Reader::take(std::size_t index, std::span<const std::uint16_t> words) {
  const auto block = plan_.blocks()[index];
  for (const auto quantity : kWanted) {
    const auto picked = meters::pick(*map_, quantity, block, words);
    if (picked) {
      values_[std::to_underlying(quantity)] = *picked;
      if (quantity == Quantity::energy_import) import_counting_ = meters::counting(*map_, quantity, block, words);
      if (quantity == Quantity::energy_export) export_counting_ = meters::counting(*map_, quantity, block, words);
      continue;
    }
    if (picked.error() == meters::PickError::not_in_block || picked.error() == meters::PickError::not_available)
      continue;
    failed(picked.error() == meters::PickError::bad_length ? Health::garbled : Health::implausible);
    return false;
  }
  return true;
}

std::optional<std::int64_t> Reader::value(Quantity quantity) const { return values_[std::to_underlying(quantity)]; }

bool Reader::finish(Instant now, Timestamp civil) {
  const auto import = value(Quantity::energy_import);
  const auto power = value(Quantity::power_total);
  if (!import || !power) {
    failed(Health::implausible);
    return false;
  }
  const Duration passed = read_at_ ? now - *read_at_ : Duration::zero();
  if (!count_import(*import, passed)) return false;
  count_export();
  Reading reading{};
  reading.time = civil;
  reading.health = stuck(*import, *power, passed) ? Health::stuck : Health::good;
  reading.import_mwh = import_.total();
  reading.export_mwh = export_.total();
  reading.power_mw = *power;
  reading.frequency_mhz = static_cast<std::int32_t>(value(Quantity::frequency).value_or(0));
  reading.serial = serial_;
  reading.evse = latest_.evse;
  reading.register_mwh = *import;
  reading.rolled_over = latest_.rolled_over;
  reading.replaced = latest_.replaced;
  fill_lines(reading);
  latest_ = reading;
  read_at_ = now;
  return true;
}

/// Phases in order, as many as the meter has.
void Reader::fill_lines(Reading& reading) const {
  for (std::size_t phase = 0; phase < 3; ++phase) {
    const auto voltage = value(nth(Quantity::voltage_l1, phase));
    const auto current = value(nth(Quantity::current_l1, phase));
    const auto power = value(nth(Quantity::power_l1, phase));
    if (!voltage && !current && !power) return;
    (void)reading.lines.push_back({static_cast<std::int32_t>(voltage.value_or(0)),
                                   static_cast<std::int32_t>(current.value_or(0)), power.value_or(0)});
  }
}

bool Reader::count_import(std::int64_t reading, Duration passed) {
  if (empty(counted_serial_)) counted_serial_ = serial_;
  if (!empty(serial_) && serial_ != counted_serial_) {
    exchanged(reading);
    return true;
  }
  const auto what = import_.take(reading, import_counting_.wrap, passed);
  if (what == Count::fell || what == Count::jumped) {
    if (another_meter(what, reading, passed)) {
      exchanged(reading);
      return true;
    }
    failed(what == Count::fell ? Health::backwards : Health::implausible);
    return false;
  }
  if (what == Count::rolled_over) ++latest_.rolled_over;
  seen_ = 0;
  return true;
}

/// A reset, or a meter that has no serial number to tell it by: a register near zero, or one far beyond, that stays there.
/// A register that only fell somewhat is neither; that one is not believed before it has risen again.
bool Reader::another_meter(Count what, std::int64_t reading, Duration passed) {
  const bool same_again = seen_ > 0 && reading >= suspect_ && reading - suspect_ <= Counter::credible(passed);
  seen_ = same_again ? std::min(seen_ + 1, kConfirmations) : 1;
  suspect_ = reading;
  const auto seconds =
      std::min<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(passed).count(), 100'000'000);
  const bool fresh = reading <= kFreshMeter + kFreshMeterPower / 3600 * seconds;
  return seen_ >= kConfirmations && (what == Count::jumped || fresh);
}

/// Counting goes on from where the other register stands: nothing is lost, nothing is added, nothing is negative.
void Reader::exchanged(std::int64_t reading) {
  import_.begin_anew(reading);
  if (const auto out = value(Quantity::energy_export)) export_.begin_anew(*out);
  ++latest_.replaced;
  counted_serial_ = serial_;
  seen_ = 0;
}

/// Nobody is charged by what is fed back: where that register makes no sense its count only stands still.
void Reader::count_export() {
  if (const auto out = value(Quantity::energy_export))
    (void)export_.take(*out, export_counting_.wrap, Duration::zero());
}

bool Reader::stuck(std::int64_t reading, std::int64_t power_mw, Duration passed) {
  if (reading != unmoved_ || power_mw <= 0) {
    if (reading != unmoved_) flowed_mw_ms_ = 0;
    unmoved_ = reading;
  } else {
    flowed_mw_ms_ +=
        power_mw * std::chrono::duration_cast<std::chrono::milliseconds>(std::min(passed, kLongestStep)).count();
  }
  return flowed_mw_ms_ / kMwMsPerMwh > kStuckEnergy + kStuckSteps * import_counting_.resolution;
}

std::expected<Reading, Error> Reader::latest(Instant now) const {
  if (!read_at_) return std::unexpected(Error::not_ready);
  const auto age = std::max(now - *read_at_, Duration::zero());
  if (age > stale_) return std::unexpected(Error::meter_fault);
  auto reading = latest_;
  reading.age_ms = static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::milliseconds>(age).count());
  return reading;
}

}  // namespace bulwatt::meter
