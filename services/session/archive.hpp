// The large stores, all of them durable: events on their way, remembered tokens, the local authorization list.
#pragma once
#include "services/session/local_list.hpp"
#include "services/session/outbox.hpp"
#include "services/session/tokens.hpp"

namespace bulwatt::session {

struct Archive {
  Outbox outbox{};
  TokenCache cache{};
  LocalList list{};
};

}  // namespace bulwatt::session
