// What others see of the session.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

/// What the driver needs to know, in one word.
State state_word(const Config& config, const Station& station, Instant now);
Snapshot snapshot(const Config& config, const Station& station, const Moment& moment);
/// The same without what trembles all the time; two that are equal need not be told twice.
Snapshot steady(Snapshot snapshot);

}  // namespace bulwatt::session
