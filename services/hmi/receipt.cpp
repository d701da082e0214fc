#include "services/hmi/receipt.hpp"

#include "libs/base/line.hpp"
#include "libs/tariff/bill.hpp"

namespace bulwatt::hmi {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool take_reading(ReceiptView& view, ReceiptSource& source, std::uint64_t number, std::uint64_t in_ledger) {
  using session::RecordPart;
  const auto part = [&](RecordPart which) { return source.part({number, which}); };
  const auto payload = part(RecordPart::payload);
  const auto signature = part(RecordPart::classical);
  const auto twin = part(RecordPart::twin);
  const auto key = part(RecordPart::key);
  if (!payload || !signature || !twin || !key) return false;
  auto& reading = view.readings.data[view.readings.size];
  reading.payload = text_of(payload->bytes.view());
  reading.signature = Octets<meter::kMaxClassical>{signature->bytes.view()};
  reading.twin = twin->bytes;
  const auto proof = in_ledger == 0 ? std::nullopt : source.proof(in_ledger);
  reading.proof = proof ? text_of(proof->text.view()) : std::string_view{};
  view.key = Octets<meter::kMaxClassicalKey>{key->bytes.view()};
  ++view.readings.size;
  return true;
}

}  // namespace

Text<24> amount_text(std::int64_t micro, std::string_view currency) {
  const int places = tariff::decimal_places(currency);
  std::int64_t coin = 1'000'000;
  std::int64_t coins = 1;
  for (int i = 0; i < places; ++i) coin /= 10, coins *= 10;
  const auto all = (micro + coin / 2) / coin;
  if (places == 0) return Line<24>{all}.view();
  const Line<24> rest{all % coins + coins};  // a one in front keeps the zeros
  return Line<24>{all / coins, '.', rest.view().substr(1)}.view();
}

bool take_receipt(ReceiptView& view, ReceiptSource& source, std::uint8_t evse, Timestamp now) {
  const auto last = source.receipt(evse);
  if (!last || !last->receipt) return false;
  const auto& receipt = *last->receipt;
  if (now.unix_ms - receipt.end.unix_ms > kReceiptShownMs) return false;
  const auto currency = last->currency.view();
  const auto amount = [&](std::int64_t micro) { return amount_text(micro, currency); };
  view.transaction = receipt.transaction;
  view.begin = receipt.begin;
  view.end = receipt.end;
  view.energy_mwh = receipt.energy_mwh;
  view.energy_cost = amount(receipt.energy_cost);
  view.time_cost = amount(receipt.time_cost);
  view.start_cost = amount(receipt.start_cost);
  view.tax = amount(receipt.tax);
  view.total = amount(receipt.total);
  view.currency = last->currency;
  view.tariff = last->tariff;
  view.readings.size = 0;
  view.key = {};
  // Both or none: one alone says nothing about the energy.
  view.is_signed = receipt.begin_record && receipt.end_record;
  const bool both = view.is_signed && take_reading(view, source, *receipt.begin_record, receipt.begin_in_ledger) &&
                    take_reading(view, source, *receipt.end_record, receipt.end_in_ledger);
  if (!both) view.readings.size = 0;
  return true;
}

}  // namespace bulwatt::hmi
