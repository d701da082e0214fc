#include "services/vault/content.hpp"

#include <doctest/doctest.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "services/vault/keys/software.hpp"
#include "services/vault/request.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

Content bytes(const std::string& text) { return std::as_bytes(std::span{text}); }

std::string verify_content(std::string_view label, std::size_t hash = 32) {
  return std::string(64, ' ') + std::string{label} + '\0' + std::string(hash, 'h');
}
constexpr std::string_view kClientLabel = "TLS 1.3, client CertificateVerify";
constexpr std::string_view kServerLabel = "TLS 1.3, server CertificateVerify";

std::string message(int type, const std::string& body) {
  std::string out{static_cast<char>(type)};
  for (const int shift : {16, 8, 0}) out += static_cast<char>(body.size() >> shift);
  return out + body;
}
const std::string kHello = std::string{"\x03\x03"} + std::string(40, 'r');

std::vector<std::string> transcript() {
  return {message(1, kHello),   message(2, kHello), message(11, "chain"), message(12, "point"),
          message(13, "types"), message(14, ""),    message(11, "own"),   message(16, "share")};
}
std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += part;
  return out;
}

std::string key_exchange(int curve, std::size_t point, char first) {
  std::string out(64, 'r');
  out += '\3';
  out += '\0';
  out += static_cast<char>(curve);
  out += static_cast<char>(point);
  return out + first + std::string(point - 1, 'p');
}

const std::string kCheckpoint = "station.example/CS001\n4711\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
const std::string kOcmf =
    R"({"FV":"1.2","GI":"station","PG":"T12","MV":"maker","RD":[{"TM":"2026-11-28T10:00:00,000+0000 S","RV":1.5}]})";

std::string tree_head() {
  const std::string name = "station.example/CS001";
  std::string out{"subtree/v1\n\0", 12};
  out += static_cast<char>(name.size());
  out += name + std::string(8, '\0');
  out += static_cast<char>(name.size());
  return out + name + std::string(16, '\0') + std::string(32, 'h');
}

struct Rig {
  keys::Software software;
  KeyInfo key{"link", Purpose::csr, Algorithm::ecdsa_p256, {}, false};
  keys::Handle handle{};
  Rig() {
    const auto loaded = software.load(key.algorithm, *software.generate(key.algorithm, key.purpose));
    REQUIRE(loaded.has_value());
    key.public_key = loaded->public_key;
    handle = loaded->handle;
  }
};

}  // namespace

TEST_CASE("only the exact content of a role's CertificateVerify is recognised") {
  CHECK(is_certificate_verify(bytes(verify_content(kClientLabel)), true));
  CHECK(is_certificate_verify(bytes(verify_content(kClientLabel, 48)), true));
  CHECK_FALSE(is_certificate_verify(bytes(verify_content(kClientLabel)), false));
  CHECK(is_certificate_verify(bytes(verify_content(kServerLabel)), false));
  for (const std::size_t hash : {0U, 31U, 33U, 47U, 49U, 64U})
    CHECK_FALSE(is_certificate_verify(bytes(verify_content(kClientLabel, hash)), true));
  auto content = verify_content(kClientLabel);
  for (std::size_t i = 0; i < 98; ++i) {
    auto changed = content;
    changed[i] ^= 1;
    CHECK_FALSE(is_certificate_verify(bytes(changed), true));
  }
}

TEST_CASE("of a TLS 1.2 server only two randoms and one ephemeral point are signed") {
  struct Good {
    int curve;
    std::size_t point;
    char first;
  };
  for (const auto& good :
       {Good{23, 65, 4}, Good{24, 97, 4}, Good{25, 133u & 0xff, 4}, Good{29, 32, 'x'}, Good{30, 56, 'x'}}) {
    CAPTURE(good.curve);
    const auto content = key_exchange(good.curve, good.point, good.first);
    CHECK(is_server_key_exchange(bytes(content)));
    CHECK_FALSE(is_server_key_exchange(bytes(content + "x")));
    for (std::size_t n = 0; n < content.size(); ++n) CHECK_FALSE(is_server_key_exchange(bytes(content.substr(0, n))));
  }
  CHECK_FALSE(is_server_key_exchange(bytes(key_exchange(23, 65, 5))));
  CHECK_FALSE(is_server_key_exchange(bytes(key_exchange(22, 65, 4))));
  CHECK_FALSE(is_server_key_exchange(bytes(key_exchange(23, 64, 4))));
  auto explicit_curve = key_exchange(23, 65, 4);
  explicit_curve[64] = 1;
  CHECK_FALSE(is_server_key_exchange(bytes(explicit_curve)));
}

