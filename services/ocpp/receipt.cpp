#include "services/ocpp/receipt.hpp"

#include "libs/json/json.hpp"
#include "libs/tariff/coin.hpp"

namespace bulwatt::ocpp {
namespace {

/// Amounts as text with the decimal places of the currency; with `notCalculated` there are none.
struct Amounts {
  struct Tax {
    Text<24> percent{};
    Text<24> amount{};
    static constexpr auto fields() { return list(field<&Tax::percent>("percent"), field<&Tax::amount>("amount")); }
  };
  Text<20> vendor{kReceiptVendor};
  Text<3> currency{};
  std::optional<tariff::Failure> not_calculated{};
  std::optional<Text<24>> total{};
  std::optional<Text<24>> energy{};
  std::optional<Text<24>> time{};
  std::optional<Text<24>> standing{};
  std::optional<Text<24>> start{};
  std::optional<Text<24>> adjusted{};
  std::optional<List<Tax, tariff::kMaxTaxes>> taxes{};
  static constexpr auto fields() {
    using A = Amounts;
    return list(field<&A::vendor>("vendorId"), field<&A::currency>("currency"),
                field<&A::not_calculated>("notCalculated"), field<&A::total>("total"), field<&A::energy>("energy"),
                field<&A::time>("time"), field<&A::standing>("standing"), field<&A::start>("start"),
                field<&A::adjusted>("adjusted"), field<&A::taxes>("taxes"));
  }
};

Amounts amounts_of(const session::Charge& charge) {
  Amounts out{};
  out.currency = charge.currency;
  out.not_calculated = charge.failure;
  if (charge.failure) return out;
  const auto text = [&](std::int64_t micro) { return tariff::amount(micro, charge.currency.view()); };
  out.total = text(charge.total);
  out.energy = text(charge.energy);
  out.time = text(charge.time);
  out.standing = text(charge.standing);
  out.start = text(charge.start);
  out.adjusted = text(charge.adjusted);
  if (!charge.taxes.empty()) out.taxes.emplace();  // a list in OCPP has at least one item, or is not there
  for (const auto& tax : charge.taxes)
    static_cast<void>(out.taxes->push_back({tariff::decimal(std::int64_t{tax.rate} * 10'000, 0), text(tax.amount)}));
  return out;
}

}  // namespace

std::optional<std::string_view> with_receipt(std::span<char> out, std::string_view frame,
                                             const session::Charge& charge) {
  constexpr std::string_view kName = ",\"customData\":";
  constexpr std::string_view kEnd = "}]";
  if (!frame.ends_with(kEnd)) return std::nullopt;
  const auto at = frame.size() - kEnd.size();
  std::array<char, 1024> room;
  const auto custom = json::encode(amounts_of(charge), room);
  if (!custom || out.size() < at + kName.size() + custom->size() + kEnd.size()) return std::nullopt;
  auto* put = out.data() + at;
  for (const auto part : {kName, *custom, kEnd}) put = std::ranges::copy(part, put).out;
  return std::string_view{out.data(), static_cast<std::size_t>(put - out.data())};
}

}  // namespace bulwatt::ocpp
