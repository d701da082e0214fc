// Begin and end of a session.
#pragma once
#include "protocols/iso15118_2/types.hpp"

namespace bulwatt::iso2 {

enum class ChargingSession : std::uint8_t { terminate, pause };
constexpr auto enum_names(ChargingSession) { return names("Terminate", "Pause"); }

/// The car introduces itself; with the session id of a paused session it resumes that one.
struct SessionSetupReq {
  static constexpr std::string_view kElement = "SessionSetupReq";
  Octets<6> evcc_id{};
  static constexpr auto fields() {
    using M = SessionSetupReq;
    return list(field<&M::evcc_id>("EVCCID"));
  }
};

/// The station names its outlet and gives a session id, in the header.
struct SessionSetupRes {
  static constexpr std::string_view kElement = "SessionSetupRes";
  ResponseCode response_code{};
  Text<37> evse_id{};
  std::optional<std::int64_t> evse_time_stamp{};
  static constexpr auto fields() {
    using M = SessionSetupRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_id>("EVSEID", {.at_least = 7}),
                field<&M::evse_time_stamp>("EVSETimeStamp", {.unit = "s"}));
  }
};

/// The car ends or pauses the session.
struct SessionStopReq {
  static constexpr std::string_view kElement = "SessionStopReq";
  ChargingSession charging_session{};
  static constexpr auto fields() {
    using M = SessionStopReq;
    return list(field<&M::charging_session>("ChargingSession"));
  }
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

}  // namespace bulwatt::iso2
