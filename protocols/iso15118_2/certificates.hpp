// Contract certificates: given to the car for the first time, or again.
#pragma once
#include "protocols/iso15118_2/types.hpp"

namespace bulwatt::iso2 {

struct ListOfRootCertificateIds {
  List<xmldsig::X509IssuerSerial, 20> root_certificate_id{};
  static constexpr auto fields() {
    using M = ListOfRootCertificateIds;
    return list(field<&M::root_certificate_id>("RootCertificateID", {.at_least = 1}));
  }
};

/// The private key of the contract certificate, encrypted for the car.
struct ContractSignatureEncryptedPrivateKey {
  static constexpr std::string_view kElement = "ContractSignatureEncryptedPrivateKey";
  Text<kIdChars> id{};
  Octets<48> private_key{};
  static constexpr auto fields() {
    using M = ContractSignatureEncryptedPrivateKey;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::private_key>("", {.base64 = true, .content = true}));
  }
};

/// The ephemeral public key for the encrypted private key.
struct DiffieHellmanPublickey {
  static constexpr std::string_view kElement = "DHpublickey";
  Text<kIdChars> id{};
  Octets<65> public_key{};
  static constexpr auto fields() {
    using M = DiffieHellmanPublickey;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::public_key>("", {.base64 = true, .content = true}));
  }
};

/// An eMAID that is signed by itself.
struct Emaid {
  static constexpr std::string_view kElement = "eMAID";
  Text<kIdChars> id{};
  Text<15> emaid{};
  static constexpr auto fields() {
    using M = Emaid;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::emaid>("", {.at_least = 14, .content = true}));
  }
};

/// The car proves with its provisioning certificate who it is and asks for a contract certificate. Signed.
struct CertificateInstallationReq {
  static constexpr std::string_view kElement = "CertificateInstallationReq";
  Text<kIdChars> id{};
  Octets<800> oem_provisioning_cert{};
  ListOfRootCertificateIds list_of_root_certificate_ids{};
  static constexpr auto fields() {
    using M = CertificateInstallationReq;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 2}),
                field<&M::oem_provisioning_cert>("OEMProvisioningCert", {.base64 = true}),
                field<&M::list_of_root_certificate_ids>("ListOfRootCertificateIDs"));
  }
};

/// Contract certificate, its private key encrypted for the car, and what decrypts it. Four parts are signed.
struct CertificateInstallationRes {
  static constexpr std::string_view kElement = "CertificateInstallationRes";
  ResponseCode response_code{};
  CertificateChain sa_provisioning_certificate_chain{};
  CertificateChain contract_signature_cert_chain{};
  ContractSignatureEncryptedPrivateKey contract_signature_encrypted_private_key{};
  DiffieHellmanPublickey dh_publickey{};
  Emaid emaid{};
  static constexpr auto fields() {
    using M = CertificateInstallationRes;
    return list(field<&M::response_code>("ResponseCode"),
                field<&M::sa_provisioning_certificate_chain>("SAProvisioningCertificateChain"),
                field<&M::contract_signature_cert_chain>("ContractSignatureCertChain"),
                field<&M::contract_signature_encrypted_private_key>("ContractSignatureEncryptedPrivateKey"),
                field<&M::dh_publickey>("DHpublickey"), field<&M::emaid>("eMAID"));
  }
};

/// The car asks for a successor of its contract certificate. Signed.
struct CertificateUpdateReq {
  static constexpr std::string_view kElement = "CertificateUpdateReq";
  Text<kIdChars> id{};
  CertificateChain contract_signature_cert_chain{};
  Text<15> emaid{};
  ListOfRootCertificateIds list_of_root_certificate_ids{};
  static constexpr auto fields() {
    using M = CertificateUpdateReq;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 2}),
                field<&M::contract_signature_cert_chain>("ContractSignatureCertChain"),
                field<&M::emaid>("eMAID", {.at_least = 14}),
                field<&M::list_of_root_certificate_ids>("ListOfRootCertificateIDs"));
  }
};

/// As CertificateInstallationRes; with a number of days, or of attempts, after which the car may ask again.
struct CertificateUpdateRes {
  static constexpr std::string_view kElement = "CertificateUpdateRes";
  ResponseCode response_code{};
  CertificateChain sa_provisioning_certificate_chain{};
  CertificateChain contract_signature_cert_chain{};
  ContractSignatureEncryptedPrivateKey contract_signature_encrypted_private_key{};
  DiffieHellmanPublickey dh_publickey{};
  Emaid emaid{};
  std::optional<std::int16_t> retry_counter{};
  static constexpr auto fields() {
    using M = CertificateUpdateRes;
    return list(field<&M::response_code>("ResponseCode"),
                field<&M::sa_provisioning_certificate_chain>("SAProvisioningCertificateChain"),
                field<&M::contract_signature_cert_chain>("ContractSignatureCertChain"),
                field<&M::contract_signature_encrypted_private_key>("ContractSignatureEncryptedPrivateKey"),
                field<&M::dh_publickey>("DHpublickey"), field<&M::emaid>("eMAID"),
                field<&M::retry_counter>("RetryCounter"));
  }
};

}  // namespace bulwatt::iso2
