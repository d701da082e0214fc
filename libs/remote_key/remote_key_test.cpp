#include "libs/remote_key/remote_key.hpp"

#include <doctest/doctest.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "libs/tls/standstill.hpp"
#include "services/vault/content.hpp"

using namespace bulwatt;

namespace {

struct FreeAll {
  void operator()(OSSL_LIB_CTX* x) const { OSSL_LIB_CTX_free(x); }
  void operator()(X509* x) const { X509_free(x); }
  void operator()(SSL_CTX* x) const { SSL_CTX_free(x); }
  void operator()(SSL* x) const { SSL_free(x); }
  void operator()(EVP_MD_CTX* x) const { EVP_MD_CTX_free(x); }
};
template <class T>
using Ptr = std::unique_ptr<T, FreeAll>;

/// Stands for the vault: holds the private half, signs what it is asked and counts.
struct LocalSigner final : remote_key::Signer {
  remote_key::KeyPtr key;
  int asked = 0;
  bool refuse = false;
  vault::Sign last{};
  std::expected<vault::Signature, vault::Error> sign(const vault::Sign& request) override {
    ++asked;
    last = request;
    if (refuse) return std::unexpected(vault::Error::refused);
    constexpr std::array<const char*, 4> kDigests{nullptr, "SHA256", "SHA384", "SHA512"};
    const char* digest = kDigests[static_cast<std::size_t>(request.digest)];
    const Ptr<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* options = nullptr;
    vault::Signature out{};
    std::size_t size = vault::kMaxSignature;
    REQUIRE(EVP_DigestSignInit_ex(context.get(), &options, digest, nullptr, nullptr, key.get(), nullptr) == 1);
    if (request.padding == vault::Padding::pss) {
      REQUIRE(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
      REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.bytes.data.data()), &size,
                           reinterpret_cast<const unsigned char*>(request.bytes.data.data()), request.bytes.size) == 1);
    out.bytes.size = static_cast<std::uint16_t>(size);
    return out;
  }
  // Slow hardware: the signature is there after `turns` looks.
  int turns = 0;
  int fetched = 0;
  bool lost = false;  ///< the vault was restarted
  std::expected<std::uint32_t, vault::Error> submit(const vault::Sign& request) override {
    last = request;
    ++asked;
    if (refuse) return std::unexpected(vault::Error::refused);
    return 7;
  }
  std::expected<std::optional<vault::Signature>, vault::Error> fetch(std::uint32_t ticket) override {
    if (ticket != 7 || lost) return std::unexpected(vault::Error::unknown_ticket);
    ++fetched;
    if (turns-- > 0) return std::nullopt;
    auto signature = sign(vault::Sign{last});
    --asked;
    if (!signature) return std::unexpected(signature.error());
    return std::move(*signature);
  }
};

vault::KeyInfo info_of(EVP_PKEY* key, vault::Algorithm algorithm) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  vault::KeyInfo info{"csms-client", vault::Purpose::tls_client, algorithm, {}, false};
  info.public_key = Octets<vault::kMaxPublicKey>{std::as_bytes(std::span{der, static_cast<std::size_t>(size)})};
  OPENSSL_free(der);
  return info;
}

Ptr<X509> self_signed(EVP_PKEY* key, const char* digest) {
  Ptr<X509> x{X509_new()};
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 3600);
  X509_set_pubkey(x.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("CS001"), -1, -1, 0);
  X509_set_issuer_name(x.get(), X509_get_subject_name(x.get()));
  REQUIRE(X509_sign(x.get(), key, digest != nullptr ? EVP_get_digestbyname(digest) : nullptr) > 0);
  return x;
}

struct Rig {
  Ptr<OSSL_LIB_CTX> library{OSSL_LIB_CTX_new()};
  LocalSigner signer;
  std::optional<remote_key::Provider> provider;
  Rig() {
    auto loaded = remote_key::Provider::load(library.get(), signer);
    REQUIRE(loaded.has_value());
    provider.emplace(std::move(*loaded));
  }
};

/// A mutual handshake in memory; one end's key is the remote one.
struct Handshake {
  Ptr<SSL_CTX> contexts[2];  // client, server
  Ptr<SSL> ends[2];
  remote_key::KeyPtr other_key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  Ptr<X509> other_certificate = self_signed(other_key.get(), "SHA256");
  bool done[2] = {false, false};
  bool stood_still = false;

