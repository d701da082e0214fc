#include "services/vault/anchors.hpp"

#include <doctest/doctest.h>

#include "libs/journal/memory_storage.hpp"
#include "libs/tls/test_certificates.hpp"
#include "services/vault/trust.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;
using tls::testing::kDay;
using tls::testing::kNow;
using tls::testing::Made;
using tls::testing::make;
using tls::testing::Recipe;

namespace {

constexpr auto kCsms = CertificateUse::csms_root;
constexpr auto kV2g = CertificateUse::v2g_root;
constexpr Timestamp kToday{kNow * 1000};

Recipe root_recipe(const char* name = "Root", const char* algorithm = "P-256") {
  return {.algorithm = algorithm,
          .common_name = name,
          .alternatives = {},
          .authority = true,
          .not_before = kNow - kDay,
          .not_after = kNow + kDay};
}
Made root(const char* name = "Root", const Made* issuer = nullptr) { return make(root_recipe(name), issuer); }

struct Rig {
  explicit Rig(bool check = false) : additional(check) { restart(); }
  bool additional;
  journal::MemoryStorage storage{};
  std::unique_ptr<journal::Journal> journal{};
  std::unique_ptr<Anchors> anchors{};

  journal::Recovery restart() {
    anchors.reset();
    journal = std::make_unique<journal::Journal>(storage, kAnchorJournalBytes);
    anchors = std::make_unique<Anchors>(*journal, additional);
    const auto opened = anchors->open();
    REQUIRE(opened.has_value());
    return *opened;
  }
  InstallAnchor::Answer install(const std::string& pem, CertificateUse use = kCsms,
                                std::optional<Timestamp> now = kToday) {
    return anchors->install({use, Text<kMaxAnchorPem>{pem}, now});
  }
  bool takes(const Made& made, CertificateUse use = kCsms) {
    return install(made.certificate_pem, use).verdict == InstallVerdict::accepted;
  }
  std::string refused(const Made& made, std::optional<Timestamp> now = kToday) {
    const auto answer = install(made.certificate_pem, kCsms, now);
    CHECK(answer.verdict == InstallVerdict::rejected);
    return std::string{answer.reason.view()};
  }
  bool has(const Made& made) const { return anchor(made) != nullptr; }
  const Anchor* anchor(const Made& made) const {
    for (const auto& one : anchors->all())
      if (X509_cmp(one.certificate.get(), made.certificate.get()) == 0) return &one;
    return nullptr;
  }
};

CertificateId id(const Made& made, const Made& issuer, HashAlgorithm algorithm = HashAlgorithm::sha256) {
  return id_of(*made.certificate, key_hashes(*issuer.certificate), algorithm);
}
std::string hex(std::span<const std::byte> bytes) {
  std::string out;
  for (const auto byte : bytes) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", std::to_integer<unsigned>(byte));
    out += text;
  }
  return out;
}

// Made with the openssl program; the hashes below are what `openssl ocsp -issuer … -cert … -sha256 -req_text` prints of it.
constexpr const char* kForeignRoot = R"(-----BEGIN CERTIFICATE-----
MIIBrTCCAVOgAwIBAgIKChssPU5fYHGCkzAKBggqhkjOPQQDAjApMRAwDgYDVQQK
DAdGb3JlaWduMRUwEwYDVQQDDAxGb3JlaWduIFJvb3QwHhcNMjYxMTI4MDk0NTU5
WhcNNDYxMTIzMDk0NTU5WjApMRAwDgYDVQQKDAdGb3JlaWduMRUwEwYDVQQDDAxG
b3JlaWduIFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQRUhVa4v6QgaRy
xy/P/YmyuTkhZxULR4DXCQMPjQMlwR3FkOSGHN0mwUXlS+fUwMRTMQVt8DQGPB2k
TiCY8xbXo2MwYTAdBgNVHQ4EFgQUteW73w7G8Uc6eW0oO3w0eZ41GxQwHwYDVR0j
BBgwFoAUteW73w7G8Uc6eW0oO3w0eZ41GxQwDwYDVR0TAQH/BAUwAwEB/zAOBgNV
HQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIgIdSQQ3L0LmEf1yXdX8OwcR5a
0LK6s97nnWaRrGFcxJUCIQCKVkwmPYg8ZKNKIGti6juZYYaC3j3NpMPuXelCkWTv
0A==
-----END CERTIFICATE-----
)";
constexpr const char* kForeignName = "e4c3c0fd2cf28bee9954786ab71642500a571c321416176baf767f59f3960fcb";
constexpr const char* kForeignKey = "231717dbf3d1309588bf986b41d1c3390e5da44c3b44da3ba89d790954356680";
constexpr const char* kForeignSerial = "0a1b2c3d4e5f60718293";

}  // namespace

