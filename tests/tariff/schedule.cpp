// Costs for the oracle, one case a line: currency, least, most, taxes, elements, samples, each as the oracle writes them; -1 is
// "not given". One answer a line: six amounts and the taxes, or the name of the failure.
#include <cstdio>

#include "libs/tariff/account.hpp"

using namespace bulwatt;
using namespace bulwatt::tariff;

namespace {

bool number(std::int64_t& out) {
  long long read;
  if (std::scanf("%lld", &read) != 1) return false;
  out = read;
  return true;
}

template <class T>
void take(T& out) {
  std::int64_t value = 0;
  if (number(value)) out = static_cast<T>(value);
}
template <class T>
void take(std::optional<T>& out) {
  std::int64_t value = -1;
  if (number(value) && value >= 0) out = static_cast<T>(value);
}

Element element() {
  Element e{};
  auto& w = e.when;
  take(w.from_minute), take(w.until_minute), take(w.days), take(w.from_date), take(w.until_date);
  take(w.least_mwh), take(w.most_mwh), take(w.least_s), take(w.most_s);
  take(e.per_kwh), take(e.per_minute), take(e.per_idle_minute), take(e.per_session), take(e.step_wh), take(e.step_s);
  return e;
}

void answer(const std::expected<Cost, Failure>& cost) {
  if (!cost) {
    std::printf("%s\n", enum_text(cost.error()).data());
    return;
  }
  for (const auto amount : {cost->energy, cost->time, cost->idle, cost->start, cost->adjusted, cost->total})
    std::printf("%lld ", static_cast<long long>(amount));
  for (const auto tax : cost->taxes) std::printf("%lld ", static_cast<long long>(tax));
  std::printf("\n");
}

}  // namespace

int main() {
  char currency[4];
  while (std::scanf("%3s", currency) == 1) {
    Schedule schedule{};
    schedule.currency = currency;
    std::size_t many = 0;
    take(schedule.least), take(schedule.most), take(many);
    for (std::size_t i = 0; i < many; ++i) {
      Tax tax{};
      take(tax.rate), take(tax.stack);
      if (!schedule.taxes.push_back(tax)) return 1;
    }
    take(many);
    for (std::size_t i = 0; i < many; ++i) {
      if (!schedule.elements.push_back(element())) return 1;
    }
    Account account{};
    take(many);
    for (std::size_t i = 0; i < many; ++i) {
      Sample sample{};
      take(sample.unix_ms), take(sample.register_mwh), take(sample.charging), take(sample.offset_min);
      add(account, schedule, sample);
    }
    answer(cost(account, schedule));
  }
}
