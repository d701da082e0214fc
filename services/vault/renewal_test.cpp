#include "services/vault/renewal.hpp"
#include "services/vault/folder_for_tests.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <filesystem>

#include "libs/journal/memory_storage.hpp"
#include "libs/tls/test_certificates.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;
using tls::testing::kDay;
using tls::testing::kNow;
using tls::testing::Made;
using tls::testing::make;

namespace {

constexpr Timestamp kToday{kNow * 1000};
constexpr KeyName kLink{"link"};
constexpr KeyName kSecond{"link.b"};

struct Folder : TemporaryFolder {
  bool has(const char* name) const { return std::filesystem::exists(path + "/" + name); }
};

/// Until a device has made the key; in memory it takes two turns.
bool finish(Renewal& renewal) {
  for (;;) {
    if (const auto made = renewal.make()) return *made;
  }
}

struct Rig {
  Folder folder{};
  Config config{};
  journal::MemoryStorage storage{};
  journal::Journal journal{storage, kAnchorJournalBytes};
  Anchors anchors{journal, false};
  Made root = make({.common_name = "Root", .authority = true});
  std::optional<Ring> ring{};
  Store store{};
  std::optional<Renewal> renewal{};

  Rig() {
    REQUIRE(config.keys.push_back({kLink, Purpose::tls_client, Algorithm::ecdsa_p256, "ocpp"}));
    REQUIRE(anchors.open().has_value());
    REQUIRE(anchors.install({CertificateUse::csms_root, Text<kMaxAnchorPem>{root.certificate_pem}, kToday}).verdict ==
            InstallVerdict::accepted);
    Ring maker{folder.path, keys::Kind::software};
    REQUIRE(
        provision(folder.path, maker, {kLink, Purpose::tls_client, Algorithm::ecdsa_p256}, "CS001", "").has_value());
    restart();
  }
  void restart() {
    renewal.reset();
    ring.emplace(folder.path, keys::Kind::software);
    auto opened = open_store(folder.path, config, *ring);
    REQUIRE_MESSAGE(opened.has_value(), opened.error());
    store = std::move(*opened);
    renewal.emplace(folder.path, config, *ring, store, anchors);
    REQUIRE(renewal->open().has_value());
  }
  const StoredKey* key(const KeyName& slot) const {
    for (const auto& one : store.keys)
      if (one.info.name == slot) return &one;
    return nullptr;
  }
  /// Asks for a new key and lets it be made; the slot it lies in.
  KeyName renew() {
    const auto started = renewal->begin("ocpp", {kLink});
    REQUIRE(started.has_value());
    CHECK(renewal->has_work());
    REQUIRE(finish(*renewal));
    return started->slot;
  }
  /// A certificate for the key in a slot, as an authority would issue it.
  std::string issue(const KeyName& slot, const Made& issuer, const char* name = "CS001",
                    std::int64_t not_before = kNow - kDay, std::int64_t not_after = kNow + kDay) const {
    auto made = make({.common_name = name, .not_before = not_before, .not_after = not_after}, &issuer);
    const auto& bytes = key(slot)->info.public_key;
    const auto* der = reinterpret_cast<const unsigned char*>(bytes.data.data());
    const tls::KeyPtr own{d2i_PUBKEY(nullptr, &der, bytes.size)};
    REQUIRE(X509_set_pubkey(made.certificate.get(), own.get()) == 1);
    const bool digests = EVP_PKEY_is_a(issuer.key.get(), "EC") == 1;
    REQUIRE(X509_sign(made.certificate.get(), issuer.key.get(), digests ? EVP_sha256() : nullptr) > 0);
    return pem_of(*made.certificate);
  }
  InstallChain::Reply install(const std::string& pem, std::optional<Timestamp> now = kToday) {
    return renewal->install("ocpp", {kLink, Text<kMaxChain>{pem}, "CS001", now});
  }
  std::vector<std::string> slots() const {
    std::vector<std::string> out;
    const auto listed = renewal->list("ocpp", {kLink});
    REQUIRE(listed.has_value());
    for (const auto& slot : listed->slots) out.emplace_back(slot.name.view());
    return out;
  }
};
using Names = std::vector<std::string>;

}  // namespace

//=test OCPP-2.0.1 A02.FR.02
//=test OCPP-2.0.1 A02.FR.10
//=test OCPP-2.0.1 A03.FR.10
TEST_CASE("a new key and its certificate come beside the old ones, are used first, and alone once they were used") {
  Rig rig;
  CHECK(rig.slots().empty());
  const auto first = rig.renew();
  CHECK(first == kSecond);
  CHECK(rig.key(kSecond)->info.public_key != rig.key(kLink)->info.public_key);
  CHECK(rig.install(rig.issue(kSecond, rig.root)).verdict == InstallVerdict::accepted);
  CHECK(rig.slots() == Names{"link.b"});
  CHECK_FALSE(rig.renewal->confirm("ocpp", kSecond));  // the key of the factory has no certificate; it is the next slot

  CHECK(rig.renew() == kLink);
  CHECK(rig.install(rig.issue(kLink, rig.root)).verdict == InstallVerdict::accepted);
  CHECK(rig.slots() == Names{"link", "link.b"});
  rig.restart();
  CHECK(rig.slots() == Names{"link", "link.b"});
  CHECK(rig.renewal->begin("ocpp", {kLink}).error() == Error::busy);
  CHECK(rig.renewal->confirm("ocpp", kLink));
  CHECK(rig.slots() == Names{"link"});
  CHECK_FALSE(rig.folder.has("link.b.key"));
  CHECK_FALSE(rig.folder.has("link.b.pem"));
  rig.restart();
  CHECK(rig.slots() == Names{"link"});
}

