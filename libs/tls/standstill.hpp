// A handshake that stands still while a slow key signs (SSL_MODE_ASYNC). Shared by Session, which drives it, and by whoever signs.
#pragma once
#include <openssl/ssl.h>

namespace bulwatt::tls {

/// Lets handshakes of this context stand still. Each that does has a stack of its own, with room for what our signers put there.
bool allow_standstill(SSL_CTX* context);

/// True while a handshake is being given up that stands still: who signs returns with an error instead of pausing again, or the
/// stack it pauses on would be lost.
bool abandoning();

/// Ends a handshake that may stand still.
void abandon(SSL* ssl);

}  // namespace bulwatt::tls
