// An act of the supervisor as a record. The supervisor takes part in no conduit, so what it did comes over the control
// conduit, which is as good a name for the actor as any other conduit is.
#pragma once
#include "interfaces/control.hpp"
#include "interfaces/ledger.hpp"

namespace bulwatt::ledger {

inline constexpr std::string_view kSupervisor = "supervisor";

Append record_of(const control::Act& act);

}  // namespace bulwatt::ledger
