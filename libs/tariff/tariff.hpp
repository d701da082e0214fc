// The simplest tariff: the same prices at all times.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::tariff {

inline constexpr long long kMaxPrice = 1'000'000'000;  ///< 1000 units of the currency
inline constexpr std::int64_t kMaxEnergyMwh = 1'000'000'000'000;
inline constexpr std::int64_t kMaxDurationMs = 366LL * 24 * 3600 * 1000;

/// Prices in millionths of the currency, without tax.
struct Tariff {
  Text<3> currency = "EUR";
  std::int64_t per_kwh = 0;
  std::int64_t per_minute = 0;
  std::int64_t per_session = 0;
  std::uint32_t tax = 0;  ///< hundredths of a percent
  static constexpr auto fields() {
    return list(
        field<&Tariff::currency>("currency",
                                 {.at_least = 3, .doc = "currency of all prices, three letters (ISO 4217)"}),
        field<&Tariff::per_kwh>(
            "per_kwh",
            {.min = 0, .max = kMaxPrice, .unit = "millionths", .doc = "price of one kilowatt hour, without tax"}),
        field<&Tariff::per_minute>("per_minute", {.min = 0,
                                                  .max = kMaxPrice,
                                                  .unit = "millionths",
                                                  .doc = "price of one minute of the session, without tax"}),
        field<&Tariff::per_session>(
            "per_session",
            {.min = 0, .max = kMaxPrice, .unit = "millionths", .doc = "price of starting a session, without tax"}),
        field<&Tariff::tax>(
            "tax",
            {.max = 10'000, .unit = "0.01 %", .doc = "tax on everything, hundredths of a percent: 1900 is 19 %"}));
  }
};

}  // namespace bulwatt::tariff
