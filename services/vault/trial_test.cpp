#include "services/vault/trial.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "libs/tls/test_certificates.hpp"
#include "services/vault/folder_for_tests.hpp"
#include "services/vault/store.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;
using tls::testing::Made;
using tls::testing::make;

namespace {

constexpr const char* kHost = "DNS:trial.bulwatt.example";

struct Steps final : TrialListener {
  std::vector<TrialStep> all;
  void step(const TrialStep& step) override { all.push_back(step); }
  const TrialStep* find(std::string_view part) const {
    for (const auto& one : all)
      if (one.what.view().find(part) != std::string_view::npos) return &one;
    return nullptr;
  }
};

std::string entries(std::initializer_list<const char*> names) {
  std::string out;
  for (const auto* name : names) {
    out += out.empty() ? "" : ",";
    out += R"({"name":")" + std::string{name} + R"(","state":"test"})";
  }
  return "[" + out + "]";
}

/// A folder as `bulwatt vault profile trial` makes it.
struct Folder : TemporaryFolder {
  tls::KeyPtr authority{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  explicit Folder(const std::string& groups = entries({"SecP384r1MLKEM1024", "X25519MLKEM768"}),
                  const std::string& signatures = entries({"ecdsa_secp256r1_sha256", "mldsa65"})) {
    sign(
        R"({"number":4,"name":"t","links":[{"link":"csms","versions":[{"name":"TLSv1.3","state":"active"}],"groups":)" +
        groups + R"(,"signatures":)" + signatures +
        R"(,"suites":[{"name":"TLS_AES_256_GCM_SHA384","state":"active"}]}]})");
    provide(Algorithm::ecdsa_p256, "P-256");
    provide(Algorithm::ml_dsa_65, "ML-DSA-65");
  }

  void put(const std::string& name, std::string_view text) const { std::ofstream{path + "/" + name} << text; }
  void sign(const std::string& text) const {
    const auto content = std::string{tls::kProfileContext} + text;
    std::array<unsigned char, 64> signature{};
    std::size_t size = signature.size();
    EVP_MD_CTX* made = EVP_MD_CTX_new();
    REQUIRE(EVP_DigestSignInit_ex(made, nullptr, nullptr, nullptr, nullptr, authority.get(), nullptr) == 1);
    REQUIRE(EVP_DigestSign(made, signature.data(), &size, reinterpret_cast<const unsigned char*>(content.data()),
                           content.size()) == 1);
    EVP_MD_CTX_free(made);
    std::array<unsigned char, 100> line{};
    EVP_EncodeBlock(line.data(), signature.data(), static_cast<int>(size));
    put("profile.json", text);
    put("profile.sig", reinterpret_cast<char*>(line.data()));
    put("profile-authority.pem", text_by([&](BIO* out) { return PEM_write_bio_PUBKEY(out, authority.get()); }));
  }
  void provide(Algorithm algorithm, const std::string& name) const {
    const auto key = trial_key(algorithm);
    Ring ring{path, keys::Kind::software};
    REQUIRE(provision(path, ring, {KeyName{key}, Purpose::tls_client, algorithm}, "trial", "").has_value());
    Config config;
    (void)config.keys.push_back({KeyName{key}, Purpose::tls_client, algorithm, "trial", 60, 8});
    Ring reader{path, keys::Kind::software};
    const auto store = open_store(path, config, reader);
    REQUIRE(store.has_value());
    const Made root = make({.algorithm = name, .common_name = "root", .authority = true});
    const Made server = make({.algorithm = name, .alternatives = {kHost}}, &root);
    const Made client = make({.algorithm = name, .common_name = "trial"}, &root);
    const auto& half = store->keys[0].info.public_key;
    const auto* der = reinterpret_cast<const unsigned char*>(half.data.data());
    const tls::KeyPtr ours{d2i_PUBKEY(nullptr, &der, half.size)};
    X509_set_pubkey(client.certificate.get(), ours.get());
    REQUIRE(X509_sign(client.certificate.get(), root.key.get(), name == "P-256" ? EVP_sha256() : nullptr) > 0);
    put(key + ".pem", text_by([&](BIO* out) { return PEM_write_bio_X509(out, client.certificate.get()); }));
    put(key + "-root.pem", root.certificate_pem);
    put(key + "-server.pem", server.certificate_pem);
    put(key + "-server-key.pem", server.key_pem);
  }
  template <class Write>
  static std::string text_by(Write write) {
    const tls::BioPtr out{BIO_new(BIO_s_mem())};
    REQUIRE(write(out.get()) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
  TrialResult tried(Steps& steps, tls::Policy policy = tls::Policy::hybrid_required) const {
    return try_profile({.folder = path, .policy = policy, .now_unix_s = tls::testing::kNow}, steps);
  }
};

}  // namespace

TEST_CASE("a trial shakes hands with every group and signature of a profile, with keys of its own") {
  const Folder folder;
  Steps steps;
  const auto result = folder.tried(steps);
  CHECK(result.passed);
  CHECK(result.number == 4);
  CHECK(result.digest.view().size() == 64);
  CHECK(result.endpoint.empty());
  for (const auto* what : {"ml-kem-768, known answer", "handshake SecP384r1MLKEM1024, ecdsa_secp256r1_sha256",
                           "handshake X25519MLKEM768, ecdsa_secp256r1_sha256", "handshake X25519MLKEM768, mldsa65"}) {
    CAPTURE(what);
    const auto* step = steps.find(what);
    REQUIRE(step != nullptr);
    CHECK(step->passed);
  }
  CHECK(steps.find("handshake X25519MLKEM768, mldsa65")->detail.view() == "TLS_AES_256_GCM_SHA384");
}

TEST_CASE("what was not signed by its authority is tried no further") {
  const Folder folder;
  std::ofstream{folder.path + "/profile.json", std::ios::app} << " ";
  Steps steps;
  const auto result = folder.tried(steps);
  CHECK_FALSE(result.passed);
  CHECK(result.failed.view() == "signed and well-formed: bad_signature");
  CHECK(steps.all.size() == 1);
}

TEST_CASE("a group that the policy forbids is left out, and a profile of which nothing is left fails") {
  Steps steps;
  const Folder wide{entries({"X25519MLKEM768", "X25519"})};
  CHECK(wide.tried(steps).passed);
  REQUIRE(steps.find("handshake X25519, ecdsa") != nullptr);
  CHECK(steps.find("handshake X25519, ecdsa")->detail.view() == "left out: the policy does not allow it");
  const Folder narrow{entries({"X25519"})};
  const auto result = narrow.tried(steps);
  CHECK_FALSE(result.passed);
  CHECK(result.failed.view() == "goes with the policy: nothing_left");
}

TEST_CASE("a handshake that fails is said with its group and signature") {
  const Folder folder;
  const auto other = make({.algorithm = "ML-DSA-65", .common_name = "somebody else", .authority = true});
  folder.put("ml-dsa-65-root.pem", other.certificate_pem);
  Steps steps;
  const auto result = folder.tried(steps);
  CHECK_FALSE(result.passed);
  CHECK(result.failed.view().starts_with("handshake SecP384r1MLKEM1024, mldsa65: "));
  CHECK(steps.find("handshake X25519MLKEM768, ecdsa_secp256r1_sha256")->passed);
}

TEST_CASE("a trial's result survives being written down, and nothing else is one") {
  const TrialResult result{7, Text<64>{std::string(64, 'a')}, true, "localhost X25519MLKEM768", ""};
  const auto text = trial_text(result);
  const auto read = read_trial({reinterpret_cast<const char*>(text.data()), text.size()});
  REQUIRE(read.has_value());
  CHECK(read->number == 7);
  CHECK(read->passed);
  CHECK(read->endpoint == result.endpoint);
  CHECK_FALSE(read_trial("{}").has_value());
}