TEST_CASE("when a connection was made with the old certificate, the new one goes") {
  Rig rig;
  rig.renew();
  CHECK(rig.install(rig.issue(kSecond, rig.root)).verdict == InstallVerdict::accepted);
  rig.renew();
  CHECK(rig.install(rig.issue(kLink, rig.root)).verdict == InstallVerdict::accepted);
  CHECK(rig.renewal->confirm("ocpp", kSecond));
  CHECK(rig.slots() == Names{"link.b"});
  rig.restart();  // the key of the first slot is gone, and the vault still opens
  CHECK(rig.slots() == Names{"link.b"});
  CHECK(rig.key(kLink) == nullptr);
}

//=test OCPP-2.0.1 A02.FR.06
//=test OCPP-2.0.1 A02.FR.07
//=test OCPP-2.0.1 A03.FR.06
//=test OCPP-2.0.1 A03.FR.07
TEST_CASE(
    "a certificate that is not for the new key, this station, today or by the operator is rejected with the reason") {
  Rig rig;
  const auto refused = [&](const std::string& pem) { return std::string{rig.install(pem).reason.view()}; };
  rig.renew();
  const auto stranger = make({.common_name = "Stranger", .authority = true});
  CHECK(refused(make({.common_name = "CS001"}, &rig.root).certificate_pem) == enum_text(Flaw::other_key));
  CHECK(refused(rig.issue(kSecond, rig.root, "CS002")) == enum_text(Flaw::other_name));
  CHECK(refused(rig.issue(kSecond, rig.root, "CS001", kNow + kDay, kNow + 2 * kDay)) == enum_text(Flaw::not_yet_valid));
  CHECK(refused(rig.issue(kSecond, rig.root, "CS001", kNow - 2 * kDay, kNow - kDay)) == enum_text(Flaw::expired));
  CHECK(refused(rig.issue(kSecond, stranger)) == enum_text(Flaw::unknown_chain));
  CHECK(refused("no certificate") == enum_text(Flaw::unreadable));
  CHECK(rig.slots().empty());
  // By an authority below the root, which comes along; without a clock dates do not matter.
  const auto below = make({.common_name = "Below", .authority = true}, &rig.root);
  CHECK(refused(rig.issue(kSecond, below)) == enum_text(Flaw::unknown_chain));
  CHECK(rig.install(rig.issue(kSecond, below) + below.certificate_pem).verdict == InstallVerdict::accepted);
  CHECK(rig.renew() == kLink);
  CHECK(rig.install(rig.issue(kLink, rig.root, "CS001", kNow + kDay, kNow + 2 * kDay), std::nullopt).verdict ==
        InstallVerdict::accepted);
}

TEST_CASE("a certificate nobody asked for, or of a key of somebody else, is rejected") {
  Rig rig;
  CHECK(rig.renewal->begin("hmi", {kLink}).error() == Error::unknown_key);
  CHECK(rig.renewal->list("hmi", {kLink}).error() == Error::unknown_key);
  rig.renew();
  const auto pem = rig.issue(kSecond, rig.root);
  CHECK(rig.renewal->install("hmi", {kLink, Text<kMaxChain>{pem}, "CS001", kToday}).verdict ==
        InstallVerdict::rejected);
  CHECK(rig.install(pem).verdict == InstallVerdict::accepted);
  rig.renewal->confirm("hmi", kSecond);
  CHECK(rig.slots() == Names{"link.b"});
  rig.renew();
  CHECK(rig.install(pem).reason.view() == enum_text(Flaw::other_key));
}

TEST_CASE("asking once more makes another key in the same slot, also after a restart") {
  Rig rig;
  rig.renew();
  const auto before = rig.key(kSecond)->info.public_key;
  rig.restart();
  CHECK(rig.key(kSecond)->info.public_key == before);
  CHECK(rig.renew() == kSecond);
  CHECK(rig.key(kSecond)->info.public_key != before);
  CHECK(std::ranges::count_if(rig.store.keys, [](const auto& key) { return key.info.name == kSecond; }) == 1);
}

TEST_CASE("a folder that takes no new key is told, and what was there stays") {
  Rig rig;
  std::filesystem::create_directory(rig.folder.path + "/link.b.key.new");  // in the way of writing
  REQUIRE(rig.renewal->begin("ocpp", {kLink}).has_value());
  CHECK_FALSE(finish(*rig.renewal));
  rig.restart();
  CHECK(rig.key(kLink) != nullptr);
}
