// The limit stack: who allows how much current and why. The least entry rules.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

using LimitStack = List<Limit, 8>;
inline constexpr std::uint32_t kLeastOfferMa = 6'000;  ///< IEC 61851-1: less cannot be signalled

LimitStack limit_stack(const Config& config, const Station& state, Instant now);
/// The least entry; of equal ones the one named last, which is the more specific.
const Limit& ruling(const LimitStack& stack);

/// Name of the first latched fault, or of the silence of controller or meter; empty: none.
std::string_view fault_name(const Config& config, const Station& state, Instant now);
/// The safety controller has been silent for longer than is normal during a restart of `power`.
bool controller_silent(const Config& config, const Station& state, Instant now);
bool meter_silent(const Config& config, const Station& state, Instant now);

}  // namespace bulwatt::session
