// DC charging: the loop.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct BptDynamicDcClReqControlMode {
  static constexpr std::string_view kElement = "BPT_Dynamic_DC_CLReqControlMode";
  std::optional<std::uint32_t> departure_time{};
  RationalNumber ev_target_energy_request{};
  RationalNumber ev_maximum_energy_request{};
  RationalNumber ev_minimum_energy_request{};
  RationalNumber ev_maximum_charge_power{};
  RationalNumber ev_minimum_charge_power{};
  RationalNumber ev_maximum_charge_current{};
  RationalNumber ev_maximum_voltage{};
  RationalNumber ev_minimum_voltage{};
  RationalNumber ev_maximum_discharge_power{};
  RationalNumber ev_minimum_discharge_power{};
  RationalNumber ev_maximum_discharge_current{};
  std::optional<RationalNumber> ev_maximum_v2x_energy_request{};
  std::optional<RationalNumber> ev_minimum_v2x_energy_request{};
  static constexpr auto fields() {
    using M = BptDynamicDcClReqControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_current>("EVMaximumChargeCurrent", {.unit = "A"}),
                field<&M::ev_maximum_voltage>("EVMaximumVoltage", {.unit = "V"}),
                field<&M::ev_minimum_voltage>("EVMinimumVoltage", {.unit = "V"}),
                field<&M::ev_maximum_discharge_power>("EVMaximumDischargePower", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power>("EVMinimumDischargePower", {.unit = "W"}),
                field<&M::ev_maximum_discharge_current>("EVMaximumDischargeCurrent", {.unit = "A"}),
                field<&M::ev_maximum_v2x_energy_request>("EVMaximumV2XEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_v2x_energy_request>("EVMinimumV2XEnergyRequest", {.unit = "Wh"}));
  }
};

struct BptScheduledDcClReqControlMode {
  static constexpr std::string_view kElement = "BPT_Scheduled_DC_CLReqControlMode";
  std::optional<RationalNumber> ev_target_energy_request{};
  std::optional<RationalNumber> ev_maximum_energy_request{};
  std::optional<RationalNumber> ev_minimum_energy_request{};
  RationalNumber ev_target_current{};
  RationalNumber ev_target_voltage{};
  std::optional<RationalNumber> ev_maximum_charge_power{};
  std::optional<RationalNumber> ev_minimum_charge_power{};
  std::optional<RationalNumber> ev_maximum_charge_current{};
  std::optional<RationalNumber> ev_maximum_voltage{};
  std::optional<RationalNumber> ev_minimum_voltage{};
  std::optional<RationalNumber> ev_maximum_discharge_power{};
  std::optional<RationalNumber> ev_minimum_discharge_power{};
  std::optional<RationalNumber> ev_maximum_discharge_current{};
  static constexpr auto fields() {
    using M = BptScheduledDcClReqControlMode;
    return list(field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_target_current>("EVTargetCurrent", {.unit = "A"}),
                field<&M::ev_target_voltage>("EVTargetVoltage", {.unit = "V"}),
                field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_current>("EVMaximumChargeCurrent", {.unit = "A"}),
                field<&M::ev_maximum_voltage>("EVMaximumVoltage", {.unit = "V"}),
                field<&M::ev_minimum_voltage>("EVMinimumVoltage", {.unit = "V"}),
                field<&M::ev_maximum_discharge_power>("EVMaximumDischargePower", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power>("EVMinimumDischargePower", {.unit = "W"}),
                field<&M::ev_maximum_discharge_current>("EVMaximumDischargeCurrent", {.unit = "A"}));
  }
};

struct DynamicDcClReqControlMode {
  static constexpr std::string_view kElement = "Dynamic_DC_CLReqControlMode";
  std::optional<std::uint32_t> departure_time{};
  RationalNumber ev_target_energy_request{};
  RationalNumber ev_maximum_energy_request{};
  RationalNumber ev_minimum_energy_request{};
  RationalNumber ev_maximum_charge_power{};
  RationalNumber ev_minimum_charge_power{};
  RationalNumber ev_maximum_charge_current{};
  RationalNumber ev_maximum_voltage{};
  RationalNumber ev_minimum_voltage{};
  static constexpr auto fields() {
    using M = DynamicDcClReqControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_current>("EVMaximumChargeCurrent", {.unit = "A"}),
                field<&M::ev_maximum_voltage>("EVMaximumVoltage", {.unit = "V"}),
                field<&M::ev_minimum_voltage>("EVMinimumVoltage", {.unit = "V"}));
  }
};

struct ScheduledDcClReqControlMode {
  static constexpr std::string_view kElement = "Scheduled_DC_CLReqControlMode";
  std::optional<RationalNumber> ev_target_energy_request{};
  std::optional<RationalNumber> ev_maximum_energy_request{};
  std::optional<RationalNumber> ev_minimum_energy_request{};
  RationalNumber ev_target_current{};
  RationalNumber ev_target_voltage{};
  std::optional<RationalNumber> ev_maximum_charge_power{};
  std::optional<RationalNumber> ev_minimum_charge_power{};
  std::optional<RationalNumber> ev_maximum_charge_current{};
  std::optional<RationalNumber> ev_maximum_voltage{};
  std::optional<RationalNumber> ev_minimum_voltage{};
  static constexpr auto fields() {
    using M = ScheduledDcClReqControlMode;
    return list(field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_target_current>("EVTargetCurrent", {.unit = "A"}),
                field<&M::ev_target_voltage>("EVTargetVoltage", {.unit = "V"}),
                field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_current>("EVMaximumChargeCurrent", {.unit = "A"}),
                field<&M::ev_maximum_voltage>("EVMaximumVoltage", {.unit = "V"}),
                field<&M::ev_minimum_voltage>("EVMinimumVoltage", {.unit = "V"}));
  }
};

struct BptDynamicDcClResControlMode {
  static constexpr std::string_view kElement = "BPT_Dynamic_DC_CLResControlMode";
  std::optional<std::uint32_t> departure_time{};
  std::optional<std::int8_t> minimum_soc{};
  std::optional<std::int8_t> target_soc{};
  std::optional<std::uint16_t> ack_max_delay{};
  RationalNumber evse_maximum_charge_power{};
  RationalNumber evse_minimum_charge_power{};
  RationalNumber evse_maximum_charge_current{};
  RationalNumber evse_maximum_voltage{};
  RationalNumber evse_maximum_discharge_power{};
  RationalNumber evse_minimum_discharge_power{};
  RationalNumber evse_maximum_discharge_current{};
  RationalNumber evse_minimum_voltage{};
  static constexpr auto fields() {
    using M = BptDynamicDcClResControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::minimum_soc>("MinimumSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::ack_max_delay>("AckMaxDelay", {.unit = "s"}),
                field<&M::evse_maximum_charge_power>("EVSEMaximumChargePower", {.unit = "W"}),
                field<&M::evse_minimum_charge_power>("EVSEMinimumChargePower", {.unit = "W"}),
                field<&M::evse_maximum_charge_current>("EVSEMaximumChargeCurrent", {.unit = "A"}),
                field<&M::evse_maximum_voltage>("EVSEMaximumVoltage", {.unit = "V"}),
                field<&M::evse_maximum_discharge_power>("EVSEMaximumDischargePower", {.unit = "W"}),
                field<&M::evse_minimum_discharge_power>("EVSEMinimumDischargePower", {.unit = "W"}),
                field<&M::evse_maximum_discharge_current>("EVSEMaximumDischargeCurrent", {.unit = "A"}),
                field<&M::evse_minimum_voltage>("EVSEMinimumVoltage", {.unit = "V"}));
  }
};

struct BptScheduledDcClResControlMode {
  static constexpr std::string_view kElement = "BPT_Scheduled_DC_CLResControlMode";
  std::optional<RationalNumber> evse_maximum_charge_power{};
  std::optional<RationalNumber> evse_minimum_charge_power{};
  std::optional<RationalNumber> evse_maximum_charge_current{};
  std::optional<RationalNumber> evse_maximum_voltage{};
  std::optional<RationalNumber> evse_maximum_discharge_power{};
  std::optional<RationalNumber> evse_minimum_discharge_power{};
  std::optional<RationalNumber> evse_maximum_discharge_current{};
  std::optional<RationalNumber> evse_minimum_voltage{};
  static constexpr auto fields() {
    using M = BptScheduledDcClResControlMode;
    return list(field<&M::evse_maximum_charge_power>("EVSEMaximumChargePower", {.unit = "W"}),
                field<&M::evse_minimum_charge_power>("EVSEMinimumChargePower", {.unit = "W"}),
                field<&M::evse_maximum_charge_current>("EVSEMaximumChargeCurrent", {.unit = "A"}),
                field<&M::evse_maximum_voltage>("EVSEMaximumVoltage", {.unit = "V"}),
                field<&M::evse_maximum_discharge_power>("EVSEMaximumDischargePower", {.unit = "W"}),
                field<&M::evse_minimum_discharge_power>("EVSEMinimumDischargePower", {.unit = "W"}),
                field<&M::evse_maximum_discharge_current>("EVSEMaximumDischargeCurrent", {.unit = "A"}),
                field<&M::evse_minimum_voltage>("EVSEMinimumVoltage", {.unit = "V"}));
  }
};

struct DynamicDcClResControlMode {
  static constexpr std::string_view kElement = "Dynamic_DC_CLResControlMode";
  std::optional<std::uint32_t> departure_time{};
  std::optional<std::int8_t> minimum_soc{};
  std::optional<std::int8_t> target_soc{};
  std::optional<std::uint16_t> ack_max_delay{};
  RationalNumber evse_maximum_charge_power{};
  RationalNumber evse_minimum_charge_power{};
  RationalNumber evse_maximum_charge_current{};
  RationalNumber evse_maximum_voltage{};
  static constexpr auto fields() {
    using M = DynamicDcClResControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::minimum_soc>("MinimumSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::ack_max_delay>("AckMaxDelay", {.unit = "s"}),
                field<&M::evse_maximum_charge_power>("EVSEMaximumChargePower", {.unit = "W"}),
                field<&M::evse_minimum_charge_power>("EVSEMinimumChargePower", {.unit = "W"}),
                field<&M::evse_maximum_charge_current>("EVSEMaximumChargeCurrent", {.unit = "A"}),
                field<&M::evse_maximum_voltage>("EVSEMaximumVoltage", {.unit = "V"}));
  }
};

struct ScheduledDcClResControlMode {
  static constexpr std::string_view kElement = "Scheduled_DC_CLResControlMode";
  std::optional<RationalNumber> evse_maximum_charge_power{};
  std::optional<RationalNumber> evse_minimum_charge_power{};
  std::optional<RationalNumber> evse_maximum_charge_current{};
  std::optional<RationalNumber> evse_maximum_voltage{};
  static constexpr auto fields() {
    using M = ScheduledDcClResControlMode;
    return list(field<&M::evse_maximum_charge_power>("EVSEMaximumChargePower", {.unit = "W"}),
                field<&M::evse_minimum_charge_power>("EVSEMinimumChargePower", {.unit = "W"}),
                field<&M::evse_maximum_charge_current>("EVSEMaximumChargeCurrent", {.unit = "A"}),
                field<&M::evse_maximum_voltage>("EVSEMaximumVoltage", {.unit = "V"}));
  }
};

/// What the car wants now. The loop of DC charging: within half a second.
struct DcChargeLoopReq {
  static constexpr std::string_view kElement = "DC_ChargeLoopReq";
  MessageHeader header{};
  std::optional<DisplayParameters> display_parameters{};
  bool meter_info_requested{};
  RationalNumber ev_present_voltage{};
  std::variant<BptDynamicDcClReqControlMode, BptScheduledDcClReqControlMode, DynamicDcClReqControlMode,
               ScheduledDcClReqControlMode>
      cl_req_control_mode{};
  static constexpr auto fields() {
    using M = DcChargeLoopReq;
    return list(field<&M::header>("Header"), field<&M::display_parameters>("DisplayParameters"),
                field<&M::meter_info_requested>("MeterInfoRequested"),
                field<&M::ev_present_voltage>("EVPresentVoltage", {.unit = "V"}),
                field<&M::cl_req_control_mode>("CLReqControlMode", {.substitution = true}));
  }
};

/// What the station gives now, and its limits.
struct DcChargeLoopRes {
  static constexpr std::string_view kElement = "DC_ChargeLoopRes";
  MessageHeader header{};
  ResponseCode response_code{};
  std::optional<EvseStatus> evse_status{};
  std::optional<MeterInfo> meter_info{};
  std::optional<Receipt> receipt{};
  RationalNumber evse_present_current{};
  RationalNumber evse_present_voltage{};
  bool evse_power_limit_achieved{};
  bool evse_current_limit_achieved{};
  bool evse_voltage_limit_achieved{};
  std::variant<BptDynamicDcClResControlMode, BptScheduledDcClResControlMode, DynamicDcClResControlMode,
               ScheduledDcClResControlMode>
      cl_res_control_mode{};
  static constexpr auto fields() {
    using M = DcChargeLoopRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_status>("EVSEStatus"), field<&M::meter_info>("MeterInfo"), field<&M::receipt>("Receipt"),
                field<&M::evse_present_current>("EVSEPresentCurrent", {.unit = "A"}),
                field<&M::evse_present_voltage>("EVSEPresentVoltage", {.unit = "V"}),
                field<&M::evse_power_limit_achieved>("EVSEPowerLimitAchieved"),
                field<&M::evse_current_limit_achieved>("EVSECurrentLimitAchieved"),
                field<&M::evse_voltage_limit_achieved>("EVSEVoltageLimitAchieved"),
                field<&M::cl_res_control_mode>("CLResControlMode", {.substitution = true}));
  }
};

}  // namespace bulwatt::iso20
