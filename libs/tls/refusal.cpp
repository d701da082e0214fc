#include "libs/tls/refusal.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

namespace bulwatt::tls {
namespace {

constexpr std::uint8_t kAlertProtocolVersion = 70;

struct AlertName {
  std::uint8_t number;
  std::string_view name;
};
constexpr std::array kAlerts{
    AlertName{0, "close_notify"},
    AlertName{10, "unexpected_message"},
    AlertName{20, "bad_record_mac"},
    AlertName{22, "record_overflow"},
    AlertName{40, "handshake_failure"},
    AlertName{42, "bad_certificate"},
    AlertName{43, "unsupported_certificate"},
    AlertName{44, "certificate_revoked"},
    AlertName{45, "certificate_expired"},
    AlertName{46, "certificate_unknown"},
    AlertName{47, "illegal_parameter"},
    AlertName{48, "unknown_ca"},
    AlertName{49, "access_denied"},
    AlertName{50, "decode_error"},
    AlertName{51, "decrypt_error"},
    AlertName{70, "protocol_version"},
    AlertName{71, "insufficient_security"},
    AlertName{80, "internal_error"},
    AlertName{86, "inappropriate_fallback"},
    AlertName{90, "user_canceled"},
    AlertName{109, "missing_extension"},
    AlertName{110, "unsupported_extension"},
    AlertName{112, "unrecognized_name"},
    AlertName{113, "bad_certificate_status_response"},
    AlertName{115, "unknown_psk_identity"},
    AlertName{116, "certificate_required"},
    AlertName{120, "no_application_protocol"},
};

struct LibraryReason {
  int code;
  Reason reason;
};
constexpr std::array kLibraryReasons{
    LibraryReason{SSL_R_UNSUPPORTED_PROTOCOL, Reason::version},
    LibraryReason{SSL_R_WRONG_SSL_VERSION, Reason::version},
    LibraryReason{SSL_R_VERSION_TOO_LOW, Reason::version},
    LibraryReason{SSL_R_NO_PROTOCOLS_AVAILABLE, Reason::version},
    LibraryReason{SSL_R_NO_SHARED_CIPHER, Reason::cipher},
    LibraryReason{SSL_R_NO_CIPHERS_AVAILABLE, Reason::cipher},
    LibraryReason{SSL_R_WRONG_CIPHER_RETURNED, Reason::cipher},
    LibraryReason{SSL_R_UNKNOWN_CIPHER_RETURNED, Reason::cipher},
    LibraryReason{SSL_R_NO_SUITABLE_KEY_SHARE, Reason::group},
    LibraryReason{SSL_R_NO_SUITABLE_GROUPS, Reason::group},
    LibraryReason{SSL_R_NO_SHARED_GROUPS, Reason::group},
    LibraryReason{SSL_R_BAD_KEY_SHARE, Reason::group},
    LibraryReason{SSL_R_WRONG_CURVE, Reason::group},
    LibraryReason{SSL_R_WRONG_SIGNATURE_TYPE, Reason::signature},
    LibraryReason{SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, Reason::signature},
    LibraryReason{SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, Reason::signature},
    LibraryReason{SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, Reason::certificate_missing},
    LibraryReason{SSL_R_CERTIFICATE_VERIFY_FAILED, Reason::certificate_untrusted},
    LibraryReason{ERR_R_INTERNAL_ERROR, Reason::internal},
    LibraryReason{ERR_R_EVP_LIB, Reason::internal},
    LibraryReason{ERR_R_MALLOC_FAILURE, Reason::internal},
};

Reason reason_of(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return Reason::internal;
  const int code = ERR_GET_REASON(error);
  const auto found = std::ranges::find(kLibraryReasons, code, &LibraryReason::code);
  return found == kLibraryReasons.end() ? Reason::protocol : found->reason;
}

Text<160> words_of(unsigned long error) {
  std::array<char, 160> text{};
  ERR_error_string_n(error, text.data(), text.size());
  // "error:0A000086:SSL routines::certificate verify failed": the part after the number is for people.
  std::string_view words{text.data()};
  if (words.starts_with("error:") && words.size() > 15) words.remove_prefix(15);
  return {words};
}

}  // namespace

std::string_view alert_name(std::uint8_t alert) {
  const auto found = std::ranges::find(kAlerts, alert, &AlertName::number);
  return found == kAlerts.end() ? std::string_view{"unknown alert"} : found->name;
}

Refusal refusal_from_library(std::uint8_t alert) {
  const unsigned long oldest = ERR_get_error();
  ERR_clear_error();
  if (alert == kAlertProtocolVersion) return {Reason::version, alert, alert_name(alert)};
  if (alert != 0) return {Reason::peer_refused, alert, alert_name(alert)};
  if (oldest == 0) return {Reason::protocol, 0, "unexpected end of the connection"};
  return {reason_of(oldest), 0, words_of(oldest)};
}

Refusal refusal_with_library_words(Reason reason) {
  const unsigned long oldest = ERR_get_error();
  ERR_clear_error();
  return {reason, 0, oldest == 0 ? Text<160>{} : words_of(oldest)};
}

}  // namespace bulwatt::tls
