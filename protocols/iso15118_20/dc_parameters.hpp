// DC charging: limits of car and station, and what precedes and follows the loop.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct BptDcCpdReqEnergyTransferMode {
  static constexpr std::string_view kElement = "BPT_DC_CPDReqEnergyTransferMode";
  RationalNumber ev_maximum_charge_power{};
  RationalNumber ev_minimum_charge_power{};
  RationalNumber ev_maximum_charge_current{};
  RationalNumber ev_minimum_charge_current{};
  RationalNumber ev_maximum_voltage{};
  RationalNumber ev_minimum_voltage{};
  std::optional<std::int8_t> target_soc{};
  RationalNumber ev_maximum_discharge_power{};
  RationalNumber ev_minimum_discharge_power{};
  RationalNumber ev_maximum_discharge_current{};
  RationalNumber ev_minimum_discharge_current{};
  static constexpr auto fields() {
    using M = BptDcCpdReqEnergyTransferMode;
    return list(field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_current>("EVMaximumChargeCurrent", {.unit = "A"}),
                field<&M::ev_minimum_charge_current>("EVMinimumChargeCurrent", {.unit = "A"}),
                field<&M::ev_maximum_voltage>("EVMaximumVoltage", {.unit = "V"}),
                field<&M::ev_minimum_voltage>("EVMinimumVoltage", {.unit = "V"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::ev_maximum_discharge_power>("EVMaximumDischargePower", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power>("EVMinimumDischargePower", {.unit = "W"}),
                field<&M::ev_maximum_discharge_current>("EVMaximumDischargeCurrent", {.unit = "A"}),
                field<&M::ev_minimum_discharge_current>("EVMinimumDischargeCurrent", {.unit = "A"}));
  }
};

struct DcCpdReqEnergyTransferMode {
  static constexpr std::string_view kElement = "DC_CPDReqEnergyTransferMode";
  RationalNumber ev_maximum_charge_power{};
  RationalNumber ev_minimum_charge_power{};
  RationalNumber ev_maximum_charge_current{};
  RationalNumber ev_minimum_charge_current{};
  RationalNumber ev_maximum_voltage{};
  RationalNumber ev_minimum_voltage{};
  std::optional<std::int8_t> target_soc{};
  static constexpr auto fields() {
    using M = DcCpdReqEnergyTransferMode;
    return list(field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_current>("EVMaximumChargeCurrent", {.unit = "A"}),
                field<&M::ev_minimum_charge_current>("EVMinimumChargeCurrent", {.unit = "A"}),
                field<&M::ev_maximum_voltage>("EVMaximumVoltage", {.unit = "V"}),
                field<&M::ev_minimum_voltage>("EVMinimumVoltage", {.unit = "V"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}));
  }
};

struct BptDcCpdResEnergyTransferMode {
  static constexpr std::string_view kElement = "BPT_DC_CPDResEnergyTransferMode";
  RationalNumber evse_maximum_charge_power{};
  RationalNumber evse_minimum_charge_power{};
  RationalNumber evse_maximum_charge_current{};
  RationalNumber evse_minimum_charge_current{};
  RationalNumber evse_maximum_voltage{};
  RationalNumber evse_minimum_voltage{};
  std::optional<RationalNumber> evse_power_ramp_limitation{};
  RationalNumber evse_maximum_discharge_power{};
  RationalNumber evse_minimum_discharge_power{};
  RationalNumber evse_maximum_discharge_current{};
  RationalNumber evse_minimum_discharge_current{};
  static constexpr auto fields() {
    using M = BptDcCpdResEnergyTransferMode;
    return list(field<&M::evse_maximum_charge_power>("EVSEMaximumChargePower", {.unit = "W"}),
                field<&M::evse_minimum_charge_power>("EVSEMinimumChargePower", {.unit = "W"}),
                field<&M::evse_maximum_charge_current>("EVSEMaximumChargeCurrent", {.unit = "A"}),
                field<&M::evse_minimum_charge_current>("EVSEMinimumChargeCurrent", {.unit = "A"}),
                field<&M::evse_maximum_voltage>("EVSEMaximumVoltage", {.unit = "V"}),
                field<&M::evse_minimum_voltage>("EVSEMinimumVoltage", {.unit = "V"}),
                field<&M::evse_power_ramp_limitation>("EVSEPowerRampLimitation", {.unit = "W/s"}),
                field<&M::evse_maximum_discharge_power>("EVSEMaximumDischargePower", {.unit = "W"}),
                field<&M::evse_minimum_discharge_power>("EVSEMinimumDischargePower", {.unit = "W"}),
                field<&M::evse_maximum_discharge_current>("EVSEMaximumDischargeCurrent", {.unit = "A"}),
                field<&M::evse_minimum_discharge_current>("EVSEMinimumDischargeCurrent", {.unit = "A"}));
  }
};

struct DcCpdResEnergyTransferMode {
  static constexpr std::string_view kElement = "DC_CPDResEnergyTransferMode";
  RationalNumber evse_maximum_charge_power{};
  RationalNumber evse_minimum_charge_power{};
  RationalNumber evse_maximum_charge_current{};
  RationalNumber evse_minimum_charge_current{};
  RationalNumber evse_maximum_voltage{};
  RationalNumber evse_minimum_voltage{};
  std::optional<RationalNumber> evse_power_ramp_limitation{};
  static constexpr auto fields() {
    using M = DcCpdResEnergyTransferMode;
    return list(field<&M::evse_maximum_charge_power>("EVSEMaximumChargePower", {.unit = "W"}),
                field<&M::evse_minimum_charge_power>("EVSEMinimumChargePower", {.unit = "W"}),
                field<&M::evse_maximum_charge_current>("EVSEMaximumChargeCurrent", {.unit = "A"}),
                field<&M::evse_minimum_charge_current>("EVSEMinimumChargeCurrent", {.unit = "A"}),
                field<&M::evse_maximum_voltage>("EVSEMaximumVoltage", {.unit = "V"}),
                field<&M::evse_minimum_voltage>("EVSEMinimumVoltage", {.unit = "V"}),
                field<&M::evse_power_ramp_limitation>("EVSEPowerRampLimitation", {.unit = "W/s"}));
  }
};

/// Limits of the car.
struct DcChargeParameterDiscoveryReq {
  static constexpr std::string_view kElement = "DC_ChargeParameterDiscoveryReq";
  MessageHeader header{};
  std::variant<BptDcCpdReqEnergyTransferMode, DcCpdReqEnergyTransferMode> dc_cpd_req_energy_transfer_mode{};
  static constexpr auto fields() {
    using M = DcChargeParameterDiscoveryReq;
    return list(field<&M::header>("Header"),
                field<&M::dc_cpd_req_energy_transfer_mode>("DC_CPDReqEnergyTransferMode", {.substitution = true}));
  }
};

/// Limits of the station.
struct DcChargeParameterDiscoveryRes {
  static constexpr std::string_view kElement = "DC_ChargeParameterDiscoveryRes";
  MessageHeader header{};
  ResponseCode response_code{};
  std::variant<BptDcCpdResEnergyTransferMode, DcCpdResEnergyTransferMode> dc_cpd_res_energy_transfer_mode{};
  static constexpr auto fields() {
    using M = DcChargeParameterDiscoveryRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::dc_cpd_res_energy_transfer_mode>("DC_CPDResEnergyTransferMode", {.substitution = true}));
  }
};

/// The car is ready for the test of isolation; repeated while it lasts.
struct DcCableCheckReq {
  static constexpr std::string_view kElement = "DC_CableCheckReq";
  MessageHeader header{};
  static constexpr auto fields() {
    using M = DcCableCheckReq;
    return list(field<&M::header>("Header"));
  }
};

/// How far the test is.
struct DcCableCheckRes {
  static constexpr std::string_view kElement = "DC_CableCheckRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  static constexpr auto fields() {
    using M = DcCableCheckRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"));
  }
};

