// OCPP 2.0.1 block D. Local authorization list management.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

struct AuthorizationData {
  IdToken id_token{};
  std::optional<IdTokenInfo> id_token_info{};
  static constexpr auto fields() {
    using M = AuthorizationData;
    return list(field<&M::id_token>("idToken"), field<&M::id_token_info>("idTokenInfo"));
  }
};

enum class UpdateEnum : std::uint8_t { differential, full };
constexpr auto enum_names(UpdateEnum) { return names("Differential", "Full"); }

enum class SendLocalListStatusEnum : std::uint8_t { accepted, failed, version_mismatch };
constexpr auto enum_names(SendLocalListStatusEnum) { return names("Accepted", "Failed", "VersionMismatch"); }

struct SendLocalListResponse {
  SendLocalListStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = SendLocalListResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: replaces or amends the local authorization list.
struct SendLocalListRequest {
  static constexpr std::string_view kAction = "SendLocalList";
  using Response = SendLocalListResponse;

  std::int32_t version_number{};
  UpdateEnum update_type{};
  std::optional<List<AuthorizationData, kMaxAuthorizationsPerMessage>> local_authorization_list{};
  static constexpr auto fields() {
    using M = SendLocalListRequest;
    return list(field<&M::version_number>("versionNumber"), field<&M::update_type>("updateType"),
                field<&M::local_authorization_list>("localAuthorizationList", {.at_least = 1}));
  }
};

struct GetLocalListVersionResponse {
  std::int32_t version_number{};
  static constexpr auto fields() {
    using M = GetLocalListVersionResponse;
    return list(field<&M::version_number>("versionNumber"));
  }
};

/// CSMS to station: asks for the version of the local authorization list; 0 means there is none.
struct GetLocalListVersionRequest {
  static constexpr std::string_view kAction = "GetLocalListVersion";
  using Response = GetLocalListVersionResponse;

  static constexpr auto fields() { return list(); }
};

}  // namespace bulwatt::ocpp::v201
