// Which security event of OCPP a refused TLS connection is.
#pragma once
#include "libs/tls/refusal.hpp"

namespace bulwatt::ocpp {

/// Empty when it is none.
std::string_view security_event_of(const tls::Refusal& refusal);

}  // namespace bulwatt::ocpp
