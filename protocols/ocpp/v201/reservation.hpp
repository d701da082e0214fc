// OCPP 2.0.1 block H. Reservation.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class ConnectorEnum : std::uint8_t {
  c_ccs1,
  c_ccs2,
  c_g105,
  c_tesla,
  c_type1,
  c_type2,
  s309_1p_16a,
  s309_1p_32a,
  s309_3p_16a,
  s309_3p_32a,
  s_bs1361,
  s_cee_7_7,
  s_type2,
  s_type3,
  other_1ph_max_16a,
  other_1ph_over_16a,
  other_3ph,
  pan,
  w_inductive,
  w_resonant,
  undetermined,
  unknown,
};
constexpr auto enum_names(ConnectorEnum) {
  return names("cCCS1", "cCCS2", "cG105", "cTesla", "cType1", "cType2", "s309-1P-16A", "s309-1P-32A", "s309-3P-16A",
               "s309-3P-32A", "sBS1361", "sCEE-7-7", "sType2", "sType3", "Other1PhMax16A", "Other1PhOver16A",
               "Other3Ph", "Pan", "wInductive", "wResonant", "Undetermined", "Unknown");
}

enum class ReserveNowStatusEnum : std::uint8_t { accepted, faulted, occupied, rejected, unavailable };
constexpr auto enum_names(ReserveNowStatusEnum) {
  return names("Accepted", "Faulted", "Occupied", "Rejected", "Unavailable");
}

struct ReserveNowResponse {
  ReserveNowStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = ReserveNowResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: reserves an EVSE or a kind of connector for a token.
struct ReserveNowRequest {
  static constexpr std::string_view kAction = "ReserveNow";
  using Response = ReserveNowResponse;

  std::int32_t id{};
  Timestamp expiry_date_time{};
  IdToken id_token{};
  std::optional<ConnectorEnum> connector_type{};
  std::optional<std::int32_t> evse_id{};
  std::optional<IdToken> group_id_token{};
  static constexpr auto fields() {
    using M = ReserveNowRequest;
    return list(field<&M::id>("id"), field<&M::expiry_date_time>("expiryDateTime"), field<&M::id_token>("idToken"),
                field<&M::connector_type>("connectorType"), field<&M::evse_id>("evseId"),
                field<&M::group_id_token>("groupIdToken"));
  }
};

enum class CancelReservationStatusEnum : std::uint8_t { accepted, rejected };
constexpr auto enum_names(CancelReservationStatusEnum) { return names("Accepted", "Rejected"); }

struct CancelReservationResponse {
  CancelReservationStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = CancelReservationResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: withdraws a reservation.
struct CancelReservationRequest {
  static constexpr std::string_view kAction = "CancelReservation";
  using Response = CancelReservationResponse;

  std::int32_t reservation_id{};
  static constexpr auto fields() {
    using M = CancelReservationRequest;
    return list(field<&M::reservation_id>("reservationId"));
  }
};

enum class ReservationUpdateStatusEnum : std::uint8_t { expired, removed };
constexpr auto enum_names(ReservationUpdateStatusEnum) { return names("Expired", "Removed"); }

struct ReservationStatusUpdateResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: tells that a reservation expired or was removed.
struct ReservationStatusUpdateRequest {
  static constexpr std::string_view kAction = "ReservationStatusUpdate";
  using Response = ReservationStatusUpdateResponse;

  std::int32_t reservation_id{};
  ReservationUpdateStatusEnum reservation_update_status{};
  static constexpr auto fields() {
    using M = ReservationStatusUpdateRequest;
    return list(field<&M::reservation_id>("reservationId"),
                field<&M::reservation_update_status>("reservationUpdateStatus"));
  }
};

}  // namespace bulwatt::ocpp::v201
