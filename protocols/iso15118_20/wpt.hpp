// Wireless charging: limits, alignment and the loop.
#pragma once
#include "protocols/iso15118_20/wpt_positioning.hpp"

namespace bulwatt::iso20 {

enum class WptPowerClass : std::uint8_t { mf_wpt_1, mf_wpt_2, mf_wpt_3, mf_wpt_4 };
constexpr auto enum_names(WptPowerClass) { return names("MF-WPT1", "MF-WPT2", "MF-WPT3", "MF-WPT4"); }

enum class WptEvpcChargeDiagnostics : std::uint8_t {
  evpc_no_issue,
  evpc_temp_overheat_detected,
  evpc_power_transfer_anomaly_detected,
  evpc_anomaly_detected
};
constexpr auto enum_names(WptEvpcChargeDiagnostics) {
  return names("EVPCNoIssue", "EVPCTempOverheatDetected", "EVPCPowerTransferAnomalyDetected", "EVPCAnomalyDetected");
}

struct WptEvpcPowerControlParameter {
  RationalNumber evpc_coil_current_request{};
  RationalNumber evpc_coil_current_information{};
  RationalNumber evpc_current_output_information{};
  RationalNumber evpc_voltage_output_information{};
  static constexpr auto fields() {
    using M = WptEvpcPowerControlParameter;
    return list(field<&M::evpc_coil_current_request>("EVPCCoilCurrentRequest", {.unit = "A"}),
                field<&M::evpc_coil_current_information>("EVPCCoilCurrentInformation", {.unit = "A"}),
                field<&M::evpc_current_output_information>("EVPCCurrentOutputInformation", {.unit = "A"}),
                field<&M::evpc_voltage_output_information>("EVPCVoltageOutputInformation", {.unit = "V"}));
  }
};

enum class WptSpcChargeDiagnostics : std::uint8_t {
  spc_no_issue,
  spc_fod_detected,
  spc_lop_detected,
  spc_temp_overheat_detected,
  spc_power_transfer_anomaly_detected,
  spc_anomaly_detected
};
constexpr auto enum_names(WptSpcChargeDiagnostics) {
  return names("SPCNoIssue", "SPCFODDetected", "SPCLOPDetected", "SPCTempOverheatDetected",
               "SPCPowerTransferAnomalyDetected", "SPCAnomalyDetected");
}

struct WptSpcPowerControlParameter {
  RationalNumber spc_primary_device_coil_current_information{};
  static constexpr auto fields() {
    using M = WptSpcPowerControlParameter;
    return list(field<&M::spc_primary_device_coil_current_information>("SPCPrimaryDeviceCoilCurrentInformation",
                                                                       {.unit = "A"}));
  }
};

/// Limits of the device in the car.
struct WptChargeParameterDiscoveryReq {
  static constexpr std::string_view kElement = "WPT_ChargeParameterDiscoveryReq";
  MessageHeader header{};
  RationalNumber evpc_max_receivable_power{};
  std::uint16_t sd_max_ground_clearence{};
  std::uint16_t sd_min_ground_clearence{};
  RationalNumber evpc_natural_frequency{};
  bool evpc_device_local_control{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  static constexpr auto fields() {
    using M = WptChargeParameterDiscoveryReq;
    return list(field<&M::header>("Header"),
                field<&M::evpc_max_receivable_power>("EVPCMaxReceivablePower", {.unit = "W"}),
                field<&M::sd_max_ground_clearence>("SDMaxGroundClearence"),
                field<&M::sd_min_ground_clearence>("SDMinGroundClearence"),
                field<&M::evpc_natural_frequency>("EVPCNaturalFrequency", {.unit = "Hz"}),
                field<&M::evpc_device_local_control>("EVPCDeviceLocalControl"),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}));
  }
};

/// Limits of the device in the ground.
struct WptChargeParameterDiscoveryRes {
  static constexpr std::string_view kElement = "WPT_ChargeParameterDiscoveryRes";
  MessageHeader header{};
  ResponseCode response_code{};
  WptPowerClass pd_input_power_class{};
  RationalNumber sd_min_output_power{};
  RationalNumber sd_max_output_power{};
  std::uint16_t sd_max_ground_clearance_support{};
  std::uint16_t sd_min_ground_clearance_support{};
  RationalNumber pd_min_coil_current{};
  RationalNumber pd_max_coil_current{};
  List<Octets<256>, 16> sd_manufacturer_specific_data_container{};
  static constexpr auto fields() {
    using M = WptChargeParameterDiscoveryRes;
    return list(
        field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
        field<&M::pd_input_power_class>("PDInputPowerClass"),
        field<&M::sd_min_output_power>("SDMinOutputPower", {.unit = "W"}),
        field<&M::sd_max_output_power>("SDMaxOutputPower", {.unit = "W"}),
        field<&M::sd_max_ground_clearance_support>("SDMaxGroundClearanceSupport"),
        field<&M::sd_min_ground_clearance_support>("SDMinGroundClearanceSupport"),
        field<&M::pd_min_coil_current>("PDMinCoilCurrent", {.unit = "A"}),
        field<&M::pd_max_coil_current>("PDMaxCoilCurrent", {.unit = "A"}),
        field<&M::sd_manufacturer_specific_data_container>("SDManufacturerSpecificDataContainer", {.base64 = true}));
  }
};

