// What a transaction costs by the local tariff. The account moves only in steps that are stored: when prices change, when charging
// turns into standing or back, every few minutes, at the end. So it is the same after a restart of this process.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// Of the configuration: the schedule where there is one.
tariff::Schedule tariff_of(const Config& config);

void begin_bill(const At& c);
/// A good reading was taken in: at an edge of the prices both sides of it are stored.
void bill_reading(const At& c);
/// Up to now. Before the transaction's charging state changes.
void bill_now(const At& c);
void keep_bill(const At& c);
/// The station was without power since the bill was stored.
void bill_outage(const At& c);
/// The first signed record counts from here.
void begin_bill_at(const At& c, std::int64_t signed_import_mwh);
void end_bill(const At& c);

/// Of the transaction that runs, up to now; or of the one that ended last.
Charge charge_now(const At& c);
Charge charge_of(const BillRecord& bill);
List<BilledPeriod, tariff::kMaxPeriods> periods_of(const BillRecord& bill);
/// What energy costs now, before tax.
std::optional<std::int64_t> energy_price(const At& c);

}  // namespace bulwatt::session
