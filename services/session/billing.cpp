#include "services/session/billing.hpp"

#include "services/session/events.hpp"
#include "services/session/limits.hpp"
#include "services/session/meter_records.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
using tariff::Failure;
using tariff::Point;

constexpr Duration kBillInterval = std::chrono::minutes{5};
static_assert(kBillInterval * 2 < std::chrono::milliseconds{tariff::kLongestGapMs});
constexpr std::int64_t kClockSlackMs = 3000;                  ///< a clock that is set by more was not kept
constexpr std::int64_t kNoClockBeforeMs = 1'767'225'600'000;  ///< 2026: a clock that says less was never set

std::int64_t count_of(Instant at) { return at.time_since_epoch().count(); }

/// The time of the bill at an instant.
std::int64_t ms_at(const BillRecord& bill, Instant at) {
  const auto since = at - Instant{Instant::duration{bill.anchor}};
  return bill.anchored.unix_ms + std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

/// Whether the bill is that of the transaction that runs.
bool is_billed(const At& c) {
  return c.transaction() && c.evse.bill.account.begun && c.evse.bill.transaction == c.transaction()->id;
}

bool clock_doubtful(const At& c) {
  if (!tariff::looks_at_clock(c.evse.bill.schedule)) return false;
  const auto civil = c.moment.time.unix_ms;
  return civil < kNoClockBeforeMs || std::abs(civil - ms_at(c.evse.bill, c.now())) > kClockSlackMs;
}

Point now_of(const At& c) { return {ms_at(c.evse.bill, c.now()), c.transaction()->register_mwh}; }

/// One sample; two where the local clock was put forward or back on the way.
void add_to(BillRecord& bill, const Transaction& transaction, Point to, bool off = false) {
  auto& account = bill.account;
  const auto zone = tariff::zone_of(bill.schedule.zone.view()).value_or(tariff::Zone{});
  const bool charging = transaction.charging == ChargingState::charging;
  to.ms = std::max(to.ms, account.last_ms);
  to.mwh = std::max(to.mwh, account.last_mwh);
  if (const auto at = tariff::change_between(zone, account.last_ms, to.ms)) {
    using Wide = __int128;
    const auto part = Wide{to.mwh - account.last_mwh} * (*at - account.last_ms) / (to.ms - account.last_ms);
    tariff::add(
        account, bill.schedule,
        {*at, account.last_mwh + static_cast<std::int64_t>(part), charging, tariff::offset_min(zone, *at), off});
  }
  tariff::add(account, bill.schedule, {to.ms, to.mwh, charging, tariff::offset_min(zone, to.ms), off});
}

void note_failure(const At& c) {
  note(c, Subject::transaction, Severity::warning, "CostNotCalculated", "id=", c.evse.bill.transaction,
       " why=", enum_text(*c.evse.bill.account.failure));
}

void fail(const At& c, Failure why) {
  auto& failure = c.evse.bill.account.failure;
  if (failure) return;  // the first one stays
  failure = why;
  note_failure(c);
}

void bill(const At& c, const Point& to, bool off = false) {
  if (clock_doubtful(c)) fail(c, Failure::clock);
  const bool could = !c.evse.bill.account.failure;
  add_to(c.evse.bill, *c.transaction(), to, off);
  if (could && c.evse.bill.account.failure) note_failure(c);
  c.billed();
}

}  // namespace

tariff::Schedule tariff_of(const Config& config) {
  return config.schedule.elements.empty() ? tariff::schedule_of(config.tariff) : config.schedule;
}

Text<200> problem(const Config& config) {
  const auto& tariff = config.tariff;
  const bool simple = tariff.per_kwh != 0 || tariff.per_minute != 0 || tariff.per_session != 0 || tariff.tax != 0;
  if (!config.schedule.elements.empty() && simple)
    return "[session.tariff] and [session.schedule] both name prices; keep one of them";
  if (config.schedule.elements.empty() &&
      (config.schedule.least || config.schedule.most || config.schedule.taxes.size > 0))
    return "[session.schedule] has no [[session.schedule.element]]; name its prices there";
  const auto& place = config.schedule.elements.empty() ? "[session.tariff] " : "[session.schedule] ";
  const auto wrong = tariff::problem(tariff_of(config));
  return wrong.empty() ? Text<200>{} : text_of<200>(std::string_view{place}, wrong);
}

void begin_bill(const At& c) {
  auto& bill = c.evse.bill;
  bill = {};
  bill.evse = c.number;
  bill.transaction = c.transaction()->id;
  bill.anchor = count_of(c.now());
  bill.anchored = c.moment.time;
  bill.schedule = tariff_of(c.config);
  const auto zone = tariff::zone_of(bill.schedule.zone.view()).value_or(tariff::Zone{});
  const auto ms = bill.anchored.unix_ms;
  tariff::add(bill.account, bill.schedule, {ms, c.transaction()->begin_mwh, false, tariff::offset_min(zone, ms)});
  if (clock_doubtful(c)) fail(c, Failure::clock);
  c.evse.bill_seen.reset();
  c.evse.next_bill = c.now() + kBillInterval;
  c.billed();
  if (const auto words = tariff::text(bill.schedule); !words.empty())
    note(c, Subject::transaction, Severity::info, "TariffInForce", "id=", bill.transaction, " tariff=", words);
}

