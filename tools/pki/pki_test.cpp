#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "tools/pki/rehearse.hpp"
#include "tools/pki/tree.hpp"

using namespace bulwatt;
using namespace bulwatt::pki;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "bulwatt-pki-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
};

struct Checked {
  fs::path root;
  fs::path chain;
  fs::path list{};
  const char* host = nullptr;
};

/// Error of OpenSSL's verification as a server's certificate, at a security level that refuses what is weak.
int verify(const Checked& what) {
  using StorePtr = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
  using ContextPtr = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
  const StorePtr store{X509_STORE_new()};
  X509_STORE_add_cert(store.get(), read_certificate(what.root).get());
  if (!what.list.empty()) {
    const tls::BioPtr bio{BIO_new_file(what.list.c_str(), "r")};
    const tls::RevocationListPtr list{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)};
    REQUIRE(list != nullptr);
    X509_STORE_add_crl(store.get(), list.get());
    X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK);
  }
  const auto chain = read_certificates(what.chain);
  STACK_OF(X509)* others = sk_X509_new_null();
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(others, chain[i].get());
  const ContextPtr context{X509_STORE_CTX_new()};
  REQUIRE(X509_STORE_CTX_init(context.get(), store.get(), chain[0].get(), others) == 1);
  auto* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_auth_level(rules, 2);
  if (what.host != nullptr) {
    X509_VERIFY_PARAM_set1_host(rules, what.host, 0);
    X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  }
  X509_verify_cert(context.get());
  const int error = X509_STORE_CTX_get_error(context.get());
  sk_X509_free(others);
  ERR_clear_error();
  return error;
}

fs::path root_of(const fs::path& folder, std::string id) {
  for (;;) {
    const auto found = std::ranges::find_if(roles(), [&](const Role& r) { return id == r.id; });
    if (found->issuer[0] == '\0') return folder / (id + ".pem");
    id = found->issuer;
  }
}

void make(const fs::path& folder, const Plan& plan) {
  make_tree(folder, plan, [](const std::string&) {});
}

std::int64_t in_days(int days) { return std::time(nullptr) + std::int64_t{days} * 24 * 3600; }

}  // namespace

TEST_CASE(
    "every leaf of a tree verifies up to its root, whatever the algorithm, and one level may differ from the next") {
  for (const std::string name : {"p256", "p521", "ed448", "mldsa65", "mixed"}) {
    CAPTURE(name);
    const Folder folder;
    make(folder.path, {.algorithm = name});
    int leaves = 0;
    for (const auto& role : roles()) {
      if (role.level != Level::leaf) continue;
      CAPTURE(role.id);
      CHECK(verify({root_of(folder.path, role.id), folder.path / (std::string{role.id} + ".pem")}) == X509_V_OK);
      ++leaves;
    }
    CHECK(leaves == 9);
  }
  CHECK_THROWS(algorithm_of("p512", Level::leaf));
}

