#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "services/vault/content.hpp"
#include "services/vault/folder_for_tests.hpp"
#include "services/vault/service.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

using Folder = TemporaryFolder;

struct Uses final : UseRecorder {
  std::vector<std::pair<Outcome, std::uint32_t>> told;
  void key_used(const Use& use, std::uint32_t count) override { told.emplace_back(use.outcome, count); }
  std::uint32_t of(Outcome outcome) const {
    std::uint32_t sum = 0;
    for (const auto& [what, count] : told) sum += what == outcome ? count : 0;
    return sum;
  }
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
constexpr Instant kNow{std::chrono::hours{1}};

Config config_for(const Identity& who) {
  Config config;
  (void)config.keys.push_back({who.name, who.purpose, who.algorithm, "ocpp", 60, 8});
  return config;
}

struct Rig {
  Folder folder;
  Uses uses;
  Ring ring{folder.path, keys::Kind::software};
  std::optional<Service> service;
  explicit Rig(const Identity& who = kLink) {
    Ring maker{folder.path, keys::Kind::software};
    REQUIRE(provision(folder.path, maker, who, "CS001", "Example").has_value());
    auto store = open_store(folder.path, config_for(who), ring);
    REQUIRE(store.has_value());
    service.emplace(std::move(*store), uses);
  }
};

bool verifies(const KeyInfo& info, const char* digest, std::span<const std::byte> bytes, const Signature& signature) {
  const bool pss = info.algorithm == Algorithm::rsa_2048;
  const auto* der = reinterpret_cast<const unsigned char*>(info.public_key.data.data());
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &der, info.public_key.size);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  EVP_DigestVerifyInit_ex(context, &options, digest, nullptr, nullptr, key, nullptr);
  if (pss) EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
  const bool good =
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.bytes.data.data()),
                       signature.bytes.size, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

}  // namespace

TEST_CASE("a key made by provisioning signs what it is for, for every algorithm") {
  for (std::size_t i = 0; i < enum_names(Algorithm{}).size(); ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    if (algorithm == Algorithm::rsa_3072 || algorithm == Algorithm::rsa_4096)
      continue;  // slow to make; software_test does
    CAPTURE(enum_text(algorithm));
    Rig rig{{"link", Purpose::tls_client, algorithm}};
    const bool hashed = keys::facts_of(algorithm).family != keys::Family::pure;
    const auto content = verify_content(kClientLabel);
    auto wanted = request(content, hashed ? Digest::sha256 : Digest::none);
    if (algorithm == Algorithm::rsa_2048) wanted.padding = Padding::pss;
    const auto signature = rig.service->sign("ocpp", wanted, kNow);
    REQUIRE(signature.has_value());
    const auto info = rig.service->get_key("ocpp", {"link"});
    REQUIRE(info.has_value());
    CHECK(verifies(*info, hashed ? "SHA256" : nullptr, content, *signature));
    CHECK(rig.uses.of(Outcome::granted) == 1);
  }
}

TEST_CASE("a key refuses other content, other users and other digests, and each attempt is recorded") {
  Rig rig;
  const auto good = verify_content(kClientLabel);
  CHECK(rig.service->sign("ocpp", request(verify_content(kServerLabel)), kNow).error() == Error::refused);
  CHECK(rig.service->sign("ocpp", request(good, Digest::none), kNow).error() == Error::refused);
  CHECK(rig.service->sign("hmi", request(good), kNow).error() == Error::not_yours);
  CHECK(rig.service->sign("ocpp", {"other", Digest::sha256, Octets<kMaxToSign>{good}}, kNow).error() ==
        Error::unknown_key);
  rig.service->close();
  CHECK(rig.uses.of(Outcome::refused) == 2);
  CHECK(rig.uses.of(Outcome::not_yours) == 1);
  CHECK(rig.uses.of(Outcome::unknown_key) == 1);
  CHECK(rig.uses.of(Outcome::granted) == 0);
}

