// Inside the module: what OpenSSL's callbacks need to know of a connection and find out about its peer.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "libs/tls/openssl.hpp"
#include "libs/tls/policy.hpp"

namespace bulwatt::tls {

struct OwnChain;  // choice.hpp

struct PeerCheck {
  Role role = Role::client;
  std::string host;
  std::string domain;  ///< in place of a host
  bool allow_wildcards = false;
  std::vector<std::byte> trusted_ca_keys;  ///< server: what a client of TLS 1.2 said whom it trusts (RFC 6066)
  const OwnChain* chosen = nullptr;        ///< server: what it is shown; null: the context's first
  bool chosen_by_trusted_ca_keys = false;
  std::uint8_t alert = 0;              ///< fatal alert the peer sent
  std::optional<Refusal> certificate;  ///< why the peer's certificate was refused

  /// Lets the callbacks of this connection write here; it must not move afterwards.
  void attach(SSL* ssl);
};

/// OpenSSL's verification callback: a revocation list that is missing or out of date does not stop a connection. A station
/// that cannot fetch one must not be locked out of its backend by that; what an old list names stays refused.
int pass_over_missing_list(int good, X509_STORE_CTX* store);

/// OpenSSL's app_verify_callback: the chain by the library, then the name by matches_host. Inside the handshake, so that
/// a wrong peer gets an alert and never sees the own certificate.
int verify_peer_certificate(X509_STORE_CTX* store, void* unused);

}  // namespace bulwatt::tls
