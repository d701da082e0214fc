// Who pays, and the contract certificates that DIN SPEC 70121 defines but does not use.
#pragma once
#include "protocols/din70121/types.hpp"

namespace bulwatt::din {

struct SubCertificates {
  List<Octets<1200>, kSubCertificates> certificate{};
  static constexpr auto fields() {
    using M = SubCertificates;
    return list(field<&M::certificate>("Certificate", {.max = kUnbounded, .at_least = 1, .base64 = true}));
  }
};

/// A leaf and its sub-CA certificates, DER.
struct CertificateChain {
  Octets<1200> certificate{};
  std::optional<SubCertificates> sub_certificates{};
  static constexpr auto fields() {
    using M = CertificateChain;
    return list(field<&M::certificate>("Certificate", {.base64 = true}),
                field<&M::sub_certificates>("SubCertificates"));
  }
};

struct ListOfRootCertificateIds {
  List<Text<40>, kRootCertificateIds> root_certificate_id{};
  static constexpr auto fields() {
    using M = ListOfRootCertificateIds;
    return list(field<&M::root_certificate_id>("RootCertificateID", {.max = kUnbounded, .at_least = 1}));
  }
};

/// Defined by the specification, not used with it.
struct PaymentDetailsReq {
  static constexpr std::string_view kElement = "PaymentDetailsReq";
  Text<24> contract_id{};
  CertificateChain contract_signature_cert_chain{};
  static constexpr auto fields() {
    using M = PaymentDetailsReq;
    return list(field<&M::contract_id>("ContractID"),
                field<&M::contract_signature_cert_chain>("ContractSignatureCertChain"));
  }
};

/// Defined by the specification, not used with it.
struct PaymentDetailsRes {
  static constexpr std::string_view kElement = "PaymentDetailsRes";
  ResponseCode response_code{};
  Text<kChallengeChars> gen_challenge{};
  std::int64_t date_time_now{};
  static constexpr auto fields() {
    using M = PaymentDetailsRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::gen_challenge>("GenChallenge", {.max = kUnbounded}),
                field<&M::date_time_now>("DateTimeNow", {.unit = "s"}));
  }
};

/// Repeated until someone has authorised.
struct ContractAuthenticationReq {
  static constexpr std::string_view kElement = "ContractAuthenticationReq";
  std::optional<Text<kIdChars>> id{};
  std::optional<Text<kChallengeChars>> gen_challenge{};
  static constexpr auto fields() {
    using M = ContractAuthenticationReq;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true}),
                field<&M::gen_challenge>("GenChallenge", {.max = kUnbounded}));
  }
};

/// Whether the station still works on it.
struct ContractAuthenticationRes {
  static constexpr std::string_view kElement = "ContractAuthenticationRes";
  ResponseCode response_code{};
  EvseProcessing evse_processing{};
  static constexpr auto fields() {
    using M = ContractAuthenticationRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_processing>("EVSEProcessing"));
  }
};

/// Defined by the specification, not used with it.
struct CertificateInstallationReq {
  static constexpr std::string_view kElement = "CertificateInstallationReq";
  std::optional<Text<kIdChars>> id{};
  Octets<1200> oem_provisioning_cert{};
  ListOfRootCertificateIds list_of_root_certificate_ids{};
  Octets<256> dh_params{};
  static constexpr auto fields() {
    using M = CertificateInstallationReq;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true}),
                field<&M::oem_provisioning_cert>("OEMProvisioningCert", {.base64 = true}),
                field<&M::list_of_root_certificate_ids>("ListOfRootCertificateIDs"),
                field<&M::dh_params>("DHParams", {.base64 = true}));
  }
};

/// Defined by the specification, not used with it.
struct CertificateInstallationRes {
  static constexpr std::string_view kElement = "CertificateInstallationRes";
  Text<kIdChars> id{};
  ResponseCode response_code{};
  CertificateChain contract_signature_cert_chain{};
  Octets<128> contract_signature_encrypted_private_key{};
  Octets<256> dh_params{};
  Text<24> contract_id{};
  static constexpr auto fields() {
    using M = CertificateInstallationRes;
    return list(
        field<&M::id>("Id", {.max = kUnbounded, .attribute = true}), field<&M::response_code>("ResponseCode"),
        field<&M::contract_signature_cert_chain>("ContractSignatureCertChain"),
        field<&M::contract_signature_encrypted_private_key>("ContractSignatureEncryptedPrivateKey", {.base64 = true}),
        field<&M::dh_params>("DHParams", {.base64 = true}), field<&M::contract_id>("ContractID"));
  }
};

/// Defined by the specification, not used with it.
struct CertificateUpdateReq {
  static constexpr std::string_view kElement = "CertificateUpdateReq";
  std::optional<Text<kIdChars>> id{};
  CertificateChain contract_signature_cert_chain{};
  Text<24> contract_id{};
  ListOfRootCertificateIds list_of_root_certificate_ids{};
  Octets<256> dh_params{};
  static constexpr auto fields() {
    using M = CertificateUpdateReq;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true}),
                field<&M::contract_signature_cert_chain>("ContractSignatureCertChain"),
                field<&M::contract_id>("ContractID"),
                field<&M::list_of_root_certificate_ids>("ListOfRootCertificateIDs"),
                field<&M::dh_params>("DHParams", {.base64 = true}));
  }
};

/// Defined by the specification, not used with it.
struct CertificateUpdateRes {
  static constexpr std::string_view kElement = "CertificateUpdateRes";
  Text<kIdChars> id{};
  ResponseCode response_code{};
  CertificateChain contract_signature_cert_chain{};
  Octets<128> contract_signature_encrypted_private_key{};
  Octets<256> dh_params{};
  Text<24> contract_id{};
  std::int16_t retry_counter{};
  static constexpr auto fields() {
    using M = CertificateUpdateRes;
    return list(
        field<&M::id>("Id", {.max = kUnbounded, .attribute = true}), field<&M::response_code>("ResponseCode"),
        field<&M::contract_signature_cert_chain>("ContractSignatureCertChain"),
        field<&M::contract_signature_encrypted_private_key>("ContractSignatureEncryptedPrivateKey", {.base64 = true}),
        field<&M::dh_params>("DHParams", {.base64 = true}), field<&M::contract_id>("ContractID"),
        field<&M::retry_counter>("RetryCounter"));
  }
};

}  // namespace bulwatt::din
