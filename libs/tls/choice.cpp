#include "libs/tls/choice.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "libs/base/try.hpp"
#include "libs/tls/certificate.hpp"
#include "libs/tls/peer_check.hpp"

namespace bulwatt::tls {
namespace {

using Done = std::expected<void, Refusal>;
using Bytes = std::vector<std::byte>;
using View = std::span<const std::byte>;

constexpr unsigned kTrustedCaKeys = 3;  // extension
constexpr unsigned kWhere = SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_IGNORE_ON_RESUMPTION;
constexpr std::size_t kMostNamed = 4096;  // bytes of a client's list; ISO 15118-2 has at most ten roots
enum class Named : std::uint8_t { pre_agreed, key_sha1, x509_name, certificate_sha1 };
constexpr std::size_t kSha1 = 20;

/// All chains of a context; it goes with the SSL_CTX.
struct Chains {
  std::vector<OwnChain> all;
  Bytes named;  // client: the extension's content
};

void drop(void*, void* chains, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Chains*>(chains); }
int index_of_chains() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, drop);
  return index;
}
Chains* chains_of(SSL* ssl) {
  return static_cast<Chains*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index_of_chains()));
}
PeerCheck& peer_of(SSL* ssl) { return *static_cast<PeerCheck*>(SSL_get_app_data(ssl)); }

Bytes der_of(const X509_NAME* name) {
  const unsigned char* der = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(name, &der, &size) != 1) return {};
  const auto view = std::as_bytes(std::span{der, size});
  return {view.begin(), view.end()};
}

View view_of(const ASN1_OCTET_STRING* text) {
  if (text == nullptr) return {};
  return std::as_bytes(std::span{ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))});
}

// ---- which chain

/// Whether some certificate of the chain was issued by whom the client named.
bool leads_to(const OwnChain& chain, Named how, View what) {
  return std::ranges::any_of(chain.certificates, [&](const CertificatePtr& one) {
    if (how == Named::x509_name) return std::ranges::equal(der_of(X509_get_issuer_name(one.get())), what);
    return how == Named::key_sha1 && std::ranges::equal(view_of(X509_get0_authority_key_id(one.get())), what);
  });
}

const OwnChain* find(const Chains& chains, Named how, View what) {
  const auto found = std::ranges::find_if(chains.all, [&](const OwnChain& one) { return leads_to(one, how, what); });
  return found == chains.all.end() ? nullptr : &*found;
}

/// Takes one entry off the list; false at its end and where it is none.
bool next(View& list, Named& how, View& what) {
  if (list.empty()) return false;
  how = static_cast<Named>(std::to_integer<std::uint8_t>(list[0]));
  list = list.subspan(1);
  std::size_t size = how == Named::key_sha1 || how == Named::certificate_sha1 ? kSha1 : 0;
  if (how == Named::x509_name) {
    if (list.size() < 2) return false;
    size = std::to_integer<std::size_t>(list[0]) << 8 | std::to_integer<std::size_t>(list[1]);
    list = list.subspan(2);
  }
  if (how > Named::certificate_sha1 || size > list.size()) return false;
  what = list.first(size);
  list = list.subspan(size);
  return true;
}

const OwnChain* by_trusted_ca_keys(const Chains& chains, View list) {
  Named how{};
  View what;
  while (next(list, how, what)) {
    if (const auto* found = find(chains, how, what)) return found;
  }
  return nullptr;
}

const OwnChain* by_authorities(const Chains& chains, const STACK_OF(X509_NAME) * names) {
  for (int i = 0; i < sk_X509_NAME_num(names); ++i) {
    if (const auto* found = find(chains, Named::x509_name, der_of(sk_X509_NAME_value(names, i)))) return found;
  }
  return nullptr;
}

bool show(SSL* ssl, const OwnChain& chain) {
  STACK_OF(X509)* above = sk_X509_new_null();
  for (std::size_t i = 1; above != nullptr && i < chain.certificates.size(); ++i)
    sk_X509_push(above, chain.certificates[i].get());
  const bool shown =
      above != nullptr && SSL_use_cert_and_key(ssl, chain.certificates[0].get(), chain.key.get(), above, 1) == 1;
  sk_X509_free(above);  // the session counts those in it by itself
  return shown;
}

/// OpenSSL's certificate callback: after the client's first message, before the own.
//= ISO15118-2 V2G2-871
//= ISO15118-2 V2G2-923
int choose(SSL* ssl, void*) {
  const auto& chains = *chains_of(ssl);
  auto& peer = peer_of(ssl);
  const bool old = SSL_version(ssl) == TLS1_2_VERSION;
  const auto* found =
      old ? by_trusted_ca_keys(chains, peer.trusted_ca_keys) : by_authorities(chains, SSL_get0_peer_CA_list(ssl));
  peer.chosen_by_trusted_ca_keys = old && found != nullptr;
  peer.chosen = found != nullptr ? found : &chains.all.front();
  return peer.chosen == &chains.all.front() || show(ssl, *peer.chosen) ? 1 : 0;
}

