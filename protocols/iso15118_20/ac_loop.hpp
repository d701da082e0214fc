// AC charging: the loop.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct BptDynamicAcClReqControlMode {
  static constexpr std::string_view kElement = "BPT_Dynamic_AC_CLReqControlMode";
  std::optional<std::uint32_t> departure_time{};
  RationalNumber ev_target_energy_request{};
  RationalNumber ev_maximum_energy_request{};
  RationalNumber ev_minimum_energy_request{};
  RationalNumber ev_maximum_charge_power{};
  std::optional<RationalNumber> ev_maximum_charge_power_l2{};
  std::optional<RationalNumber> ev_maximum_charge_power_l3{};
  RationalNumber ev_minimum_charge_power{};
  std::optional<RationalNumber> ev_minimum_charge_power_l2{};
  std::optional<RationalNumber> ev_minimum_charge_power_l3{};
  RationalNumber ev_present_active_power{};
  std::optional<RationalNumber> ev_present_active_power_l2{};
  std::optional<RationalNumber> ev_present_active_power_l3{};
  RationalNumber ev_present_reactive_power{};
  std::optional<RationalNumber> ev_present_reactive_power_l2{};
  std::optional<RationalNumber> ev_present_reactive_power_l3{};
  RationalNumber ev_maximum_discharge_power{};
  std::optional<RationalNumber> ev_maximum_discharge_power_l2{};
  std::optional<RationalNumber> ev_maximum_discharge_power_l3{};
  RationalNumber ev_minimum_discharge_power{};
  std::optional<RationalNumber> ev_minimum_discharge_power_l2{};
  std::optional<RationalNumber> ev_minimum_discharge_power_l3{};
  std::optional<RationalNumber> ev_maximum_v2x_energy_request{};
  std::optional<RationalNumber> ev_minimum_v2x_energy_request{};
  static constexpr auto fields() {
    using M = BptDynamicAcClReqControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l2>("EVMaximumChargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l3>("EVMaximumChargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l2>("EVMinimumChargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l3>("EVMinimumChargePower_L3", {.unit = "W"}),
                field<&M::ev_present_active_power>("EVPresentActivePower", {.unit = "W"}),
                field<&M::ev_present_active_power_l2>("EVPresentActivePower_L2", {.unit = "W"}),
                field<&M::ev_present_active_power_l3>("EVPresentActivePower_L3", {.unit = "W"}),
                field<&M::ev_present_reactive_power>("EVPresentReactivePower", {.unit = "VAR"}),
                field<&M::ev_present_reactive_power_l2>("EVPresentReactivePower_L2", {.unit = "VAR"}),
                field<&M::ev_present_reactive_power_l3>("EVPresentReactivePower_L3", {.unit = "VAR"}),
                field<&M::ev_maximum_discharge_power>("EVMaximumDischargePower", {.unit = "W"}),
                field<&M::ev_maximum_discharge_power_l2>("EVMaximumDischargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_discharge_power_l3>("EVMaximumDischargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power>("EVMinimumDischargePower", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power_l2>("EVMinimumDischargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power_l3>("EVMinimumDischargePower_L3", {.unit = "W"}),
                field<&M::ev_maximum_v2x_energy_request>("EVMaximumV2XEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_v2x_energy_request>("EVMinimumV2XEnergyRequest", {.unit = "Wh"}));
  }
};

struct BptScheduledAcClReqControlMode {
  static constexpr std::string_view kElement = "BPT_Scheduled_AC_CLReqControlMode";
  std::optional<RationalNumber> ev_target_energy_request{};
  std::optional<RationalNumber> ev_maximum_energy_request{};
  std::optional<RationalNumber> ev_minimum_energy_request{};
  std::optional<RationalNumber> ev_maximum_charge_power{};
  std::optional<RationalNumber> ev_maximum_charge_power_l2{};
  std::optional<RationalNumber> ev_maximum_charge_power_l3{};
  std::optional<RationalNumber> ev_minimum_charge_power{};
  std::optional<RationalNumber> ev_minimum_charge_power_l2{};
  std::optional<RationalNumber> ev_minimum_charge_power_l3{};
  RationalNumber ev_present_active_power{};
  std::optional<RationalNumber> ev_present_active_power_l2{};
  std::optional<RationalNumber> ev_present_active_power_l3{};
  std::optional<RationalNumber> ev_present_reactive_power{};
  std::optional<RationalNumber> ev_present_reactive_power_l2{};
  std::optional<RationalNumber> ev_present_reactive_power_l3{};
  std::optional<RationalNumber> ev_maximum_discharge_power{};
  std::optional<RationalNumber> ev_maximum_discharge_power_l2{};
  std::optional<RationalNumber> ev_maximum_discharge_power_l3{};
  std::optional<RationalNumber> ev_minimum_discharge_power{};
  std::optional<RationalNumber> ev_minimum_discharge_power_l2{};
  std::optional<RationalNumber> ev_minimum_discharge_power_l3{};
  static constexpr auto fields() {
    using M = BptScheduledAcClReqControlMode;
    return list(field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l2>("EVMaximumChargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l3>("EVMaximumChargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l2>("EVMinimumChargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l3>("EVMinimumChargePower_L3", {.unit = "W"}),
                field<&M::ev_present_active_power>("EVPresentActivePower", {.unit = "W"}),
                field<&M::ev_present_active_power_l2>("EVPresentActivePower_L2", {.unit = "W"}),
                field<&M::ev_present_active_power_l3>("EVPresentActivePower_L3", {.unit = "W"}),
                field<&M::ev_present_reactive_power>("EVPresentReactivePower", {.unit = "VAR"}),
                field<&M::ev_present_reactive_power_l2>("EVPresentReactivePower_L2", {.unit = "VAR"}),
                field<&M::ev_present_reactive_power_l3>("EVPresentReactivePower_L3", {.unit = "VAR"}),
                field<&M::ev_maximum_discharge_power>("EVMaximumDischargePower", {.unit = "W"}),
                field<&M::ev_maximum_discharge_power_l2>("EVMaximumDischargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_discharge_power_l3>("EVMaximumDischargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power>("EVMinimumDischargePower", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power_l2>("EVMinimumDischargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power_l3>("EVMinimumDischargePower_L3", {.unit = "W"}));
  }
};

struct DynamicAcClReqControlMode {
  static constexpr std::string_view kElement = "Dynamic_AC_CLReqControlMode";
  std::optional<std::uint32_t> departure_time{};
  RationalNumber ev_target_energy_request{};
  RationalNumber ev_maximum_energy_request{};
  RationalNumber ev_minimum_energy_request{};
  RationalNumber ev_maximum_charge_power{};
  std::optional<RationalNumber> ev_maximum_charge_power_l2{};
  std::optional<RationalNumber> ev_maximum_charge_power_l3{};
  RationalNumber ev_minimum_charge_power{};
  std::optional<RationalNumber> ev_minimum_charge_power_l2{};
  std::optional<RationalNumber> ev_minimum_charge_power_l3{};
  RationalNumber ev_present_active_power{};
  std::optional<RationalNumber> ev_present_active_power_l2{};
  std::optional<RationalNumber> ev_present_active_power_l3{};
  RationalNumber ev_present_reactive_power{};
  std::optional<RationalNumber> ev_present_reactive_power_l2{};
  std::optional<RationalNumber> ev_present_reactive_power_l3{};
  static constexpr auto fields() {
    using M = DynamicAcClReqControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l2>("EVMaximumChargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l3>("EVMaximumChargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l2>("EVMinimumChargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l3>("EVMinimumChargePower_L3", {.unit = "W"}),
                field<&M::ev_present_active_power>("EVPresentActivePower", {.unit = "W"}),
                field<&M::ev_present_active_power_l2>("EVPresentActivePower_L2", {.unit = "W"}),
                field<&M::ev_present_active_power_l3>("EVPresentActivePower_L3", {.unit = "W"}),
                field<&M::ev_present_reactive_power>("EVPresentReactivePower", {.unit = "VAR"}),
                field<&M::ev_present_reactive_power_l2>("EVPresentReactivePower_L2", {.unit = "VAR"}),
                field<&M::ev_present_reactive_power_l3>("EVPresentReactivePower_L3", {.unit = "VAR"}));
  }
};

struct ScheduledAcClReqControlMode {
  static constexpr std::string_view kElement = "Scheduled_AC_CLReqControlMode";
  std::optional<RationalNumber> ev_target_energy_request{};
  std::optional<RationalNumber> ev_maximum_energy_request{};
  std::optional<RationalNumber> ev_minimum_energy_request{};
  std::optional<RationalNumber> ev_maximum_charge_power{};
  std::optional<RationalNumber> ev_maximum_charge_power_l2{};
  std::optional<RationalNumber> ev_maximum_charge_power_l3{};
  std::optional<RationalNumber> ev_minimum_charge_power{};
  std::optional<RationalNumber> ev_minimum_charge_power_l2{};
  std::optional<RationalNumber> ev_minimum_charge_power_l3{};
  RationalNumber ev_present_active_power{};
  std::optional<RationalNumber> ev_present_active_power_l2{};
  std::optional<RationalNumber> ev_present_active_power_l3{};
  std::optional<RationalNumber> ev_present_reactive_power{};
  std::optional<RationalNumber> ev_present_reactive_power_l2{};
  std::optional<RationalNumber> ev_present_reactive_power_l3{};
  static constexpr auto fields() {
    using M = ScheduledAcClReqControlMode;
    return list(field<&M::ev_target_energy_request>("EVTargetEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_energy_request>("EVMaximumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_minimum_energy_request>("EVMinimumEnergyRequest", {.unit = "Wh"}),
                field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l2>("EVMaximumChargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l3>("EVMaximumChargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l2>("EVMinimumChargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l3>("EVMinimumChargePower_L3", {.unit = "W"}),
                field<&M::ev_present_active_power>("EVPresentActivePower", {.unit = "W"}),
                field<&M::ev_present_active_power_l2>("EVPresentActivePower_L2", {.unit = "W"}),
                field<&M::ev_present_active_power_l3>("EVPresentActivePower_L3", {.unit = "W"}),
                field<&M::ev_present_reactive_power>("EVPresentReactivePower", {.unit = "VAR"}),
                field<&M::ev_present_reactive_power_l2>("EVPresentReactivePower_L2", {.unit = "VAR"}),
                field<&M::ev_present_reactive_power_l3>("EVPresentReactivePower_L3", {.unit = "VAR"}));
  }
};

struct BptDynamicAcClResControlMode {
  static constexpr std::string_view kElement = "BPT_Dynamic_AC_CLResControlMode";
  std::optional<std::uint32_t> departure_time{};
  std::optional<std::int8_t> minimum_soc{};
  std::optional<std::int8_t> target_soc{};
  std::optional<std::uint16_t> ack_max_delay{};
  RationalNumber evse_target_active_power{};
  std::optional<RationalNumber> evse_target_active_power_l2{};
  std::optional<RationalNumber> evse_target_active_power_l3{};
  std::optional<RationalNumber> evse_target_reactive_power{};
  std::optional<RationalNumber> evse_target_reactive_power_l2{};
  std::optional<RationalNumber> evse_target_reactive_power_l3{};
  std::optional<RationalNumber> evse_present_active_power{};
  std::optional<RationalNumber> evse_present_active_power_l2{};
  std::optional<RationalNumber> evse_present_active_power_l3{};
  static constexpr auto fields() {
    using M = BptDynamicAcClResControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::minimum_soc>("MinimumSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::ack_max_delay>("AckMaxDelay", {.unit = "s"}),
                field<&M::evse_target_active_power>("EVSETargetActivePower", {.unit = "W"}),
                field<&M::evse_target_active_power_l2>("EVSETargetActivePower_L2", {.unit = "W"}),
                field<&M::evse_target_active_power_l3>("EVSETargetActivePower_L3", {.unit = "W"}),
                field<&M::evse_target_reactive_power>("EVSETargetReactivePower", {.unit = "VAR"}),
                field<&M::evse_target_reactive_power_l2>("EVSETargetReactivePower_L2", {.unit = "VAR"}),
                field<&M::evse_target_reactive_power_l3>("EVSETargetReactivePower_L3", {.unit = "VAR"}),
                field<&M::evse_present_active_power>("EVSEPresentActivePower", {.unit = "W"}),
                field<&M::evse_present_active_power_l2>("EVSEPresentActivePower_L2", {.unit = "W"}),
                field<&M::evse_present_active_power_l3>("EVSEPresentActivePower_L3", {.unit = "W"}));
  }
};

struct BptScheduledAcClResControlMode {
  static constexpr std::string_view kElement = "BPT_Scheduled_AC_CLResControlMode";
  std::optional<RationalNumber> evse_target_active_power{};
  std::optional<RationalNumber> evse_target_active_power_l2{};
  std::optional<RationalNumber> evse_target_active_power_l3{};
  std::optional<RationalNumber> evse_target_reactive_power{};
  std::optional<RationalNumber> evse_target_reactive_power_l2{};
  std::optional<RationalNumber> evse_target_reactive_power_l3{};
  std::optional<RationalNumber> evse_present_active_power{};
  std::optional<RationalNumber> evse_present_active_power_l2{};
  std::optional<RationalNumber> evse_present_active_power_l3{};
  static constexpr auto fields() {
    using M = BptScheduledAcClResControlMode;
    return list(field<&M::evse_target_active_power>("EVSETargetActivePower", {.unit = "W"}),
                field<&M::evse_target_active_power_l2>("EVSETargetActivePower_L2", {.unit = "W"}),
                field<&M::evse_target_active_power_l3>("EVSETargetActivePower_L3", {.unit = "W"}),
                field<&M::evse_target_reactive_power>("EVSETargetReactivePower", {.unit = "VAR"}),
                field<&M::evse_target_reactive_power_l2>("EVSETargetReactivePower_L2", {.unit = "VAR"}),
                field<&M::evse_target_reactive_power_l3>("EVSETargetReactivePower_L3", {.unit = "VAR"}),
                field<&M::evse_present_active_power>("EVSEPresentActivePower", {.unit = "W"}),
                field<&M::evse_present_active_power_l2>("EVSEPresentActivePower_L2", {.unit = "W"}),
                field<&M::evse_present_active_power_l3>("EVSEPresentActivePower_L3", {.unit = "W"}));
  }
};

struct DynamicAcClResControlMode {
  static constexpr std::string_view kElement = "Dynamic_AC_CLResControlMode";
  std::optional<std::uint32_t> departure_time{};
  std::optional<std::int8_t> minimum_soc{};
  std::optional<std::int8_t> target_soc{};
  std::optional<std::uint16_t> ack_max_delay{};
  RationalNumber evse_target_active_power{};
  std::optional<RationalNumber> evse_target_active_power_l2{};
  std::optional<RationalNumber> evse_target_active_power_l3{};
  std::optional<RationalNumber> evse_target_reactive_power{};
  std::optional<RationalNumber> evse_target_reactive_power_l2{};
  std::optional<RationalNumber> evse_target_reactive_power_l3{};
  std::optional<RationalNumber> evse_present_active_power{};
  std::optional<RationalNumber> evse_present_active_power_l2{};
  std::optional<RationalNumber> evse_present_active_power_l3{};
  static constexpr auto fields() {
    using M = DynamicAcClResControlMode;
    return list(field<&M::departure_time>("DepartureTime", {.unit = "s"}),
                field<&M::minimum_soc>("MinimumSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::ack_max_delay>("AckMaxDelay", {.unit = "s"}),
                field<&M::evse_target_active_power>("EVSETargetActivePower", {.unit = "W"}),
                field<&M::evse_target_active_power_l2>("EVSETargetActivePower_L2", {.unit = "W"}),
                field<&M::evse_target_active_power_l3>("EVSETargetActivePower_L3", {.unit = "W"}),
                field<&M::evse_target_reactive_power>("EVSETargetReactivePower", {.unit = "VAR"}),
                field<&M::evse_target_reactive_power_l2>("EVSETargetReactivePower_L2", {.unit = "VAR"}),
                field<&M::evse_target_reactive_power_l3>("EVSETargetReactivePower_L3", {.unit = "VAR"}),
                field<&M::evse_present_active_power>("EVSEPresentActivePower", {.unit = "W"}),
                field<&M::evse_present_active_power_l2>("EVSEPresentActivePower_L2", {.unit = "W"}),
                field<&M::evse_present_active_power_l3>("EVSEPresentActivePower_L3", {.unit = "W"}));
  }
};

struct ScheduledAcClResControlMode {
  static constexpr std::string_view kElement = "Scheduled_AC_CLResControlMode";
  std::optional<RationalNumber> evse_target_active_power{};
  std::optional<RationalNumber> evse_target_active_power_l2{};
  std::optional<RationalNumber> evse_target_active_power_l3{};
  std::optional<RationalNumber> evse_target_reactive_power{};
  std::optional<RationalNumber> evse_target_reactive_power_l2{};
  std::optional<RationalNumber> evse_target_reactive_power_l3{};
  std::optional<RationalNumber> evse_present_active_power{};
  std::optional<RationalNumber> evse_present_active_power_l2{};
  std::optional<RationalNumber> evse_present_active_power_l3{};
  static constexpr auto fields() {
    using M = ScheduledAcClResControlMode;
    return list(field<&M::evse_target_active_power>("EVSETargetActivePower", {.unit = "W"}),
                field<&M::evse_target_active_power_l2>("EVSETargetActivePower_L2", {.unit = "W"}),
                field<&M::evse_target_active_power_l3>("EVSETargetActivePower_L3", {.unit = "W"}),
                field<&M::evse_target_reactive_power>("EVSETargetReactivePower", {.unit = "VAR"}),
                field<&M::evse_target_reactive_power_l2>("EVSETargetReactivePower_L2", {.unit = "VAR"}),
                field<&M::evse_target_reactive_power_l3>("EVSETargetReactivePower_L3", {.unit = "VAR"}),
                field<&M::evse_present_active_power>("EVSEPresentActivePower", {.unit = "W"}),
                field<&M::evse_present_active_power_l2>("EVSEPresentActivePower_L2", {.unit = "W"}),
                field<&M::evse_present_active_power_l3>("EVSEPresentActivePower_L3", {.unit = "W"}));
  }
};

/// What the car takes now, and how long it needs.
struct AcChargeLoopReq {
  static constexpr std::string_view kElement = "AC_ChargeLoopReq";
  MessageHeader header{};
  std::optional<DisplayParameters> display_parameters{};
  bool meter_info_requested{};
  std::variant<BptDynamicAcClReqControlMode, BptScheduledAcClReqControlMode, DynamicAcClReqControlMode,
               ScheduledAcClReqControlMode>
      cl_req_control_mode{};
  static constexpr auto fields() {
    using M = AcChargeLoopReq;
    return list(field<&M::header>("Header"), field<&M::display_parameters>("DisplayParameters"),
                field<&M::meter_info_requested>("MeterInfoRequested"),
                field<&M::cl_req_control_mode>("CLReqControlMode", {.substitution = true}));
  }
};

/// What the car may or shall take now.
struct AcChargeLoopRes {
  static constexpr std::string_view kElement = "AC_ChargeLoopRes";
  MessageHeader header{};
  ResponseCode response_code{};
  std::optional<EvseStatus> evse_status{};
  std::optional<MeterInfo> meter_info{};
  std::optional<Receipt> receipt{};
  std::optional<RationalNumber> evse_target_frequency{};
  std::variant<BptDynamicAcClResControlMode, BptScheduledAcClResControlMode, DynamicAcClResControlMode,
               ScheduledAcClResControlMode>
      cl_res_control_mode{};
  static constexpr auto fields() {
    using M = AcChargeLoopRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_status>("EVSEStatus"), field<&M::meter_info>("MeterInfo"), field<&M::receipt>("Receipt"),
                field<&M::evse_target_frequency>("EVSETargetFrequency", {.unit = "Hz"}),
                field<&M::cl_res_control_mode>("CLResControlMode", {.substitution = true}));
  }
};

}  // namespace bulwatt::iso20
