// Begin and end of a session.
#pragma once
#include "protocols/din70121/types.hpp"

namespace bulwatt::din {

/// The car introduces itself.
struct SessionSetupReq {
  static constexpr std::string_view kElement = "SessionSetupReq";
  Octets<8> evcc_id{};
  static constexpr auto fields() {
    using M = SessionSetupReq;
    return list(field<&M::evcc_id>("EVCCID"));
  }
};

/// The station names its outlet and gives a session id, in the header.
struct SessionSetupRes {
  static constexpr std::string_view kElement = "SessionSetupRes";
  ResponseCode response_code{};
  Octets<32> evse_id{};
  std::optional<std::int64_t> date_time_now{};
  static constexpr auto fields() {
    using M = SessionSetupRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_id>("EVSEID"),
                field<&M::date_time_now>("DateTimeNow", {.unit = "s"}));
  }
};

/// The car ends the session.
struct SessionStopReq {
  static constexpr std::string_view kElement = "SessionStopReq";
  static constexpr auto fields() { return list(); }
};

/// The last message of a session.
struct SessionStopRes {
  static constexpr std::string_view kElement = "SessionStopRes";
  ResponseCode response_code{};
  static constexpr auto fields() {
    using M = SessionStopRes;
    return list(field<&M::response_code>("ResponseCode"));
  }
};

}  // namespace bulwatt::din
