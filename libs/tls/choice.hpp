// Inside the module: a server with chains under several roots shows each client one that it trusts, and staples what it has.
//
// ISO 15118-2: a car names its roots in trusted_ca_keys (RFC 6066); ISO 15118-20: in certificate_authorities of TLS 1.3. Roots are
// known here by what the chains say of them, as no chain holds its root: the issuer's name and key identifier. So of the four ways in
// which trusted_ca_keys may name a root, the hash of its certificate finds nothing, and the first chain is shown.
#pragma once
#include <expected>
#include <vector>

#include "libs/tls/context.hpp"

namespace bulwatt::tls {

struct OwnChain {
  std::vector<CertificatePtr> certificates;  ///< leaf first
  KeyPtr key;
  std::vector<std::byte> staple;
};

/// Server: choice and staple. Client under Policy::vehicle: names its anchors and asks for a staple.
std::expected<void, Refusal> apply_choice(SSL_CTX* native, const ContextOptions& options);

}  // namespace bulwatt::tls