TEST_CASE(
    "a tree is made once: a second run changes nothing and fills what is missing; keys are for their owner only") {
  const Folder folder;
  make(folder.path, {});
  const auto before = read_file(folder.path / "v2g/secc.pem");
  fs::remove(folder.path / "mo/contract.pem");
  int made = 0;
  make_tree(folder.path, {.algorithm = "p384"}, [&](const std::string&) { ++made; });
  CHECK(made == 1);
  CHECK(read_file(folder.path / "v2g/secc.pem") == before);
  struct stat status{};
  REQUIRE(::stat((folder.path / "csms/root.key").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE("certificates of vehicles and stations keep the size and the names that ISO 15118-2 asks for") {
  const Folder folder;
  make(folder.path, {.station = "DE*ICE*E12345"});
  for (const auto& role : roles()) {
    CAPTURE(role.id);
    const auto facts = facts_of(read_certificate(folder.path / (std::string{role.id} + ".pem")).get());
    CHECK(facts.der_bytes <= kMostDerBytesIso2);
    CHECK(facts.pem_characters <= kMostPemOfInstall);
    CHECK(facts.authority == (role.level != Level::leaf));
    if (role.domain_component[0] != '\0')
      CHECK(facts.subject.find("DC=" + std::string{role.domain_component}) != std::string::npos);
  }
  CHECK(facts_of(read_certificate(folder.path / "v2g/secc.pem").get()).subject.find("CN=DE*ICE*E12345") !=
        std::string::npos);
}

TEST_CASE("each faulty backend is wrong in exactly the way it is named for, and the good one is right") {
  const Folder folder;
  make(folder.path, {.host = "csms.example", .faults = true});
  CHECK(verify({folder.path / "csms/root.pem", folder.path / "csms/server.pem", {}, "csms.example"}) == X509_V_OK);
  for (const auto& fault : faults()) {
    CAPTURE(std::string{fault.name});
    const auto place = folder.path / "faults" / fault.name;
    const auto list = place / "crl.pem";
    CHECK(verify({place / "root.pem", place / "server.pem", fs::exists(list) ? list : fs::path{}, "csms.example"}) ==
          fault.error);
  }
  const auto big = facts_of(read_certificate(folder.path / "faults/oversized/server.pem").get());
  CHECK(big.pem_characters > kMostPemOfChain);
}

TEST_CASE("a rehearsal says on which day what ends and what does not verify from then on") {
  const Folder folder;
  make(folder.path, {});
  const auto result = rehearse(folder.path, std::time(nullptr));
  CHECK(result.certificates == roles().size());
  CHECK(result.warnings.empty());
  REQUIRE(result.events.size() == roles().size());
  CHECK(std::ranges::is_sorted(result.events, {}, &Event::when));
  CHECK((result.events[0].file == "v2g/secc.pem" || result.events[0].file == "v2g/cps.pem"));
  const auto sub = std::ranges::find(result.events, "v2g/cpo-sub2.pem", &Event::file);
  REQUIRE(sub != result.events.end());
  CHECK(sub->when / 86400 == in_days(365) / 86400);
  CHECK(sub->broken == std::vector<std::string>{"v2g/cpo-sub2.pem"});  // its leaf has ended long before

  // A year later the leaf was renewed by an issuer that ends sooner, and somebody removed a root.
  const auto issuer = holder_of(folder.path, "v2g/cpo-sub2");
  const auto key = new_key(Algorithm::p256);
  write_file(folder.path / "v2g/secc.pem",
             pem_of(make_certificate({.common_name = "CS001", .ends = 400L * 86400}, key.get(), &issuer).get()), false);
  fs::remove(folder.path / "mf/root.pem");
  const auto later = rehearse(folder.path, in_days(100));
  const auto warned = [&](const char* file, const char* words) {
    return std::ranges::any_of(later.warnings, [&](const Warning& w) {
      return w.file == file && w.sentence.find(words) != std::string::npos;
    });
  };
  CHECK(warned("v2g/secc.pem", "outlives its issuer v2g/cpo-sub2.pem"));
  CHECK(warned("mf/firmware.pem", "issuer is not here"));
  CHECK(warned("v2g/cps.pem", "ended 10 days ago"));
  const auto end = std::ranges::find(later.events, "v2g/cpo-sub2.pem", &Event::file);
  REQUIRE(end != later.events.end());
  CHECK(std::ranges::find(end->broken, "v2g/secc.pem") != end->broken.end());
}

TEST_CASE("a chain whose links do not fit is told apart, and a certificate is described in words") {
  const Folder folder;
  make(folder.path, {});
  const auto chain = read_certificates(folder.path / "v2g/secc.pem");
  REQUIRE(chain.size() == 3);
  CHECK_FALSE(first_gap(chain).has_value());
  std::vector<tls::CertificatePtr> wrong = read_certificates(folder.path / "mo/contract.pem");
  wrong[1] = read_certificate(folder.path / "oem/sub2.pem");
  CHECK(first_gap(wrong) == 0U);
  const auto text = describe(facts_of(chain[0].get()), std::time(nullptr));
  CHECK(text.find("leaf       CN=CS001,DC=CPO") == 0);
  CHECK(text.find(", for another ") != std::string::npos);
  CHECK(text.find("P-256") != std::string::npos);
}

TEST_CASE("a request is signed for the name it bears, and one that is not signed by its own key is refused") {
  const Folder folder;
  make(folder.path, {});
  const auto issuer = holder_of(folder.path, "csms/sub");
  using RequestPtr = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
  const auto request_of = [](EVP_PKEY* key, EVP_PKEY* signer) {
    const RequestPtr request{X509_REQ_new()};
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("CS7"), -1, -1, 0);
    X509_REQ_set_pubkey(request.get(), key);
    REQUIRE(X509_REQ_sign(request.get(), signer, EVP_sha256()) > 0);
    const tls::BioPtr bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509_REQ(bio.get(), request.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return std::string{data, static_cast<std::size_t>(size)};
  };
  const auto key = new_key(Algorithm::p256);
  const auto other = new_key(Algorithm::p256);
  const auto made = sign_request(request_of(key.get(), key.get()), issuer, 10);
  CHECK(facts_of(made.get()).subject.find("CN=CS7") != std::string::npos);
  CHECK(X509_verify(made.get(), issuer.key.get()) == 1);
  CHECK_THROWS(sign_request(request_of(key.get(), other.get()), issuer, 10));
  CHECK_THROWS(sign_request("no request", issuer, 10));
}
