// Coins and amounts.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::tariff {

/// Decimal places of a currency's smallest coin: 2, but 0 and 3 where ISO 4217 says so.
int decimal_places(std::string_view currency);
/// "0.49": millionths with at least so many of six decimal places, no zeros behind them.
Text<24> decimal(std::int64_t millionths, std::size_t places);

}  // namespace bulwatt::tariff
