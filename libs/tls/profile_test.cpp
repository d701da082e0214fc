#include "libs/tls/profile.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>

#include "libs/tls/session.hpp"
#include "libs/tls/test_certificates.hpp"

using namespace bulwatt;
using namespace bulwatt::tls;
using namespace bulwatt::tls::testing;

namespace {

constexpr std::string_view kText = R"({"number":7,"name":"spring","links":[{"link":"csms",
 "versions":[{"name":"TLSv1.3","state":"active"}],
 "groups":[{"name":"SecP384r1MLKEM1024","state":"active"},{"name":"X25519MLKEM768","state":"active"},
           {"name":"X25519","state":"forbidden"}],
 "signatures":[{"name":"ecdsa_secp256r1_sha256","state":"active"},{"name":"mldsa65","state":"verify-only"},
               {"name":"ed25519","state":"test"}],
 "suites":[{"name":"TLS_AES_256_GCM_SHA384","state":"active"}]}]})";

LinkProfile profile() { return *profile_of(*parse_registry(kText), LinkUse::csms); }

std::optional<ProfileFault> fault_of(std::string text, std::string_view from, std::string_view to) {
  text.replace(text.find(from), from.size(), to);
  const auto parsed = parse_registry(text);
  return parsed ? std::nullopt : std::optional{parsed.error()};
}

