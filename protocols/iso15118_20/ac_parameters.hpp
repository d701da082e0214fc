// AC charging: limits of car and station.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct AcCpdReqEnergyTransferMode {
  static constexpr std::string_view kElement = "AC_CPDReqEnergyTransferMode";
  RationalNumber ev_maximum_charge_power{};
  std::optional<RationalNumber> ev_maximum_charge_power_l2{};
  std::optional<RationalNumber> ev_maximum_charge_power_l3{};
  RationalNumber ev_minimum_charge_power{};
  std::optional<RationalNumber> ev_minimum_charge_power_l2{};
  std::optional<RationalNumber> ev_minimum_charge_power_l3{};
  static constexpr auto fields() {
    using M = AcCpdReqEnergyTransferMode;
    return list(field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l2>("EVMaximumChargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l3>("EVMaximumChargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l2>("EVMinimumChargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l3>("EVMinimumChargePower_L3", {.unit = "W"}));
  }
};

struct BptAcCpdReqEnergyTransferMode {
  static constexpr std::string_view kElement = "BPT_AC_CPDReqEnergyTransferMode";
  RationalNumber ev_maximum_charge_power{};
  std::optional<RationalNumber> ev_maximum_charge_power_l2{};
  std::optional<RationalNumber> ev_maximum_charge_power_l3{};
  RationalNumber ev_minimum_charge_power{};
  std::optional<RationalNumber> ev_minimum_charge_power_l2{};
  std::optional<RationalNumber> ev_minimum_charge_power_l3{};
  RationalNumber ev_maximum_discharge_power{};
  std::optional<RationalNumber> ev_maximum_discharge_power_l2{};
  std::optional<RationalNumber> ev_maximum_discharge_power_l3{};
  RationalNumber ev_minimum_discharge_power{};
  std::optional<RationalNumber> ev_minimum_discharge_power_l2{};
  std::optional<RationalNumber> ev_minimum_discharge_power_l3{};
  static constexpr auto fields() {
    using M = BptAcCpdReqEnergyTransferMode;
    return list(field<&M::ev_maximum_charge_power>("EVMaximumChargePower", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l2>("EVMaximumChargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_charge_power_l3>("EVMaximumChargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_charge_power>("EVMinimumChargePower", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l2>("EVMinimumChargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_charge_power_l3>("EVMinimumChargePower_L3", {.unit = "W"}),
                field<&M::ev_maximum_discharge_power>("EVMaximumDischargePower", {.unit = "W"}),
                field<&M::ev_maximum_discharge_power_l2>("EVMaximumDischargePower_L2", {.unit = "W"}),
                field<&M::ev_maximum_discharge_power_l3>("EVMaximumDischargePower_L3", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power>("EVMinimumDischargePower", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power_l2>("EVMinimumDischargePower_L2", {.unit = "W"}),
                field<&M::ev_minimum_discharge_power_l3>("EVMinimumDischargePower_L3", {.unit = "W"}));
  }
};

struct AcCpdResEnergyTransferMode {
  static constexpr std::string_view kElement = "AC_CPDResEnergyTransferMode";
  RationalNumber evse_maximum_charge_power{};
  std::optional<RationalNumber> evse_maximum_charge_power_l2{};
  std::optional<RationalNumber> evse_maximum_charge_power_l3{};
  RationalNumber evse_minimum_charge_power{};
  std::optional<RationalNumber> evse_minimum_charge_power_l2{};
  std::optional<RationalNumber> evse_minimum_charge_power_l3{};
  RationalNumber evse_nominal_frequency{};
  std::optional<RationalNumber> maximum_power_asymmetry{};
  std::optional<RationalNumber> evse_power_ramp_limitation{};
  std::optional<RationalNumber> evse_present_active_power{};
  std::optional<RationalNumber> evse_present_active_power_l2{};
  std::optional<RationalNumber> evse_present_active_power_l3{};
  static constexpr auto fields() {
    using M = AcCpdResEnergyTransferMode;
    return list(field<&M::evse_maximum_charge_power>("EVSEMaximumChargePower", {.unit = "W"}),
                field<&M::evse_maximum_charge_power_l2>("EVSEMaximumChargePower_L2", {.unit = "W"}),
                field<&M::evse_maximum_charge_power_l3>("EVSEMaximumChargePower_L3", {.unit = "W"}),
                field<&M::evse_minimum_charge_power>("EVSEMinimumChargePower", {.unit = "W"}),
                field<&M::evse_minimum_charge_power_l2>("EVSEMinimumChargePower_L2", {.unit = "W"}),
                field<&M::evse_minimum_charge_power_l3>("EVSEMinimumChargePower_L3", {.unit = "W"}),
                field<&M::evse_nominal_frequency>("EVSENominalFrequency", {.unit = "Hz"}),
                field<&M::maximum_power_asymmetry>("MaximumPowerAsymmetry", {.unit = "W"}),
                field<&M::evse_power_ramp_limitation>("EVSEPowerRampLimitation", {.unit = "W/s"}),
                field<&M::evse_present_active_power>("EVSEPresentActivePower", {.unit = "W"}),
                field<&M::evse_present_active_power_l2>("EVSEPresentActivePower_L2", {.unit = "W"}),
                field<&M::evse_present_active_power_l3>("EVSEPresentActivePower_L3", {.unit = "W"}));
  }
};

struct BptAcCpdResEnergyTransferMode {
  static constexpr std::string_view kElement = "BPT_AC_CPDResEnergyTransferMode";
  RationalNumber evse_maximum_charge_power{};
  std::optional<RationalNumber> evse_maximum_charge_power_l2{};
  std::optional<RationalNumber> evse_maximum_charge_power_l3{};
  RationalNumber evse_minimum_charge_power{};
  std::optional<RationalNumber> evse_minimum_charge_power_l2{};
  std::optional<RationalNumber> evse_minimum_charge_power_l3{};
  RationalNumber evse_nominal_frequency{};
  std::optional<RationalNumber> maximum_power_asymmetry{};
  std::optional<RationalNumber> evse_power_ramp_limitation{};
  std::optional<RationalNumber> evse_present_active_power{};
  std::optional<RationalNumber> evse_present_active_power_l2{};
  std::optional<RationalNumber> evse_present_active_power_l3{};
  RationalNumber evse_maximum_discharge_power{};
  std::optional<RationalNumber> evse_maximum_discharge_power_l2{};
  std::optional<RationalNumber> evse_maximum_discharge_power_l3{};
  RationalNumber evse_minimum_discharge_power{};
  std::optional<RationalNumber> evse_minimum_discharge_power_l2{};
  std::optional<RationalNumber> evse_minimum_discharge_power_l3{};
  static constexpr auto fields() {
    using M = BptAcCpdResEnergyTransferMode;
    return list(field<&M::evse_maximum_charge_power>("EVSEMaximumChargePower", {.unit = "W"}),
                field<&M::evse_maximum_charge_power_l2>("EVSEMaximumChargePower_L2", {.unit = "W"}),
                field<&M::evse_maximum_charge_power_l3>("EVSEMaximumChargePower_L3", {.unit = "W"}),
                field<&M::evse_minimum_charge_power>("EVSEMinimumChargePower", {.unit = "W"}),
                field<&M::evse_minimum_charge_power_l2>("EVSEMinimumChargePower_L2", {.unit = "W"}),
                field<&M::evse_minimum_charge_power_l3>("EVSEMinimumChargePower_L3", {.unit = "W"}),
                field<&M::evse_nominal_frequency>("EVSENominalFrequency", {.unit = "Hz"}),
                field<&M::maximum_power_asymmetry>("MaximumPowerAsymmetry", {.unit = "W"}),
                field<&M::evse_power_ramp_limitation>("EVSEPowerRampLimitation", {.unit = "W/s"}),
                field<&M::evse_present_active_power>("EVSEPresentActivePower", {.unit = "W"}),
                field<&M::evse_present_active_power_l2>("EVSEPresentActivePower_L2", {.unit = "W"}),
                field<&M::evse_present_active_power_l3>("EVSEPresentActivePower_L3", {.unit = "W"}),
                field<&M::evse_maximum_discharge_power>("EVSEMaximumDischargePower", {.unit = "W"}),
                field<&M::evse_maximum_discharge_power_l2>("EVSEMaximumDischargePower_L2", {.unit = "W"}),
                field<&M::evse_maximum_discharge_power_l3>("EVSEMaximumDischargePower_L3", {.unit = "W"}),
                field<&M::evse_minimum_discharge_power>("EVSEMinimumDischargePower", {.unit = "W"}),
                field<&M::evse_minimum_discharge_power_l2>("EVSEMinimumDischargePower_L2", {.unit = "W"}),
                field<&M::evse_minimum_discharge_power_l3>("EVSEMinimumDischargePower_L3", {.unit = "W"}));
  }
};

/// Limits of the car.
struct AcChargeParameterDiscoveryReq {
  static constexpr std::string_view kElement = "AC_ChargeParameterDiscoveryReq";
  MessageHeader header{};
  std::variant<AcCpdReqEnergyTransferMode, BptAcCpdReqEnergyTransferMode> ac_cpd_req_energy_transfer_mode{};
  static constexpr auto fields() {
    using M = AcChargeParameterDiscoveryReq;
    return list(field<&M::header>("Header"),
                field<&M::ac_cpd_req_energy_transfer_mode>("AC_CPDReqEnergyTransferMode", {.substitution = true}));
  }
};

/// Limits of the station.
struct AcChargeParameterDiscoveryRes {
  static constexpr std::string_view kElement = "AC_ChargeParameterDiscoveryRes";
  MessageHeader header{};
  ResponseCode response_code{};
  std::variant<AcCpdResEnergyTransferMode, BptAcCpdResEnergyTransferMode> ac_cpd_res_energy_transfer_mode{};
  static constexpr auto fields() {
    using M = AcChargeParameterDiscoveryRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::ac_cpd_res_energy_transfer_mode>("AC_CPDResEnergyTransferMode", {.substitution = true}));
  }
};

}  // namespace bulwatt::iso20
