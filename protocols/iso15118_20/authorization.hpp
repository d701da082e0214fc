// Who pays: by contract, or by other means at the station.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct EimAsResAuthorizationMode {
  static constexpr std::string_view kElement = "EIM_ASResAuthorizationMode";
  static constexpr auto fields() { return list(); }
};

struct SupportedProvidersList {
  List<Text<80>, 128> provider_id{};
  static constexpr auto fields() {
    using M = SupportedProvidersList;
    return list(field<&M::provider_id>("ProviderID", {.at_least = 1}));
  }
};

struct PncAsResAuthorizationMode {
  static constexpr std::string_view kElement = "PnC_ASResAuthorizationMode";
  Octets<16> gen_challenge{};
  std::optional<SupportedProvidersList> supported_providers{};
  static constexpr auto fields() {
    using M = PncAsResAuthorizationMode;
    return list(field<&M::gen_challenge>("GenChallenge", {.at_least = 16, .base64 = true}),
                field<&M::supported_providers>("SupportedProviders"));
  }
};

enum class Authorization : std::uint8_t { eim, pnc };
constexpr auto enum_names(Authorization) { return names("EIM", "PnC"); }

struct EimAReqAuthorizationMode {
  static constexpr std::string_view kElement = "EIM_AReqAuthorizationMode";
  static constexpr auto fields() { return list(); }
};

/// A contract and the challenge. Signed.
struct PncAReqAuthorizationMode {
  static constexpr std::string_view kElement = "PnC_AReqAuthorizationMode";
  Text<kIdChars> id{};
  Octets<16> gen_challenge{};
  ContractCertificateChain contract_certificate_chain{};
  static constexpr auto fields() {
    using M = PncAReqAuthorizationMode;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::gen_challenge>("GenChallenge", {.at_least = 16, .base64 = true}),
                field<&M::contract_certificate_chain>("ContractCertificateChain"));
  }
};

/// The car asks how it may authorise.
struct AuthorizationSetupReq {
  static constexpr std::string_view kElement = "AuthorizationSetupReq";
  MessageHeader header{};
  static constexpr auto fields() {
    using M = AuthorizationSetupReq;
    return list(field<&M::header>("Header"));
  }
};

/// The ways to authorise, and the challenge for a contract.
struct AuthorizationSetupRes {
  static constexpr std::string_view kElement = "AuthorizationSetupRes";
  MessageHeader header{};
  ResponseCode response_code{};
  List<Authorization, 2> authorization_services{};
  bool certificate_installation_service{};
  std::variant<EimAsResAuthorizationMode, PncAsResAuthorizationMode> authorization_mode{};
  static constexpr auto fields() {
    using M = AuthorizationSetupRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::authorization_services>("AuthorizationServices", {.at_least = 1}),
                field<&M::certificate_installation_service>("CertificateInstallationService"),
                field<&M::authorization_mode>("authorization_mode"));
  }
};

/// By contract: signed, with challenge and certificates. Otherwise repeated until someone has authorised.
struct AuthorizationReq {
  static constexpr std::string_view kElement = "AuthorizationReq";
  MessageHeader header{};
  Authorization selected_authorization_service{};
  std::variant<EimAReqAuthorizationMode, PncAReqAuthorizationMode> authorization_mode{};
  static constexpr auto fields() {
    using M = AuthorizationReq;
    return list(field<&M::header>("Header"), field<&M::selected_authorization_service>("SelectedAuthorizationService"),
                field<&M::authorization_mode>("authorization_mode"));
  }
};

/// Whether the station still works on it.
struct AuthorizationRes {
  static constexpr std::string_view kElement = "AuthorizationRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  static constexpr auto fields() {
    using M = AuthorizationRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"));
  }
};

}  // namespace bulwatt::iso20
