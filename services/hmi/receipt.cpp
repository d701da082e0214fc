#include "services/hmi/receipt.hpp"

#include "libs/base/line.hpp"
#include "libs/tariff/coin.hpp"

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

void take_amounts(ReceiptView& view, const session::Charge& charge) {
  const auto amount = [&](std::int64_t micro) { return tariff::amount(micro, charge.currency.view()); };
  view.currency = charge.currency;
  view.not_calculated = charge.failure;
  view.taxes.clear();
  if (charge.failure) {
    view.energy_cost = view.time_cost = view.standing_cost = view.start_cost = view.adjusted = view.total = {};
    return;
  }
  view.energy_cost = amount(charge.energy);
  view.time_cost = amount(charge.time);
  view.standing_cost = amount(charge.standing);
  view.start_cost = amount(charge.start);
  view.adjusted = amount(charge.adjusted);
  view.total = amount(charge.total);
  for (const auto& tax : charge.taxes)
    static_cast<void>(view.taxes.push_back({tariff::decimal(std::int64_t{tax.rate} * 10'000, 0), amount(tax.amount)}));
}

void take_periods(ReceiptView& view, const session::GetReceipt::Last& last) {
  const auto price = [](const std::optional<std::int64_t>& millionths) {
    return millionths.value_or(0) > 0 ? tariff::decimal(*millionths, 2) : Text<24>{};
  };
  view.periods.clear();
  for (const auto& period : last.periods) {
    PeriodView one{};
    one.begin = period.begin;
    one.energy_mwh = period.energy_mwh;
    one.charging = period.charging_ms > 0;
    one.minutes_ms = period.charging_ms + period.standing_ms;
    one.per_kwh = price(period.per_kwh);
    one.per_minute = price(period.per_minute);
    one.mixed = period.mixed;
    static_cast<void>(view.periods.push_back(one));
  }
}

}  // namespace

bool take_receipt(ReceiptView& view, ReceiptSource& source, std::uint8_t evse, Timestamp now) {
  const auto last = source.receipt(evse);
  if (!last || !last->receipt) return false;
  const auto& receipt = *last->receipt;
  if (now.unix_ms - receipt.end.unix_ms > kReceiptShownMs) return false;
  view.transaction = receipt.transaction;
  view.begin = receipt.begin;
  view.end = receipt.end;
  view.energy_mwh = receipt.energy_mwh;
  take_amounts(view, last->charge);
  take_periods(view, *last);
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
