// The transaction: when it may begin, how it ends, and the events that tell the backend.
// TxStartPoint and TxStopPoint are PowerPathClosed: it runs exactly while the driver is authorized and the cable is in.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// A sentence for the driver saying why nothing can be started now; empty when it can.
std::string_view why_not(const Context& c);

/// Leave to charge is there: the transaction begins as soon as the cable is in and nothing forbids it.
void grant(const Context& c, const Grant& leave);
void withdraw_grant(const Context& c, std::string_view why);

/// Begins the transaction when authorization, cable and everything else are there.
void start_if_possible(const Context& c);
/// Takes the permit away. Ended is told when the contactor is open and the register was read after that, so that no energy
/// is left out; or when that takes too long. A second cause changes nothing.
void end_transaction(const Context& c, Trigger trigger, StoppedReason reason, const std::optional<IdToken>& token = {});
void finish_ending(const Context& c);
/// An intermediate event; left out when the outbox keeps its last places for what must be told. False then.
bool update_transaction(const Context& c, Trigger trigger, std::optional<SampleContext> sample = {});

/// What the transaction does at the moment.
ChargingState charging_state(const Station& state);
std::int64_t energy_mwh(const Station& state);

}  // namespace bulwatt::session