TEST_CASE("a user that asks too often is held to the key's rate, attempts that are refused included") {
  Rig rig;  // 60 a minute, 8 at once
  const auto good = request(verify_content(kClientLabel));
  const auto bad = request(verify_content(kServerLabel));
  for (int i = 0; i < 4; ++i) CHECK(rig.service->sign("ocpp", good, kNow).has_value());
  for (int i = 0; i < 4; ++i) CHECK(rig.service->sign("ocpp", bad, kNow).error() == Error::refused);
  CHECK(rig.service->sign("ocpp", good, kNow).error() == Error::too_often);
  CHECK(rig.service->submit("ocpp", 2, {"link", Digest::sha256, good.bytes}, kNow).error() == Error::too_often);
  CHECK(rig.service->sign("ocpp", good, kNow + std::chrono::seconds{1}).has_value());
  CHECK(rig.service->sign("ocpp", good, kNow + std::chrono::seconds{1}).error() == Error::too_often);
}

TEST_CASE("a slow signature is submitted, announced and fetched once") {
  Rig rig;
  const auto content = verify_content(kClientLabel);
  const auto ticket = rig.service->submit("ocpp", 2, {"link", Digest::sha256, Octets<kMaxToSign>{content}}, kNow);
  REQUIRE(ticket.has_value());
  CHECK_FALSE(rig.service->fetch(2, {ticket->ticket})->signature.has_value());
  const auto done = rig.service->work(kNow);
  REQUIRE(done.has_value());
  CHECK(done->first == 2);
  CHECK(rig.service->fetch(3, {ticket->ticket}).error() == Error::unknown_ticket);
  CHECK(rig.service->fetch(2, {ticket->ticket})->signature.has_value());
  CHECK(rig.service->fetch(2, {ticket->ticket}).error() == Error::unknown_ticket);
}

TEST_CASE("more slow signatures than places are refused as busy") {
  Rig rig;
  const SubmitSign job{"link", Digest::sha256, Octets<kMaxToSign>{verify_content(kClientLabel)}};
  for (std::size_t i = 0; i < kSlowPlaces; ++i) CHECK(rig.service->submit("ocpp", 2, job, kNow).has_value());
  CHECK(rig.service->submit("ocpp", 2, job, kNow).error() == Error::busy);
}

TEST_CASE("a certificate request is made for the key's own public half and signed by it") {
  for (const auto algorithm :
       {Algorithm::ecdsa_p384, Algorithm::rsa_2048, Algorithm::ed25519, Algorithm::ml_dsa_44, Algorithm::ml_dsa_87}) {
    CAPTURE(enum_text(algorithm));
    Rig rig{{"link", Purpose::tls_client, algorithm}};
    const auto ticket = rig.service->submit_request("ocpp", 2, {"link", "CS001", "Example"}, kNow);
    REQUIRE(ticket.has_value());
    CHECK_FALSE(rig.service->fetch_request(2, {ticket->ticket})->pem.has_value());
    REQUIRE(rig.service->work(kNow).has_value());
    const auto fetched = rig.service->fetch_request(2, {ticket->ticket});
    REQUIRE(fetched.has_value());
    REQUIRE(fetched->pem.has_value());
    BIO* text = BIO_new_mem_buf(fetched->pem->data.data(), fetched->pem->size);
    X509_REQ* made = PEM_read_bio_X509_REQ(text, nullptr, nullptr, nullptr);
    REQUIRE(made != nullptr);
    CHECK(X509_REQ_verify(made, X509_REQ_get0_pubkey(made)) == 1);
    std::array<char, 80> name{};
    X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(made), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    CHECK(std::string_view{name.data()} == "CS001");
    X509_REQ_free(made);
    BIO_free(text);
  }
  Rig rig;
  CHECK(rig.service->submit_request("hmi", 2, {"link", "CS001", ""}, kNow).error() == Error::not_yours);
  CHECK(rig.service->submit_request("ocpp", 2, {"link", "CS\n001", ""}, kNow).error() == Error::refused);
}

