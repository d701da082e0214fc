// OCPP 2.0.1 block M. ISO 15118 certificate management.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class InstallCertificateUseEnum : std::uint8_t {
  v2g_root_certificate,
  mo_root_certificate,
  csms_root_certificate,
  manufacturer_root_certificate,
};
constexpr auto enum_names(InstallCertificateUseEnum) {
  return names("V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "ManufacturerRootCertificate");
}

enum class InstallCertificateStatusEnum : std::uint8_t { accepted, rejected, failed };
constexpr auto enum_names(InstallCertificateStatusEnum) { return names("Accepted", "Rejected", "Failed"); }

struct InstallCertificateResponse {
  InstallCertificateStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = InstallCertificateResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: installs a root certificate.
struct InstallCertificateRequest {
  static constexpr std::string_view kAction = "InstallCertificate";
  using Response = InstallCertificateResponse;

  InstallCertificateUseEnum certificate_type{};
  Text<5500> certificate{};
  static constexpr auto fields() {
    using M = InstallCertificateRequest;
    return list(field<&M::certificate_type>("certificateType"), field<&M::certificate>("certificate"));
  }
};

enum class DeleteCertificateStatusEnum : std::uint8_t { accepted, failed, not_found };
constexpr auto enum_names(DeleteCertificateStatusEnum) { return names("Accepted", "Failed", "NotFound"); }

struct DeleteCertificateResponse {
  DeleteCertificateStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = DeleteCertificateResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: deletes an installed certificate.
struct DeleteCertificateRequest {
  static constexpr std::string_view kAction = "DeleteCertificate";
  using Response = DeleteCertificateResponse;

  CertificateHashData certificate_hash_data{};
  static constexpr auto fields() {
    using M = DeleteCertificateRequest;
    return list(field<&M::certificate_hash_data>("certificateHashData"));
  }
};

enum class GetCertificateIdUseEnum : std::uint8_t {
  v2g_root_certificate,
  mo_root_certificate,
  csms_root_certificate,
  v2g_certificate_chain,
  manufacturer_root_certificate,
};
constexpr auto enum_names(GetCertificateIdUseEnum) {
  return names("V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "V2GCertificateChain",
               "ManufacturerRootCertificate");
}

enum class GetInstalledCertificateStatusEnum : std::uint8_t { accepted, not_found };
constexpr auto enum_names(GetInstalledCertificateStatusEnum) { return names("Accepted", "NotFound"); }

struct CertificateHashDataChain {
  CertificateHashData certificate_hash_data{};
  GetCertificateIdUseEnum certificate_type{};
  std::optional<List<CertificateHashData, kMaxChildCertificates>> child_certificate_hash_data{};
  static constexpr auto fields() {
    using M = CertificateHashDataChain;
    return list(field<&M::certificate_hash_data>("certificateHashData"), field<&M::certificate_type>("certificateType"),
                field<&M::child_certificate_hash_data>("childCertificateHashData", {.max = 4, .at_least = 1}));
  }
};

struct GetInstalledCertificateIdsResponse {
  GetInstalledCertificateStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  std::optional<List<CertificateHashDataChain, kMaxInstalledCertificates>> certificate_hash_data_chain{};
  static constexpr auto fields() {
    using M = GetInstalledCertificateIdsResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"),
                field<&M::certificate_hash_data_chain>("certificateHashDataChain", {.at_least = 1}));
  }
};

/// CSMS to station: lists installed certificates by hash.
struct GetInstalledCertificateIdsRequest {
  static constexpr std::string_view kAction = "GetInstalledCertificateIds";
  using Response = GetInstalledCertificateIdsResponse;

  std::optional<List<GetCertificateIdUseEnum, kMaxCertificateUses>> certificate_type{};
  static constexpr auto fields() {
    using M = GetInstalledCertificateIdsRequest;
    return list(field<&M::certificate_type>("certificateType", {.at_least = 1}));
  }
};

enum class CertificateActionEnum : std::uint8_t { install, update };
constexpr auto enum_names(CertificateActionEnum) { return names("Install", "Update"); }

enum class Iso15118EVCertificateStatusEnum : std::uint8_t { accepted, failed };
constexpr auto enum_names(Iso15118EVCertificateStatusEnum) { return names("Accepted", "Failed"); }

struct Get15118EVCertificateResponse {
  Iso15118EVCertificateStatusEnum status{};
  Text<5600> exi_response{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = Get15118EVCertificateResponse;
    return list(field<&M::status>("status"), field<&M::exi_response>("exiResponse"),
                field<&M::status_info>("statusInfo"));
  }
};

/// Station to CSMS: passes a contract certificate request of the vehicle (EXI) on.
struct Get15118EVCertificateRequest {
  static constexpr std::string_view kAction = "Get15118EVCertificate";
  using Response = Get15118EVCertificateResponse;

  Text<50> iso15118_schema_version{};
  CertificateActionEnum action{};
  Text<5600> exi_request{};
  static constexpr auto fields() {
    using M = Get15118EVCertificateRequest;
    return list(field<&M::iso15118_schema_version>("iso15118SchemaVersion"), field<&M::action>("action"),
                field<&M::exi_request>("exiRequest"));
  }
};

enum class GetCertificateStatusEnum : std::uint8_t { accepted, failed };
constexpr auto enum_names(GetCertificateStatusEnum) { return names("Accepted", "Failed"); }

struct GetCertificateStatusResponse {
  GetCertificateStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  std::optional<Text<5500>> ocsp_result{};
  static constexpr auto fields() {
    using M = GetCertificateStatusResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"),
                field<&M::ocsp_result>("ocspResult"));
  }
};

/// Station to CSMS: asks for the OCSP status of a certificate.
struct GetCertificateStatusRequest {
  static constexpr std::string_view kAction = "GetCertificateStatus";
  using Response = GetCertificateStatusResponse;

  OCSPRequestData ocsp_request_data{};
  static constexpr auto fields() {
    using M = GetCertificateStatusRequest;
    return list(field<&M::ocsp_request_data>("ocspRequestData"));
  }
};

}  // namespace bulwatt::ocpp::v201