TEST_CASE("of a TLS 1.2 client only a whole handshake is signed, each message in its place") {
  CHECK(is_tls12_transcript(bytes(joined(transcript()))));
  auto with_status = transcript();
  with_status.insert(with_status.begin() + 3, message(22, "status"));
  CHECK(is_tls12_transcript(bytes(joined(with_status))));
  auto without_exchange = transcript();  // the server's key is the key exchange
  without_exchange.erase(without_exchange.begin() + 3);
  CHECK(is_tls12_transcript(bytes(joined(without_exchange))));
  for (std::size_t i = 0; i < transcript().size(); ++i) {
    CAPTURE(i);
    auto missing = transcript();
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(is_tls12_transcript(bytes(joined(missing))) == (i == 3));
    auto twice = transcript();
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), twice[i]);
    CHECK_FALSE(is_tls12_transcript(bytes(joined(twice))));
  }
  const auto whole = joined(transcript());
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK_FALSE(is_tls12_transcript(bytes(whole.substr(0, n))));
  CHECK_FALSE(is_tls12_transcript(bytes(whole + "x")));
  auto older = transcript();
  older[1] = message(2, std::string{"\x03\x02"} + std::string(40, 'r'));
  CHECK_FALSE(is_tls12_transcript(bytes(joined(older))));
}

TEST_CASE("a request is recognised only for the key's own public half, in DER, and never for an authority") {
  Rig rig;
  auto request = Request::begin(rig.key, {"CS001", "Example"});
  REQUIRE(request.has_value());
  const std::vector<std::byte> info{request->to_sign().begin(), request->to_sign().end()};
  CHECK(is_request_info(info, rig.key.public_key.view()));
  const Rig other;
  CHECK_FALSE(is_request_info(info, other.key.public_key.view()));
  auto longer = info;
  longer.push_back(std::byte{0});
  CHECK_FALSE(is_request_info(longer, rig.key.public_key.view()));
  for (std::size_t n = 0; n < info.size(); ++n)
    CHECK_FALSE(is_request_info(std::span{info}.first(n), rig.key.public_key.view()));

  X509_REQ* authority = X509_REQ_new();
  const auto* der = reinterpret_cast<const unsigned char*>(rig.key.public_key.data.data());
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &der, rig.key.public_key.size);
  for (const char* basic : {"critical,CA:FALSE", "critical,CA:TRUE"}) {
    X509_REQ_set_pubkey(authority, key);
    auto* extensions = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, basic));
    X509_REQ_add_extensions(authority, extensions);
    unsigned char* made = nullptr;
    const int size = i2d_re_X509_REQ_tbs(authority, &made);
    CHECK(is_request_info(std::as_bytes(std::span{made, static_cast<std::size_t>(size)}), rig.key.public_key.view()) ==
          (basic[12] == 'F'));
    OPENSSL_free(made);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(authority);
    authority = X509_REQ_new();
  }
  X509_REQ_free(authority);
  EVP_PKEY_free(key);
}

