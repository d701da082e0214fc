#include "libs/tls/context.hpp"

#include <openssl/err.h>

#include <algorithm>

#include "libs/base/try.hpp"
#include "libs/tls/certificate.hpp"
#include "libs/tls/choice.hpp"
#include "libs/tls/peer_check.hpp"
#include "libs/tls/profile.hpp"
#include "libs/tls/standstill.hpp"

namespace bulwatt::tls {
namespace {

constexpr int kChainDepth = 5;                           // certificates between a leaf and its trust anchor
constexpr std::size_t kHandshakeMessageMax = 64 * 1024;  // a chain of three ML-DSA-87 certificates has 22 KB

using Done = std::expected<void, Refusal>;

std::unexpected<Refusal> refuse(Reason reason, std::string_view detail) {
  return std::unexpected(Refusal{reason, 0, detail});
}

Done check_options(const ContextOptions& options) {
  if (auto refused = check_library()) return std::unexpected(*refused);
  if (options.allow_tls12 && options.policy != Policy::classical && options.policy != Policy::vehicle)
    return refuse(Reason::bad_options, "TLS 1.2 is possible with the classical policy or that of vehicles only");
  if (options.key != nullptr && !options.key_pem.empty())
    return refuse(Reason::bad_options, "give the key as an object or as text, not both");
  const bool has_key = options.key != nullptr || !options.key_pem.empty();
  if (has_key == options.chain_pem.empty())
    return refuse(Reason::bad_options, "a certificate chain and its key come together");
  if (options.role == Role::server && options.chain_pem.empty())
    return refuse(Reason::bad_options, "a server needs a certificate chain and its key");
  const bool checks_peer = options.role == Role::client || options.require_client_certificate;
  if (checks_peer && options.trust_anchors_pem.empty())
    return refuse(Reason::bad_trust_anchors, "there is no trust anchor to check the peer's certificate against");
  if (options.role == Role::client && options.require_client_certificate)
    return refuse(Reason::bad_options, "only a server asks for a client certificate");
  return {};
}

bool allows_tls12(const ContextOptions& options) {
  return options.allow_tls12 && (!options.narrowed || options.narrowed->tls12());
}

Done apply_policy(SSL_CTX* native, const ContextOptions& options) {
  const auto& rules = options.narrowed ? options.narrowed->rules() : rules_of(options.policy);
  const auto* groups = options.role == Role::client ? rules.client_groups : rules.server_groups;
  const bool tls12 = allows_tls12(options);
  const int oldest = tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  const bool applied =
      //= OCPP-2.0.1 A00.FR.313
      //= OCPP-2.0.1 A00.FR.314
      //= OCPP-2.0.1 A00.FR.416
      //= OCPP-2.0.1 A00.FR.417
      SSL_CTX_set_min_proto_version(native, oldest) == 1 &&
      SSL_CTX_set_max_proto_version(native, TLS1_3_VERSION) == 1 && SSL_CTX_set1_groups_list(native, groups) == 1 &&
      SSL_CTX_set1_sigalgs_list(native, rules.signatures) == 1 && SSL_CTX_set_ciphersuites(native, rules.suites) == 1 &&
      (!tls12 || SSL_CTX_set_cipher_list(native, rules.tls12_suites) == 1);
  if (!applied) return std::unexpected(refusal_with_library_words(Reason::internal));
  //= OCPP-2.0.1 A00.FR.321
  //= OCPP-2.0.1 A00.FR.424
  // A resumed connection would report the group of an earlier one, and compression would leak what it hides.
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TX_CERTIFICATE_COMPRESSION |
                                  SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_max_cert_list(native, kHandshakeMessageMax);
  return {};
}

Done apply_trust(SSL_CTX* native, const ContextOptions& options) {
  const bool checks_peer = options.role == Role::client || options.require_client_certificate;
  SSL_CTX_set_verify(native, checks_peer ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE,
                     nullptr);
  SSL_CTX_set_verify_depth(native, kChainDepth);
  SSL_CTX_set_cert_verify_callback(native, verify_peer_certificate, nullptr);
  // An anchor is trusted by itself: a new root may be signed by the one it replaces, which is gone by then.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(native), X509_V_FLAG_PARTIAL_CHAIN);
  if (!checks_peer) return {};
  TRY(anchors,
      parse_certificates(options.trust_anchors_pem, Reason::bad_trust_anchors, options.library, options.properties));
  for (const auto& anchor : anchors) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(native), anchor.get()) != 1)
      return std::unexpected(refusal_with_library_words(Reason::bad_trust_anchors));
    if (options.role == Role::server && SSL_CTX_add_client_CA(native, anchor.get()) != 1)
      return std::unexpected(refusal_with_library_words(Reason::bad_trust_anchors));
  }
  return {};
}

