#include "services/session/reservations.hpp"

#include "services/session/limits.hpp"
#include "services/session/snapshot.hpp"
#include "services/session/tokens.hpp"

namespace bulwatt::session {
namespace {

using ledger::Severity;
using ledger::Subject;

bool fits(const Reserve& r, const At& c) {
  if (r.evse != 0 && r.evse != c.number) return false;
  if (!r.connector_type) return true;
  return std::ranges::any_of(c.place.connectors,
                             [&](const auto& type) { return same_text(type.view(), r.connector_type->view()); });
}

bool is_for(const Reserve& r, const IdToken& token, const std::optional<IdToken>& group) {
  return same_token(r.token, token) || same_group(r.group, group);
}

/// It can serve who comes with a reservation. A car that nobody authorized does not take the place away from them, but is
/// a reason to accept no reservation for it.
bool free_place(const At& c, bool for_new) {
  if (c.transaction() || c.grant()) return false;
  const auto is = condition(c);
  return is == ConnectorStatus::available || (!for_new && is == ConnectorStatus::occupied);
}

/// Bipartite matching of reservations to EVSEs by augmenting paths; both sides are a handful.
struct Matching {
  const Context& c;
  std::uint8_t usable = 0;  ///< bit per EVSE
  std::array<int, power::kMaxEvses> taken_by{};
  std::uint8_t seen = 0;

