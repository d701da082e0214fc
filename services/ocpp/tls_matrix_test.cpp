// Which backends the station connects to under which TLS policy: a row for each backend, a column for each policy. Both ends
// are real TLS; the refusals go through the core of a station, so that ledger and security events are the real ones too.
#include <cstdio>

#include "libs/tls/session.hpp"
#include "libs/tls/test_certificates.hpp"
#include "services/ocpp/refusals.hpp"
#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
namespace certificates = bulwatt::tls::testing;
using tls::Policy;

namespace {

struct Authorities {
  certificates::Made root = certificates::make({.common_name = "root", .authority = true});
  certificates::Made stranger = certificates::make({.common_name = "stranger", .authority = true});
  certificates::Made good = certificates::make({}, &root);
  certificates::Made revoked = certificates::make({}, &root);
  certificates::Made other_name = certificates::make({.common_name = "other.example"}, &root);
  certificates::Made expired = certificates::make({.not_after = certificates::kNow - 1}, &root);
  certificates::Made early = certificates::make({.not_before = certificates::kNow + 60}, &root);
  certificates::Made wrong_authority = certificates::make({}, &stranger);
  certificates::Made self_signed = certificates::make({});
  std::string revocations = certificates::make_crl(root, {&revoked});
};
const Authorities& all() {
  static const Authorities made;
  return made;
}

struct Backend {
  const char* name;
  const certificates::Made& who;
  Policy policy;
  int version;             ///< greatest that it speaks
  const char* groups;      ///< nullptr: those of its policy
  const char* outcome[4];  ///< of hybrid-required, level5, hybrid-preferred, classical: "yes" or the reason
};

std::vector<Backend> backends() {
  const auto& a = all();
  constexpr int k13 = TLS1_3_VERSION;
  return {
      {"TLS 1.2 only",
       a.good,
       Policy::classical,
       TLS1_2_VERSION,
       nullptr,
       {"version", "version", "version", "version"}},
      {"classical only", a.good, Policy::classical, k13, nullptr, {"peer_refused", "peer_refused", "yes", "yes"}},
      {"hybrid 768",
       a.good,
       Policy::hybrid_required,
       k13,
       "X25519MLKEM768",
       {"yes", "peer_refused", "yes", "peer_refused"}},
      {"level 5", a.good, Policy::level5, k13, nullptr, {"yes", "yes", "yes", "peer_refused"}},
      {"wrong name",
       a.other_name,
       Policy::hybrid_preferred,
       k13,
       nullptr,
       {"hostname", "hostname", "hostname", "hostname"}},
      {"expired",
       a.expired,
       Policy::hybrid_preferred,
       k13,
       nullptr,
       {"certificate_expired", "certificate_expired", "certificate_expired", "certificate_expired"}},
      {"not yet valid",
       a.early,
       Policy::hybrid_preferred,
       k13,
       nullptr,
       {"certificate_not_yet_valid", "certificate_not_yet_valid", "certificate_not_yet_valid",
        "certificate_not_yet_valid"}},
      {"revoked",
       a.revoked,
       Policy::hybrid_preferred,
       k13,
       nullptr,
       {"certificate_revoked", "certificate_revoked", "certificate_revoked", "certificate_revoked"}},
      {"self-signed",
       a.self_signed,
       Policy::hybrid_preferred,
       k13,
       nullptr,
       {"certificate_untrusted", "certificate_untrusted", "certificate_untrusted", "certificate_untrusted"}},
      {"wrong authority",
       a.wrong_authority,
       Policy::hybrid_preferred,
       k13,
       nullptr,
       {"certificate_untrusted", "certificate_untrusted", "certificate_untrusted", "certificate_untrusted"}},
  };
}

/// Nothing: connected, and a byte passed each way.
std::optional<tls::Refusal> connect(const Backend& backend, Policy policy) {
  auto own = tls::Context::make(
      {.policy = policy, .trust_anchors_pem = all().root.certificate_pem, .revocations_pem = all().revocations});
  REQUIRE(own.has_value());
  auto theirs = tls::Context::make({.role = tls::Role::server,
                                    .policy = backend.policy,
                                    .allow_tls12 = backend.version == TLS1_2_VERSION,
                                    .chain_pem = backend.who.certificate_pem,
                                    .key_pem = backend.who.key_pem});
  REQUIRE(theirs.has_value());
  REQUIRE(SSL_CTX_set_max_proto_version(theirs->native(), backend.version) == 1);
  if (backend.groups != nullptr) REQUIRE(SSL_CTX_set1_groups_list(theirs->native(), backend.groups) == 1);
  auto client = tls::Session::client(*own, {.host = "csms.example", .now_unix_s = certificates::kNow});
  auto server = tls::Session::server(*theirs, {.now_unix_s = certificates::kNow});
  REQUIRE(client.has_value());
  REQUIRE(server.has_value());
  for (int i = 0; i < 20 && !(client->established() && server->established()); ++i) {
    static_cast<void>(server->feed(client->output()));
    client->consume_output(client->output().size());
    const auto fed = client->feed(server->output());
    server->consume_output(server->output().size());
    if (!fed) return fed.error();
  }
  REQUIRE(client->established());
  const std::array hello{std::byte{'x'}};
  REQUIRE(client->write(hello).has_value());
  REQUIRE(server->feed(client->output()).has_value());
  CHECK(server->plain().size() == 1);
  return std::nullopt;
}

}  // namespace

