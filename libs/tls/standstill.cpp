#include "libs/tls/standstill.hpp"

#include <openssl/async.h>
#include <openssl/err.h>

#include <cstdlib>

namespace bulwatt::tls {
namespace {

constexpr std::size_t kStack = 256 * 1024;  // OpenSSL's own 32 KiB are less than two frames of a conduit

void* take_stack(std::size_t* size) {
  *size = kStack;
  return std::malloc(kStack);
}
void give_stack(void* stack) { std::free(stack); }

thread_local bool giving_up = false;

}  // namespace

bool allow_standstill(SSL_CTX* context) {
  static const bool possible = ASYNC_is_capable() == 1 && ASYNC_set_mem_functions(take_stack, give_stack) == 1;
  if (possible) SSL_CTX_set_mode(context, SSL_MODE_ASYNC);
  return possible;
}

bool abandoning() { return giving_up; }

void abandon(SSL* ssl) {
  giving_up = true;
  (void)SSL_do_handshake(ssl);
  giving_up = false;
  ERR_clear_error();
}

}  // namespace bulwatt::tls
