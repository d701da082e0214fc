// The events of a transaction and the samples in them.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// The next event of the running transaction, numbered; to be published.
TransactionEvent next_event(const At& c, EventType type, Trigger trigger);
void publish(const At& c, const TransactionEvent& event);
/// An intermediate event; left out when the outbox keeps its last places for what must be told. False then.
bool update_transaction(const At& c, Trigger trigger, std::optional<SampleContext> sample = {},
                        const std::optional<IdToken>& token = {}, const Grant* leave = nullptr);
Sample sample_of(const meter::Reading& reading, SampleContext context);

/// Samples by interval, by the clock and for the last event; the register of a running transaction.
void take_samples(const At& c);
void schedule_samples(const At& c);
/// The samples of the last event: the first one, those of TxEndedInterval, the present one.
void add_ended_samples(const At& c, TransactionEvent& event);
/// An event out of turn. False when no transaction runs, or the outbox keeps its last places.
bool trigger_event(const At& c);

/// What the transaction does at the moment.
ChargingState charging_state(const At& c);
void tell_charging_state(const At& c);
std::int64_t energy_mwh(const Evse& evse);

}  // namespace bulwatt::session