  Handshake(Rig& rig, EVP_PKEY* remote, X509* certificate, int version = TLS1_3_VERSION, int remote_end = 0,
            bool slow = false) {
    const int other_end = 1 - remote_end;
    contexts[remote_end].reset(SSL_CTX_new_ex(rig.library.get(), remote_key::kProperties,
                                              remote_end == 0 ? TLS_client_method() : TLS_server_method()));
    contexts[other_end].reset(SSL_CTX_new(other_end == 0 ? TLS_client_method() : TLS_server_method()));
    if (slow) REQUIRE(tls::allow_standstill(contexts[remote_end].get()));
    use(remote_end, certificate, remote);
    use(other_end, other_certificate.get(), other_key.get());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(contexts[other_end].get()), certificate);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(contexts[remote_end].get()), other_certificate.get());
    BIO* bios[2] = {nullptr, nullptr};
    REQUIRE(BIO_new_bio_pair(&bios[0], 100'000, &bios[1], 100'000) == 1);
    for (int end = 0; end < 2; ++end) {
      SSL_CTX_set_min_proto_version(contexts[end].get(), version);
      SSL_CTX_set_max_proto_version(contexts[end].get(), version);
      SSL_CTX_set_verify(contexts[end].get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
      ends[end].reset(SSL_new(contexts[end].get()));
      SSL_set_bio(ends[end].get(), bios[end], bios[end]);
      end == 0 ? SSL_set_connect_state(ends[end].get()) : SSL_set_accept_state(ends[end].get());
    }
  }
  void use(int end, X509* certificate, EVP_PKEY* key) {
    REQUIRE(SSL_CTX_use_certificate(contexts[end].get(), certificate) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(contexts[end].get(), key) == 1);
    REQUIRE(SSL_CTX_check_private_key(contexts[end].get()) == 1);
  }
  void step() {
    for (int end = 0; end < 2; ++end) {
      const int result = SSL_do_handshake(ends[end].get());
      done[end] = result == 1;
      stood_still = stood_still || SSL_get_error(ends[end].get(), result) == SSL_ERROR_WANT_ASYNC;
    }
  }
  bool run(int turns = 20) {
    for (int i = 0; i < turns && !(done[0] && done[1]); ++i) step();
    return done[0] && done[1];
  }
};

struct Kind {
  vault::Algorithm algorithm;
  const char* type;
  const char* group;
  std::size_t bits = 0;
  const char* digest = nullptr;
  EVP_PKEY* make() const {
    if (group != nullptr) return EVP_PKEY_Q_keygen(nullptr, nullptr, type, group);
    return bits != 0 ? EVP_PKEY_Q_keygen(nullptr, nullptr, type, bits) : EVP_PKEY_Q_keygen(nullptr, nullptr, type);
  }
};
constexpr Kind kP256{vault::Algorithm::ecdsa_p256, "EC", "P-256", 0, "SHA256"};
constexpr Kind kClassical[] = {kP256,
                               {vault::Algorithm::ecdsa_p384, "EC", "P-384", 0, "SHA384"},
                               {vault::Algorithm::ecdsa_p521, "EC", "P-521", 0, "SHA512"},
                               {vault::Algorithm::rsa_2048, "RSA", nullptr, 2048, "SHA256"},
                               {vault::Algorithm::rsa_3072, "RSA", nullptr, 3072, "SHA256"},
                               {vault::Algorithm::ed25519, "ED25519", nullptr},
                               {vault::Algorithm::ed448, "ED448", nullptr}};
constexpr Kind kQuantum[] = {{vault::Algorithm::ml_dsa_44, "ML-DSA-44", nullptr},
                             {vault::Algorithm::ml_dsa_65, "ML-DSA-65", nullptr},
                             {vault::Algorithm::ml_dsa_87, "ML-DSA-87", nullptr}};

/// A key that is elsewhere, with its certificate.
struct Remote {
  Rig rig;
  Ptr<X509> certificate;
  remote_key::KeyPtr key;
  explicit Remote(const Kind& kind, bool slow = false) {
    rig.signer.key.reset(kind.make());
    certificate = self_signed(rig.signer.key.get(), kind.digest);
    auto info = info_of(rig.signer.key.get(), kind.algorithm);
    info.slow = slow;
    auto made = rig.provider->make_key(info);
    REQUIRE(made.has_value());
    key = std::move(*made);
  }
};

}  // namespace