Done apply_revocations(SSL_CTX* native, const ContextOptions& options) {
  if (options.revocations_pem.empty()) return {};
  TRY(lists, parse_revocation_lists(options.revocations_pem));
  auto* store = SSL_CTX_get_cert_store(native);
  for (const auto& list : lists)
    if (X509_STORE_add_crl(store, list.get()) != 1)
      return std::unexpected(refusal_with_library_words(Reason::bad_trust_anchors));
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  X509_STORE_set_verify_cb(store, pass_over_missing_list);
  return {};
}

/// The signatures of TLS 1.3 that a key makes.
bool may_use(const NarrowRules& narrowed, EVP_PKEY* key) {
  struct Made {
    const char* type;
    int bits;
    std::string_view signature;
  };
  static constexpr Made kMade[] = {{"ML-DSA-44", 0, "mldsa44"},
                                   {"ML-DSA-65", 0, "mldsa65"},
                                   {"ML-DSA-87", 0, "mldsa87"},
                                   {"ED25519", 0, "ed25519"},
                                   {"ED448", 0, "ed448"},
                                   {"EC", 256, "ecdsa_secp256r1_sha256"},
                                   {"EC", 384, "ecdsa_secp384r1_sha384"},
                                   {"EC", 521, "ecdsa_secp521r1_sha512"},
                                   {"RSA", 0, "rsa_pss_rsae_sha256"},
                                   {"RSA", 0, "rsa_pss_rsae_sha384"},
                                   {"RSA", 0, "rsa_pss_rsae_sha512"},
                                   {"RSA-PSS", 0, "rsa_pss_pss_sha256"}};
  return std::ranges::any_of(kMade, [&](const Made& made) {
    return EVP_PKEY_is_a(key, made.type) == 1 && (made.bits == 0 || EVP_PKEY_get_bits(key) == made.bits) &&
           narrowed.may_use_own(made.signature);
  });
}

Done apply_identity(SSL_CTX* native, const ContextOptions& options) {
  if (options.chain_pem.empty()) return {};
  TRY(chain, parse_certificates(options.chain_pem, Reason::bad_certificate, options.library, options.properties));
  if (SSL_CTX_use_certificate(native, chain.front().get()) != 1)
    return std::unexpected(refusal_with_library_words(Reason::bad_certificate));
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (SSL_CTX_add1_chain_cert(native, chain[i].get()) != 1)
      return std::unexpected(refusal_with_library_words(Reason::bad_certificate));
  KeyPtr parsed;
  if (options.key == nullptr) {
    TRY(key, parse_private_key(options.key_pem, options.library, options.properties));
    parsed = std::move(key);
  }
  EVP_PKEY* key = options.key != nullptr ? options.key : parsed.get();
  if (options.narrowed && !may_use(*options.narrowed, key))
    return refuse(Reason::bad_key, "the crypto profile does not let this kind of key be used");
  if (SSL_CTX_use_PrivateKey(native, key) != 1 || SSL_CTX_check_private_key(native) != 1)
    return std::unexpected(refusal_with_library_words(Reason::key_mismatch));
  if (options.slow_key && !allow_standstill(native))
    return refuse(Reason::internal, "this library cannot wait for a slow key");
  return {};
}

}  // namespace

std::expected<Context, Refusal> Context::make(const ContextOptions& options) {
  ERR_clear_error();
  TRY_VOID(check_options(options));
  const auto* method = options.role == Role::client ? TLS_client_method() : TLS_server_method();
  SslContextPtr native{SSL_CTX_new_ex(options.library, options.properties, method)};
  if (!native) return std::unexpected(refusal_with_library_words(Reason::internal));
  TRY_VOID(apply_policy(native.get(), options));
  TRY_VOID(apply_trust(native.get(), options));
  TRY_VOID(apply_revocations(native.get(), options));
  TRY_VOID(apply_identity(native.get(), options));
  TRY_VOID(apply_choice(native.get(), options));
  Expectation expectation;
  expectation.policy = options.policy;
  expectation.allow_tls12 = allows_tls12(options);
  expectation.narrowed = options.narrowed;
  expectation.certificate_required = options.role == Role::client || options.require_client_certificate;
  return Context{std::move(native), options.role, expectation};
}

}  // namespace bulwatt::tls