TEST_CASE("a vault that knows its station asks for a certificate in no other name") {
  Rig rig;
  rig.service->store().identity = "CS001";
  CHECK(rig.service->submit_request("ocpp", 2, {"link", "CS002", ""}, kNow).error() == Error::refused);
  CHECK(rig.uses.of(Outcome::refused) == 1);
  CHECK(rig.service->submit_request("ocpp", 2, {"link", "CS001", ""}, kNow).has_value());
}

namespace {

/// A device that is away, or needs several turns; everything else it leaves to the software keys.
struct Device final : keys::Backend {
  keys::Software inside;
  int turns = 0;
  int left = 0;
  std::optional<keys::Fault> broken;
  keys::Kind kind() const override { return keys::Kind::tpm; }
  bool can(Algorithm a) const override { return a == Algorithm::ecdsa_p256; }
  bool slow() const override { return true; }
  keys::Health health() const override { return {}; }
  std::expected<keys::Bytes, keys::Fault> generate(Algorithm a, Purpose purpose) override {
    return inside.generate(a, purpose);
  }
  std::expected<keys::Loaded, keys::Fault> load(Algorithm a, std::span<const std::byte> stored) override {
    if (broken) return std::unexpected(*broken);
    return inside.load(a, stored);
  }
  std::expected<void, keys::Fault> destroy(std::span<const std::byte>) override { return {}; }
  keys::Signed sign(keys::Handle handle, const keys::Work& work) override { return inside.sign(handle, work); }
  std::expected<void, keys::Fault> begin(keys::Handle handle, const keys::Work& work) override {
    left = turns;
    return inside.begin(handle, work);
  }
  std::optional<keys::Signed> step() override {
    if (broken) return keys::Signed{std::unexpected(*broken)};
    if (left-- > 0) return std::nullopt;
    return inside.step();
  }
  int wait_descriptor() const override { return left > 0 ? 7 : -1; }
};

struct DeviceRig {
  Folder folder;
  Uses uses;
  Ring ring{folder.path, keys::Kind::tpm};
  Device* device = nullptr;
  std::optional<Service> service;
  DeviceRig() {
    auto made = std::make_unique<Device>();
    device = made.get();
    ring.add(std::move(made));
    REQUIRE(provision(folder.path, ring, kLink, "CS001", "").has_value());
  }
  void open() {
    auto store = open_store(folder.path, config_for(kLink), ring);
    REQUIRE(store.has_value());
    service.emplace(std::move(*store), uses);
  }
};

}  // namespace

TEST_CASE("a key in slow hardware is only submitted, and nobody waits for it") {
  DeviceRig rig;
  rig.device->turns = 3;
  rig.open();
  const auto info = rig.service->get_key("ocpp", {"link"});
  REQUIRE(info.has_value());
  CHECK(info->slow);
  const auto content = verify_content(kClientLabel);
  CHECK(rig.service->sign("ocpp", request(content), kNow).error() == Error::slow_key);
  const auto ticket = rig.service->submit("ocpp", 2, {"link", Digest::sha256, Octets<kMaxToSign>{content}}, kNow);
  REQUIRE(ticket.has_value());
  for (int turn = 0; turn < 3; ++turn) {
    CHECK_FALSE(rig.service->work(kNow).has_value());
    CHECK(rig.service->has_work());
  }
  REQUIRE(rig.service->work(kNow).has_value());
  CHECK_FALSE(rig.service->has_work());
  const auto fetched = rig.service->fetch(2, {ticket->ticket});
  REQUIRE(fetched.has_value());
  REQUIRE(fetched->signature.has_value());
  CHECK(verifies(*info, "SHA256", content, *fetched->signature));
}

TEST_CASE("what a device cannot do is made in software, and stays there") {
  DeviceRig rig;
  const Identity who{"mldsa", Purpose::tls_client, Algorithm::ml_dsa_65};
  REQUIRE(provision(rig.folder.path, rig.ring, who, "CS001", "").has_value());
  Ring without{rig.folder.path, keys::Kind::software};
  const auto store = open_store(rig.folder.path, config_for(who), without);
  REQUIRE(store.has_value());
  CHECK(store->keys[0].ref.backend != nullptr);
}

