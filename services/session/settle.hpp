// The common end of every step: from what is known now, brings transactions, permits, phase and timers up to date.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

void settle(const Context& c);

}  // namespace bulwatt::session
