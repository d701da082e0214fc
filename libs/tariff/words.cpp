// A tariff in words, for drivers and for signed meter records.
#include "libs/base/line.hpp"
#include "libs/tariff/coin.hpp"
#include "libs/tariff/schedule.hpp"

namespace bulwatt::tariff {
namespace {

constexpr std::size_t kMost = 250;
constexpr std::string_view kMore = "; and more";
using Words = Line<1024>;

constexpr std::array<std::string_view, 7> kDays{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

void add_hour(Words& out, std::uint16_t minute) {
  const auto two = [&](int value) { out.add(value < 10 ? "0" : "", value); };
  two(minute / 60);
  out.add(':');
  two(minute % 60);
}

void add_date(Words& out, std::uint16_t date) { out.add(date / 100, '-', date % 100); }

/// "22:00-06:00 Sa Su from 10 kWh: "
void add_when(Words& out, const When& when) {
  const auto before = out.view().size();
  const auto space = [&] { out.add(out.view().size() == before ? "" : " "); };
  if (when.from_minute != when.until_minute)
    add_hour(out, when.from_minute), out.add('-'), add_hour(out, when.until_minute);
  for (std::size_t day = 0; when.days != 0x7F && day < kDays.size(); ++day) {
    if ((when.days >> day & 1) != 0) space(), out.add(kDays[day]);
  }
  if (when.from_date != when.until_date)
    space(), add_date(out, when.from_date), out.add(" to "), add_date(out, when.until_date);
  const auto kwh = [&](std::string_view word, std::int64_t mwh) {
    space(), out.add(word, decimal(mwh, 0).view(), " kWh");
  };
  const auto minutes = [&](std::string_view word, std::uint32_t s) {
    space(), out.add(word, decimal(std::int64_t{s} * 1'000'000 / 60, 0).view(), " min");
  };
  if (when.least_mwh > 0) kwh("from ", when.least_mwh);
  if (when.most_mwh) kwh("below ", *when.most_mwh);
  if (when.least_s > 0) minutes("from ", when.least_s);
  if (when.most_s) minutes("before ", *when.most_s);
  if (out.view().size() != before) out.add(": ");
}

void add_prices(Words& out, const Element& element, std::string_view currency) {
  const auto before = out.view().size();
  const auto add = [&](const std::optional<std::int64_t>& price, std::string_view per) {
    if (price.value_or(0) <= 0) return;
    out.add(out.view().size() == before ? "" : " + ", decimal(*price, 2).view(), ' ', currency, per);
  };
  add(element.per_kwh, "/kWh");
  if (element.per_minute == element.per_idle_minute) {
    add(element.per_minute, "/min");
  } else {
    add(element.per_minute, "/min charging");
    add(element.per_idle_minute, "/min not charging");
  }
  add(element.per_session, "");
  if (out.view().size() == before) out.add("free");
  if (element.step_wh > 0) out.add(" in steps of ", decimal(std::int64_t{element.step_wh} * 1000, 0).view(), " kWh");
  if (element.step_s > 0) out.add(" in steps of ", element.step_s, " s");
}

bool is_free(const Schedule& schedule) {
  const auto no_price = [](const Element& e) {
    return e.per_kwh.value_or(0) == 0 && e.per_minute.value_or(0) == 0 && e.per_idle_minute.value_or(0) == 0 &&
           e.per_session.value_or(0) == 0;
  };
  return schedule.least.value_or(0) == 0 && std::ranges::all_of(schedule.elements, no_price);
}

}  // namespace

Text<250> text(const Schedule& schedule) {
  if (is_free(schedule)) return {};
  Words out;
  const auto currency = schedule.currency.view();
  for (std::size_t i = 0; i < schedule.elements.size; ++i) {
    if (i > 0) out.add("; ");
    add_when(out, schedule.elements[i].when);
    add_prices(out, schedule.elements[i], currency);
  }
  if (schedule.least) out.add("; at least ", decimal(*schedule.least, 2).view(), ' ', currency);
  if (schedule.most) out.add("; at most ", decimal(*schedule.most, 2).view(), ' ', currency);
  for (const auto& tax : schedule.taxes) {
    if (tax.rate != 0) out.add(" + ", decimal(std::int64_t{tax.rate} * 10'000, 0).view(), " % tax");
  }
  if (out.view().size() <= kMost) return out.view();
  const auto whole = out.view().substr(0, kMost - kMore.size()).rfind("; ");
  return Line<kMost>{out.view().substr(0, whole), kMore}.view();
}

}  // namespace bulwatt::tariff