/// The car wants the voltage of its battery before it closes its contactors.
struct DcPreChargeReq {
  static constexpr std::string_view kElement = "DC_PreChargeReq";
  MessageHeader header{};
  Processing ev_processing{};
  RationalNumber ev_present_voltage{};
  RationalNumber ev_target_voltage{};
  static constexpr auto fields() {
    using M = DcPreChargeReq;
    return list(field<&M::header>("Header"), field<&M::ev_processing>("EVProcessing"),
                field<&M::ev_present_voltage>("EVPresentVoltage", {.unit = "V"}),
                field<&M::ev_target_voltage>("EVTargetVoltage", {.unit = "V"}));
  }
};

/// The voltage at the outlet.
struct DcPreChargeRes {
  static constexpr std::string_view kElement = "DC_PreChargeRes";
  MessageHeader header{};
  ResponseCode response_code{};
  RationalNumber evse_present_voltage{};
  static constexpr auto fields() {
    using M = DcPreChargeRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_present_voltage>("EVSEPresentVoltage", {.unit = "V"}));
  }
};

/// The car tests its contactors; repeated while it does.
struct DcWeldingDetectionReq {
  static constexpr std::string_view kElement = "DC_WeldingDetectionReq";
  MessageHeader header{};
  Processing ev_processing{};
  static constexpr auto fields() {
    using M = DcWeldingDetectionReq;
    return list(field<&M::header>("Header"), field<&M::ev_processing>("EVProcessing"));
  }
};

/// The voltage at the outlet.
struct DcWeldingDetectionRes {
  static constexpr std::string_view kElement = "DC_WeldingDetectionRes";
  MessageHeader header{};
  ResponseCode response_code{};
  RationalNumber evse_present_voltage{};
  static constexpr auto fields() {
    using M = DcWeldingDetectionRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_present_voltage>("EVSEPresentVoltage", {.unit = "V"}));
  }
};

}  // namespace bulwatt::iso20
