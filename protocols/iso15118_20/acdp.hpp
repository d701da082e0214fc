// Charging by an automatic connection device.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

enum class ElectricalChargingDeviceStatus : std::uint8_t { state_a, state_b, state_c, state_d };
constexpr auto enum_names(ElectricalChargingDeviceStatus) { return names("State_A", "State_B", "State_C", "State_D"); }

enum class MechanicalChargingDeviceStatus : std::uint8_t { home, moving, end_position };
constexpr auto enum_names(MechanicalChargingDeviceStatus) { return names("Home", "Moving", "EndPosition"); }

enum class CpStatus : std::uint8_t { state_a, state_b, state_c, state_d, state_e };
constexpr auto enum_names(CpStatus) { return names("StateA", "StateB", "StateC", "StateD", "StateE"); }

enum class ErrorCode : std::uint8_t {
  ok_no_ev_error,
  failed,
  failed_emergency_event,
  failed_breaker,
  failed_ress_temperature_inhibit,
  failed_ress,
  failed_charging_current_differential,
  failed_charging_voltage_out_of_range,
  failed_reserved_1,
  failed_reserved_2
};
constexpr auto enum_names(ErrorCode) {
  return names("OK_NoEVError", "FAILED", "FAILED_EmergencyEvent", "FAILED_Breaker", "FAILED_RESSTemperatureInhibit",
               "FAILED_RESS", "FAILED_ChargingCurrentDifferential", "FAILED_ChargingVoltageOutOfRange",
               "FAILED_Reserved1", "FAILED_Reserved2");
}

struct EvTechnicalStatus {
  bool ev_ready_to_charge{};
  bool ev_immobilization_request{};
  std::optional<bool> ev_immobilized{};
  std::optional<RationalNumber> ev_wlan_strength{};
  std::optional<CpStatus> ev_cp_status{};
  std::optional<std::int8_t> ev_soc{};
  std::optional<ErrorCode> ev_error_code{};
  std::optional<bool> ev_timeout{};
  static constexpr auto fields() {
    using M = EvTechnicalStatus;
    return list(field<&M::ev_ready_to_charge>("EVReadyToCharge"),
                field<&M::ev_immobilization_request>("EVImmobilizationRequest"),
                field<&M::ev_immobilized>("EVImmobilized"), field<&M::ev_wlan_strength>("EVWLANStrength"),
                field<&M::ev_cp_status>("EVCPStatus"), field<&M::ev_soc>("EVSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::ev_error_code>("EVErrorCode"), field<&M::ev_timeout>("EVTimeout"));
  }
};

enum class IsolationStatus : std::uint8_t { invalid, safe, warning, fault };
constexpr auto enum_names(IsolationStatus) { return names("Invalid", "Safe", "Warning", "Fault"); }

/// Whether the car moves.
struct AcdpVehiclePositioningReq {
  static constexpr std::string_view kElement = "ACDP_VehiclePositioningReq";
  MessageHeader header{};
  bool ev_mobility_status{};
  bool ev_positioning_support{};
  static constexpr auto fields() {
    using M = AcdpVehiclePositioningReq;
    return list(field<&M::header>("Header"), field<&M::ev_mobility_status>("EVMobilityStatus"),
                field<&M::ev_positioning_support>("EVPositioningSupport"));
  }
};

/// How far the car is from where it should stand.
struct AcdpVehiclePositioningRes {
  static constexpr std::string_view kElement = "ACDP_VehiclePositioningRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  bool evse_positioning_support{};
  std::int16_t ev_relative_x_deviation{};
  std::int16_t ev_relative_y_deviation{};
  std::int16_t contact_window_xc{};
  std::int16_t contact_window_yc{};
  bool ev_in_charge_position{};
  static constexpr auto fields() {
    using M = AcdpVehiclePositioningRes;
    return list(
        field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
        field<&M::evse_processing>("EVSEProcessing"), field<&M::evse_positioning_support>("EVSEPositioningSupport"),
        field<&M::ev_relative_x_deviation>("EVRelativeXDeviation"),
        field<&M::ev_relative_y_deviation>("EVRelativeYDeviation"), field<&M::contact_window_xc>("ContactWindowXc"),
        field<&M::contact_window_yc>("ContactWindowYc"), field<&M::ev_in_charge_position>("EVInChargePosition"));
  }
};

/// The device may move to the car.
struct AcdpConnectReq {
  static constexpr std::string_view kElement = "ACDP_ConnectReq";
  MessageHeader header{};
  ElectricalChargingDeviceStatus ev_electrical_charging_device_status{};
  static constexpr auto fields() {
    using M = AcdpConnectReq;
    return list(field<&M::header>("Header"),
                field<&M::ev_electrical_charging_device_status>("EVElectricalChargingDeviceStatus"));
  }
};

/// Where the device is.
struct AcdpConnectRes {
  static constexpr std::string_view kElement = "ACDP_ConnectRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  ElectricalChargingDeviceStatus evse_electrical_charging_device_status{};
  MechanicalChargingDeviceStatus evse_mechanical_charging_device_status{};
  static constexpr auto fields() {
    using M = AcdpConnectRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"),
                field<&M::evse_electrical_charging_device_status>("EVSEElectricalChargingDeviceStatus"),
                field<&M::evse_mechanical_charging_device_status>("EVSEMechanicalChargingDeviceStatus"));
  }
};

/// The device may move away.
struct AcdpDisconnectReq {
  static constexpr std::string_view kElement = "ACDP_DisconnectReq";
  MessageHeader header{};
  ElectricalChargingDeviceStatus ev_electrical_charging_device_status{};
  static constexpr auto fields() {
    using M = AcdpDisconnectReq;
    return list(field<&M::header>("Header"),
                field<&M::ev_electrical_charging_device_status>("EVElectricalChargingDeviceStatus"));
  }
};

/// Where the device is.
struct AcdpDisconnectRes {
  static constexpr std::string_view kElement = "ACDP_DisconnectRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  ElectricalChargingDeviceStatus evse_electrical_charging_device_status{};
  MechanicalChargingDeviceStatus evse_mechanical_charging_device_status{};
  static constexpr auto fields() {
    using M = AcdpDisconnectRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"),
                field<&M::evse_electrical_charging_device_status>("EVSEElectricalChargingDeviceStatus"),
                field<&M::evse_mechanical_charging_device_status>("EVSEMechanicalChargingDeviceStatus"));
  }
};

