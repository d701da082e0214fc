// Data types of OCPP 2.0.1 that more than one functional block uses. A type is named as in the standard without the
// ending "Type"; members are its names in snake_case, the required ones first. customData is accepted and dropped.
#pragma once
#include "libs/fields/fields.hpp"
#include "protocols/ocpp/v201/limits.hpp"

namespace bulwatt::ocpp::v201 {

enum class GenericStatusEnum : std::uint8_t { accepted, rejected };
constexpr auto enum_names(GenericStatusEnum) { return names("Accepted", "Rejected"); }

struct StatusInfo {
  Text<20> reason_code{};
  std::optional<Text<512>> additional_info{};
  static constexpr auto fields() {
    using M = StatusInfo;
    return list(field<&M::reason_code>("reasonCode"), field<&M::additional_info>("additionalInfo"));
  }
};

struct EVSE {
  std::int32_t id{};
  std::optional<std::int32_t> connector_id{};
  static constexpr auto fields() {
    using M = EVSE;
    return list(field<&M::id>("id"), field<&M::connector_id>("connectorId"));
  }
};

struct Component {
  Text<50> name{};
  std::optional<EVSE> evse{};
  std::optional<Text<50>> instance{};
  static constexpr auto fields() {
    using M = Component;
    return list(field<&M::name>("name"), field<&M::evse>("evse"), field<&M::instance>("instance"));
  }
};

struct Variable {
  Text<50> name{};
  std::optional<Text<50>> instance{};
  static constexpr auto fields() {
    using M = Variable;
    return list(field<&M::name>("name"), field<&M::instance>("instance"));
  }
};

enum class GenericDeviceModelStatusEnum : std::uint8_t { accepted, rejected, not_supported, empty_result_set };
constexpr auto enum_names(GenericDeviceModelStatusEnum) {
  return names("Accepted", "Rejected", "NotSupported", "EmptyResultSet");
}

struct ComponentVariable {
  Component component{};
  std::optional<Variable> variable{};
  static constexpr auto fields() {
    using M = ComponentVariable;
    return list(field<&M::component>("component"), field<&M::variable>("variable"));
  }
};

struct AdditionalInfo {
  Text<36> additional_id_token{};
  Text<50> type{};
  static constexpr auto fields() {
    using M = AdditionalInfo;
    return list(field<&M::additional_id_token>("additionalIdToken"), field<&M::type>("type"));
  }
};

enum class IdTokenEnum : std::uint8_t {
  central,
  emaid,
  iso14443,
  iso15693,
  key_code,
  local,
  mac_address,
  no_authorization,
};
constexpr auto enum_names(IdTokenEnum) {
  return names("Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization");
}

struct IdToken {
  Text<36> id_token{};
  IdTokenEnum type{};
  std::optional<List<AdditionalInfo, kMaxAdditionalInfo>> additional_info{};
  static constexpr auto fields() {
    using M = IdToken;
    return list(field<&M::id_token>("idToken"), field<&M::type>("type"),
                field<&M::additional_info>("additionalInfo", {.at_least = 1}));
  }
};

enum class HashAlgorithmEnum : std::uint8_t { sha256, sha384, sha512 };
constexpr auto enum_names(HashAlgorithmEnum) { return names("SHA256", "SHA384", "SHA512"); }

struct OCSPRequestData {
  HashAlgorithmEnum hash_algorithm{};
  Text<128> issuer_name_hash{};
  Text<128> issuer_key_hash{};
  Text<40> serial_number{};
  Text<512> responder_url{};
  static constexpr auto fields() {
    using M = OCSPRequestData;
    return list(field<&M::hash_algorithm>("hashAlgorithm"), field<&M::issuer_name_hash>("issuerNameHash"),
                field<&M::issuer_key_hash>("issuerKeyHash"), field<&M::serial_number>("serialNumber"),
                field<&M::responder_url>("responderURL"));
  }
};

enum class AuthorizationStatusEnum : std::uint8_t {
  accepted,
  blocked,
  concurrent_tx,
  expired,
  invalid,
  no_credit,
  not_allowed_type_evse,
  not_at_this_location,
  not_at_this_time,
  unknown,
};
constexpr auto enum_names(AuthorizationStatusEnum) {
  return names("Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE",
               "NotAtThisLocation", "NotAtThisTime", "Unknown");
}

enum class MessageFormatEnum : std::uint8_t { ascii, html, uri, utf8 };
constexpr auto enum_names(MessageFormatEnum) { return names("ASCII", "HTML", "URI", "UTF8"); }

struct MessageContent {
  MessageFormatEnum format{};
  Text<kDisplayTextBytes> content{};
  std::optional<Text<8>> language{};
  static constexpr auto fields() {
    using M = MessageContent;
    return list(field<&M::format>("format"), field<&M::content>("content", {.max = 512}),
                field<&M::language>("language"));
  }
};

struct IdTokenInfo {
  AuthorizationStatusEnum status{};
  std::optional<Timestamp> cache_expiry_date_time{};
  std::optional<std::int32_t> charging_priority{};
  std::optional<Text<8>> language1{};
  std::optional<List<std::int32_t, kMaxEvsesPerToken>> evse_id{};
  std::optional<IdToken> group_id_token{};
  std::optional<Text<8>> language2{};
  std::optional<MessageContent> personal_message{};
  static constexpr auto fields() {
    using M = IdTokenInfo;
    return list(field<&M::status>("status"), field<&M::cache_expiry_date_time>("cacheExpiryDateTime"),
                field<&M::charging_priority>("chargingPriority"), field<&M::language1>("language1"),
                field<&M::evse_id>("evseId", {.at_least = 1}), field<&M::group_id_token>("groupIdToken"),
                field<&M::language2>("language2"), field<&M::personal_message>("personalMessage"));
  }
};

struct CertificateHashData {
  HashAlgorithmEnum hash_algorithm{};
  Text<128> issuer_name_hash{};
  Text<128> issuer_key_hash{};
  Text<40> serial_number{};
  static constexpr auto fields() {
    using M = CertificateHashData;
    return list(field<&M::hash_algorithm>("hashAlgorithm"), field<&M::issuer_name_hash>("issuerNameHash"),
                field<&M::issuer_key_hash>("issuerKeyHash"), field<&M::serial_number>("serialNumber"));
  }
};

}  // namespace bulwatt::ocpp::v201
