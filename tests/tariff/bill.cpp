// Bills for the oracle: one case a line (currency, three prices, tax, mWh, ms), one bill a line.
#include <cstdio>

#include "libs/tariff/bill.hpp"

using namespace bulwatt;

int main() {
  char currency[4];
  long long kwh, minute, session, mwh, ms;
  unsigned tax;
  while (std::scanf("%3s %lld %lld %lld %u %lld %lld", currency, &kwh, &minute, &session, &tax, &mwh, &ms) == 7) {
    const auto bill = tariff::bill({currency, kwh, minute, session, tax}, mwh, ms);
    std::printf("%lld %lld %lld %lld %lld\n", static_cast<long long>(bill.energy), static_cast<long long>(bill.time),
                static_cast<long long>(bill.start), static_cast<long long>(bill.tax),
                static_cast<long long>(bill.total));
  }
}
