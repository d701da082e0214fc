// Why a TLS context could not be made, or why a connection was refused.
#pragma once
#include <cstdint>
#include <string_view>

#include "libs/fields/bounded.hpp"
#include "libs/fields/fields.hpp"

namespace bulwatt::tls {

enum class Reason : std::uint8_t {
  // Making a context or a session.
  library_too_old,
  bad_options,        ///< options that contradict each other
  bad_trust_anchors,  ///< not PEM certificates, or none
  bad_certificate,    ///< own certificate chain is not PEM, empty or too long
  bad_key,            ///< own key is missing, not PEM or encrypted
  key_mismatch,       ///< own key does not belong to own certificate
  bad_host,           ///< the name to connect to is empty or too long
  // The connection is not what the policy asks for.
  version,
  cipher,
  group,
  signature,
  quantum_pin,  ///< a peer that was quantum-safe before is not any more
  resumed,      ///< a resumed connection reports the group of an earlier one
  // The peer's certificate.
  certificate_missing,
  certificate_untrusted,
  certificate_expired,
  certificate_not_yet_valid,
  certificate_revoked,  ///< its issuer has taken it back
  hostname,
  // Anything else.
  peer_refused,     ///< the peer sent a fatal alert; its number is in `alert`
  protocol,         ///< bytes that are no TLS, or break its rules
  too_much_data,    ///< the other side sends faster than this one is read
  not_established,  ///< data handed in before the handshake ended or after the connection closed
  internal,         ///< the library failed, for instance because the key's holder did not sign
};
constexpr auto enum_names(Reason) {
  return names("library_too_old", "bad_options", "bad_trust_anchors", "bad_certificate", "bad_key", "key_mismatch",
               "bad_host", "version", "cipher", "group", "signature", "quantum_pin", "resumed", "certificate_missing",
               "certificate_untrusted", "certificate_expired", "certificate_not_yet_valid", "certificate_revoked",
               "hostname", "peer_refused", "protocol", "too_much_data", "not_established", "internal");
}

struct Refusal {
  Reason reason = Reason::internal;
  std::uint8_t alert = 0;  ///< alert received from the peer, 0 when none
  Text<160> detail{};      ///< for people: the library's own words, or the offending value

  static constexpr auto fields() {
    return list(field<&Refusal::reason>("reason"), field<&Refusal::alert>("alert"), field<&Refusal::detail>("detail"));
  }
};

/// "handshake_failure" for 40; "unknown alert" for a number TLS does not define.
std::string_view alert_name(std::uint8_t alert);

/// The oldest entries of OpenSSL's error queue as a refusal; empties the queue. `alert` is what the peer sent, or 0.
Refusal refusal_from_library(std::uint8_t alert);
/// A refusal with this reason and the library's own words; empties the queue.
Refusal refusal_with_library_words(Reason reason);

}  // namespace bulwatt::tls
