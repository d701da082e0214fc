#include "libs/remote_key/remote_key.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

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
    const char* digest = request.digest == vault::Digest::sha256 ? "SHA256" : request.digest == vault::Digest::sha384 ? "SHA384" : nullptr;
    const Ptr<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    vault::Signature out{};
    std::size_t size = vault::kMaxSignature;
    REQUIRE(EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key.get(), nullptr) == 1);
    REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.bytes.data.data()), &size,
                           reinterpret_cast<const unsigned char*>(request.bytes.data.data()), request.bytes.size) == 1);
    out.bytes.size = static_cast<std::uint16_t>(size);
    return out;
  }
};

vault::KeyInfo info_of(EVP_PKEY* key, vault::Algorithm algorithm) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  vault::KeyInfo info{"csms-client", vault::Purpose::tls_client, algorithm, {}};
  info.public_key = Octets<vault::kMaxPublicKey>{std::as_bytes(std::span{der, static_cast<std::size_t>(size)})};
  OPENSSL_free(der);
  return info;
}

Ptr<X509> self_signed(EVP_PKEY* key, bool hashes) {
  Ptr<X509> x{X509_new()};
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 3600);
  X509_set_pubkey(x.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x.get()), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("CS001"), -1, -1, 0);
  X509_set_issuer_name(x.get(), X509_get_subject_name(x.get()));
  REQUIRE(X509_sign(x.get(), key, hashes ? EVP_sha256() : nullptr) > 0);
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

/// A mutual TLS 1.3 handshake in memory; the client's key is the remote one. Returns whether both ends finished.
bool handshake(Rig& rig, EVP_PKEY* remote, X509* certificate) {
  const Ptr<SSL_CTX> client_context{SSL_CTX_new_ex(rig.library.get(), remote_key::kProperties, TLS_client_method())};
  const Ptr<SSL_CTX> server_context{SSL_CTX_new(TLS_server_method())};
  const remote_key::KeyPtr server_key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  const auto server_certificate = self_signed(server_key.get(), true);
  REQUIRE(SSL_CTX_use_certificate(client_context.get(), certificate) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(client_context.get(), remote) == 1);
  REQUIRE(SSL_CTX_check_private_key(client_context.get()) == 1);
  REQUIRE(SSL_CTX_use_certificate(server_context.get(), server_certificate.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(server_context.get(), server_key.get()) == 1);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(server_context.get()), certificate);
  SSL_CTX_set_verify(server_context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const Ptr<SSL> client{SSL_new(client_context.get())};
  const Ptr<SSL> server{SSL_new(server_context.get())};
  BIO* a = nullptr;
  BIO* b = nullptr;
  REQUIRE(BIO_new_bio_pair(&a, 100'000, &b, 100'000) == 1);
  SSL_set_bio(client.get(), a, a);
  SSL_set_bio(server.get(), b, b);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  bool client_done = false;
  bool server_done = false;
  for (int i = 0; i < 10 && !(client_done && server_done); ++i) {
    client_done = SSL_do_handshake(client.get()) == 1;
    server_done = SSL_do_handshake(server.get()) == 1;
  }
  return client_done && server_done;
}

}  // namespace

TEST_CASE("a handshake authenticates with a key that is elsewhere, for every algorithm") {
  struct Case {
    vault::Algorithm algorithm;
    const char* type;
    const char* group;
  };
  for (const auto& c : {Case{vault::Algorithm::ecdsa_p256, "EC", "P-256"}, Case{vault::Algorithm::ecdsa_p384, "EC", "P-384"},
                        Case{vault::Algorithm::ed25519, "ED25519", nullptr}, Case{vault::Algorithm::ml_dsa_44, "ML-DSA-44", nullptr},
                        Case{vault::Algorithm::ml_dsa_65, "ML-DSA-65", nullptr}, Case{vault::Algorithm::ml_dsa_87, "ML-DSA-87", nullptr}}) {
    CAPTURE(c.type);
    Rig rig;
    rig.signer.key.reset(c.group != nullptr ? EVP_PKEY_Q_keygen(nullptr, nullptr, c.type, c.group) : EVP_PKEY_Q_keygen(nullptr, nullptr, c.type));
    const auto certificate = self_signed(rig.signer.key.get(), c.group != nullptr);
    const auto remote = rig.provider->make_key(info_of(rig.signer.key.get(), c.algorithm));
    REQUIRE(remote.has_value());
    CHECK(handshake(rig, remote->get(), certificate.get()));
    CHECK(rig.signer.asked == 1);
    const std::string_view content{reinterpret_cast<const char*>(rig.signer.last.bytes.data.data()), rig.signer.last.bytes.size};
    CHECK(content.substr(0, 64) == std::string(64, ' '));
    CHECK(content.substr(64, 33) == "TLS 1.3, client CertificateVerify");
  }
}

TEST_CASE("a signer that refuses fails the handshake") {
  Rig rig;
  rig.signer.refuse = true;
  rig.signer.key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const auto certificate = self_signed(rig.signer.key.get(), true);
  const auto remote = rig.provider->make_key(info_of(rig.signer.key.get(), vault::Algorithm::ecdsa_p256));
  REQUIRE(remote.has_value());
  CHECK_FALSE(handshake(rig, remote->get(), certificate.get()));
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
  vault::KeyInfo info{"x", vault::Purpose::tls_client, vault::Algorithm::ecdsa_p256, {}};
  info.public_key.size = 10;
  const auto remote = rig.provider->make_key(info);
  REQUIRE_FALSE(remote.has_value());
  CHECK(remote.error() == remote_key::Error::bad_public_key);
}