/// A test with little power.
struct WptAlignmentCheckReq {
  static constexpr std::string_view kElement = "WPT_AlignmentCheckReq";
  MessageHeader header{};
  Processing ev_processing{};
  std::optional<RationalNumber> target_coil_current{};
  WptEvResult ev_result_code{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  static constexpr auto fields() {
    using M = WptAlignmentCheckReq;
    return list(field<&M::header>("Header"), field<&M::ev_processing>("EVProcessing"),
                field<&M::target_coil_current>("TargetCoilCurrent", {.unit = "A"}),
                field<&M::ev_result_code>("EVResultCode"),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}));
  }
};

/// What the test gave.
struct WptAlignmentCheckRes {
  static constexpr std::string_view kElement = "WPT_AlignmentCheckRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  std::optional<RationalNumber> power_transmitted{};
  std::optional<RationalNumber> supply_device_current{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  static constexpr auto fields() {
    using M = WptAlignmentCheckRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"), field<&M::power_transmitted>("PowerTransmitted"),
                field<&M::supply_device_current>("SupplyDeviceCurrent", {.unit = "A"}),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}));
  }
};

/// What the car wants now.
struct WptChargeLoopReq {
  static constexpr std::string_view kElement = "WPT_ChargeLoopReq";
  MessageHeader header{};
  std::optional<DisplayParameters> display_parameters{};
  bool meter_info_requested{};
  RationalNumber evpc_power_request{};
  RationalNumber evpc_power_output{};
  WptEvpcChargeDiagnostics evpc_charge_diagnostics{};
  std::optional<RationalNumber> evpc_operating_frequency{};
  std::optional<WptEvpcPowerControlParameter> evpc_power_control_parameter{};
  List<Octets<256>, 16> manufacturer_specific_data_container{};
  static constexpr auto fields() {
    using M = WptChargeLoopReq;
    return list(field<&M::header>("Header"), field<&M::display_parameters>("DisplayParameters"),
                field<&M::meter_info_requested>("MeterInfoRequested"),
                field<&M::evpc_power_request>("EVPCPowerRequest", {.unit = "W"}),
                field<&M::evpc_power_output>("EVPCPowerOutput"),
                field<&M::evpc_charge_diagnostics>("EVPCChargeDiagnostics"),
                field<&M::evpc_operating_frequency>("EVPCOperatingFrequency", {.unit = "Hz"}),
                field<&M::evpc_power_control_parameter>("EVPCPowerControlParameter"),
                field<&M::manufacturer_specific_data_container>("ManufacturerSpecificDataContainer", {.base64 = true}));
  }
};

/// What the station gives now.
struct WptChargeLoopRes {
  static constexpr std::string_view kElement = "WPT_ChargeLoopRes";
  MessageHeader header{};
  ResponseCode response_code{};
  std::optional<EvseStatus> evse_status{};
  std::optional<MeterInfo> meter_info{};
  std::optional<Receipt> receipt{};
  RationalNumber evpc_power_request{};
  std::optional<RationalNumber> sd_power_input{};
  RationalNumber spc_max_output_power_limit{};
  RationalNumber spc_min_output_power_limit{};
  WptSpcChargeDiagnostics spc_charge_diagnostics{};
  std::optional<RationalNumber> spc_operating_frequency{};
  std::optional<WptSpcPowerControlParameter> spc_power_control_parameter{};
  List<Octets<256>, 16> manufacturer_specific_data_container{};
  static constexpr auto fields() {
    using M = WptChargeLoopRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_status>("EVSEStatus"), field<&M::meter_info>("MeterInfo"), field<&M::receipt>("Receipt"),
                field<&M::evpc_power_request>("EVPCPowerRequest", {.unit = "W"}),
                field<&M::sd_power_input>("SDPowerInput", {.unit = "W"}),
                field<&M::spc_max_output_power_limit>("SPCMaxOutputPowerLimit", {.unit = "W"}),
                field<&M::spc_min_output_power_limit>("SPCMinOutputPowerLimit", {.unit = "W"}),
                field<&M::spc_charge_diagnostics>("SPCChargeDiagnostics"),
                field<&M::spc_operating_frequency>("SPCOperatingFrequency", {.unit = "Hz"}),
                field<&M::spc_power_control_parameter>("SPCPowerControlParameter"),
                field<&M::manufacturer_specific_data_container>("ManufacturerSpecificDataContainer", {.base64 = true}));
  }
};

}  // namespace bulwatt::iso20
