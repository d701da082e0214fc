// Which EVSE is meant when nobody said it.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// Where a token presented at the station belongs: where it charges, else where a car waits for it, else where one may come.
std::size_t place_for_token(const Context& c, const IdToken& token);
/// Where a remote start may start something; the first EVSE when nowhere.
std::size_t place_for_start(const Context& c, const IdToken& token, const std::optional<IdToken>& group);
/// A grant whose driver plugged in at another EVSE than the chosen one follows the cable.
void follow_the_cable(const At& c);

}  // namespace bulwatt::session
