#include "services/session/customer.hpp"

namespace bulwatt::session {
namespace {

bool names(const std::optional<IdToken>& held, const IdToken& token) { return held && same_token(*held, token); }

std::optional<CustomerPlace> place_of(const At& c, const IdToken& token) {
  CustomerPlace place{.evse = c.number,
                      .leave = c.grant() && same_token(c.grant()->token, token),
                      .cable = names(c.evse.kept.holder, token),
                      .transaction = {}};
  if (c.transaction() && names(c.transaction()->token, token)) place.transaction = c.transaction()->id;
  if (!place.leave && !place.cable && !place.transaction) return std::nullopt;
  return place;
}

std::uint32_t events_of(const Outbox& outbox, const IdToken& token) {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < outbox.size(); ++i) count += names(outbox[i].token, token) ? 1U : 0U;
  return count;
}

}  // namespace

// for OCPP-2.0.1 N09.FR.05
GetCustomer::Customer customer(const Context& c, const IdToken& token) {
  GetCustomer::Customer found{};
  if (const auto* entry = c.archive.cache.stored(token)) found.cached = CustomerCacheEntry{entry->info, entry->stored};
  if (const auto* info = c.archive.list.find(token)) found.listed = *info;
  found.owner = in_owners_list(c.config, token);
  for_each_evse(c, [&](const At& at) {
    if (const auto place = place_of(at, token)) static_cast<void>(found.places.push_back(*place));
  });
  for (const auto& held : c.state.reservations.held) {
    if (same_token(held.token, token)) static_cast<void>(found.reservations.push_back(held.id));
  }
  found.events = events_of(c.archive.outbox, token);
  return found;
}

// for OCPP-2.0.1 N10.FR.03
// for OCPP-2.0.1 N10.FR.06
bool forget_customer(const Context& c, const IdToken& token) {
  const bool was = c.archive.cache.remove(token);
  note(c, ledger::Subject::authorization, ledger::Severity::info, "CustomerForgotten", "token=", masked(token),
       " cached=", was ? 1 : 0);
  return was;
}

}  // namespace bulwatt::session
