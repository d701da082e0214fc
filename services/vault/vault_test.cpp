#include <doctest/doctest.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "services/vault/content.hpp"
#include "services/vault/service.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

struct Folder {
  std::string path;
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vault-test-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

struct Uses final : UseRecorder {
  int granted = 0;
  int refused = 0;
  void key_used(std::string_view, std::string_view, bool ok) override { ++(ok ? granted : refused); }
};

std::vector<std::byte> verify_content(std::string_view label, std::size_t hash = 32) {
  std::string text(64, ' ');
  text += label;
  text += '\0';
  text += std::string(hash, 'h');
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}
constexpr std::string_view kClientLabel = "TLS 1.3, client CertificateVerify";
constexpr std::string_view kServerLabel = "TLS 1.3, server CertificateVerify";

Sign request(std::span<const std::byte> bytes, Digest digest = Digest::sha256) {
  return {"link", digest, Octets<kMaxToSign>{bytes}};
}

constexpr Identity kLink{"link", Purpose::tls_client, Algorithm::ecdsa_p256};

Config config_for(const Identity& who) {
  Config config;
  (void)config.keys.push_back({who.name, who.purpose, who.algorithm, "ocpp"});
  return config;
}

struct Rig {
  Folder folder;
  Uses uses;
  std::optional<Service> service;
  explicit Rig(const Identity& who = kLink) {
    REQUIRE(provision(folder.path, who, "CS001", "Example").has_value());
    auto store = open_store(folder.path, config_for(who));
    REQUIRE(store.has_value());
    service.emplace(std::move(*store), uses);
  }
};

bool verifies(const KeyInfo& info, const char* digest, std::span<const std::byte> bytes, const Signature& signature) {
  const auto* der = reinterpret_cast<const unsigned char*>(info.public_key.data.data());
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &der, info.public_key.size);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit_ex(context, nullptr, digest, nullptr, nullptr, key, nullptr);
  const bool good = EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.bytes.data.data()), signature.bytes.size,
                                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

}  // namespace

TEST_CASE("only the exact content of a role's CertificateVerify is recognised") {
  CHECK(is_certificate_verify(verify_content(kClientLabel), true));
  CHECK(is_certificate_verify(verify_content(kClientLabel, 48), true));
  CHECK_FALSE(is_certificate_verify(verify_content(kClientLabel), false));
  CHECK(is_certificate_verify(verify_content(kServerLabel), false));
  for (const std::size_t hash : {0U, 31U, 33U, 47U, 49U, 64U}) CHECK_FALSE(is_certificate_verify(verify_content(kClientLabel, hash), true));
  auto content = verify_content(kClientLabel);
  for (std::size_t i = 0; i < 98; ++i) {
    auto changed = content;
    changed[i] ^= std::byte{1};
    CHECK_FALSE(is_certificate_verify(changed, true));
  }
}

TEST_CASE("no purpose signs free text") {
  constexpr std::string_view kText = "firmware manifest version 9";
  for (std::size_t p = 0; p < enum_names(Purpose{}).size(); ++p) {
    CHECK_FALSE(may_sign(static_cast<Purpose>(p), std::as_bytes(std::span{kText})));
  }
}

TEST_CASE("a key made by provisioning signs what it is for, for every algorithm") {
  for (const auto algorithm : {Algorithm::ecdsa_p256, Algorithm::ecdsa_p384, Algorithm::ed25519, Algorithm::ml_dsa_44, Algorithm::ml_dsa_65,
                               Algorithm::ml_dsa_87}) {
    CAPTURE(enum_text(algorithm));
    Rig rig{{"link", Purpose::tls_client, algorithm}};
    const bool ec = algorithm == Algorithm::ecdsa_p256 || algorithm == Algorithm::ecdsa_p384;
    const auto content = verify_content(kClientLabel);
    const auto signature = rig.service->sign("ocpp", request(content, ec ? Digest::sha256 : Digest::none));
    REQUIRE(signature.has_value());
    const auto info = rig.service->get_key("ocpp", {"link"});
    REQUIRE(info.has_value());
    CHECK(verifies(*info, ec ? "SHA256" : nullptr, content, *signature));
    CHECK(rig.uses.granted == 1);
  }
}

