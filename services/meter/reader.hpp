// Turns answers of a meter into readings. Pure: register words and moments in, a Reading or its health out.
#pragma once
#include "libs/os/clock.hpp"
#include "protocols/meters/read_plan.hpp"
#include "services/meter/config.hpp"

namespace bulwatt::meter {

/// The register may not fall by more than the resolution of a float register at high counts.
inline constexpr std::int64_t kBackwardsTolerance = 100'000;  // mWh

class Reader {
 public:
  /// `map` must be well formed and hold energy_import and power_total.
  explicit Reader(const meters::RegisterMap& map, Duration stale);

  std::span<const meters::Block> blocks() const { return plan_.blocks(); }

  /// A new reading begins: forget half of an old one.
  void begin();
  /// Answer to blocks()[index]. False: the answer makes the whole reading worthless, its health is set.
  bool take(std::size_t index, std::span<const std::uint16_t> words);
  /// All blocks were taken: check it as a whole and make it the latest.
  bool finish(Instant now, Timestamp civil);
  /// The meter did not answer, or not in Modbus.
  void failed(Health health) { latest_.health = health; }
  void set_serial(std::uint64_t serial);

  std::expected<Reading, Error> latest(Instant now) const;
  Health health() const { return latest_.health; }

 private:
  std::optional<std::int64_t> value(meters::Quantity quantity) const;

  const meters::RegisterMap& map_;
  Duration stale_;
  meters::ReadPlan plan_{};
  std::array<std::optional<std::int64_t>, meters::kQuantityCount> values_{};
  Reading latest_{};
  std::optional<Instant> read_at_{};
};

}  // namespace bulwatt::meter
