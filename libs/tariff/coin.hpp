// Coins and amounts.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::tariff {

/// Decimal places of a currency's smallest coin: 2, but 0 and 3 where ISO 4217 says so.
int decimal_places(std::string_view currency);
/// "0.49": millionths with at least so many of six decimal places, no zeros behind them.
Text<24> decimal(std::int64_t millionths, std::size_t places);
/// "12.30": millionths of a currency, rounded half up to its smallest coin, with as many decimal places as it has.
Text<24> amount(std::int64_t millionths, std::string_view currency);

}  // namespace bulwatt::tariff
