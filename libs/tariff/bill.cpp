#include "libs/tariff/bill.hpp"

#include "libs/base/line.hpp"

namespace bulwatt::tariff {
namespace {

using Wide = unsigned __int128;

std::uint64_t rounded(Wide value, Wide parts) { return static_cast<std::uint64_t>((value + parts / 2) / parts); }

constexpr std::array<std::string_view, 16> kNoCents{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                    "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF"};
constexpr std::array<std::string_view, 7> kMils{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

}  // namespace

int decimal_places(std::string_view currency) {
  if (std::ranges::find(kNoCents, currency) != kNoCents.end()) return 0;
  return std::ranges::find(kMils, currency) != kMils.end() ? 3 : 2;
}

Bill bill(const Tariff& tariff, std::int64_t energy_mwh, std::int64_t duration_ms) {
  std::uint64_t coin = 1'000'000;
  for (int i = decimal_places(tariff.currency.view()); i > 0; --i) coin /= 10;
  const auto price = [](std::int64_t one) { return static_cast<Wide>(std::clamp<std::int64_t>(one, 0, kMaxPrice)); };
  const auto energy = static_cast<Wide>(std::clamp<std::int64_t>(energy_mwh, 0, kMaxEnergyMwh));
  const auto time = static_cast<Wide>(std::clamp<std::int64_t>(duration_ms, 0, kMaxDurationMs));
  const auto coins = [&](Wide amount, Wide parts) {
    return static_cast<std::int64_t>(rounded(amount, parts * coin) * coin);
  };
  Bill out{};
  out.energy = coins(price(tariff.per_kwh) * energy, 1'000'000);
  out.time = coins(price(tariff.per_minute) * time, 60'000);
  out.start = coins(price(tariff.per_session), 1);
  const auto net = out.energy + out.time + out.start;
  out.tax = coins(static_cast<Wide>(net) * std::min<std::uint32_t>(tariff.tax, 10'000), 10'000);
  out.total = net + out.tax;
  return out;
}

namespace {

/// At least `places` of six decimal places, no zeros behind them.
Text<24> decimal(std::int64_t millionths, std::size_t places) {
  Line<24> digits{static_cast<std::uint64_t>(millionths) % 1'000'000 + 1'000'000};
  auto rest = digits.view().substr(1);
  while (rest.size() > places && rest.back() == '0') rest.remove_suffix(1);
  const auto whole = static_cast<std::uint64_t>(millionths) / 1'000'000;
  return rest.empty() ? Line<24>{whole}.view() : Line<24>{whole, '.', rest}.view();
}

}  // namespace

Text<120> text(const Tariff& tariff) {
  Line<120> out;
  const auto add = [&](std::int64_t price, std::string_view per) {
    if (price <= 0) return;
    out.add(out.view().empty() ? "" : " + ", decimal(price, 2).view(), ' ', tariff.currency.view(), per);
  };
  add(tariff.per_kwh, "/kWh");
  add(tariff.per_minute, "/min");
  add(tariff.per_session, "");
  if (!out.view().empty() && tariff.tax != 0)
    out.add(" + ", decimal(std::int64_t{tariff.tax} * 10'000, 0).view(), " % tax");
  return out.view();
}

}  // namespace bulwatt::tariff
