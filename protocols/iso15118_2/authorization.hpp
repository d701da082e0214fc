// Who pays: by contract, or by other means at the station.
#pragma once
#include "protocols/iso15118_2/types.hpp"

namespace bulwatt::iso2 {

/// The contract the car wants to pay with.
struct PaymentDetailsReq {
  static constexpr std::string_view kElement = "PaymentDetailsReq";
  Text<15> emaid{};
  CertificateChain contract_signature_cert_chain{};
  static constexpr auto fields() {
    using M = PaymentDetailsReq;
    return list(field<&M::emaid>("eMAID", {.at_least = 14}),
                field<&M::contract_signature_cert_chain>("ContractSignatureCertChain"));
  }
};

/// The challenge that the car signs in AuthorizationReq.
struct PaymentDetailsRes {
  static constexpr std::string_view kElement = "PaymentDetailsRes";
  ResponseCode response_code{};
  Octets<16> gen_challenge{};
  std::int64_t evse_time_stamp{};
  static constexpr auto fields() {
    using M = PaymentDetailsRes;
    return list(field<&M::response_code>("ResponseCode"),
                field<&M::gen_challenge>("GenChallenge", {.at_least = 16, .base64 = true}),
                field<&M::evse_time_stamp>("EVSETimeStamp", {.unit = "s"}));
  }
};

/// With a contract: signed, with the challenge. Otherwise empty, repeated until someone has authorised.
struct AuthorizationReq {
  static constexpr std::string_view kElement = "AuthorizationReq";
  std::optional<Text<kIdChars>> id{};
  std::optional<Octets<16>> gen_challenge{};
  static constexpr auto fields() {
    using M = AuthorizationReq;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 2}),
                field<&M::gen_challenge>("GenChallenge", {.at_least = 16, .base64 = true}));
  }
};

/// Whether the station still works on it.
struct AuthorizationRes {
  static constexpr std::string_view kElement = "AuthorizationRes";
  ResponseCode response_code{};
  EvseProcessing evse_processing{};
  static constexpr auto fields() {
    using M = AuthorizationRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_processing>("EVSEProcessing"));
  }
};

}  // namespace bulwatt::iso2