TEST_CASE("each fault of a device has its answer, and a device that is away takes down only its keys") {
  using keys::Fault;
  for (std::size_t i = 0; i < enum_names(Fault{}).size(); ++i) {
    const auto fault = static_cast<Fault>(i);
    CAPTURE(enum_text(fault));
    DeviceRig rig;
    rig.open();
    const auto ticket = rig.service->submit(
        "ocpp", 2, {"link", Digest::sha256, Octets<kMaxToSign>{verify_content(kClientLabel)}}, kNow);
    REQUIRE(ticket.has_value());
    rig.device->broken = fault;
    REQUIRE(rig.service->work(kNow).has_value());
    const auto answer = rig.service->fetch(2, {ticket->ticket});
    REQUIRE_FALSE(answer.has_value());
    const bool away = fault == Fault::unreachable || fault == Fault::locked || fault == Fault::policy ||
                      fault == Fault::other_device || fault == Fault::hardware;
    CHECK(answer.error() == (away ? Error::key_unavailable : fault == Fault::busy ? Error::busy : Error::failed));
    rig.service->close();
    CHECK(rig.uses.of(Outcome::failed) == 1);
    const auto store = open_store(rig.folder.path, config_for(kLink), rig.ring);
    const bool hopeless = fault == Fault::damaged || fault == Fault::not_capable || fault == Fault::refused;
    CHECK(store.has_value() == !hopeless);
    if (store) CHECK_FALSE(store->keys[0].unavailable.empty());
  }
}

TEST_CASE("a key whose device is not configured is unavailable, and says where it lies") {
  DeviceRig rig;
  Ring without{rig.folder.path, keys::Kind::software};
  without.lacks(keys::Kind::tpm, "the device does not answer");
  auto store = open_store(rig.folder.path, config_for(kLink), without);
  REQUIRE(store.has_value());
  CHECK(store->keys[0].unavailable == "it lies in the tpm backend: the device does not answer");
  Service service{std::move(*store), rig.uses};
  CHECK(service.get_key("ocpp", {"link"}).error() == Error::key_unavailable);
  CHECK(service.sign("ocpp", request(verify_content(kClientLabel)), kNow).error() == Error::key_unavailable);
  CHECK(service.submit_request("ocpp", 2, {"link", "CS001", ""}, kNow).error() == Error::key_unavailable);
}

TEST_CASE("provisioning twice keeps the key") {
  Folder folder;
  Ring ring{folder.path, keys::Kind::software};
  REQUIRE(provision(folder.path, ring, kLink, "CS001", "").has_value());
  const auto first = open_store(folder.path, config_for(kLink), ring);
  REQUIRE(provision(folder.path, ring, kLink, "CS001", "").has_value());
  const auto second = open_store(folder.path, config_for(kLink), ring);
  CHECK(first->keys[0].info.public_key == second->keys[0].info.public_key);
}

TEST_CASE("key files and the sealing secret are for their owner only") {
  Rig rig;
  for (const char* name : {"/seal.secret", "/link.key"}) {
    struct stat there{};
    REQUIRE(::stat((rig.folder.path + name).c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a missing key, a damaged key and a damaged secret each get a sentence that says what to do") {
  Folder empty;
  Ring none{empty.path, keys::Kind::software};
  const auto nothing = open_store(empty.path, config_for(kLink), none);
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().find("bulwatt provision") != std::string::npos);
  Rig rig;
  std::ofstream{rig.folder.path + "/link.key", std::ios::app} << "x";
  const auto damaged = open_store(rig.folder.path, config_for(kLink), rig.ring);
  REQUIRE_FALSE(damaged.has_value());
  CHECK(damaged.error().find("damaged") != std::string::npos);
  CHECK_FALSE(provision(rig.folder.path, rig.ring, kLink, "CS001", "").has_value());
  std::ofstream{rig.folder.path + "/seal.secret", std::ios::trunc} << "short";
  Ring fresh{rig.folder.path, keys::Kind::software};
  CHECK(open_store(rig.folder.path, config_for(kLink), fresh).error().find("wrong size") != std::string::npos);
}
