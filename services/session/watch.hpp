// What comes by itself: a transaction found after a power loss, faults, a silent meter, the contactor.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// A transaction found when the station came up again goes on or ends, once cable and register are known.
void recover(const At& c);
/// Faults are recorded when they come and go; one that stays, or the emergency stop, ends the transaction.
void watch_faults(const At& c);
void watch_meter(const At& c);
void note_contactors(const At& c);
void note_tampering(const At& c);
/// Which connector is in use: the first that was plugged in, until it is free again.
void choose_connector(const At& c);

}  // namespace bulwatt::session