void bill_reading(const At& c) {
  auto& e = c.evse;
  if (!is_billed(c) || e.recovering) return;
  const Point is{ms_at(e.bill, e.meter_taken), c.transaction()->register_mwh};
  const Point kept{e.bill.account.last_ms, e.bill.account.last_mwh};
  const auto was = std::exchange(e.bill_seen, is).value_or(kept);
  if (!tariff::edge_between(e.bill.account, e.bill.schedule, was, is)) return;
  bill(c, was);
  // What was noted meanwhile, such as a pause of the car, knew no register.
  if (is.ms - was.ms > tariff::kLongestGapMs && is.mwh > was.mwh) fail(c, Failure::gap);
  bill(c, is);
}

void bill_now(const At& c) {
  // Before the first reading of this process the register is the one that was stored, older than the time.
  if (!is_billed(c) || c.evse.recovering || !c.evse.meter_known) return;
  bill(c, now_of(c));
  c.evse.next_bill = c.now() + kBillInterval;
}

void keep_bill(const At& c) {
  if (!is_billed(c) || c.evse.recovering || c.transaction()->ending) return;
  if (c.evse.next_bill == Instant{}) c.evse.next_bill = c.now() + kBillInterval;  // a fresh process
  if (c.evse.meter_lost || !c.evse.meter_known) return;
  if (c.now() >= c.evse.next_bill) bill_now(c);
  c.wake(c.evse.next_bill);
}

void bill_outage(const At& c) {
  if (!is_billed(c)) return;
  auto& kept = c.evse.bill;
  kept.anchor = count_of(c.now());
  kept.anchored = c.moment.time;
  if (kept.anchored.unix_ms < kept.account.last_ms) {  // the clock knows less than before
    if (tariff::looks_at_clock(kept.schedule)) fail(c, Failure::clock);
    kept.anchored.unix_ms = kept.account.last_ms;
  }
  bill(c, now_of(c), true);
}

void begin_bill_at(const At& c, std::int64_t signed_import_mwh) {
  auto& account = c.evse.bill.account;
  if (!is_billed(c) || account.last_mwh != account.begin_mwh || signed_import_mwh < account.begin_mwh) return;
  account.begin_mwh = account.last_mwh = signed_import_mwh;
  c.billed();
}

void end_bill(const At& c) {
  if (!is_billed(c)) return;
  const auto& transaction = *c.transaction();
  const auto& account = c.evse.bill.account;
  auto end = now_of(c);
  const auto by_records = signed_energy(transaction);
  // What is signed is what is billed.
  if (by_records) end.mwh = account.begin_mwh + *by_records;
  const bool unread = !by_records && (c.evse.meter_lost || !c.evse.meter_known) && transaction.has_charged;
  if (unread) fail(c, Failure::meter);
  if (end.mwh < account.last_mwh) fail(c, Failure::backwards);
  bill(c, end);
}

Charge charge_of(const BillRecord& bill) {
  Charge out{};
  out.currency = bill.schedule.currency;
  const auto cost = tariff::cost(bill.account, bill.schedule);
  if (!cost) {
    out.failure = cost.error();
    return out;
  }
  out.energy = cost->energy;
  out.time = cost->time;
  out.standing = cost->idle;
  out.start = cost->start;
  out.adjusted = cost->adjusted;
  out.total = cost->total;
  for (std::size_t i = 0; i < cost->taxes.size; ++i)
    static_cast<void>(out.taxes.push_back({bill.schedule.taxes[i].rate, cost->taxes[i]}));
  return out;
}

Charge charge_now(const At& c) {
  if (!c.transaction()) return charge_of(c.evse.bill);
  auto there = c.evse.bill;
  if (!is_billed(c)) there.account.failure = Failure::nothing;
  else if (!c.evse.recovering) add_to(there, *c.transaction(), now_of(c));
  return charge_of(there);
}

List<BilledPeriod, tariff::kMaxPeriods> periods_of(const BillRecord& bill) {
  List<BilledPeriod, tariff::kMaxPeriods> out{};
  for (const auto& period : bill.account.periods) {
    BilledPeriod one{};
    one.begin = {period.begin_ms};
    one.energy_mwh = period.used.energy_mwh;
    one.charging_ms = period.used.time_ms;
    one.standing_ms = period.used.idle_ms;
    if (period.energy_by) one.per_kwh = bill.schedule.elements[*period.energy_by].per_kwh;
    if (period.time_by) {
      const auto& element = bill.schedule.elements[*period.time_by];
      one.per_minute = period.charging ? element.per_minute : element.per_idle_minute;
    }
    one.mixed = period.mixed;
    static_cast<void>(out.push_back(one));
  }
  return out;
}

std::optional<std::int64_t> energy_price(const At& c) {
  if (!is_billed(c) || c.evse.bill.account.failure) return std::nullopt;
  const auto by = tariff::energy_element(c.evse.bill.account, c.evse.bill.schedule);
  return by ? c.evse.bill.schedule.elements[*by].per_kwh : std::nullopt;
}

}  // namespace bulwatt::session
