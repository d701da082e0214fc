// Contract certificates for the car.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct EmaidList {
  List<Text<255>, 8> emaid{};
  static constexpr auto fields() {
    using M = EmaidList;
    return list(field<&M::emaid>("EMAID", {.at_least = 1}));
  }
};

/// The chain of the provisioning certificate, signed.
struct SignedCertificateChain {
  static constexpr std::string_view kElement = "OEMProvisioningCertificateChain";
  Text<kIdChars> id{};
  Octets<1600> certificate{};
  std::optional<SubCertificates> sub_certificates{};
  static constexpr auto fields() {
    using M = SignedCertificateChain;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::certificate>("Certificate", {.base64 = true}),
                field<&M::sub_certificates>("SubCertificates"));
  }
};

struct CertificateChain {
  Octets<1600> certificate{};
  std::optional<SubCertificates> sub_certificates{};
  static constexpr auto fields() {
    using M = CertificateChain;
    return list(field<&M::certificate>("Certificate", {.base64 = true}),
                field<&M::sub_certificates>("SubCertificates"));
  }
};

enum class EcdhCurve : std::uint8_t { secp521, x448 };
constexpr auto enum_names(EcdhCurve) { return names("SECP521", "X448"); }

/// A contract certificate and its private key, encrypted for the car. Signed.
struct SignedInstallationData {
  static constexpr std::string_view kElement = "SignedInstallationData";
  Text<kIdChars> id{};
  ContractCertificateChain contract_certificate_chain{};
  EcdhCurve ecdh_curve{};
  Octets<133> dh_public_key{};
  std::optional<Octets<94>> secp521_encrypted_private_key{};
  std::optional<Octets<84>> x448_encrypted_private_key{};
  std::optional<Octets<206>> tpm_encrypted_private_key{};
  static constexpr auto fields() {
    using M = SignedInstallationData;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::contract_certificate_chain>("ContractCertificateChain"), field<&M::ecdh_curve>("ECDHCurve"),
                field<&M::dh_public_key>("DHPublicKey", {.at_least = 133, .base64 = true}),
                field<&M::secp521_encrypted_private_key>("SECP521_EncryptedPrivateKey",
                                                         {.at_least = 94, .base64 = true, .choice = 1}),
                field<&M::x448_encrypted_private_key>("X448_EncryptedPrivateKey",
                                                      {.at_least = 84, .base64 = true, .choice = 1}),
                field<&M::tpm_encrypted_private_key>("TPM_EncryptedPrivateKey",
                                                     {.at_least = 206, .base64 = true, .choice = 1}));
  }
};

/// The car proves with its provisioning certificate who it is and asks for contract certificates. The chain is signed.
struct CertificateInstallationReq {
  static constexpr std::string_view kElement = "CertificateInstallationReq";
  MessageHeader header{};
  SignedCertificateChain oem_provisioning_certificate_chain{};
  ListOfRootCertificateIds list_of_root_certificate_ids{};
  std::uint8_t maximum_contract_certificate_chains{};
  std::optional<EmaidList> prioritized_emaids{};
  static constexpr auto fields() {
    using M = CertificateInstallationReq;
    return list(field<&M::header>("Header"),
                field<&M::oem_provisioning_certificate_chain>("OEMProvisioningCertificateChain"),
                field<&M::list_of_root_certificate_ids>("ListOfRootCertificateIDs"),
                field<&M::maximum_contract_certificate_chains>("MaximumContractCertificateChains"),
                field<&M::prioritized_emaids>("PrioritizedEMAIDs"));
  }
};

/// One contract certificate and its encrypted private key, signed; perhaps with more to fetch.
struct CertificateInstallationRes {
  static constexpr std::string_view kElement = "CertificateInstallationRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  CertificateChain cps_certificate_chain{};
  SignedInstallationData signed_installation_data{};
  std::uint8_t remaining_contract_certificate_chains{};
  static constexpr auto fields() {
    using M = CertificateInstallationRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"), field<&M::cps_certificate_chain>("CPSCertificateChain"),
                field<&M::signed_installation_data>("SignedInstallationData"),
                field<&M::remaining_contract_certificate_chains>("RemainingContractCertificateChains"));
  }
};

}  // namespace bulwatt::iso20
