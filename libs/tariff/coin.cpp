#include "libs/tariff/coin.hpp"

#include <algorithm>
#include <array>

#include "libs/base/line.hpp"

namespace bulwatt::tariff {
namespace {

constexpr std::array<std::string_view, 16> kNoCents{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                    "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF"};
constexpr std::array<std::string_view, 7> kMils{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

}  // namespace

int decimal_places(std::string_view currency) {
  if (std::ranges::find(kNoCents, currency) != kNoCents.end()) return 0;
  return std::ranges::find(kMils, currency) != kMils.end() ? 3 : 2;
}

Text<24> decimal(std::int64_t millionths, std::size_t places) {
  Line<24> digits{static_cast<std::uint64_t>(millionths) % 1'000'000 + 1'000'000};
  auto rest = digits.view().substr(1);
  while (rest.size() > places && rest.back() == '0') rest.remove_suffix(1);
  const auto whole = static_cast<std::uint64_t>(millionths) / 1'000'000;
  return rest.empty() ? Line<24>{whole}.view() : Line<24>{whole, '.', rest}.view();
}

Text<24> amount(std::int64_t millionths, std::string_view currency) {
  if (millionths < 0) return Line<24>{'-', amount(-millionths, currency).view()}.view();
  const int places = decimal_places(currency);
  std::int64_t coin = 1'000'000;
  for (int i = 0; i < places; ++i) coin /= 10;
  return decimal((millionths + coin / 2) / coin * coin, static_cast<std::size_t>(places));
}

}  // namespace bulwatt::tariff
