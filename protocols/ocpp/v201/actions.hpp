// The 64 actions of OCPP 2.0.1 as one table, sorted by name.
#pragma once
#include "protocols/ocpp/action.hpp"

namespace bulwatt::ocpp::v201 {

std::span<const Action> actions();

/// Null when OCPP 2.0.1 has no such action.
inline const Action* find_action(std::string_view name) { return ocpp::find_action(actions(), name); }

}  // namespace bulwatt::ocpp::v201
