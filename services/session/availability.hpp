// Operative or not, unlocking, and the restart of the station: changes wait for the end of a running transaction.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// `evse` 0 means the whole station, `connector` 0 the whole EVSE.
ChangeVerdict change_availability(const Context& c, const ChangeAvailability& request);
ChangeVerdict reset(const Context& c, bool immediate);
/// Nothing: the lock is on its way, ask again.
std::optional<UnlockVerdict> unlock(const Context& c, const Unlock& request);
/// Locks where a cable must stay, unlocks where it may go.
void decide_locks(const At& c);
/// What was scheduled takes effect; a restart is asked for once the backend has the last events or patience is over.
void availability_due(const Context& c);

}  // namespace bulwatt::session
