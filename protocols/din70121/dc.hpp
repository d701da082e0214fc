// DC charging: isolation, precharge, the loop, and the check for welded contacts.
#pragma once
#include "protocols/din70121/types.hpp"

namespace bulwatt::din {

/// The car is locked and ready for the test of isolation; repeated while it lasts.
struct CableCheckReq {
  static constexpr std::string_view kElement = "CableCheckReq";
  DcEvStatus dc_ev_status{};
  static constexpr auto fields() {
    using M = CableCheckReq;
    return list(field<&M::dc_ev_status>("DC_EVStatus"));
  }
};

/// How far the test of isolation is.
struct CableCheckRes {
  static constexpr std::string_view kElement = "CableCheckRes";
  ResponseCode response_code{};
  DcEvseStatus dc_evse_status{};
  EvseProcessing evse_processing{};
  static constexpr auto fields() {
    using M = CableCheckRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::dc_evse_status>("DC_EVSEStatus"),
                field<&M::evse_processing>("EVSEProcessing"));
  }
};

/// The car wants the voltage of its battery before it closes its contactors.
struct PreChargeReq {
  static constexpr std::string_view kElement = "PreChargeReq";
  DcEvStatus dc_ev_status{};
  PhysicalValue ev_target_voltage{};
  PhysicalValue ev_target_current{};
  static constexpr auto fields() {
    using M = PreChargeReq;
    return list(field<&M::dc_ev_status>("DC_EVStatus"), field<&M::ev_target_voltage>("EVTargetVoltage"),
                field<&M::ev_target_current>("EVTargetCurrent"));
  }
};

/// The voltage at the outlet.
struct PreChargeRes {
  static constexpr std::string_view kElement = "PreChargeRes";
  ResponseCode response_code{};
  DcEvseStatus dc_evse_status{};
  PhysicalValue evse_present_voltage{};
  static constexpr auto fields() {
    using M = PreChargeRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::dc_evse_status>("DC_EVSEStatus"),
                field<&M::evse_present_voltage>("EVSEPresentVoltage"));
  }
};

/// What the car wants now. The loop of DC charging: every 250 ms at the latest.
struct CurrentDemandReq {
  static constexpr std::string_view kElement = "CurrentDemandReq";
  DcEvStatus dc_ev_status{};
  PhysicalValue ev_target_current{};
  std::optional<PhysicalValue> ev_maximum_voltage_limit{};
  std::optional<PhysicalValue> ev_maximum_current_limit{};
  std::optional<PhysicalValue> ev_maximum_power_limit{};
  std::optional<bool> bulk_charging_complete{};
  bool charging_complete{};
  std::optional<PhysicalValue> remaining_time_to_full_soc{};
  std::optional<PhysicalValue> remaining_time_to_bulk_soc{};
  PhysicalValue ev_target_voltage{};
  static constexpr auto fields() {
    using M = CurrentDemandReq;
    return list(field<&M::dc_ev_status>("DC_EVStatus"), field<&M::ev_target_current>("EVTargetCurrent"),
                field<&M::ev_maximum_voltage_limit>("EVMaximumVoltageLimit"),
                field<&M::ev_maximum_current_limit>("EVMaximumCurrentLimit"),
                field<&M::ev_maximum_power_limit>("EVMaximumPowerLimit"),
                field<&M::bulk_charging_complete>("BulkChargingComplete"),
                field<&M::charging_complete>("ChargingComplete"),
                field<&M::remaining_time_to_full_soc>("RemainingTimeToFullSoC"),
                field<&M::remaining_time_to_bulk_soc>("RemainingTimeToBulkSoC"),
                field<&M::ev_target_voltage>("EVTargetVoltage"));
  }
};

/// What the station gives now, and which of its limits it has reached. Due within 25 ms.
struct CurrentDemandRes {
  static constexpr std::string_view kElement = "CurrentDemandRes";
  ResponseCode response_code{};
  DcEvseStatus dc_evse_status{};
  PhysicalValue evse_present_voltage{};
  PhysicalValue evse_present_current{};
  bool evse_current_limit_achieved{};
  bool evse_voltage_limit_achieved{};
  bool evse_power_limit_achieved{};
  std::optional<PhysicalValue> evse_maximum_voltage_limit{};
  std::optional<PhysicalValue> evse_maximum_current_limit{};
  std::optional<PhysicalValue> evse_maximum_power_limit{};
  static constexpr auto fields() {
    using M = CurrentDemandRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::dc_evse_status>("DC_EVSEStatus"),
                field<&M::evse_present_voltage>("EVSEPresentVoltage"),
                field<&M::evse_present_current>("EVSEPresentCurrent"),
                field<&M::evse_current_limit_achieved>("EVSECurrentLimitAchieved"),
                field<&M::evse_voltage_limit_achieved>("EVSEVoltageLimitAchieved"),
                field<&M::evse_power_limit_achieved>("EVSEPowerLimitAchieved"),
                field<&M::evse_maximum_voltage_limit>("EVSEMaximumVoltageLimit"),
                field<&M::evse_maximum_current_limit>("EVSEMaximumCurrentLimit"),
                field<&M::evse_maximum_power_limit>("EVSEMaximumPowerLimit"));
  }
};

/// The car tests its contactors; repeated while it does.
struct WeldingDetectionReq {
  static constexpr std::string_view kElement = "WeldingDetectionReq";
  DcEvStatus dc_ev_status{};
  static constexpr auto fields() {
    using M = WeldingDetectionReq;
    return list(field<&M::dc_ev_status>("DC_EVStatus"));
  }
};

/// The voltage at the outlet.
struct WeldingDetectionRes {
  static constexpr std::string_view kElement = "WeldingDetectionRes";
  ResponseCode response_code{};
  DcEvseStatus dc_evse_status{};
  PhysicalValue evse_present_voltage{};
  static constexpr auto fields() {
    using M = WeldingDetectionRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::dc_evse_status>("DC_EVSEStatus"),
                field<&M::evse_present_voltage>("EVSEPresentVoltage"));
  }
};

}  // namespace bulwatt::din
