// What others see of the session.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// Of an EVSE as a whole, leaving out reservations: what they are judged by.
ConnectorStatus condition(const At& c);
/// What the driver needs to know, in one word.
State state_word(const At& c);
Snapshot snapshot(const At& c);
GetTopology::Topology topology(const Config& config);
/// The same without what trembles all the time; two that are equal need not be told twice.
Snapshot steady(Snapshot snapshot);

}  // namespace bulwatt::session
