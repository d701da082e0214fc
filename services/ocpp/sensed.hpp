// Values of the device model that the hardware has: read from session's snapshot of an EVSE.
#pragma once
#include "interfaces/session.hpp"
#include "services/ocpp/variables.hpp"

namespace bulwatt::ocpp {

/// `connector` is 0 for a variable of the EVSE. Nothing when the variable is not one that a snapshot has.
std::optional<Text<64>> sensed_value(Var var, const session::Snapshot& snapshot, std::uint8_t connector);

/// Something is wrong with the EVSE or its hardware.
bool has_problem(const session::Snapshot& snapshot);

}  // namespace bulwatt::ocpp
