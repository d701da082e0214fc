// Turns answers of one meter into readings. Pure: register words and moments in, a Reading or its health out.
#pragma once
#include "protocols/meters/read_plan.hpp"
#include "services/meter/config.hpp"
#include "services/meter/counter.hpp"

namespace bulwatt::meter {

/// A register that fell or leapt is believed when it was seen so often in a row: one wrong answer changes nothing.
inline constexpr int kConfirmations = 3;
/// What a new or reset meter may show at first, and how fast it may have gone on while nobody looked.
inline constexpr std::int64_t kFreshMeter = 1'000'000;         // mWh
inline constexpr std::int64_t kFreshMeterPower = 100'000'000;  // mW
/// Energy that must have flowed, beside a few steps of the register, before one that does not move counts as stuck.
inline constexpr std::int64_t kStuckEnergy = 100'000;  // mWh
inline constexpr std::int64_t kStuckSteps = 4;

class Reader {
 public:
  Reader(std::uint8_t evse, Duration stale) : stale_(stale) { latest_.evse = evse; }

  /// `map` must be well formed and hold energy_import and power_total; `base` is where its addresses begin.
  void use(const meters::RegisterMap& map, std::uint16_t base = 0);
  bool ready() const { return map_ != nullptr; }
  const meters::RegisterMap& map() const { return *map_; }

  /// Requests of one reading, in addresses of the meter.
  std::size_t block_count() const { return plan_.size; }
  meters::Block block(std::size_t index) const;

  /// A new reading begins: forget half of an old one.
  void begin();
  /// Answer to block(index). False: the answer makes the whole reading worthless, its health is set.
  bool take(std::size_t index, std::span<const std::uint16_t> words);
  /// All blocks were taken: check it as a whole and make it the latest. False: it is not believed, its health says why.
  bool finish(Instant now, Timestamp civil);
  /// The meter did not answer, or not in Modbus.
  void failed(Health health) { latest_.health = health; }

  void set_serial(const meters::Serial& serial) { serial_ = serial; }
  /// The register did what the same meter's does not: read the serial number before the next reading.
  bool wants_serial() const { return seen_ > 0; }

  std::expected<Reading, Error> latest(Instant now) const;
  Health health() const { return latest_.health; }
  std::uint8_t evse() const { return latest_.evse; }

 private:
  std::optional<std::int64_t> value(meters::Quantity quantity) const;
  bool count_import(std::int64_t reading, Duration passed);
  bool another_meter(Count what, std::int64_t reading, Duration passed);
  void exchanged(std::int64_t reading);
  void count_export();
  bool stuck(std::int64_t reading, std::int64_t power_mw, Duration passed);
  void fill_lines(Reading& reading) const;

  Duration stale_;
  const meters::RegisterMap* map_ = nullptr;
  std::uint16_t base_ = 0;
  meters::ReadPlan plan_{};
  std::array<std::optional<std::int64_t>, meters::kQuantityCount> values_{};
  meters::Counting import_counting_{};
  meters::Counting export_counting_{};
  Counter import_{};
  Counter export_{};
  meters::Serial serial_{};          ///< read last
  meters::Serial counted_serial_{};  ///< of the meter whose register is counted
  std::int64_t suspect_ = 0;
  int seen_ = 0;  ///< how often in a row the register was where it should not be
  std::int64_t unmoved_ = 0;
  std::int64_t flowed_mw_ms_ = 0;  ///< since the register moved
  Reading latest_{};
  std::optional<Instant> read_at_{};
};

}  // namespace bulwatt::meter
