// The limit stack: who allows how much current and why. The least entry rules. And what counts as a fault.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

using LimitStack = List<Limit, 8>;
inline constexpr std::uint32_t kLeastOfferMa = 6'000;  ///< IEC 61851-1: less cannot be signalled

LimitStack limit_stack(const At& c);
/// The least entry; of equal ones the one named last, which is the more specific.
const Limit& ruling(const LimitStack& stack);

/// What this EVSE gets of a current that all EVSEs share: equal parts to those that charge, but to as many only as can be
/// offered at least 6 A, the earliest first. For an EVSE that does not charge: what it would get.
std::uint32_t share_of(const At& c, std::uint32_t total_ma);
/// The least of what building and backend allow for all EVSEs together.
std::uint32_t station_limit(const Context& c);

/// Name of the first latched fault, or of the silence of the controller; empty: none.
std::string_view fault_name(const Context& c, const Connector& connector);
/// The same of the connector in use; when none is, of an EVSE all of whose connectors are faulted.
std::string_view fault_name(const At& c);
/// How a transaction ends that a fault ended.
StoppedReason fault_reason(const At& c);
bool has(const power::Status& status, power::Fault fault);
/// The safety controller has been silent for longer than is normal during a restart of `power`.
bool controller_silent(const Context& c, const Connector& connector);
bool meter_silent(const At& c);
/// Station, EVSE and the connector in use are.
bool operative(const At& c);

}  // namespace bulwatt::session
