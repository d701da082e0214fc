// The only place that decides whether energy may flow, for all EVSEs together.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

void decide_permits(const Context& c);

}  // namespace bulwatt::session
