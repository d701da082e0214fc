// Operative or not, and the restart of the station: both wait for the end of a running transaction.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// `evse` 0 means the whole station.
ChangeVerdict change_availability(const Context& c, std::uint8_t evse, bool operative);
ChangeVerdict reset(const Context& c, bool immediate);
/// What was scheduled takes effect; a restart is asked for once the backend has the last events or patience is over.
void availability_due(const Context& c);

}  // namespace bulwatt::session
