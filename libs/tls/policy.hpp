// TLS policies: what a connection must be, as explicit lists for OpenSSL and as a check after the handshake.
//
// A policy is enforced twice: by what is offered (groups, signatures, versions), and by comparing what was really
// negotiated before the first byte of the application passes. The second catches what the first lets through, such as a
// server that takes a key share which was only there to keep the first message small.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "libs/fields/bounded.hpp"
#include "libs/fields/fields.hpp"
#include "libs/tls/refusal.hpp"

namespace bulwatt::tls {

enum class Policy : std::uint8_t {
  hybrid_required,   ///< TLS 1.3 with X25519MLKEM768 or SecP384r1MLKEM1024, nothing else
  level5,            ///< TLS 1.3 with SecP384r1MLKEM1024 and AES-256, nothing else
  hybrid_preferred,  ///< TLS 1.3, hybrid when the peer can, otherwise X25519 or P-256: for migration only
  classical,         ///< TLS 1.3 without post-quantum groups; TLS 1.2 where ContextOptions says so
  vehicle,           ///< between station and car: TLS 1.3, hybrid when the car can; TLS 1.2 as ISO 15118-2 has it
};
constexpr auto enum_names(Policy) {
  return names("hybrid-required", "level5", "hybrid-preferred", "classical", "vehicle");
}

enum class Role : std::uint8_t { client, server };

/// The least OpenSSL that keeps the boundaries between levels of a group list (CVE-2026-2673), 3.5.6.
inline constexpr unsigned long kOldestOpenssl = 0x30500060UL;

/// Lists in OpenSSL's own syntax. In `groups`, `*` sends a key share, `/` separates strictly lower levels, `:` equals.
/// Never "DEFAULT" and never a list of numbers: both lose the levels.
struct Rules {
  const char* client_groups;
  const char* small_client_groups;  ///< for a first message that fits one packet; see SessionOptions::small_hello
  const char* server_groups;
  const char* signatures;
  const char* suites;        ///< TLS 1.3
  const char* tls12_suites;  ///< only where TLS 1.2 is allowed
  std::span<const std::string_view> accepted_groups;
};
const Rules& rules_of(Policy policy);

inline constexpr std::size_t kFingerprintSize = 32;

/// What was negotiated; for the log and for the policy check.
struct Report {
  Text<16> version;     ///< "TLSv1.3"
  Text<32> group;       ///< "X25519MLKEM768"
  Text<48> cipher;      ///< "TLS_AES_256_GCM_SHA384"
  Text<32> signature;   ///< what the peer signed the handshake with; empty when it gave no certificate
  Text<128> peer_name;  ///< common name of the peer's certificate; empty when it gave none
  std::array<std::byte, kFingerprintSize> peer_fingerprint{};    ///< SHA-256 of the peer's certificate
  std::array<std::byte, kFingerprintSize> anchor_fingerprint{};  ///< SHA-256 of the trust anchor it was accepted under
  bool quantum_safe = false;                                     ///< the group is a post-quantum hybrid
  bool resumed = false;
  bool stapled = false;  ///< the server sent the OCSP response of its certificate along

  static constexpr auto fields() {
    return list(field<&Report::version>("version"), field<&Report::group>("group"), field<&Report::cipher>("cipher"),
                field<&Report::signature>("signature"), field<&Report::peer_name>("peer_name"),
                field<&Report::peer_fingerprint>("peer_fingerprint"),
                field<&Report::anchor_fingerprint>("anchor_fingerprint"), field<&Report::quantum_safe>("quantum_safe"),
                field<&Report::resumed>("resumed"), field<&Report::stapled>("stapled"));
  }
};

bool is_quantum_safe(std::string_view group);

class NarrowRules;  // profile.hpp

struct Expectation {
  Policy policy = Policy::hybrid_required;
  bool allow_tls12 = false;          ///< meaningful for Policy::classical and Policy::vehicle only
  bool certificate_required = true;  ///< the peer must have signed
  bool quantum_safe_pinned = false;  ///< this peer was hybrid once: never less again, whatever the policy allows
  std::shared_ptr<const NarrowRules> narrowed{};  ///< by a crypto profile; absent: all that the policy allows
};
const Rules& rules_of(const Expectation& expectation);
/// Nothing when the connection is what it must be, otherwise the first thing that is not.
std::optional<Refusal> check(const Report& report, const Expectation& expectation);

/// Refuses a libcrypto older than kOldestOpenssl. Programs call it at start.
std::optional<Refusal> check_library();

}  // namespace bulwatt::tls