  bool place(std::size_t reservation) {
    for (std::size_t i = 0; i < c.evses(); ++i) {
      const auto bit = static_cast<std::uint8_t>(1U << i);
      if ((usable & bit) == 0 || (seen & bit) != 0 || !fits(c.state.reservations.held[reservation], c.at(i))) continue;
      seen |= bit;
      if (taken_by[i] >= 0 && !place(static_cast<std::size_t>(taken_by[i]))) continue;
      taken_by[i] = static_cast<int>(reservation);
      return true;
    }
    return false;
  }
  /// How many of the reservations find an EVSE.
  std::size_t count() {
    taken_by.fill(-1);
    std::size_t placed = 0;
    for (std::size_t r = 0; r < c.state.reservations.held.size; ++r) {
      seen = 0;
      placed += place(r) ? 1 : 0;
    }
    return placed;
  }
};

std::uint8_t free_places(const Context& c, bool for_new) {
  std::uint8_t usable = 0;
  for_each_evse(c, [&](const At& at) {
    if (free_place(at, for_new)) usable = static_cast<std::uint8_t>(usable | (1U << (at.number - 1U)));
  });
  return usable;
}

/// Taking this EVSE away leaves somebody without a place who had one.
bool needed(const At& c) {
  if (c.state.reservations.held.empty()) return false;
  const auto usable = free_places(c, false);
  const auto without = static_cast<std::uint8_t>(usable & ~(1U << (c.number - 1U)));
  if (without == usable) return reservation_of(c).has_value();
  return Matching{c, without}.count() < Matching{c, usable}.count();
}

std::optional<std::size_t> index_of(const Reservations& all, std::int32_t id) {
  for (std::size_t i = 0; i < all.held.size; ++i) {
    if (all.held[i].id == id) return i;
  }
  return std::nullopt;
}

void remove(const Context& c, std::size_t index) {
  c.state.reservations.held.erase(index);
  c.actions.write_reservations = true;
}

/// What is said when no EVSE that fits can be had: the same of all of them, else that they are occupied.
// for OCPP-2.0.1 H01.FR.11
// for OCPP-2.0.1 H01.FR.12
// for OCPP-2.0.1 H01.FR.14
ReserveVerdict why_none(const Context& c, const Reserve& request) {
  std::size_t fitting = 0;
  std::size_t faulted = 0;
  std::size_t unavailable = 0;
  for_each_evse(c, [&](const At& at) {
    if (!fits(request, at)) return;
    ++fitting;
    const auto is = condition(at);
    faulted += is == ConnectorStatus::faulted ? 1 : 0;
    unavailable += is == ConnectorStatus::unavailable ? 1 : 0;
  });
  if (fitting == 0) return ReserveVerdict::rejected;
  if (faulted == fitting) return ReserveVerdict::faulted;
  return faulted + unavailable == fitting ? ReserveVerdict::unavailable : ReserveVerdict::occupied;
}

}  // namespace

// for OCPP-2.0.1 H01.FR.01
// for OCPP-2.0.1 H01.FR.02
// for OCPP-2.0.1 H01.FR.03
// for OCPP-2.0.1 H01.FR.04
// for OCPP-2.0.1 H01.FR.06
// for OCPP-2.0.1 H01.FR.07
// for OCPP-2.0.1 H01.FR.09
// for OCPP-2.0.1 H01.FR.18
// for OCPP-2.0.1 H01.FR.19
//= OCPP-2.0.1 B01.FR.13
//= OCPP-2.0.1 B11.FR.05
ReserveVerdict reserve(const Context& c, const Reserve& request) {
  const auto& settings = c.state.settings;
  if (!settings.reservation || (request.evse == 0 && !settings.reservation_any_evse)) return ReserveVerdict::rejected;
  if (request.expiry <= c.moment.time) return ReserveVerdict::rejected;
  auto& held = c.state.reservations.held;
  const auto before = held;
  if (const auto old = index_of(c.state.reservations, request.id)) held.erase(*old);
  const auto usable = free_places(c, true);
  const auto placed = Matching{c, usable}.count();
  if (!held.push_back(request) || Matching{c, usable}.count() <= placed) {
    const bool full = before.full();
    held = before;
    return full ? ReserveVerdict::rejected : why_none(c, request);
  }
  c.actions.write_reservations = true;
  note(c, Subject::remote_command, Severity::info, "Reserved", "id=", request.id, " evse=", request.evse,
       " token=", masked(request.token));
  return ReserveVerdict::accepted;
}

// for OCPP-2.0.1 H02.FR.01
// for OCPP-2.0.1 H02.FR.02
Verdict cancel_reservation(const Context& c, std::int32_t id) {
  const auto index = index_of(c.state.reservations, id);
  if (!index) return Verdict::rejected;
  remove(c, *index);
  note(c, Subject::remote_command, Severity::info, "ReservationCancelled", "id=", id);
  return Verdict::accepted;
}

NextReservationUpdate::Update next_reservation_update(const Context& c, std::uint32_t after) {
  auto& updates = c.state.reservations.updates;
  while (!updates.empty() && updates[0].number <= after) {
    updates.erase(0);
    c.actions.write_reservations = true;
  }
  return updates.empty() ? NextReservationUpdate::Update{} : updates[0];
}

// for OCPP-2.0.1 H03.FR.01
// for OCPP-2.0.1 H03.FR.02
// for OCPP-2.0.1 H03.FR.03
// for OCPP-2.0.1 H03.FR.04
// for OCPP-2.0.1 H03.FR.05
// for OCPP-2.0.1 H03.FR.06
bool named_in_reservation(const At& c, const IdToken& token, const std::optional<IdToken>& group) {
  return std::ranges::any_of(c.state.reservations.held,
                             [&](const auto& r) { return fits(r, c) && is_for(r, token, group); });
}

bool held_for_other(const At& c, const IdToken& token, const std::optional<IdToken>& group) {
  if (const auto id = reservation_of(c)) {
    const auto& r = c.state.reservations.held[*index_of(c.state.reservations, *id)];
    return !is_for(r, token, group);
  }
  return needed(c) && !named_in_reservation(c, token, group);
}

bool reserved(const At& c) { return !c.transaction() && !c.grant() && (reservation_of(c) || needed(c)); }

std::optional<std::int32_t> reservation_of(const At& c) {
  for (const auto& r : c.state.reservations.held) {
    if (r.evse == c.number) return r.id;
  }
  return std::nullopt;
}

// for OCPP-2.0.1 H03.FR.09
std::optional<std::int32_t> use_reservation(const At& c, const IdToken& token, const std::optional<IdToken>& group) {
  auto& held = c.state.reservations.held;
  std::optional<std::size_t> found{};
  for (std::size_t i = 0; i < held.size; ++i) {
    if (!fits(held[i], c) || !is_for(held[i], token, group)) continue;
    if (!found || held[i].evse != 0) found = i;  // the one that names this EVSE before one that names none
  }
  if (!found) return std::nullopt;
  const auto id = held[*found].id;
  remove(c, *found);
  return id;
}

void reservation_ended(const Context& c, std::int32_t id, ReservationEnd end) {
  auto& all = c.state.reservations;
  if (all.updates.full()) {
    note(c, Subject::remote_command, Severity::warning, "ReservationUpdateLost", "id=", all.updates[0].reservation);
    all.updates.erase(0);
  }
  static_cast<void>(all.updates.push_back({all.next_update++, id, end, c.moment.time}));
  c.actions.write_reservations = true;
  c.actions.work_available = true;
  note(c, Subject::remote_command, Severity::info, "ReservationEnded", "id=", id, " how=", enum_text(end));
}

namespace {

/// All EVSEs it could have are out of service.
bool lost(const Context& c, const Reserve& r) {
  const auto none = why_none(c, r);
  return none == ReserveVerdict::faulted || none == ReserveVerdict::unavailable;
}

}  // namespace

// for OCPP-2.0.1 H01.FR.16
// for OCPP-2.0.1 H01.FR.17
// for OCPP-2.0.1 H04.FR.01
// for OCPP-2.0.1 H04.FR.02
void watch_reservations(const Context& c) {
  auto& held = c.state.reservations.held;
  for (std::size_t i = 0; i < held.size;) {
    const auto left_ms = held[i].expiry.unix_ms - c.moment.time.unix_ms;
    const bool expired = left_ms <= 0;
    if (!expired && !lost(c, held[i])) {
      c.wake(c.now() + std::chrono::milliseconds{std::min<std::int64_t>(left_ms, 60'000)});  // the clock may be set
      ++i;
      continue;
    }
    const auto id = held[i].id;
    remove(c, i);
    reservation_ended(c, id, expired ? ReservationEnd::expired : ReservationEnd::removed);
  }
}

}  // namespace bulwatt::session
