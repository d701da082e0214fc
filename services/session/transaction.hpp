// Authorization and transaction of one EVSE: how they begin, how they end, and the events that tell the backend.
// TxStartPoint and TxStopPoint say when the transaction runs; energy flows only while the driver is authorized.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// A sentence for the driver saying why nothing can be started now; empty when it can.
std::string_view why_not(const At& c);

/// Leave to charge is there; it is told when a transaction runs already.
void grant(const At& c, const Grant& leave);
/// Takes back leave that no transaction has used.
void withdraw_grant(const At& c, std::string_view why);
/// No more energy for this driver. Whether the transaction ends with it is said by TxStopPoint; if not it is told as an
/// intermediate event.
void end_authorization(const At& c, const Ending& cause);

/// Begins the transaction when one of its start points is reached and nothing forbids it.
void start_if_possible(const At& c);
/// What the cable does to a running transaction.
void follow_plug(const At& c);
/// Takes the permit away. Ended is told when the contactor is open and the register was read after that, so that no energy
/// is left out; or when that takes too long. A second cause changes nothing.
void end_transaction(const At& c, const Ending& cause);
/// Keeps a locked cable in its socket until this token comes back.
void hold_cable(const At& c, const IdToken& owner);
void finish_ending(const At& c);

}  // namespace bulwatt::session
