#include "services/session/choice.hpp"

#include "services/session/known.hpp"
#include "services/session/reservations.hpp"
#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

/// The EVSE with the most points, of equal ones the first; nothing when none has any.
template <class F>
std::optional<std::size_t> best(const Context& c, F&& points) {
  std::optional<std::size_t> place{};
  int most = 0;
  for (std::size_t i = 0; i < c.evses(); ++i) {
    const int has = points(c.at(i));
    if (has <= most) continue;
    most = has;
    place = i;
  }
  return place;
}

bool open_for(const At& c, const IdToken& token, const std::optional<IdToken>& group) {
  const bool taken = c.grant() || c.evse.pending || c.evse.kept.holder ||
                     (c.transaction() && (c.transaction()->token || c.transaction()->ending));
  return !taken && why_not(c).empty() && !held_for_other(c, token, group);
}

int start_points(const At& c, const IdToken& token, const std::optional<IdToken>& group) {
  if (!open_for(c, token, group)) return 0;
  if (named_in_reservation(c, token, group)) return 4;
  if (c.plugged() && !c.evse.kept.cable_used) return 3;
  return c.plugged() ? 1 : 2;
}

int owner_points(const At& c, const IdToken& token, const std::optional<IdToken>& group) {
  const auto& kept = c.evse.kept;
  if (kept.holder && same_token(*kept.holder, token)) return 5;
  if (kept.grant && same_token(kept.grant->token, token)) return 4;
  if (kept.transaction && kept.transaction->token && same_token(*kept.transaction->token, token)) return 3;
  if (c.evse.pending && same_token(c.evse.pending->question.token, token)) return 2;
  return kept.grant && same_group(kept.grant->group, group) ? 1 : 0;
}

}  // namespace

std::size_t place_for_token(const Context& c, const IdToken& token) {
  const auto entry = known(c, token);
  const auto group = entry ? entry->info.group : std::nullopt;
  if (const auto place = best(c, [&](const At& at) { return owner_points(at, token, group); })) return *place;
  if (const auto place = best(c, [&](const At& at) { return start_points(at, token, group); })) return *place;
  // Everything is taken: the token may be of a group that charges here.
  return best(c, [](const At& at) { return at.grant() && at.transaction() ? 1 : 0; }).value_or(0);
}

std::size_t place_for_start(const Context& c, const IdToken& token, const std::optional<IdToken>& group) {
  return best(c, [&](const At& at) { return start_points(at, token, group); }).value_or(0);
}

void follow_the_cable(const At& c) {
  if (!c.plugged() || !c.connector().just_plugged || c.grant() || c.transaction()) return;
  for (std::size_t i = 0; i < c.evses(); ++i) {
    const auto from = c.at(i);
    if (!from.grant() || !from.grant()->movable || from.transaction() || from.plugged()) continue;
    if (!open_for(c, from.grant()->token, from.grant()->group)) continue;
    const auto leave = *from.grant();
    from.grant().reset();
    from.changed();
    from.evse.message = {};
    grant(c, leave);
    return;
  }
}

}  // namespace bulwatt::session
