#include "services/session/permits.hpp"

#include "services/session/limits.hpp"
#include "services/session/transaction.hpp"
#include "services/session/vehicle.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;
/// A car may take so long to follow a lower limit (IEC 61851-1); until then what it drew is not anybody else's.
constexpr Duration kFollowTime = std::chrono::seconds{6};

struct Wish {
  Permit permit{};
  Limit rule{};
  bool offers = false;  ///< energy, but for what the limit leaves
};
using Wishes = std::array<Wish, power::kMaxEvses>;

/// Energy may flow outside of a transaction only where energy itself begins one.
//= OCPP-2.0.1 C01.FR.01
//= OCPP-2.0.1 C06.FR.01
//= OCPP-2.0.1 C12.FR.04
bool may_offer(const At& c) {
  if (!c.grant() || !c.plugged() || c.evse.recovering) return false;
  if (c.transaction()) return !c.transaction()->ending && c.transaction()->connector == c.evse.active;
  const auto& points = c.state.settings.tx_start;
  return contains(points, TxPoint::energy_transfer) && why_not(c).empty();
}

Wish wish_of(const At& c) {
  auto& vehicle = c.evse.vehicle;
  vehicle.waits = false;
  const bool digital = vehicle.talk == Talk::digital;
  if (!may_offer(c)) return {{.active = digital, .connector = c.evse.active, .digital = digital}, {}};
  const auto stack = limit_stack(c);
  const auto& rule = ruling(stack);
  const bool enough = rule.limit_ma >= kLeastOfferMa;
  vehicle.waits = enough && !takes_energy(c);
  const bool energize = enough && !vehicle.waits;
  const auto dc = energize ? dc_wish(c, rule.limit_ma) : DcWish{};
  return {{true, energize, rule.limit_ma, c.evse.active, digital, dc.supply, dc.target_mv, dc.target_ma}, rule, true};
}

/// What this EVSE draws or may still draw. A contactor that is closed without a permit of this process has one of the
/// process before: its share.
std::uint32_t drawn(const At& c) {
  const bool of_before = !c.connector().power_known && c.transaction() && c.transaction()->connected;
  const bool not_ours =
      !c.evse.permit.active && c.now() >= c.evse.drawn_until && (c.connector().power.contactor_closed || of_before);
  if (not_ours) return share_of(c, station_limit(c));
  const auto permitted = c.evse.permit.energize ? c.evse.permit.limit_ma : 0U;
  return c.now() < c.evse.drawn_until ? std::max(permitted, c.evse.drawn_ma) : permitted;
}

void note_rule(const At& c, const Wish& wish) {
  auto& e = c.evse;
  if (wish.rule.limit_ma == e.noted_limit.limit_ma && wish.rule.source == e.noted_limit.source) return;
  note(c, Subject::permit, Severity::info, "LimitChanged", "limit_ma=", wish.rule.limit_ma,
       " source=", enum_text(wish.rule.source), " reason=", wish.rule.reason);
  e.noted_limit = wish.rule;
  if (e.history.full()) e.history.erase(0);
  static_cast<void>(e.history.push_back({c.moment.time, wish.rule}));
}

void give(const At& c, const Wish& wish) {
  auto& e = c.evse;
  if (wish.offers) note_rule(c, wish);
  else e.noted_limit = {};
  // Where nothing is permitted there is nothing to take back. What a process before this one gave stays until its whole
  // picture is there (Service::start): a question that comes earlier must not end a charge.
  if (wish.permit == e.permit || (!wish.permit.active && !e.permit.active)) return;
  const auto was = e.permit.energize ? e.permit.limit_ma : 0U;
  const auto is = wish.permit.energize ? wish.permit.limit_ma : 0U;
  if (is < was && c.connector().power.contactor_closed) {
    e.drawn_ma = std::max(drawn(c), was);
    e.drawn_until = c.now() + kFollowTime;
  }
  if (wish.permit.energize != e.permit.energize) {
    note(c, Subject::permit, Severity::info, wish.permit.energize ? "PermitGranted" : "PermitRevoked",
         "limit_ma=", wish.permit.limit_ma);
  }
  if (wish.permit.energize && !c.transaction() && !e.offered) e.offered = e.meter;
  if (!wish.permit.energize) e.offering_since.reset();
  else if (!e.offering_since) e.offering_since = c.now();
  if (!wish.offers) e.offered.reset();
  e.was_offered = e.was_offered || wish.permit.energize;
  e.permit = wish.permit;
  if (e.permit.energize && e.vehicle.talk == Talk::open) e.vehicle.talk = Talk::basic;  // until it is unplugged
  c.actions.permits_changed = static_cast<std::uint8_t>(c.actions.permits_changed | (1U << (c.number - 1U)));
}

/// A raise takes only what the others have let go of.
void raise(const At& c, Wish wish) {
  std::uint32_t others = 0;
  for_each_evse(c, [&](const At& other) {
    if (other.number == c.number) return;
    others += drawn(other);
    if (c.now() < other.evse.drawn_until) c.wake(other.evse.drawn_until);
  });
  const auto total = station_limit(c);
  const auto left = total > others ? total - others : 0U;
  if (wish.permit.limit_ma > left) {
    wish.permit.limit_ma = left;
    wish.permit.energize = left >= kLeastOfferMa;
    const auto dc = wish.permit.energize ? dc_wish(c, left) : DcWish{};
    wish.permit.supply = dc.supply;
    wish.permit.target_mv = dc.target_mv;
    wish.permit.target_ma = dc.target_ma;
    wish.rule = {LimitSource::installation, left, "until the others draw less"};
  }
  give(c, wish);
}

}  // namespace

void decide_permits(const Context& c) {
  Wishes wishes{};
  const auto raises = [&](const At& at) {
    const auto& wish = wishes[at.number - 1U].permit;
    return wish.energize && wish.limit_ma > (at.evse.permit.energize ? at.evse.permit.limit_ma : 0U);
  };
  for_each_evse(c, [&](const At& at) {
    if (!at.connector().power.contactor_closed) at.evse.drawn_until = {};
    wishes[at.number - 1U] = wish_of(at);
  });
  for_each_evse(c, [&](const At& at) {
    if (!raises(at)) give(at, wishes[at.number - 1U]);
  });
  for_each_evse(c, [&](const At& at) {
    if (raises(at)) raise(at, wishes[at.number - 1U]);
  });
}

}  // namespace bulwatt::session