TEST_CASE("a key refuses other content, other users and other digests, and each attempt is recorded") {
  Rig rig;
  const auto good = verify_content(kClientLabel);
  CHECK(rig.service->sign("ocpp", request(verify_content(kServerLabel))).error() == Error::refused);
  CHECK(rig.service->sign("ocpp", request(good, Digest::none)).error() == Error::refused);
  CHECK(rig.service->sign("hmi", request(good)).error() == Error::not_yours);
  CHECK(rig.service->sign("ocpp", {"other", Digest::sha256, Octets<kMaxToSign>{good}}).error() == Error::unknown_key);
  CHECK(rig.uses.refused == 4);
  CHECK(rig.uses.granted == 0);
}

TEST_CASE("a slow signature is submitted, announced and fetched once") {
  Rig rig;
  const auto content = verify_content(kClientLabel);
  const Instant now{std::chrono::hours{1}};
  const auto ticket = rig.service->submit("ocpp", 2, {"link", Digest::sha256, Octets<kMaxToSign>{content}}, now);
  REQUIRE(ticket.has_value());
  CHECK_FALSE(rig.service->fetch(2, {ticket->ticket})->signature.has_value());
  const auto done = rig.service->work(now);
  REQUIRE(done.has_value());
  CHECK(done->first == 2);
  CHECK(rig.service->fetch(3, {ticket->ticket}).error() == Error::unknown_ticket);
  CHECK(rig.service->fetch(2, {ticket->ticket})->signature.has_value());
  CHECK(rig.service->fetch(2, {ticket->ticket}).error() == Error::unknown_ticket);
}

TEST_CASE("more slow signatures than places are refused as busy") {
  Rig rig;
  const SubmitSign job{"link", Digest::sha256, Octets<kMaxToSign>{verify_content(kClientLabel)}};
  const Instant now{std::chrono::hours{1}};
  for (std::size_t i = 0; i < kSlowPlaces; ++i) CHECK(rig.service->submit("ocpp", 2, job, now).has_value());
  CHECK(rig.service->submit("ocpp", 2, job, now).error() == Error::busy);
}

TEST_CASE("a sealed file opens only as the key it is") {
  Secret secret{};
  secret[0] = std::byte{7};
  const auto key = generate(Algorithm::ecdsa_p256);
  auto file = *seal(secret, kLink, key.get());
  CHECK(unseal(secret, kLink, file).has_value());
  CHECK(unseal(secret, {"link", Purpose::tls_server, Algorithm::ecdsa_p256}, file).error() == SealError::damaged);
  CHECK(unseal(secret, {"knil", Purpose::tls_client, Algorithm::ecdsa_p256}, file).error() == SealError::damaged);
  Secret other{};
  CHECK(unseal(other, kLink, file).error() == SealError::damaged);
  for (std::size_t i = 0; i < file.size(); ++i) {
    file[i] ^= std::byte{0x40};
    CHECK_FALSE(unseal(secret, kLink, file).has_value());
    file[i] ^= std::byte{0x40};
  }
  for (std::size_t n = 0; n < file.size(); ++n) CHECK_FALSE(unseal(secret, kLink, std::span{file}.first(n)).has_value());
}

TEST_CASE("provisioning twice keeps the key") {
  Folder folder;
  REQUIRE(provision(folder.path, kLink, "CS001", "").has_value());
  const auto first = open_store(folder.path, config_for(kLink));
  REQUIRE(provision(folder.path, kLink, "CS001", "").has_value());
  const auto second = open_store(folder.path, config_for(kLink));
  CHECK(first->keys[0].info.public_key == second->keys[0].info.public_key);
}

TEST_CASE("key files and the sealing secret are for their owner only") {
  Rig rig;
  for (const char* name : {"/seal.secret", "/link.key"}) {
    struct stat there {};
    REQUIRE(::stat((rig.folder.path + name).c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a missing key, a damaged key and a damaged secret each get a sentence that says what to do") {
  Folder empty;
  const auto nothing = open_store(empty.path, config_for(kLink));
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().find("bulwatt provision") != std::string::npos);
  Rig rig;
  std::ofstream{rig.folder.path + "/link.key", std::ios::app} << "x";
  const auto damaged = open_store(rig.folder.path, config_for(kLink));
  REQUIRE_FALSE(damaged.has_value());
  CHECK(damaged.error().find("damaged") != std::string::npos);
  CHECK_FALSE(provision(rig.folder.path, kLink, "CS001", "").has_value());
  std::ofstream{rig.folder.path + "/seal.secret", std::ios::trunc} << "short";
  CHECK(open_store(rig.folder.path, config_for(kLink)).error().find("wrong size") != std::string::npos);
}
