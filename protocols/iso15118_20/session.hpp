// Begin and end of a session.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

enum class ChargingSession : std::uint8_t { pause, terminate, service_renegotiation };
constexpr auto enum_names(ChargingSession) { return names("Pause", "Terminate", "ServiceRenegotiation"); }

/// The car introduces itself; with the session id of a paused session it resumes that one.
struct SessionSetupReq {
  static constexpr std::string_view kElement = "SessionSetupReq";
  MessageHeader header{};
  Text<255> evcc_id{};
  static constexpr auto fields() {
    using M = SessionSetupReq;
    return list(field<&M::header>("Header"), field<&M::evcc_id>("EVCCID"));
  }
};

/// The station names its outlet and gives a session id, in the header.
struct SessionSetupRes {
  static constexpr std::string_view kElement = "SessionSetupRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Text<255> evse_id{};
  static constexpr auto fields() {
    using M = SessionSetupRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"), field<&M::evse_id>("EVSEID"));
  }
};

/// The car ends or pauses the session, or wants other services.
struct SessionStopReq {
  static constexpr std::string_view kElement = "SessionStopReq";
  MessageHeader header{};
  ChargingSession charging_session{};
  std::optional<Text<80>> ev_termination_code{};
  std::optional<Text<160>> ev_termination_explanation{};
  static constexpr auto fields() {
    using M = SessionStopReq;
    return list(field<&M::header>("Header"), field<&M::charging_session>("ChargingSession"),
                field<&M::ev_termination_code>("EVTerminationCode"),
                field<&M::ev_termination_explanation>("EVTerminationExplanation"));
  }
};

/// Answers SessionStopReq.
struct SessionStopRes {
  static constexpr std::string_view kElement = "SessionStopRes";
  MessageHeader header{};
  ResponseCode response_code{};
  static constexpr auto fields() {
    using M = SessionStopRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"));
  }
};

}  // namespace bulwatt::iso20
