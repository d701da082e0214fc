// Session interface: the charging session as others may see and ask of it.  Server: session.  Callers: ocpp, hmi, cards, v2g.
// Session never calls outwards: it pulses "look again" and the callers fetch. Names of OCPP 2.0.1 are used wherever the
// standard has one. What is said in detail:
//   session_tokens.hpp    tokens, the backend's word on them, the local authorization list
//   session_settings.hpp  variables of the device model that session obeys
//   session_events.hpp    transaction events
//   session_view.hpp      snapshot, topology, limits: for everybody who may look
//   session_vehicle.hpp   a car that speaks DIN SPEC 70121 or ISO 15118; for v2g only
//   session_backend.hpp   for the backend side only
//   session_customer.hpp  what is stored about a customer; for the backend side only
#pragma once
#include "interfaces/session_customer.hpp"
#include "interfaces/session_vehicle.hpp"

namespace bulwatt::session {

/// not_now: what is asked needs something that is not there at the moment. unsupported: never on this station.
enum class Error : std::uint8_t { unknown_evse, unknown_connector, not_now, unsupported, storage, unknown_record };
constexpr auto enum_names(Error) {
  return names("unknown_evse", "unknown_connector", "not_now", "unsupported", "storage", "unknown_record");
}

// From the reader or the local page.
enum class TokenVerdict : std::uint8_t { started, asked_backend, stopped, refused, nothing_to_do };
constexpr auto enum_names(TokenVerdict) {
  return names("started", "asked_backend", "stopped", "refused", "nothing_to_do");
}
struct PresentToken {
  struct Verdict {
    TokenVerdict verdict{};
    static constexpr auto fields() { return list(field<&Verdict::verdict>("verdict")); }
  };
  using Reply = Verdict;
  std::uint8_t evse{};  ///< 0: the one the token fits best
  IdToken token{};
  static constexpr auto fields() {
    return list(field<&PresentToken::evse>("evse"), field<&PresentToken::token>("token"));
  }
};

// To the callers.
struct SnapshotChanged {
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&SnapshotChanged::evse>("evse")); }
};
/// An authorization to ask, an event or a reservation update to fetch exists.
struct WorkAvailable {
  static constexpr auto fields() { return list(); }
};

using Session = ipc::Interface<
    "session", Error, ipc::Call<1, "GetSnapshot", GetSnapshot>, ipc::Call<2, "PresentToken", PresentToken>,
    ipc::Call<3, "NextAuthorization", NextAuthorization>, ipc::Call<4, "AnswerAuthorization", AnswerAuthorization>,
    ipc::Call<5, "AnswerTransaction", AnswerTransaction>, ipc::Call<6, "FetchEvent", FetchEvent>,
    ipc::Call<7, "AcknowledgeEvents", AcknowledgeEvents>, ipc::Call<8, "RemoteStart", RemoteStart>,
    ipc::Call<9, "RemoteStop", RemoteStop>, ipc::Call<10, "ChangeAvailability", ChangeAvailability>,
    ipc::Call<11, "Reset", Reset>, ipc::Call<12, "TriggerEvent", TriggerEvent>, ipc::Call<13, "SetLink", SetLink>,
    ipc::Call<14, "Configure", Configure>, ipc::Call<15, "SetBackendLimit", SetBackendLimit>,
    ipc::Pulse<16, "SnapshotChanged", SnapshotChanged>, ipc::Pulse<17, "WorkAvailable", WorkAvailable>,
    ipc::Call<18, "GetTopology", GetTopology>, ipc::Call<19, "GetLimitHistory", GetLimitHistory>,
    ipc::Call<20, "ClearCache", ClearCache>, ipc::Call<21, "UpdateLocalList", UpdateLocalList>,
    ipc::Call<22, "GetLocalList", GetLocalList>, ipc::Call<23, "TransactionStatus", TransactionStatus>,
    ipc::Call<24, "Unlock", Unlock>, ipc::Call<25, "Reserve", Reserve>,
    ipc::Call<26, "CancelReservation", CancelReservation>,
    ipc::Call<27, "NextReservationUpdate", NextReservationUpdate>, ipc::Call<28, "GetCustomer", GetCustomer>,
    ipc::Call<29, "ForgetCustomer", ForgetCustomer>, ipc::Call<30, "ReportVehicle", ReportVehicle>,
    ipc::Call<31, "GetMeterRecord", GetMeterRecord>, ipc::Call<32, "GetReceipt", GetReceipt>>;

static_assert(Session::kFrame <= 4096);

}  // namespace bulwatt::session
