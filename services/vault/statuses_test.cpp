#include "services/vault/statuses.hpp"

#include <doctest/doctest.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>

#include "libs/journal/memory_storage.hpp"
#include "libs/tls/test_certificates.hpp"
#include "services/vault/files.hpp"
#include "services/vault/folder_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;
using tls::testing::kDay;
using tls::testing::kNow;
using tls::testing::Made;
using tls::testing::make;

namespace {

constexpr Timestamp kToday{kNow * 1000};
constexpr Timestamp after(std::int64_t days) { return {(kNow + days * kDay) * 1000}; }

void extend(const Made& made, const Made& issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer.certificate.get(), made.certificate.get(), nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  REQUIRE(extension != nullptr);
  X509_add_ext(made.certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  REQUIRE(X509_sign(made.certificate.get(), issuer.key.get(), EVP_sha256()) > 0);
}
constexpr const char* kResponder = "OCSP;URI:http://ocsp.example/";

struct Rig {
  TemporaryFolder temporary;
  const std::string& folder = temporary.path;
  Made root = make({.common_name = "V2G root", .authority = true});
  Made sub = make({.common_name = "Sub", .authority = true}, &root);
  Made leaf = make({.common_name = "SECC"}, &sub);
  journal::MemoryStorage storage{};
  journal::Journal journal{storage, kAnchorJournalBytes};
  Anchors anchors{journal, false};
  Store store{};
  std::optional<Statuses> statuses;

  Rig() {
    extend(sub, root, NID_info_access, kResponder);
    extend(leaf, sub, NID_info_access, kResponder);
    REQUIRE(anchors.open().has_value());
    REQUIRE(anchors.install({CertificateUse::v2g_root, Text<kMaxAnchorPem>{root.certificate_pem}, kToday}).verdict ==
            InstallVerdict::accepted);
    const auto pem = pem_of(*leaf.certificate) + pem_of(*sub.certificate);
    const auto bytes = std::as_bytes(std::span{pem});
    store.keys.push_back(StoredKey{.rate = Rate{60, 8}});
    store.keys[0].info.purpose = Purpose::tls_server;
    store.keys[0].chain.assign(bytes.begin(), bytes.end());
    restart();
  }
  void restart() {
    statuses.emplace(folder, store, anchors);
    statuses->open();
  }
  std::optional<NextStatus::Wanted> next(Timestamp now = kToday, std::uint8_t passed_over = 0) {
    return statuses->next({now, passed_over}).wanted;
  }
  CertificateId id(const Made& made, const Made& issuer) const {
    return id_of(*made.certificate, key_hashes(*issuer.certificate), HashAlgorithm::sha256);
  }
  StoreStatus::Reply bring(const CertificateId& of, const std::vector<std::byte>& der, Timestamp now = kToday) {
    return statuses->store({of, Octets<kMaxStatus>{der}, now});
  }
};

struct Told {
  int status = V_OCSP_CERTSTATUS_GOOD;
  std::int64_t from = kNow - 60;
  std::int64_t until = kNow + 5 * kDay;
  const EVP_MD* hash = EVP_sha1();  // most responders name certificates so
};
/// What a responder says of `about`, signed by `signer`.
std::vector<std::byte> answer(const Made& about, const Made& issuer, const Made& signer, const Told& told = {}) {
  OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
  OCSP_CERTID* id = OCSP_cert_to_id(told.hash, about.certificate.get(), issuer.certificate.get());
  ASN1_TIME* from = ASN1_TIME_adj(nullptr, told.from, 0, 0);
  ASN1_TIME* until = ASN1_TIME_adj(nullptr, told.until, 0, 0);
  ASN1_TIME_to_generalizedtime(from, &from);
  ASN1_TIME_to_generalizedtime(until, &until);
  REQUIRE(OCSP_basic_add1_status(basic, id, told.status, 0, from, from, until) != nullptr);
  REQUIRE(OCSP_basic_sign(basic, signer.certificate.get(), signer.key.get(), EVP_sha256(), nullptr, 0) == 1);
  OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(response, &der);
  const auto bytes = std::as_bytes(std::span{der, static_cast<std::size_t>(size)});
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  OPENSSL_free(der);
  OCSP_RESPONSE_free(response);
  OCSP_BASICRESP_free(basic);
  OCSP_CERTID_free(id);
  ASN1_TIME_free(from);
  ASN1_TIME_free(until);
  return out;
}

}  // namespace

//=test OCPP-2.0.1 M06.FR.06
//=test OCPP-2.0.1 M06.FR.07
TEST_CASE("every certificate of a V2G chain wants an answer once it is there, and none when all are fresh") {
  Rig rig;
  const auto leaf = rig.id(rig.leaf, rig.sub);
  const auto sub = rig.id(rig.sub, rig.root);
  REQUIRE(rig.next().has_value());
  CHECK(rig.next()->id == leaf);
  CHECK(rig.next()->responder.view() == "http://ocsp.example/");
  CHECK(rig.next(kToday, 1)->id == sub);
  CHECK_FALSE(rig.next(kToday, 2).has_value());
  CHECK(rig.bring(leaf, answer(rig.leaf, rig.sub, rig.sub)).verdict == InstallVerdict::accepted);
  CHECK(rig.next()->id == sub);
  CHECK(rig.bring(sub, answer(rig.sub, rig.root, rig.root)).verdict == InstallVerdict::accepted);
  CHECK_FALSE(rig.next().has_value());
  rig.restart();
  CHECK_FALSE(rig.next().has_value());
  CHECK_FALSE(rig.statuses->staple(*rig.leaf.certificate, kToday.unix_ms).empty());
}

//=test OCPP-2.0.1 M06.FR.10
TEST_CASE("an answer is asked for anew after a week, or a day before its own end, and stapled no longer than that") {
  Rig rig;
  const auto leaf = rig.id(rig.leaf, rig.sub);
  REQUIRE(
      rig.bring(rig.id(rig.sub, rig.root), answer(rig.sub, rig.root, rig.root, {.until = kNow + 90 * kDay})).verdict ==
      InstallVerdict::accepted);
  REQUIRE(rig.bring(leaf, answer(rig.leaf, rig.sub, rig.sub)).verdict == InstallVerdict::accepted);
  CHECK_FALSE(rig.next(after(3)).has_value());
  CHECK(rig.next(after(4))->id == leaf);
  CHECK_FALSE(rig.statuses->staple(*rig.leaf.certificate, after(4).unix_ms).empty());
  CHECK(rig.statuses->staple(*rig.leaf.certificate, after(6).unix_ms).empty());
  CHECK_FALSE(rig.next(after(6), 1).has_value());
  CHECK(rig.next(after(7), 1)->id == rig.id(rig.sub, rig.root));
}

TEST_CASE("an answer by the wrong hand, about another certificate, of another time or of nobody is not kept") {
  Rig rig;
  const auto leaf = rig.id(rig.leaf, rig.sub);
  const auto rejected = [&](const std::vector<std::byte>& der) {
    const auto reply = rig.bring(leaf, der);
    CHECK(reply.verdict == InstallVerdict::rejected);
    return std::string{reply.reason.view()};
  };
  CHECK(rejected(answer(rig.leaf, rig.sub, rig.root)) == "nobody may answer so for that issuer");
  const Made stranger = make({.common_name = "Sub", .authority = true});
  CHECK(rejected(answer(rig.leaf, rig.sub, stranger)) == "nobody may answer so for that issuer");
  const Made other = make({.common_name = "other"}, &rig.sub);
  CHECK(rejected(answer(other, rig.sub, rig.sub)) == "the answer is about another certificate");
  CHECK(rejected(answer(rig.leaf, rig.sub, rig.sub, {.from = kNow + 3600})) == "the answer is not of now");
  CHECK(rejected(answer(rig.leaf, rig.sub, rig.sub, {.from = kNow - 9 * kDay, .until = kNow - 1})) ==
        "the answer is past its end");
  CHECK(rejected(answer(rig.leaf, rig.sub, rig.sub, {.status = V_OCSP_CERTSTATUS_UNKNOWN})) ==
        "the responder does not know the certificate");
  CHECK(rejected({}) == "this is no OCSP answer");
  auto longer = answer(rig.leaf, rig.sub, rig.sub);
  longer.push_back(std::byte{0});
  CHECK(rejected(longer) == "this is no OCSP answer");
  CHECK(rig.bring(rig.id(other, rig.sub), answer(other, rig.sub, rig.sub)).reason.view() ==
        "the station has no such certificate");
  CHECK(rig.statuses->size() == 0);
}

TEST_CASE("whom the issuer lets answer may answer, and a revocation is an answer; an older one does not replace it") {
  Rig rig;
  const auto leaf = rig.id(rig.leaf, rig.sub);
  const Made clerk = make({.common_name = "clerk"}, &rig.sub);
  extend(clerk, rig.sub, NID_ext_key_usage, "OCSPSigning");
  CHECK(rig.bring(leaf, answer(rig.leaf, rig.sub, clerk, {.hash = EVP_sha256()})).verdict == InstallVerdict::accepted);
  const auto revoked = answer(rig.leaf, rig.sub, rig.sub, {.status = V_OCSP_CERTSTATUS_REVOKED, .from = kNow});
  CHECK(rig.bring(leaf, revoked).verdict == InstallVerdict::accepted);
  CHECK(std::ranges::equal(rig.statuses->staple(*rig.leaf.certificate, kToday.unix_ms), revoked));
  CHECK(rig.bring(leaf, answer(rig.leaf, rig.sub, rig.sub)).reason.view() == "a newer answer is there");
}

TEST_CASE("answers about certificates that are gone are removed, and a damaged file is no answer") {
  Rig rig;
  REQUIRE(rig.bring(rig.id(rig.leaf, rig.sub), answer(rig.leaf, rig.sub, rig.sub)).verdict == InstallVerdict::accepted);
  std::string file;
  for (const auto& entry : std::filesystem::directory_iterator{rig.folder}) file = entry.path();
  std::filesystem::copy_file(file, rig.folder + "/ocsp-00000000000000000000000000000000.der");
  rig.restart();
  CHECK(rig.statuses->size() == 1);
  CHECK_FALSE(file_exists(rig.folder + "/ocsp-00000000000000000000000000000000.der"));
  std::filesystem::resize_file(file, 40);
  rig.restart();
  CHECK(rig.statuses->size() == 0);
  CHECK_FALSE(file_exists(file));
  rig.store.keys.clear();
  rig.restart();
  CHECK_FALSE(rig.next().has_value());
}
