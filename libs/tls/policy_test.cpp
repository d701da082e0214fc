#include "libs/tls/policy.hpp"

#include <doctest/doctest.h>

#include "libs/tls/openssl.hpp"

using namespace bulwatt;
using namespace bulwatt::tls;

namespace {

Report good() {
  Report report;
  report.version = "TLSv1.3";
  report.group = "X25519MLKEM768";
  report.cipher = "TLS_AES_256_GCM_SHA384";
  report.signature = "ecdsa_secp256r1_sha256";
  return report;
}

std::optional<Reason> reason(const Report& report, const Expectation& expectation) {
  const auto refusal = check(report, expectation);
  return refusal ? std::optional{refusal->reason} : std::nullopt;
}

}  // namespace

TEST_CASE("every policy accepts exactly its own groups") {
  struct Row {
    const char* group;
    bool accepted[4];  // in the order of Policy
  };
  const Row rows[] = {
      {"X25519MLKEM768", {true, false, true, false}},
      {"SecP384r1MLKEM1024", {true, true, true, false}},
      {"SecP256r1MLKEM768", {false, false, false, false}},
      {"MLKEM1024", {false, false, false, false}},
      {"x25519", {false, false, true, true}},
      {"secp256r1", {false, false, true, true}},
      {"secp384r1", {false, false, false, true}},
      {"ffdhe2048", {false, false, false, false}},
      {"", {false, false, false, false}},
  };
  for (const auto& row : rows) {
    for (std::size_t p = 0; p < 4; ++p) {
      CAPTURE(row.group);
      CAPTURE(p);
      auto report = good();
      report.group = row.group;
      const auto found = reason(report, {.policy = static_cast<Policy>(p)});
      CHECK(found == (row.accepted[p] ? std::nullopt : std::optional{Reason::group}));
    }
  }
}

TEST_CASE("says which property is not what the policy asks for") {
  const Expectation strict;
  CHECK_FALSE(reason(good(), strict).has_value());
  auto report = good();
  report.version = "TLSv1.2";
  CHECK(reason(report, strict) == Reason::version);
  report = good(), report.cipher = "TLS_CHACHA20_POLY1305_SHA256";
  CHECK(reason(report, strict) == Reason::cipher);
  report = good(), report.cipher = "TLS_AES_128_GCM_SHA256", report.group = "SecP384r1MLKEM1024";
  CHECK(reason(report, {.policy = Policy::level5}) == Reason::cipher);
  report = good(), report.signature = "rsa_pkcs1_sha1";
  CHECK(reason(report, strict) == Reason::signature);
  report = good(), report.signature = "";
  CHECK(reason(report, strict) == Reason::certificate_missing);
  CHECK_FALSE(reason(report, {.certificate_required = false}).has_value());
  report = good(), report.resumed = true;
  CHECK(reason(report, strict) == Reason::resumed);
}

TEST_CASE("a peer that was quantum-safe once is never accepted with less") {
  auto report = good();
  const Expectation pinned{.policy = Policy::hybrid_preferred, .quantum_safe_pinned = true};
  CHECK_FALSE(reason(report, pinned).has_value());
  report.group = "x25519";
  CHECK(reason(report, pinned) == Reason::quantum_pin);
  CHECK_FALSE(reason(report, {.policy = Policy::hybrid_preferred}).has_value());
}

//=test OCPP-2.0.1 A00.FR.320
//=test OCPP-2.0.1 A00.FR.423
TEST_CASE("TLS 1.2 passes only where it is allowed and only with its own suites") {
  auto report = good();
  report.version = "TLSv1.2", report.group = "secp256r1", report.cipher = "ECDHE-ECDSA-AES128-GCM-SHA256";
  const Expectation old{.policy = Policy::classical, .allow_tls12 = true};
  CHECK_FALSE(reason(report, old).has_value());
  CHECK(reason(report, {.policy = Policy::classical}) == Reason::version);
  report.cipher = "ECDHE-RSA-AES128-GCM-SHA256";
  CHECK(reason(report, old) == Reason::cipher);
}

TEST_CASE("the linked library knows every group and signature of every policy") {
  CHECK_FALSE(check_library().has_value());
  for (int p = 0; p < 4; ++p) {
    const auto& rules = rules_of(static_cast<Policy>(p));
    const SslContextPtr context{SSL_CTX_new(TLS_method())};
    for (const auto* groups : {rules.client_groups, rules.small_client_groups, rules.server_groups}) {
      CAPTURE(groups);
      CHECK(SSL_CTX_set1_groups_list(context.get(), groups) == 1);
    }
    CHECK(SSL_CTX_set1_sigalgs_list(context.get(), rules.signatures) == 1);
    CHECK(SSL_CTX_set_ciphersuites(context.get(), rules.suites) == 1);
  }
}