//=test OCPP-2.0.1 M05.FR.01
//=test OCPP-2.0.1 M05.FR.02
TEST_CASE("a good root is taken for every use and is there after a restart") {
  Rig rig;
  const auto made = root();
  for (const auto use : {kV2g, CertificateUse::mo_root, kCsms, CertificateUse::manufacturer_root})
    CHECK(rig.takes(made, use));
  CHECK(rig.anchors->all().size() == 4);
  CHECK_FALSE(rig.takes(made, CertificateUse::v2g_chain));
  rig.restart();
  CHECK(rig.anchors->all().size() == 4);
  CHECK(rig.has(made));
}

//=test OCPP-2.0.1 M05.FR.07
//=test OCPP-2.0.1 A00.FR.507
TEST_CASE("what is no good root is rejected with a sentence that says why") {
  Rig rig;
  auto recipe = root_recipe();
  recipe.not_after = kNow - 10;
  CHECK(rig.refused(make(recipe)) == enum_text(Flaw::expired));
  recipe = root_recipe();
  recipe.not_before = kNow + 3600;
  CHECK(rig.refused(make(recipe)) == enum_text(Flaw::not_yet_valid));
  recipe = root_recipe();
  recipe.authority = false;
  CHECK(rig.refused(make(recipe)) == enum_text(Flaw::not_an_authority));
  //=test OCPP-2.0.1 A00.FR.501
  //=test OCPP-2.0.1 A00.FR.502
  CHECK(rig.refused(make(root_recipe("Root", "RSA-1024"))) == enum_text(Flaw::weak_key));
  //=test OCPP-2.0.1 A00.FR.503
  CHECK(rig.refused(make(root_recipe("Root", "P-192"))) == enum_text(Flaw::weak_key));
  const auto stranger = root("Stranger");
  CHECK(rig.refused(root("Below", &stranger)) == enum_text(Flaw::unknown_issuer));
  //=test OCPP-2.0.1 A00.FR.507
  for (const std::string text : {"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
    CHECK(rig.install(text).reason.view() == enum_text(Flaw::unreadable));
  CHECK(rig.install(root("A").certificate_pem + root("B").certificate_pem).reason.view() == enum_text(Flaw::not_one));
  CHECK(rig.anchors->all().empty());
}

TEST_CASE(
    "a certificate that is good from now on is taken from a backend whose clock is ahead, and none is refused by an "
    "unknown clock") {
  Rig rig;
  auto recipe = root_recipe();
  recipe.not_before = kNow + 60;
  CHECK(rig.takes(make(recipe)));
  recipe.not_before = kNow - 10 * kDay;
  recipe.not_after = kNow - 9 * kDay;
  CHECK(rig.install(make(recipe).certificate_pem, kCsms, std::nullopt).verdict == InstallVerdict::accepted);
}

TEST_CASE("strong keys of every kind are taken") {
  Rig rig;
  for (const char* algorithm : {"P-256", "P-384", "P-521", "RSA-2048", "ED25519", "ED448", "ML-DSA-44"}) {
    CAPTURE(algorithm);
    CHECK(rig.takes(make(root_recipe(algorithm, algorithm)), kV2g));
  }
}

TEST_CASE("a certificate authority below an anchor of the same use is taken, below one of another use not") {
  Rig rig;
  const auto top = root("Top");
  const auto below = root("Below", &top);
  CHECK(rig.takes(top, kV2g));
  CHECK(rig.install(below.certificate_pem, kCsms).reason.view() == enum_text(Flaw::unknown_issuer));
  CHECK(rig.takes(below, kV2g));
}

//=test OCPP-2.0.1 M05.FR.06
TEST_CASE("each use has its own places, and a full one rejects") {
  Rig rig;
  static_assert(kPlaces[0] >= 10);  // ISO 15118: ten V2G roots
  for (std::size_t use = 0; use < kPlaces.size(); ++use) {
    for (std::size_t i = 0; i < kPlaces[use]; ++i) CHECK(rig.takes(root(), static_cast<CertificateUse>(use)));
    CHECK(rig.install(root().certificate_pem, static_cast<CertificateUse>(use)).verdict == InstallVerdict::rejected);
  }
  CHECK(rig.anchors->all().size() == kMaxAnchors);
  rig.restart();
  CHECK(rig.anchors->all().size() == kMaxAnchors);
}

//=test OCPP-2.0.1 M05.FR.17
TEST_CASE("a certificate that is there already is accepted once more and takes no second place") {
  Rig rig;
  const auto made = root();
  CHECK(rig.takes(made));
  CHECK(rig.takes(made));
  CHECK(rig.anchors->all().size() == 1);
}

TEST_CASE("a certificate is named by the hashes that OCSP uses") {
  const auto foreign = parse_one(kForeignRoot);
  REQUIRE(foreign.has_value());
  const auto name = id_of(**foreign, key_hashes(**foreign), HashAlgorithm::sha256);
  CHECK(hex(name.issuer_name.view()) == kForeignName);
  CHECK(hex(name.issuer_key.view()) == kForeignKey);
  CHECK(hex(name.serial.view()) == kForeignSerial);
  CHECK(id_of(**foreign, key_hashes(**foreign), HashAlgorithm::sha384).issuer_key.size == 48);
  CHECK(id_of(**foreign, key_hashes(**foreign), HashAlgorithm::sha512).issuer_name.size == 64);
}

//=test OCPP-2.0.1 M04.FR.02
//=test OCPP-2.0.1 M04.FR.04
TEST_CASE("a certificate is deleted by its hashes, of any algorithm, and stays deleted") {
  Rig rig;
  const auto first = root("First");
  const auto second = root("Second");
  CHECK(rig.takes(first));
  CHECK(rig.takes(second));
  CHECK(rig.anchors->remove(id(first, first, HashAlgorithm::sha512)).verdict == DeleteVerdict::accepted);
  CHECK(rig.anchors->remove(id(first, first)).verdict == DeleteVerdict::not_found);
  CHECK(rig.anchors->remove(id(second, first)).verdict == DeleteVerdict::not_found);
  rig.restart();
  CHECK_FALSE(rig.has(first));
  CHECK(rig.has(second));
}

//=test OCPP-2.0.1 M04.FR.03
TEST_CASE("the anchor that the present connection was made under stays") {
  Rig rig;
  const auto used = root("Used");
  const auto other = root("Other");
  CHECK(rig.takes(used));
  CHECK(rig.takes(other));
  rig.anchors->confirm(fingerprint_of(*used.certificate));
  CHECK(rig.anchors->remove(id(used, used)).verdict == DeleteVerdict::failed);
  CHECK(rig.anchors->remove(id(other, other)).verdict == DeleteVerdict::accepted);
  rig.anchors->confirm(std::nullopt);  // a connection without TLS
  CHECK(rig.anchors->remove(id(used, used)).verdict == DeleteVerdict::accepted);
}

//=test OCPP-2.0.1 M05.FR.09
//=test OCPP-2.0.1 M05.FR.10
//=test OCPP-2.0.1 M05.FR.11
//=test OCPP-2.0.1 M05.FR.12
//=test OCPP-2.0.1 M05.FR.13
TEST_CASE(
    "with the additional check only a root signed by the present one is taken, and the old one goes when the new one "
    "was used") {
  Rig rig{true};
  const auto old = root("Old");
  CHECK(rig.takes(old));
  CHECK(rig.refused(root("Stranger")) == enum_text(Flaw::not_signed_by_present));
  const auto newer = root("Newer", &old);
  CHECK(rig.takes(newer));
  CHECK(rig.anchor(old)->fallback);
  CHECK_FALSE(rig.anchor(newer)->fallback);
  CHECK(rig.takes(root("V2G"), kV2g));  // of this use any number

  rig.anchors->confirm(fingerprint_of(*old.certificate));
  CHECK(rig.has(old));
  rig.restart();
  CHECK(rig.anchor(old)->fallback);
  rig.anchors->confirm(fingerprint_of(*newer.certificate));
  CHECK_FALSE(rig.has(old));
  rig.restart();
  CHECK_FALSE(rig.has(old));
  // Its issuer is gone, and it still has the same name.
  CHECK(rig.anchors->remove(id(newer, old)).verdict == DeleteVerdict::accepted);
}

TEST_CASE("when the new root is deleted before it was used, the old one is the present one again") {
  Rig rig{true};
  const auto old = root("Old");
  const auto newer = root("Newer", &old);
  CHECK(rig.takes(old));
  CHECK(rig.takes(newer));
  rig.anchors->confirm(fingerprint_of(*old.certificate));
  CHECK(rig.anchors->remove(id(newer, old)).verdict == DeleteVerdict::accepted);
  CHECK_FALSE(rig.anchor(old)->fallback);
}

TEST_CASE("what the factory stored is taken over once, a deleted one does not come back, another text replaces it") {
  Rig rig;
  const auto first = root("First");
  const auto second = root("Second");
  const auto both = first.certificate_pem + second.certificate_pem;
  CHECK(rig.anchors->import_csms(both).has_value());
  CHECK(rig.anchors->all().size() == 2);
  CHECK(rig.anchors->remove(id(first, first)).verdict == DeleteVerdict::accepted);
  const auto of_backend = root("Backend");
  CHECK(rig.takes(of_backend));
  rig.restart();
  CHECK(rig.anchors->import_csms(both).has_value());
  CHECK_FALSE(rig.has(first));
  const auto third = root("Third");
  CHECK(rig.anchors->import_csms(third.certificate_pem).has_value());
  CHECK(rig.has(third));
  CHECK(rig.has(of_backend));
  CHECK_FALSE(rig.has(second));
  CHECK_FALSE(rig.anchors->import_csms("no certificate").has_value());
}

TEST_CASE("power may go at any moment of an exchange of roots: either the old state or the new one is there") {
  const auto old = root("Old");
  const auto newer = root("Newer", &old);
  for (const auto cut : {journal::MemoryStorage::Cut::nothing_kept, journal::MemoryStorage::Cut::any_sectors}) {
    for (std::uint64_t at = 0; at < 8; ++at) {
      CAPTURE(at);
      Rig rig{true};
      CHECK(rig.takes(old));
      std::mt19937 random{7};
      rig.storage.lose_power_at(rig.storage.operations() + at);
      const bool told = rig.takes(newer);
      rig.storage.restart(cut, random);
      rig.restart();
      REQUIRE(rig.has(old));
      CHECK(rig.anchor(old)->fallback == rig.has(newer));
      if (told) CHECK(rig.has(newer));
    }
  }
}

//=test OCPP-2.0.1 M05.FR.03
TEST_CASE("what cannot be stored is told as failed, and is not there") {
  Rig rig;
  rig.storage.fail_syncs(1);
  CHECK(rig.install(root().certificate_pem).verdict == InstallVerdict::failed);
  CHECK(rig.anchors->all().empty());
  const auto next = root("Next");
  CHECK(rig.takes(next));
  rig.restart();
  CHECK(rig.anchors->all().size() == 1);
}

TEST_CASE("a thousand changes fit the journal") {
  Rig rig;
  for (int i = 0; i < 1000; ++i) {
    const auto made = root("Changing");
    REQUIRE(rig.takes(made));
    REQUIRE(rig.anchors->remove(id(made, made)).verdict == DeleteVerdict::accepted);
  }
  rig.restart();
  CHECK(rig.anchors->all().empty());
}

namespace {
struct Told final : TrustRecorder {
  std::vector<std::string> changes{};
  void trust_changed(std::string_view what, std::string_view detail, bool granted) override {
    changes.push_back(std::string{what} + (granted ? " + " : " - ") + std::string{detail});
  }
};
StoredKey key_with_chain(Purpose purpose, const std::string& pem) {
  StoredKey key{{"own", purpose, Algorithm::ecdsa_p256, {}, false}, "ocpp", {}, {}, {}, {1, 1}};
  const auto bytes = std::as_bytes(std::span{pem});
  key.chain.assign(bytes.begin(), bytes.end());
  return key;
}
}  // namespace

//=test OCPP-2.0.1 M03.FR.04
//=test OCPP-2.0.1 M03.FR.05
//=test OCPP-2.0.1 M04.FR.06
TEST_CASE(
    "the list has every anchor and the V2G chain with its children; the station's own certificates cannot be deleted") {
  Rig rig;
  Told told;
  const auto v2g = root("V2G");
  const auto sub1 = root("Sub1", &v2g);
  const auto sub2 = root("Sub2", &sub1);
  const auto leaf = make({.common_name = "SECC"}, &sub2);
  const auto client = make({.common_name = "CS001"}, &v2g);
  Store store;
  store.keys.push_back(
      key_with_chain(Purpose::tls_server, leaf.certificate_pem + sub2.certificate_pem + sub1.certificate_pem));
  store.keys.push_back(key_with_chain(Purpose::tls_client, client.certificate_pem));
  Trust trust{*rig.anchors, store, told};
  CHECK(trust.install({kV2g, Text<kMaxAnchorPem>{v2g.certificate_pem}, kToday}).verdict == InstallVerdict::accepted);
  const auto listed = trust.list({});
  REQUIRE(listed.certificates.size == 4);
  CHECK(listed.next == 0);
  CHECK(listed.certificates[0].use == kV2g);
  CHECK(listed.certificates[0].id == id(v2g, v2g));
  CHECK(listed.certificates[1].use == CertificateUse::v2g_chain);
  CHECK_FALSE(listed.certificates[1].child);
  CHECK(listed.certificates[1].id == id(leaf, sub2));
  CHECK(listed.certificates[2].child);
  CHECK(listed.certificates[2].id == id(sub2, sub1));
  CHECK(listed.certificates[3].id == id(sub1, v2g));
  CHECK(trust.remove({id(leaf, sub2)}).verdict == DeleteVerdict::failed);
  CHECK(trust.remove({id(client, v2g)}).verdict == DeleteVerdict::failed);
  CHECK(trust.remove({id(v2g, v2g)}).verdict == DeleteVerdict::accepted);
  REQUIRE(told.changes.size() == 4);
  CHECK(told.changes[0].starts_with("TrustAnchorInstalled + use=V2GRootCertificate"));
  CHECK(told.changes[1].starts_with("TrustAnchorDeleted - "));
}

TEST_CASE("anchors that do not fit one answer come in parts, those to be replaced only where they are good") {
  Rig rig{true};
  Told told;
  const Store none;
  Trust trust{*rig.anchors, none, told};
  std::string file;
  for (const char* name : {"A", "B", "C"}) file += make(root_recipe(name, "ML-DSA-44")).certificate_pem;
  REQUIRE(rig.anchors->import_csms(file).has_value());
  std::string all;
  std::uint16_t from = 0;
  int parts = 0;
  do {
    const auto part = trust.get({"csms", from});
    REQUIRE(part.has_value());
    all += std::string{reinterpret_cast<const char*>(part->pem.data.data()), part->pem.size};
    from = part->next;
  } while (++parts < 9 && from != 0);
  CHECK(parts == 3);
  CHECK(all == file);
  CHECK(trust.get({"elsewhere", 0}).error() == Error::unknown_key);

  Rig small{true};
  Trust with_two{*small.anchors, none, told};
  const auto old = root("Old");
  const auto newer = root("Newer", &old);
  CHECK(small.takes(old));
  CHECK(small.takes(newer));
  CHECK(with_two.get({"csms-new", 0})->pem.size == newer.certificate_pem.size());
  CHECK(with_two.get({"csms", 0})->pem.size == old.certificate_pem.size() + newer.certificate_pem.size());
}

TEST_CASE("certificates that end within a month are named, own ones and anchors, with the days that are left") {
  Rig rig;
  auto recipe = root_recipe("Ending");
  recipe.not_after = kNow + 29 * kDay;
  REQUIRE(rig.takes(make(recipe)));
  recipe = root_recipe("Lasting");
  recipe.not_after = kNow + 31 * kDay;
  const auto lasting = make(recipe);
  REQUIRE(rig.takes(lasting, kV2g));
  const auto own = make({.common_name = "SECC", .not_after = kNow + 90 * kDay}, &lasting);
  Store store;
  store.keys.push_back(StoredKey{.rate = Rate{60, 8}});
  store.keys[0].info.name = "secc";
  const auto pem = std::as_bytes(std::span{own.certificate_pem});
  store.keys[0].chain.assign(pem.begin(), pem.end());
  struct Nobody final : TrustRecorder {
    void trust_changed(std::string_view, std::string_view, bool) override {}
  } nobody;
  const Trust trust{*rig.anchors, store, nobody};
  CHECK(trust.ending(kNow) == std::vector<std::string>{"name=Ending use=CSMSRootCertificate days=29"});
  CHECK(trust.ending(kNow + 2 * kDay).size() == 2);
  const auto later = trust.ending(kNow + 95 * kDay);
  REQUIRE(later.size() == 3);
  CHECK(later[2] == "name=SECC use=secc days=-5");
}
