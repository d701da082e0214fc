#include "services/ocpp/refusals.hpp"

namespace bulwatt::ocpp {
namespace {
constexpr std::uint8_t kHandshakeFailure = 40;
constexpr std::uint8_t kProtocolVersion = 70;
constexpr std::uint8_t kInsufficientSecurity = 71;
}  // namespace

//= OCPP-2.0.1 A00.FR.310
//= OCPP-2.0.1 A00.FR.316
//= OCPP-2.0.1 A00.FR.323
std::string_view security_event_of(const tls::Refusal& refusal) {
  using enum tls::Reason;
  switch (refusal.reason) {
    case version: return "InvalidTLSVersion";
    case cipher:
    case group:
    case signature:
    case quantum_pin:
    case resumed: return "InvalidTLSCipherSuite";
    case certificate_missing: return "CsmsFailedToAuthenticate";
    case certificate_untrusted:
    case certificate_expired:
    case certificate_not_yet_valid:
    case certificate_revoked:
    case hostname: return "InvalidCsmsCertificate";
    case peer_refused:
      if (refusal.alert == kProtocolVersion) return "InvalidTLSVersion";
      if (refusal.alert == kHandshakeFailure || refusal.alert == kInsufficientSecurity) return "InvalidTLSCipherSuite";
      return "FailedToAuthenticateAtCsms";
    default: return {};
  }
}

}  // namespace bulwatt::ocpp