TEST_CASE("a handshake of TLS 1.3 authenticates with a key that is elsewhere, at either end and for every algorithm") {
  std::vector<Kind> kinds{std::begin(kClassical), std::end(kClassical)};
  kinds.insert(kinds.end(), std::begin(kQuantum), std::end(kQuantum));
  for (const auto& kind : kinds) {
    for (const int end : {0, 1}) {
      CAPTURE(kind.type);
      CAPTURE(end);
      Remote remote{kind};
      CHECK(Handshake{remote.rig, remote.key.get(), remote.certificate.get(), TLS1_3_VERSION, end}.run());
      CHECK(remote.rig.signer.asked == 1);
      CHECK(vault::is_certificate_verify(remote.rig.signer.last.bytes.view(), end == 0));
    }
  }
}

TEST_CASE("a handshake of TLS 1.2 does so too, and what is signed is what the vault's purposes for TLS 1.2 take") {
  for (const auto& kind : kClassical) {
    for (const int end : {0, 1}) {
      CAPTURE(kind.type);
      CAPTURE(end);
      Remote remote{kind};
      CHECK(Handshake{remote.rig, remote.key.get(), remote.certificate.get(), TLS1_2_VERSION, end}.run());
      CHECK(remote.rig.signer.asked == 1);
      const auto content = remote.rig.signer.last.bytes.view();
      CHECK(vault::is_tls12_transcript(content) == (end == 0));
      CHECK(vault::is_server_key_exchange(content) == (end == 1));
      CHECK_FALSE(vault::is_certificate_verify(content, end == 0));
    }
  }
}

TEST_CASE("a signer that refuses fails the handshake") {
  Remote remote{kP256};
  remote.rig.signer.refuse = true;
  CHECK_FALSE(Handshake{remote.rig, remote.key.get(), remote.certificate.get()}.run());
}

TEST_CASE("a slow key lets the handshake stand still and everything else go on, at either end and in both versions") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const int end : {0, 1}) {
      CAPTURE(version);
      CAPTURE(end);
      Remote remote{kP256, true};
      remote.rig.signer.turns = 5;
      Handshake handshake{remote.rig, remote.key.get(), remote.certificate.get(), version, end, true};
      CHECK(handshake.run());
      CHECK(handshake.stood_still);
      CHECK(remote.rig.signer.asked == 1);
      CHECK(remote.rig.signer.fetched == 6);
    }
  }
}

TEST_CASE("a slow key in a handshake that cannot stand still fails it instead of blocking") {
  Remote remote{kP256, true};
  CHECK_FALSE(Handshake{remote.rig, remote.key.get(), remote.certificate.get()}.run());
  CHECK(remote.rig.signer.asked == 0);
}

TEST_CASE("a slow key that is refused, or whose vault went away, fails the handshake") {
  for (const bool lost : {false, true}) {
    Remote remote{kP256, true};
    remote.rig.signer.refuse = !lost;
    remote.rig.signer.lost = lost;
    CHECK_FALSE(Handshake{remote.rig, remote.key.get(), remote.certificate.get(), TLS1_3_VERSION, 0, true}.run());
  }
}

TEST_CASE("a handshake that is given up while it stands still leaves nothing behind, a thousand times") {
  Remote remote{kP256, true};
  remote.rig.signer.turns = 1'000'000;
  for (int i = 0; i < 1000; ++i) {
    Handshake handshake{remote.rig, remote.key.get(), remote.certificate.get(), TLS1_3_VERSION, 0, true};
    CHECK_FALSE(handshake.run(4));
    REQUIRE(handshake.stood_still);
    tls::abandon(handshake.ends[0].get());
    CHECK(SSL_waiting_for_async(handshake.ends[0].get()) == 0);
    CHECK(SSL_do_handshake(handshake.ends[0].get()) != 1);
  }
}

TEST_CASE("the private half cannot be exported") {
  Rig rig;
  rig.signer.key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const auto remote = rig.provider->make_key(info_of(rig.signer.key.get(), vault::Algorithm::ecdsa_p256));
  REQUIRE(remote.has_value());
  OSSL_PARAM* out = nullptr;
  CHECK(EVP_PKEY_todata(remote->get(), EVP_PKEY_KEYPAIR, &out) != 1);
  CHECK(EVP_PKEY_todata(remote->get(), EVP_PKEY_PUBLIC_KEY, &out) == 1);
  OSSL_PARAM_free(out);
}

TEST_CASE("a public key that is none is refused") {
  Rig rig;
  vault::KeyInfo info{"x", vault::Purpose::tls_client, vault::Algorithm::ecdsa_p256, {}, false};
  info.public_key.size = 10;
  const auto remote = rig.provider->make_key(info);
  REQUIRE_FALSE(remote.has_value());
  CHECK(remote.error() == remote_key::Error::bad_public_key);
}
