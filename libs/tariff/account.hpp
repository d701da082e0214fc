// What a session has used at which price, sample by sample, and what that costs. Between two samples energy is taken to have
// flowed evenly; where that could change the price by much, nothing is calculated rather than guessed.
#pragma once
#include <expected>

#include "libs/tariff/schedule.hpp"

namespace bulwatt::tariff {

inline constexpr std::int64_t kLongestGapMs = 15 * 60 * 1000;

struct Sample {
  std::int64_t unix_ms{};
  std::int64_t register_mwh{};
  bool charging{};            ///< since the sample before: false when the car only stood there
  std::int32_t offset_min{};  ///< local time minus UTC, from this sample on
  bool off{};                 ///< since the sample before the station had no power: that time costs nothing
};

/// All that has to be kept of a session: it may be stored and go on elsewhere.
struct Account {
  struct Used {
    std::int64_t energy_mwh{};
    std::int64_t time_ms{};
    std::int64_t idle_ms{};
    static constexpr auto fields() {
      return list(field<&Used::energy_mwh>("energy"), field<&Used::time_ms>("time"), field<&Used::idle_ms>("idle"));
    }
  };
  /// A stretch of the session on which the same prices rule.
  struct Period {
    std::int64_t begin_ms{};
    std::optional<std::uint8_t> energy_by{};  ///< element
    std::optional<std::uint8_t> time_by{};
    bool charging{};  ///< what `time_by` counts: charging, or standing there
    bool mixed{};     ///< there were more periods than can be listed: this one is the rest of the session
    Used used{};
    static constexpr auto fields() {
      using P = Period;
      return list(field<&P::begin_ms>("begin"), field<&P::energy_by>("energy_by"), field<&P::time_by>("time_by"),
                  field<&P::charging>("charging"), field<&P::mixed>("mixed"), field<&P::used>("used"));
    }
  };
  bool begun{};
  std::optional<Failure> failure{};  ///< the first one; it stays
  std::int64_t begin_ms{};
  std::int64_t begin_mwh{};
  std::int64_t last_ms{};
  std::int64_t last_mwh{};
  std::int32_t offset_min{};
  std::optional<std::uint8_t> start_by{};           ///< element that names the price of starting
  List<Used, kMaxElements> used{kMaxElements, {}};  ///< at the price of each element
  List<Period, kMaxPeriods> periods{};              ///< in their order; what is billed is `used`
  static constexpr auto fields() {
    using A = Account;
    return list(field<&A::begun>("begun"), field<&A::failure>("failure"), field<&A::begin_ms>("begin"),
                field<&A::begin_mwh>("begin_register"), field<&A::last_ms>("last"),
                field<&A::last_mwh>("last_register"), field<&A::offset_min>("offset"), field<&A::start_by>("start_by"),
                field<&A::used>("used"), field<&A::periods>("periods"));
  }
};

void add(Account& account, const Schedule& schedule, const Sample& sample);

/// A moment of a session.
struct Point {
  std::int64_t ms{};
  std::int64_t mwh{};
  auto operator<=>(const Point&) const = default;
};
/// Whether a price may change on the way from one moment to the other: then a sample of both makes the account exact.
bool edge_between(const Account& account, const Schedule& schedule, const Point& from, const Point& to);
/// The element that says what energy costs after the last sample.
std::optional<std::uint8_t> energy_element(const Account& account, const Schedule& schedule);

/// Millionths. Each component is rounded once, half up, to the smallest coin; so is each tax.
struct Cost {
  std::int64_t energy{};
  std::int64_t time{};
  std::int64_t idle{};
  std::int64_t start{};
  std::int64_t adjusted{};                ///< what the least or the most of the tariff adds or takes
  List<std::int64_t, kMaxTaxes> taxes{};  ///< in the order of the tariff
  std::int64_t total{};
};
std::expected<Cost, Failure> cost(const Account& account, const Schedule& schedule);

}  // namespace bulwatt::tariff