// ---- trusted_ca_keys

int take_named(SSL* ssl, unsigned, unsigned, const unsigned char* in, std::size_t size, X509*, std::size_t, int* alert,
               void*) {
  auto& peer = peer_of(ssl);
  if (peer.role == Role::client) return size == 0 ? 1 : 0;
  const auto bytes = std::as_bytes(std::span{in, size});
  const bool whole = size >= 2 && size <= kMostNamed && std::size_t{in[0]} * 256 + in[1] == size - 2;
  *alert = SSL_AD_DECODE_ERROR;
  if (!whole) return 0;
  peer.trusted_ca_keys.assign(bytes.begin() + 2, bytes.end());
  return 1;
}

int put_named(SSL* ssl, unsigned, unsigned, const unsigned char** out, std::size_t* size, X509*, std::size_t, int*,
              void*) {
  const auto& peer = peer_of(ssl);
  *out = nullptr;
  *size = 0;
  if (peer.role == Role::server) return peer.chosen_by_trusted_ca_keys ? 1 : 0;
  const auto& named = chains_of(ssl)->named;
  *out = reinterpret_cast<const unsigned char*>(named.data());
  *size = named.size();
  return named.empty() ? 0 : 1;
}

Done name_anchors(SSL_CTX* native, const ContextOptions& options, Chains& chains) {
  TRY(anchors,
      parse_certificates(options.trust_anchors_pem, Reason::bad_trust_anchors, options.library, options.properties));
  auto& out = chains.named;
  out.resize(2);
  for (const auto& anchor : anchors) {
    const auto name = der_of(X509_get_subject_name(anchor.get()));
    if (out.size() + 3 + name.size() > kMostNamed) break;
    for (const auto byte : {std::size_t{std::to_underlying(Named::x509_name)}, name.size() >> 8, name.size()})
      out.push_back(static_cast<std::byte>(byte & 0xff));
    std::ranges::copy(name, std::back_inserter(out));  // insert() makes GCC 14 see an overflow that is none
    if (SSL_CTX_add1_to_CA_list(native, anchor.get()) != 1)
      return std::unexpected(refusal_with_library_words(Reason::bad_trust_anchors));
  }
  out[0] = static_cast<std::byte>((out.size() - 2) >> 8);
  out[1] = static_cast<std::byte>((out.size() - 2) & 0xff);
  return {};
}

// ---- stapling

int staple(SSL* ssl, void*) {
  const auto* chain = peer_of(ssl).chosen;
  if (chain == nullptr || chain->staple.empty()) return SSL_TLSEXT_ERR_NOACK;
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(chain->staple.data(), chain->staple.size()));
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(chain->staple.size()));
  return SSL_TLSEXT_ERR_OK;
}

/// The client looks at what came after the handshake (Report::stapled).
int accept_staple(SSL*, void*) { return 1; }

// ---- making

Done add(Chains& chains, const Identity& identity, const ContextOptions& options) {
  OwnChain chain;
  TRY(parsed, parse_certificates(identity.chain_pem, Reason::bad_certificate, options.library, options.properties));
  chain.certificates = std::move(parsed);
  if (identity.key != nullptr && EVP_PKEY_up_ref(identity.key) == 1) chain.key.reset(identity.key);
  chain.staple.assign(identity.staple_der.begin(), identity.staple_der.end());
  chains.all.push_back(std::move(chain));
  return {};
}

Done check_others(const Chains& chains) {
  for (std::size_t i = 1; i < chains.all.size(); ++i) {
    const auto& one = chains.all[i];
    if (!one.key || X509_check_private_key(one.certificates[0].get(), one.key.get()) != 1)
      return std::unexpected(refusal_with_library_words(Reason::key_mismatch));
  }
  return {};
}

}  // namespace

Done apply_choice(SSL_CTX* native, const ContextOptions& options) {
  const bool server = options.role == Role::server;
  if (!server && options.policy != Policy::vehicle) return {};
  auto chains = std::make_unique<Chains>();
  if (server) {
    TRY_VOID(add(*chains, {options.chain_pem, options.key, options.staple_der}, options));
    for (const auto& other : options.others) TRY_VOID(add(*chains, other, options));
    TRY_VOID(check_others(*chains));
  } else {
    TRY_VOID(name_anchors(native, options, *chains));
  }
  // The context owns them from here on.
  if (SSL_CTX_set_ex_data(native, index_of_chains(), chains.get()) != 1 ||
      SSL_CTX_add_custom_ext(native, kTrustedCaKeys, kWhere, put_named, nullptr, nullptr, take_named, nullptr) != 1)
    return std::unexpected(refusal_with_library_words(Reason::internal));
  static_cast<void>(chains.release());
  if (server) SSL_CTX_set_cert_cb(native, choose, nullptr);
  else SSL_CTX_set_tlsext_status_type(native, TLSEXT_STATUSTYPE_ocsp);
  SSL_CTX_set_tlsext_status_cb(native, (server ? staple : accept_staple));
  return {};
}

}  // namespace bulwatt::tls
