// What all connections of one kind share: policy, trust anchors, own certificate and key.
#pragma once
#include <expected>
#include <span>
#include <string_view>

#include "libs/tls/openssl.hpp"
#include "libs/tls/policy.hpp"

namespace bulwatt::tls {

/// A server's certificate of its own, its key and what is sent along.
struct Identity {
  std::string_view chain_pem{};             ///< leaf first, up to below the root
  EVP_PKEY* key = nullptr;                  ///< as ContextOptions::key
  std::span<const std::byte> staple_der{};  ///< the leaf's OCSP response, for clients that ask; may be empty
};

struct ContextOptions {
  Role role = Role::client;
  Policy policy = Policy::hybrid_required;
  bool allow_tls12 = false;              ///< Policy::classical: TLS 1.2 with ECDHE_ECDSA AES-GCM as well;
                                         ///< Policy::vehicle: also with the suite of ISO 15118-2
  std::string_view trust_anchors_pem{};  ///< whom to believe; a client must have them
  std::string_view revocations_pem{};    ///< revocation lists of those who issue the peer's certificate; may be empty.
                                         ///< What stands on one is refused, also when the list is out of date; an
                                         ///< issuer without a list is believed
  std::string_view chain_pem{};          ///< own certificate, then its issuers up to below the root
  EVP_PKEY* key = nullptr;               ///< own key; the context takes a reference of its own. May be a key whose
                                         ///< private half lives in another process (a provider's key)
  std::string_view key_pem{};            ///< own key as text instead, for peers and tests
  std::span<const std::byte> staple_der{};  ///< server: as Identity::staple_der
  std::span<const Identity> others{};       ///< server: chains under other roots, for clients that say that they trust
                                            ///< those (trusted_ca_keys in TLS 1.2, certificate_authorities in 1.3)
  std::shared_ptr<const NarrowRules> narrowed{};  ///< what a crypto profile leaves of the policy (profile.hpp)
  bool slow_key = false;                    ///< the key's signatures take their time: sessions stand still for them
  bool require_client_certificate = false;  ///< server only; needs trust anchors
  OSSL_LIB_CTX* library = nullptr;          ///< where to look up algorithms; nullptr is OpenSSL's default. Must outlive
                                            ///< the context and its sessions
  const char* properties = nullptr;         ///< property query for them, such as "?provider!=vault"
};

/// Move-only; sessions keep what they need alive, so it may be replaced while they live.
class Context {
 public:
  static std::expected<Context, Refusal> make(const ContextOptions& options);

  SSL_CTX* native() const { return native_.get(); }
  Role role() const { return role_; }
  const Expectation& expectation() const { return expectation_; }

 private:
  Context(SslContextPtr native, Role role, Expectation expectation)
      : native_(std::move(native)), role_(role), expectation_(expectation) {}

  SslContextPtr native_;
  Role role_;
  Expectation expectation_;
};

}  // namespace bulwatt::tls
