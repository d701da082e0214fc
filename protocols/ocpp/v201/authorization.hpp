// OCPP 2.0.1 block C. Authorization: tokens and the authorization cache.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class AuthorizeCertificateStatusEnum : std::uint8_t {
  accepted,
  signature_error,
  certificate_expired,
  certificate_revoked,
  no_certificate_available,
  cert_chain_error,
  contract_cancelled,
};
constexpr auto enum_names(AuthorizeCertificateStatusEnum) {
  return names("Accepted", "SignatureError", "CertificateExpired", "CertificateRevoked", "NoCertificateAvailable",
               "CertChainError", "ContractCancelled");
}

struct AuthorizeResponse {
  IdTokenInfo id_token_info{};
  std::optional<AuthorizeCertificateStatusEnum> certificate_status{};
  static constexpr auto fields() {
    using M = AuthorizeResponse;
    return list(field<&M::id_token_info>("idTokenInfo"), field<&M::certificate_status>("certificateStatus"));
  }
};

/// Station to CSMS: asks whether a token may charge.
struct AuthorizeRequest {
  static constexpr std::string_view kAction = "Authorize";
  using Response = AuthorizeResponse;

  IdToken id_token{};
  std::optional<Text<5500>> certificate{};
  std::optional<List<OCSPRequestData, kMaxOcspRequests>> iso15118_certificate_hash_data{};
  static constexpr auto fields() {
    using M = AuthorizeRequest;
    return list(field<&M::id_token>("idToken"), field<&M::certificate>("certificate"),
                field<&M::iso15118_certificate_hash_data>("iso15118CertificateHashData", {.max = 4, .at_least = 1}));
  }
};

enum class ClearCacheStatusEnum : std::uint8_t { accepted, rejected };
constexpr auto enum_names(ClearCacheStatusEnum) { return names("Accepted", "Rejected"); }

struct ClearCacheResponse {
  ClearCacheStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = ClearCacheResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: empties the authorization cache.
struct ClearCacheRequest {
  static constexpr std::string_view kAction = "ClearCache";
  using Response = ClearCacheResponse;

  static constexpr auto fields() { return list(); }
};

}  // namespace bulwatt::ocpp::v201