//=test OCPP-2.0.1 A00.FR.309
//=test OCPP-2.0.1 A00.FR.310
//=test OCPP-2.0.1 A00.FR.311
//=test OCPP-2.0.1 A00.FR.316
//=test OCPP-2.0.1 A00.FR.323
//=test OCPP-2.0.1 A00.FR.312
//=test OCPP-2.0.1 A00.FR.413
//=test OCPP-2.0.1 A00.FR.414
//=test OCPP-2.0.1 A00.FR.415
//=test OCPP-2.0.1 A00.FR.419
//=test OCPP-2.0.1 A00.FR.426
TEST_CASE(
    "exactly the backends that a TLS policy allows are connected to, each refusal has its reason and its record") {
  constexpr std::array kPolicies{Policy::hybrid_required, Policy::level5, Policy::hybrid_preferred, Policy::classical};
  std::printf("%-16s", "backend");
  for (const auto policy : kPolicies) std::printf(" | %-26s", std::string{enum_text(policy)}.c_str());
  std::printf("| security event\n");
  for (const auto& backend : backends()) {
    std::printf("%-16s", backend.name);
    std::string event;
    for (std::size_t i = 0; i < kPolicies.size(); ++i) {
      CAPTURE(backend.name);
      CAPTURE(enum_text(kPolicies[i]));
      const auto refusal = connect(backend, kPolicies[i]);
      const auto outcome = refusal ? std::string{enum_text(refusal->reason)} : std::string{"yes"};
      std::printf(" | %-26s", outcome.c_str());
      CHECK(outcome == backend.outcome[i]);
      if (!refusal) continue;
      const auto name = security_event_of(*refusal);
      REQUIRE(!name.empty());
      event = name;
      testing::Rig rig;
      rig.core->security(name, refusal->detail.view());
      CHECK(rig.has_record(name));
      rig.accept();
      CHECK(std::ranges::any_of(rig.store->security_log(), [&](const auto& line) { return line.type.view() == name; }));
    }
    std::printf("| %s\n", event.c_str());
  }
}

TEST_CASE("a backend that was hybrid once is refused when it is not any more, whatever the policy allows") {
  const auto& a = all();
  auto own = tls::Context::make({.policy = Policy::hybrid_preferred, .trust_anchors_pem = a.root.certificate_pem});
  auto theirs = tls::Context::make({.role = tls::Role::server,
                                    .policy = Policy::classical,
                                    .chain_pem = a.good.certificate_pem,
                                    .key_pem = a.good.key_pem});
  REQUIRE(own.has_value());
  REQUIRE(theirs.has_value());
  auto client = tls::Session::client(
      *own, {.host = "csms.example", .now_unix_s = certificates::kNow, .quantum_safe_pinned = true});
  auto server = tls::Session::server(*theirs, {.now_unix_s = certificates::kNow});
  std::optional<tls::Refusal> refusal;
  for (int i = 0; i < 20 && !refusal && !client->established(); ++i) {
    static_cast<void>(server->feed(client->output()));
    client->consume_output(client->output().size());
    if (const auto fed = client->feed(server->output()); !fed) refusal = fed.error();
    server->consume_output(server->output().size());
  }
  REQUIRE(refusal.has_value());
  CHECK(refusal->reason == tls::Reason::quantum_pin);
  CHECK(security_event_of(*refusal) == "InvalidTLSCipherSuite");
}
