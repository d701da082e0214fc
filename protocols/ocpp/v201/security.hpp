// OCPP 2.0.1 block A. Security: certificates of the station itself and security events.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class CertificateSigningUseEnum : std::uint8_t { charging_station_certificate, v2g_certificate };
constexpr auto enum_names(CertificateSigningUseEnum) { return names("ChargingStationCertificate", "V2GCertificate"); }

struct SignCertificateResponse {
  GenericStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = SignCertificateResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// Station to CSMS: asks for a certificate to be made from a signing request.
struct SignCertificateRequest {
  static constexpr std::string_view kAction = "SignCertificate";
  using Response = SignCertificateResponse;

  Text<5500> csr{};
  std::optional<CertificateSigningUseEnum> certificate_type{};
  static constexpr auto fields() {
    using M = SignCertificateRequest;
    return list(field<&M::csr>("csr"), field<&M::certificate_type>("certificateType"));
  }
};

enum class CertificateSignedStatusEnum : std::uint8_t { accepted, rejected };
constexpr auto enum_names(CertificateSignedStatusEnum) { return names("Accepted", "Rejected"); }

struct CertificateSignedResponse {
  CertificateSignedStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = CertificateSignedResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: delivers the certificate chain asked for by SignCertificate.
struct CertificateSignedRequest {
  static constexpr std::string_view kAction = "CertificateSigned";
  using Response = CertificateSignedResponse;

  Text<10000> certificate_chain{};
  std::optional<CertificateSigningUseEnum> certificate_type{};
  static constexpr auto fields() {
    using M = CertificateSignedRequest;
    return list(field<&M::certificate_chain>("certificateChain"), field<&M::certificate_type>("certificateType"));
  }
};

struct SecurityEventNotificationResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: reports one security event.
struct SecurityEventNotificationRequest {
  static constexpr std::string_view kAction = "SecurityEventNotification";
  using Response = SecurityEventNotificationResponse;

  Text<50> type{};
  Timestamp timestamp{};
  std::optional<Text<255>> tech_info{};
  static constexpr auto fields() {
    using M = SecurityEventNotificationRequest;
    return list(field<&M::type>("type"), field<&M::timestamp>("timestamp"), field<&M::tech_info>("techInfo"));
  }
};

}  // namespace bulwatt::ocpp::v201