TEST_CASE("a checkpoint is origin, size and root hash, nothing more") {
  CHECK(is_checkpoint(bytes(kCheckpoint)));
  for (std::size_t n = 0; n < kCheckpoint.size(); ++n) CHECK_FALSE(is_checkpoint(bytes(kCheckpoint.substr(0, n))));
  for (const std::string bad : {"station example\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
                                "station+example\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
                                "station\n01\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
                                "station\n-1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
                                "station\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
                                "station\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nmore\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_checkpoint(bytes(bad)));
  }
  CHECK(is_checkpoint(bytes(tree_head())));
  for (std::size_t n = 0; n < tree_head().size(); ++n) CHECK_FALSE(is_checkpoint(bytes(tree_head().substr(0, n))));
  CHECK_FALSE(is_checkpoint(bytes(tree_head() + "x")));
}

TEST_CASE("a meter record is one OCMF payload, whole") {
  CHECK(is_meter_record(bytes(kOcmf)));
  for (const std::string bad :
       {R"({"PG":"T12","RD":[]})", R"({"FV":"1.2","RD":[]})", R"({"FV":"1.2","PG":"T12"})",
        R"({"FV":"1.2","PG":"T12","RD":{}})", R"({"FV":1,"PG":"T12","RD":[]})",
        R"({"FV":"1.2","FV":"1.2","PG":"T12","RD":[]})", R"([{"FV":"1.2","PG":"T12","RD":[]}])",
        R"({"FV":"1.2","PG":"T12","RD":[]}{})", R"( {"FV":"1.2","PG":"T12","RD":[]})", "{}", ""}) {
    CAPTURE(bad);
    CHECK_FALSE(is_meter_record(bytes(bad)));
  }
  for (std::size_t n = 0; n < kOcmf.size(); ++n) CHECK_FALSE(is_meter_record(bytes(kOcmf.substr(0, n))));
}

TEST_CASE("a key of one purpose signs no content of another, nor free text") {
  Rig rig;
  const auto request = Request::begin(rig.key, {"CS001", ""});
  const auto info = request->to_sign();
  const std::string request_text{reinterpret_cast<const char*>(info.data()), info.size()};
  const std::vector<std::pair<Purpose, std::string>> contents{{Purpose::tls_client, verify_content(kClientLabel)},
                                                              {Purpose::tls_server, verify_content(kServerLabel)},
                                                              {Purpose::tls12_client, joined(transcript())},
                                                              {Purpose::tls12_server, key_exchange(23, 65, 4)},
                                                              {Purpose::csr, request_text},
                                                              {Purpose::checkpoint, kCheckpoint},
                                                              {Purpose::meter_record, kOcmf},
                                                              {Purpose::attestation, std::string(100, '\xff')}};
  // A station's key towards cars has no content of its own: it signs that of two others.
  CHECK(contents.size() + 1 == enum_names(Purpose{}).size());
  for (std::size_t p = 0; p < enum_names(Purpose{}).size(); ++p) {
    auto key = rig.key;
    key.purpose = static_cast<Purpose>(p);
    CAPTURE(enum_text(key.purpose));
    for (const auto& [purpose, content] : contents) {
      CAPTURE(enum_text(purpose));
      const bool server = purpose == Purpose::tls_server || purpose == Purpose::tls12_server;
      const bool own = (purpose == key.purpose && purpose != Purpose::attestation) ||
                       (server && key.purpose == Purpose::secc_server);
      CHECK(may_sign(key, Digest::sha256, Padding::none, bytes(content)) == own);
      CHECK_FALSE(may_sign(key, Digest::none, Padding::none, bytes(content)));
      CHECK_FALSE(may_sign(key, Digest::sha256, Padding::pss, bytes(content)));
    }
    CHECK_FALSE(may_sign(key, Digest::sha256, Padding::none, bytes("firmware manifest version 9")));
    CHECK_FALSE(may_sign(key, Digest::sha256, Padding::none, {}));
  }
}

TEST_CASE("TLS 1.3 takes no PKCS #1 signature of an RSA key, TLS 1.2 does") {
  Rig rig;
  rig.key.algorithm = Algorithm::rsa_2048;
  rig.key.purpose = Purpose::tls_server;
  CHECK(may_sign(rig.key, Digest::sha256, Padding::pss, bytes(verify_content(kServerLabel))));
  CHECK_FALSE(may_sign(rig.key, Digest::sha256, Padding::pkcs1, bytes(verify_content(kServerLabel))));
  rig.key.purpose = Purpose::tls12_server;
  CHECK(may_sign(rig.key, Digest::sha256, Padding::pkcs1, bytes(key_exchange(23, 65, 4))));
}
