// Tokens and what the backend says of them.  Part of the session interface.
#pragma once
#include <optional>

#include "interfaces/power.hpp"

namespace bulwatt::session {

/// Names of OCPP 2.0.1 are used wherever the standard has one.
enum class TokenType : std::uint8_t {
  central,
  emaid,
  iso14443,
  iso15693,
  key_code,
  local,
  mac_address,
  no_authorization
};
constexpr auto enum_names(TokenType) {
  return names("Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization");
}
struct IdToken {
  Text<36> id{};
  TokenType type = TokenType::iso14443;
  static constexpr auto fields() { return list(field<&IdToken::id>("id"), field<&IdToken::type>("type")); }
  friend constexpr bool operator==(const IdToken&, const IdToken&) = default;
};

/// How OCPP names a certificate of a contract towards OCSP: hashes are SHA-256.
struct CertificateHash {
  Octets<32> issuer_name{};
  Octets<32> issuer_key{};
  Octets<20> serial{};    ///< greatest byte first, no leading zeros
  Text<512> responder{};  ///< URL; empty when the certificate names none
  static constexpr auto fields() {
    using H = CertificateHash;
    return list(field<&H::issuer_name>("issuer_name"), field<&H::issuer_key>("issuer_key"), field<&H::serial>("serial"),
                field<&H::responder>("responder"));
  }
  friend constexpr bool operator==(const CertificateHash&, const CertificateHash&) = default;
};
inline constexpr std::size_t kMaxCertificateHashes = 4;
using CertificateHashes = List<CertificateHash, kMaxCertificateHashes>;

/// AuthorizationStatusEnumType of OCPP.
enum class AuthorizationStatus : std::uint8_t {
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
constexpr auto enum_names(AuthorizationStatus) {
  return names("Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE",
               "NotAtThisLocation", "NotAtThisTime", "Unknown");
}

/// What the backend says of a token: IdTokenInfoType of OCPP, the part that decides.
struct Authorization {
  AuthorizationStatus status{};
  std::optional<IdToken> group{};
  std::optional<Timestamp> expiry{};             ///< cacheExpiryDateTime
  List<std::uint8_t, power::kMaxEvses> evses{};  ///< where it may charge; empty: everywhere
  static constexpr auto fields() {
    using A = Authorization;
    return list(field<&A::status>("status"), field<&A::group>("group"), field<&A::expiry>("expiry"),
                field<&A::evses>("evses"));
  }
};

/// One line of the local authorization list. In a differential update a line without `info` removes the token.
struct LocalEntry {
  IdToken token{};
  std::optional<Authorization> info{};
  static constexpr auto fields() { return list(field<&LocalEntry::token>("token"), field<&LocalEntry::info>("info")); }
};

inline constexpr std::size_t kLocalListEntries = 500;  ///< that the station holds
inline constexpr std::size_t kLocalListChunk = 16;     ///< entries of one UpdateLocalList
inline constexpr std::size_t kCacheEntries = 200;

}  // namespace bulwatt::session
