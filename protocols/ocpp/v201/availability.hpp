// OCPP 2.0.1 block G. Availability: connector status, operative state, heartbeat.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class ConnectorStatusEnum : std::uint8_t { available, occupied, reserved, unavailable, faulted };
constexpr auto enum_names(ConnectorStatusEnum) {
  return names("Available", "Occupied", "Reserved", "Unavailable", "Faulted");
}

struct StatusNotificationResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: status of one connector.
struct StatusNotificationRequest {
  static constexpr std::string_view kAction = "StatusNotification";
  using Response = StatusNotificationResponse;

  Timestamp timestamp{};
  ConnectorStatusEnum connector_status{};
  std::int32_t evse_id{};
  std::int32_t connector_id{};
  static constexpr auto fields() {
    using M = StatusNotificationRequest;
    return list(field<&M::timestamp>("timestamp"), field<&M::connector_status>("connectorStatus"),
                field<&M::evse_id>("evseId"), field<&M::connector_id>("connectorId"));
  }
};

enum class OperationalStatusEnum : std::uint8_t { inoperative, operative };
constexpr auto enum_names(OperationalStatusEnum) { return names("Inoperative", "Operative"); }

enum class ChangeAvailabilityStatusEnum : std::uint8_t { accepted, rejected, scheduled };
constexpr auto enum_names(ChangeAvailabilityStatusEnum) { return names("Accepted", "Rejected", "Scheduled"); }

struct ChangeAvailabilityResponse {
  ChangeAvailabilityStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = ChangeAvailabilityResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: makes the station, an EVSE or a connector operative or inoperative.
struct ChangeAvailabilityRequest {
  static constexpr std::string_view kAction = "ChangeAvailability";
  using Response = ChangeAvailabilityResponse;

  OperationalStatusEnum operational_status{};
  std::optional<EVSE> evse{};
  static constexpr auto fields() {
    using M = ChangeAvailabilityRequest;
    return list(field<&M::operational_status>("operationalStatus"), field<&M::evse>("evse"));
  }
};

struct HeartbeatResponse {
  Timestamp current_time{};
  static constexpr auto fields() {
    using M = HeartbeatResponse;
    return list(field<&M::current_time>("currentTime"));
  }
};

/// Station to CSMS: sign of life; the answer carries the time.
struct HeartbeatRequest {
  static constexpr std::string_view kAction = "Heartbeat";
  using Response = HeartbeatResponse;

  static constexpr auto fields() { return list(); }
};

}  // namespace bulwatt::ocpp::v201
