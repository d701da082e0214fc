// The bill of a session: what each component costs, to the last coin, and the tariff in words.
#pragma once
#include "libs/tariff/tariff.hpp"

namespace bulwatt::tariff {

/// What a session costs, component by component, each rounded half up to the smallest coin of the currency (ISO 4217); the tax
/// is that of the rounded sum. Millionths, so that every currency fits.
struct Bill {
  std::int64_t energy{};
  std::int64_t time{};
  std::int64_t start{};
  std::int64_t tax{};
  std::int64_t total{};
};
Bill bill(const Tariff& tariff, std::int64_t energy_mwh, std::int64_t duration_ms);
/// Decimal places of a currency's smallest coin: 2, but 0 and 3 where ISO 4217 says so.
int decimal_places(std::string_view currency);

/// "0.49 EUR/kWh + 0.02 EUR/min + 0.35 EUR + 19 % tax": energy, time, start, as the law wants them ordered. Empty: it is free.
Text<120> text(const Tariff& tariff);

}  // namespace bulwatt::tariff
