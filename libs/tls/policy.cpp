#include "libs/tls/policy.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

#include "libs/tls/profile.hpp"

namespace bulwatt::tls {
namespace {

using namespace std::string_view_literals;

constexpr std::array kHybridGroups{"X25519MLKEM768"sv, "SecP384r1MLKEM1024"sv};
constexpr std::array kLevel5Groups{"SecP384r1MLKEM1024"sv};
constexpr std::array kClassicalGroups{"x25519"sv, "secp256r1"sv, "secp384r1"sv, "secp521r1"sv, "x448"sv};
constexpr std::array kVehicleGroups{
    "X25519MLKEM768"sv, "SecP384r1MLKEM1024"sv, "secp256r1"sv, "secp384r1"sv, "secp521r1"sv, "x25519"sv, "x448"sv};
constexpr std::array kAnyGroups{"X25519MLKEM768"sv, "SecP384r1MLKEM1024"sv, "x25519"sv, "secp256r1"sv};

constexpr const char* kSignatures =
    "mldsa65:mldsa87:mldsa44:ed25519:ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256";
constexpr const char* kLevel5Signatures =
    "mldsa87:mldsa65:mldsa44:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ecdsa_secp256r1_sha256:ed25519:"
    "rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_rsae_sha256";
constexpr const char* kClassicalSignatures =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256";
constexpr const char* kSuites = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256";
constexpr const char* kTls12Suites = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256";
// ISO 15118-2 knows two suites. The one with a fixed ECDH key has no forward secrecy and is in no OpenSSL since 1.1; the other is
// the last here, for cars that have nothing better. With encrypt-then-MAC wherever the car can.
constexpr const char* kVehicleTls12Suites =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256";
constexpr const char* kVehicleSuites = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr const char* kVehicleSignatures =
    "ecdsa_secp256r1_sha256:ecdsa_secp521r1_sha512:ed448:ecdsa_secp384r1_sha384:mldsa65:mldsa87:mldsa44:ed25519";

// In the same order as Policy. A hybrid server takes whichever hybrid share has come (one tuple, no extra round trip):
// both satisfy the policy. What is only second best stands behind a '/', or a peer could steer to it.
constexpr std::array<Rules, 5> kRules{{
    {"*X25519MLKEM768:SecP384r1MLKEM1024", "*X25519:X25519MLKEM768:SecP384r1MLKEM1024",
     "X25519MLKEM768:SecP384r1MLKEM1024", kSignatures, kSuites, nullptr, kHybridGroups},
    {"*SecP384r1MLKEM1024", "*X25519:SecP384r1MLKEM1024", "SecP384r1MLKEM1024", kLevel5Signatures,
     "TLS_AES_256_GCM_SHA384", nullptr, kLevel5Groups},
    {"*X25519MLKEM768:SecP384r1MLKEM1024:*X25519:secp256r1", "*X25519:X25519MLKEM768:SecP384r1MLKEM1024:secp256r1",
     "X25519MLKEM768:SecP384r1MLKEM1024/X25519:secp256r1", kSignatures, kSuites, nullptr, kAnyGroups},
    {"*X25519:*secp256r1:secp384r1:secp521r1:X448", "*X25519:secp256r1:secp384r1:secp521r1:X448",
     "X25519:secp256r1:secp384r1:secp521r1:X448", kClassicalSignatures, kSuites, kTls12Suites, kClassicalGroups},
    {"*X25519MLKEM768:*secp256r1:SecP384r1MLKEM1024:secp521r1:secp384r1:X25519:X448",
     "*X25519:X25519MLKEM768:SecP384r1MLKEM1024:secp256r1:secp521r1:secp384r1:X448",
     "X25519MLKEM768:SecP384r1MLKEM1024/secp256r1:secp521r1:X448:secp384r1:X25519", kVehicleSignatures, kVehicleSuites,
     kVehicleTls12Suites, kVehicleGroups},
}};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

bool in_list(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const auto end = list.find(':');
    if (same_name(list.substr(0, end), name)) return true;
    if (end == std::string_view::npos) return false;
    list.remove_prefix(end + 1);
  }
  return false;
}

Refusal refused(Reason reason, std::string_view detail) { return {reason, 0, detail}; }

}  // namespace

const Rules& rules_of(Policy policy) { return kRules[static_cast<std::size_t>(policy)]; }

const Rules& rules_of(const Expectation& expectation) {
  return expectation.narrowed ? expectation.narrowed->rules() : rules_of(expectation.policy);
}

bool is_quantum_safe(std::string_view group) {
  return std::ranges::any_of(kHybridGroups, [&](std::string_view name) { return same_name(name, group); });
}

std::optional<Refusal> check(const Report& report, const Expectation& expectation) {
  const auto& rules = rules_of(expectation);
  const bool old_version = expectation.allow_tls12 && report.version.view() == "TLSv1.2";
  if (report.version.view() != "TLSv1.3" && !old_version) return refused(Reason::version, report.version.view());
  if (report.resumed) return refused(Reason::resumed, report.group.view());
  const auto* suites = old_version ? rules.tls12_suites : rules.suites;
  //= OCPP-2.0.1 A00.FR.319
  //= OCPP-2.0.1 A00.FR.320
  //= OCPP-2.0.1 A00.FR.422
  //= OCPP-2.0.1 A00.FR.423
  if (suites == nullptr || !in_list(suites, report.cipher.view())) return refused(Reason::cipher, report.cipher.view());
  const auto accepted = [&](std::string_view name) { return same_name(name, report.group.view()); };
  if (std::ranges::none_of(rules.accepted_groups, accepted)) return refused(Reason::group, report.group.view());
  if (expectation.quantum_safe_pinned && !is_quantum_safe(report.group.view()))
    return refused(Reason::quantum_pin, report.group.view());
  if (report.signature.empty() && expectation.certificate_required)
    return refused(Reason::certificate_missing, "the peer gave no certificate");
  if (!report.signature.empty() && !in_list(rules.signatures, report.signature.view()))
    return refused(Reason::signature, report.signature.view());
  return std::nullopt;
}

std::optional<Refusal> check_library() {
  if (OpenSSL_version_num() >= kOldestOpenssl) return std::nullopt;
  return refused(Reason::library_too_old, OpenSSL_version(OPENSSL_VERSION));
}

}  // namespace bulwatt::tls