/// How the car is; beside the loop.
struct AcdpSystemStatusReq {
  static constexpr std::string_view kElement = "ACDP_SystemStatusReq";
  MessageHeader header{};
  EvTechnicalStatus ev_technical_status{};
  static constexpr auto fields() {
    using M = AcdpSystemStatusReq;
    return list(field<&M::header>("Header"), field<&M::ev_technical_status>("EVTechnicalStatus"));
  }
};

/// How the station is.
struct AcdpSystemStatusRes {
  static constexpr std::string_view kElement = "ACDP_SystemStatusRes";
  MessageHeader header{};
  ResponseCode response_code{};
  MechanicalChargingDeviceStatus evse_mechanical_charging_device_status{};
  bool evse_ready_to_charge{};
  IsolationStatus evse_isolation_status{};
  bool evse_disabled{};
  bool evse_utility_interrupt_event{};
  bool evse_emergency_shutdown{};
  bool evse_malfunction{};
  bool ev_in_charge_position{};
  bool ev_association_status{};
  static constexpr auto fields() {
    using M = AcdpSystemStatusRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_mechanical_charging_device_status>("EVSEMechanicalChargingDeviceStatus"),
                field<&M::evse_ready_to_charge>("EVSEReadyToCharge"),
                field<&M::evse_isolation_status>("EVSEIsolationStatus"), field<&M::evse_disabled>("EVSEDisabled"),
                field<&M::evse_utility_interrupt_event>("EVSEUtilityInterruptEvent"),
                field<&M::evse_emergency_shutdown>("EVSEEmergencyShutdown"),
                field<&M::evse_malfunction>("EVSEMalfunction"), field<&M::ev_in_charge_position>("EVInChargePosition"),
                field<&M::ev_association_status>("EVAssociationStatus"));
  }
};

}  // namespace bulwatt::iso20