struct Authority {
  KeyPtr key;
  explicit Authority(const char* algorithm) : key(EVP_PKEY_Q_keygen(nullptr, nullptr, algorithm)) {}
  std::string pem() const {
    const BioPtr out{BIO_new(BIO_s_mem())};
    PEM_write_bio_PUBKEY(out.get(), key.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
  std::string sign(std::string_view text, std::string_view context = kProfileContext) const {
    const auto content = std::string{context} + std::string{text};
    std::vector<unsigned char> signature(8192);
    std::size_t size = signature.size();
    EVP_MD_CTX* made = EVP_MD_CTX_new();
    REQUIRE(EVP_DigestSignInit_ex(made, nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) == 1);
    REQUIRE(EVP_DigestSign(made, signature.data(), &size, reinterpret_cast<const unsigned char*>(content.data()),
                           content.size()) == 1);
    EVP_MD_CTX_free(made);
    std::vector<unsigned char> line(size * 2);
    const int length = EVP_EncodeBlock(line.data(), signature.data(), static_cast<int>(size));
    return {reinterpret_cast<char*>(line.data()), static_cast<std::size_t>(length)};
  }
};

/// Both ends under the same policy, one of them narrowed; the group, or the reason of whoever refused first.
std::string negotiated(Policy policy, const std::shared_ptr<const NarrowRules>& station,
                       const std::shared_ptr<const NarrowRules>& backend = {}, const char* own = "P-256") {
  const auto root = make({.common_name = "root", .authority = true});
  const auto server = make({.alternatives = {"DNS:csms.example"}}, &root);
  const auto client = make({.algorithm = own, .common_name = "CS001"}, &root);
  auto here = Context::make({.policy = policy,
                             .trust_anchors_pem = root.certificate_pem,
                             .chain_pem = client.certificate_pem,
                             .key = client.key.get(),
                             .narrowed = station});
  if (!here) return std::string{enum_text(here.error().reason)};
  auto there = Context::make({.role = Role::server,
                              .policy = policy,
                              .trust_anchors_pem = root.certificate_pem,
                              .chain_pem = server.certificate_pem,
                              .key = server.key.get(),
                              .narrowed = backend,
                              .require_client_certificate = true});
  REQUIRE(there.has_value());
  auto a = Session::client(*here, {.host = "csms.example", .now_unix_s = kNow});
  auto b = Session::server(*there, {.now_unix_s = kNow});
  for (int i = 0; i < 10 && !(a->established() && b->established()); ++i) {
    const auto up = b->feed(a->output());
    a->consume_output(a->output().size());
    const auto down = a->feed(b->output());
    b->consume_output(b->output().size());
    if (!up) return std::string{enum_text(up.error().reason)};
    if (!down) return std::string{enum_text(down.error().reason)};
  }
  return std::string{a->report().group.view()};
}

}  // namespace

TEST_CASE("a registry is read whole, and whatever it says that means nothing is a fault") {
  const auto registry = parse_registry(kText);
  REQUIRE(registry.has_value());
  CHECK(registry->number == 7);
  CHECK(profile_of(*registry, LinkUse::vehicle) == nullptr);
  const std::string text{kText};
  CHECK(fault_of(text, "\"number\":7", "\"number\":-7") == ProfileFault::malformed);
  CHECK(fault_of(text, "\"csms\"", "\"moon\"") == ProfileFault::malformed);
  CHECK(fault_of(text, "forbidden", "tolerated") == ProfileFault::malformed);
  CHECK(fault_of(text, "X25519MLKEM768", "X25519Kyber768") == ProfileFault::unknown_name);
  CHECK(fault_of(text, "X25519MLKEM768", "SecP384r1MLKEM1024") == ProfileFault::listed_twice);
  CHECK(fault_of(text, "\"X25519\",\"state\":\"forbidden\"", "\"X25519\",\"state\":\"verify-only\"") ==
        ProfileFault::meaningless_state);
  CHECK(parse_registry(std::string(kMaxRegistryText + 1, ' ')).error() == ProfileFault::malformed);
}

TEST_CASE("every authority must have signed these very words, and none less") {
  const Authority first{"ED25519"};
  const Authority second{"ML-DSA-65"};
  const Authority stranger{"ED25519"};
  const auto both = first.pem() + second.pem();
  const auto good = first.sign(kText) + "\n" + second.sign(kText) + "\n";
  CHECK(check_signatures(kText, good, both).has_value());
  const auto fault = [&](std::string_view text, const std::string& signatures, const std::string& authorities) {
    const auto checked = check_signatures(text, signatures, authorities);
    return checked ? std::nullopt : std::optional{checked.error()};
  };
  CHECK(fault(std::string{kText} + " ", good, both) == ProfileFault::bad_signature);
  CHECK(fault(kText, first.sign(kText) + "\n", both) == ProfileFault::bad_signature);
  CHECK(fault(kText, second.sign(kText) + "\n" + first.sign(kText) + "\n", both) == ProfileFault::bad_signature);
  CHECK(fault(kText, first.sign(kText) + "\n" + first.sign(kText) + "\n", both) == ProfileFault::bad_signature);
  CHECK(fault(kText, stranger.sign(kText) + "\n" + second.sign(kText) + "\n", both) == ProfileFault::bad_signature);
  CHECK(fault(kText, first.sign(kText, "another thing\n") + "\n" + second.sign(kText) + "\n", both) ==
        ProfileFault::bad_signature);
  CHECK(fault(kText, good + "more\n", both) == ProfileFault::bad_signature);
  CHECK(fault(kText, "", "") == ProfileFault::bad_authority);
  CHECK(fault(kText, good, both + "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n") ==
        ProfileFault::bad_authority);
}

TEST_CASE("an older registry is refused though it was signed once") {
  const Authority authority{"ED25519"};
  const auto signature = authority.sign(kText) + "\n";
  CHECK(read_registry(kText, signature, authority.pem(), 7)->number == 7);
  CHECK(read_registry(kText, signature, authority.pem(), 8).error() == ProfileFault::not_newer);
}

TEST_CASE("a profile orders and narrows what is negotiated, at either end") {
  const auto rules = narrow(Policy::hybrid_required, profile(), Trial::no);
  REQUIRE(rules.has_value());
  CHECK(negotiated(Policy::hybrid_required, {}) == "X25519MLKEM768");
  CHECK(negotiated(Policy::hybrid_required, *rules) == "SecP384r1MLKEM1024");
  auto only = profile();
  only.groups[1].state = ProfileState::forbidden;
  const auto narrowed = narrow(Policy::hybrid_required, only, Trial::no);
  REQUIRE(narrowed.has_value());
  CHECK(negotiated(Policy::hybrid_required, {}, *narrowed) == "SecP384r1MLKEM1024");
}

TEST_CASE("a profile cannot add to its policy") {
  auto weak = profile();
  weak.groups[2].state = ProfileState::active;  // X25519 alone
  const auto rules = narrow(Policy::hybrid_required, weak, Trial::no);
  REQUIRE(rules.has_value());
  CHECK(std::string_view{(*rules)->rules().client_groups}.find("X25519:") == std::string_view::npos);
  CHECK((*rules)->rules().accepted_groups.size() == 2);
  auto nothing = profile();
  nothing.groups[0].state = nothing.groups[1].state = ProfileState::forbidden;
  nothing.groups[2].state = ProfileState::active;
  CHECK(narrow(Policy::hybrid_required, nothing, Trial::no).error() == ProfileFault::nothing_left);
  CHECK(narrow(Policy::hybrid_preferred, nothing, Trial::no).has_value());
}

TEST_CASE("what is lower stands behind a boundary, however the profile orders it") {
  auto upside_down = profile();
  upside_down.groups = {};
  for (const auto* name : {"X25519", "X25519MLKEM768"})
    REQUIRE(upside_down.groups.push_back({name, ProfileState::active}));
  const auto rules = narrow(Policy::hybrid_preferred, upside_down, Trial::no);
  REQUIRE(rules.has_value());
  CHECK(std::string_view{(*rules)->rules().server_groups} == "X25519MLKEM768/X25519");
  CHECK(negotiated(Policy::hybrid_preferred, *rules, *rules) == "X25519MLKEM768");
}

TEST_CASE("what may only be verified is no key of ours, and what is in test is one in a trial only") {
  const auto rules = narrow(Policy::hybrid_required, profile(), Trial::no);
  REQUIRE(rules.has_value());
  CHECK(negotiated(Policy::hybrid_required, *rules, {}, "ML-DSA-65") == "bad_key");
  CHECK(negotiated(Policy::hybrid_required, *rules, {}, "Ed25519") == "bad_key");
  const auto trial = narrow(Policy::hybrid_required, profile(), Trial::yes);
  REQUIRE(trial.has_value());
  CHECK(negotiated(Policy::hybrid_required, *trial, {}, "Ed25519") == "SecP384r1MLKEM1024");
  auto no_mldsa = profile();
  no_mldsa.signatures[1].state = ProfileState::forbidden;
  const auto strict = narrow(Policy::hybrid_required, no_mldsa, Trial::no);
  CHECK(negotiated(Policy::hybrid_required, {}, *strict, "ML-DSA-65").find("MLKEM") == std::string::npos);
  CHECK(negotiated(Policy::hybrid_required, {}, *rules, "ML-DSA-65").find("MLKEM") != std::string::npos);
}

TEST_CASE("TLS 1.2 needs the configuration and the profile") {
  auto old = profile();
  REQUIRE(old.versions.push_back({"TLSv1.2", ProfileState::active}));
  REQUIRE(old.suites.push_back({"ECDHE-ECDSA-AES256-GCM-SHA384", ProfileState::active}));
  old.groups[2].state = ProfileState::active;
  CHECK((*narrow(Policy::classical, old, Trial::no))->tls12());
  CHECK_FALSE((*narrow(Policy::hybrid_preferred, old, Trial::no))->tls12());
  old.versions[1].state = ProfileState::forbidden;
  CHECK_FALSE((*narrow(Policy::classical, old, Trial::no))->tls12());
}
