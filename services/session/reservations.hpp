// Reservations: who holds an EVSE for later. One that names no EVSE holds any one that fits: it is kept possible that
// everybody finds a place.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

ReserveVerdict reserve(const Context& c, const Reserve& request);
Verdict cancel_reservation(const Context& c, std::int32_t id);
NextReservationUpdate::Update next_reservation_update(const Context& c, std::uint32_t after);

/// Somebody else's reservation needs this EVSE.
bool held_for_other(const At& c, const IdToken& token, const std::optional<IdToken>& group);
/// A reservation of this token or group fits this EVSE.
bool named_in_reservation(const At& c, const IdToken& token, const std::optional<IdToken>& group);
/// Nobody without a reservation may charge here.
bool reserved(const At& c);
/// The reservation that names this EVSE.
std::optional<std::int32_t> reservation_of(const At& c);
/// Uses up the reservation that lets this token charge here; nothing when none is needed.
std::optional<std::int32_t> use_reservation(const At& c, const IdToken& token, const std::optional<IdToken>& group);
/// The backend is told how a reservation ended that it does not know of.
void reservation_ended(const Context& c, std::int32_t id, ReservationEnd end);
/// Ends what is over time, and what an EVSE out of service can no longer keep.
void watch_reservations(const Context& c);

}  // namespace bulwatt::session
