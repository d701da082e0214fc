// Types of ISO 15118-20 that messages of several groups use. Names are those of the standard; limits stand in the types.
#pragma once
#include "protocols/iso15118_20/limits.hpp"
#include "protocols/xmldsig/xmldsig.hpp"

namespace bulwatt::iso20 {

/// In every message.
struct MessageHeader {
  Octets<8> session_id{};
  std::uint64_t time_stamp{};
  std::optional<xmldsig::Signature> signature{};
  static constexpr auto fields() {
    using M = MessageHeader;
    return list(field<&M::session_id>("SessionID", {.at_least = 8}), field<&M::time_stamp>("TimeStamp", {.unit = "s"}),
                field<&M::signature>("Signature"));
  }
};

/// value times ten to the power of exponent; the unit belongs to the field.
struct RationalNumber {
  std::int8_t exponent{};
  std::int16_t value{};
  static constexpr auto fields() {
    using M = RationalNumber;
    return list(field<&M::exponent>("Exponent"), field<&M::value>("Value"));
  }
};

enum class ResponseCode : std::uint8_t {
  ok,
  ok_certificate_expires_soon,
  ok_new_session_established,
  ok_old_session_joined,
  ok_power_tolerance_confirmed,
  warning_authorization_selection_invalid,
  warning_certificate_expired,
  warning_certificate_not_yet_valid,
  warning_certificate_revoked,
  warning_certificate_validation_error,
  warning_challenge_invalid,
  warning_eim_authorization_failure,
  warning_e_msp_unknown,
  warning_ev_power_profile_violation,
  warning_general_pnc_authorization_error,
  warning_no_certificate_available,
  warning_no_contract_matching_pcid_found,
  warning_power_tolerance_not_confirmed,
  warning_schedule_renegotiation_failed,
  warning_standby_not_allowed,
  warning_wpt,
  failed,
  failed_association_error,
  failed_contactor_error,
  failed_ev_power_profile_invalid,
  failed_ev_power_profile_violation,
  failed_metering_signature_not_valid,
  failed_no_energy_transfer_service_selected,
  failed_no_service_renegotiation_supported,
  failed_pause_not_allowed,
  failed_power_delivery_not_applied,
  failed_power_tolerance_not_confirmed,
  failed_schedule_renegotiation,
  failed_schedule_selection_invalid,
  failed_sequence_error,
  failed_service_id_invalid,
  failed_service_selection_invalid,
  failed_signature_error,
  failed_unknown_session,
  failed_wrong_charge_parameter
};
constexpr auto enum_names(ResponseCode) {
  return names("OK", "OK_CertificateExpiresSoon", "OK_NewSessionEstablished", "OK_OldSessionJoined",
               "OK_PowerToleranceConfirmed", "WARNING_AuthorizationSelectionInvalid", "WARNING_CertificateExpired",
               "WARNING_CertificateNotYetValid", "WARNING_CertificateRevoked", "WARNING_CertificateValidationError",
               "WARNING_ChallengeInvalid", "WARNING_EIMAuthorizationFailure", "WARNING_eMSPUnknown",
               "WARNING_EVPowerProfileViolation", "WARNING_GeneralPnCAuthorizationError",
               "WARNING_NoCertificateAvailable", "WARNING_NoContractMatchingPCIDFound",
               "WARNING_PowerToleranceNotConfirmed", "WARNING_ScheduleRenegotiationFailed", "WARNING_StandbyNotAllowed",
               "WARNING_WPT", "FAILED", "FAILED_AssociationError", "FAILED_ContactorError",
               "FAILED_EVPowerProfileInvalid", "FAILED_EVPowerProfileViolation", "FAILED_MeteringSignatureNotValid",
               "FAILED_NoEnergyTransferServiceSelected", "FAILED_NoServiceRenegotiationSupported",
               "FAILED_PauseNotAllowed", "FAILED_PowerDeliveryNotApplied", "FAILED_PowerToleranceNotConfirmed",
               "FAILED_ScheduleRenegotiation", "FAILED_ScheduleSelectionInvalid", "FAILED_SequenceError",
               "FAILED_ServiceIDInvalid", "FAILED_ServiceSelectionInvalid", "FAILED_SignatureError",
               "FAILED_UnknownSession", "FAILED_WrongChargeParameter");
}

enum class Processing : std::uint8_t { finished, ongoing, ongoing_waiting_for_customer_interaction };
constexpr auto enum_names(Processing) { return names("Finished", "Ongoing", "Ongoing_WaitingForCustomerInteraction"); }

enum class EvseNotification : std::uint8_t {
  pause,
  exit_standby,
  terminate,
  schedule_renegotiation,
  service_renegotiation,
  metering_confirmation
};
constexpr auto enum_names(EvseNotification) {
  return names("Pause", "ExitStandby", "Terminate", "ScheduleRenegotiation", "ServiceRenegotiation",
               "MeteringConfirmation");
}

/// What the station asks of the car, and by when.
struct EvseStatus {
  std::uint16_t notification_max_delay{};
  EvseNotification evse_notification{};
  static constexpr auto fields() {
    using M = EvseStatus;
    return list(field<&M::notification_max_delay>("NotificationMaxDelay", {.unit = "s"}),
                field<&M::evse_notification>("EVSENotification"));
  }
};

/// A reading of the meter, perhaps signed by it.
struct MeterInfo {
  Text<32> meter_id{};
  std::uint64_t charged_energy_reading_wh{};
  std::optional<std::uint64_t> bpt_discharged_energy_reading_wh{};
  std::optional<std::uint64_t> capacitive_energy_reading_varh{};
  std::optional<std::uint64_t> bpt_inductive_energy_reading_varh{};
  std::optional<Octets<64>> meter_signature{};
  std::optional<std::int16_t> meter_status{};
  std::optional<std::uint64_t> meter_timestamp{};
  static constexpr auto fields() {
    using M = MeterInfo;
    return list(field<&M::meter_id>("MeterID"),
                field<&M::charged_energy_reading_wh>("ChargedEnergyReadingWh", {.unit = "Wh"}),
                field<&M::bpt_discharged_energy_reading_wh>("BPT_DischargedEnergyReadingWh", {.unit = "Wh"}),
                field<&M::capacitive_energy_reading_varh>("CapacitiveEnergyReadingVARh", {.unit = "VARh"}),
                field<&M::bpt_inductive_energy_reading_varh>("BPT_InductiveEnergyReadingVARh", {.unit = "VARh"}),
                field<&M::meter_signature>("MeterSignature", {.base64 = true}), field<&M::meter_status>("MeterStatus"),
                field<&M::meter_timestamp>("MeterTimestamp", {.unit = "s"}));
  }
};

struct DetailedCost {
  RationalNumber amount{};
  RationalNumber cost_per_unit{};
  static constexpr auto fields() {
    using M = DetailedCost;
    return list(field<&M::amount>("Amount"), field<&M::cost_per_unit>("CostPerUnit"));
  }
};

struct DetailedTax {
  std::uint32_t tax_rule_id{};
  RationalNumber amount{};
  static constexpr auto fields() {
    using M = DetailedTax;
    return list(field<&M::tax_rule_id>("TaxRuleID", {.min = 1}), field<&M::amount>("Amount"));
  }
};

/// What it has cost so far.
struct Receipt {
  std::uint64_t time_anchor{};
  std::optional<DetailedCost> energy_costs{};
  std::optional<DetailedCost> occupancy_costs{};
  std::optional<DetailedCost> additional_services_costs{};
  std::optional<DetailedCost> overstay_costs{};
  List<DetailedTax, 10> tax_costs{};
  static constexpr auto fields() {
    using M = Receipt;
    return list(field<&M::time_anchor>("TimeAnchor", {.unit = "s"}), field<&M::energy_costs>("EnergyCosts"),
                field<&M::occupancy_costs>("OccupancyCosts"),
                field<&M::additional_services_costs>("AdditionalServicesCosts"),
                field<&M::overstay_costs>("OverstayCosts"), field<&M::tax_costs>("TaxCosts"));
  }
};

/// For a screen at the station.
struct DisplayParameters {
  std::optional<std::int8_t> present_soc{};
  std::optional<std::int8_t> minimum_soc{};
  std::optional<std::int8_t> target_soc{};
  std::optional<std::int8_t> maximum_soc{};
  std::optional<std::uint32_t> remaining_time_to_minimum_soc{};
  std::optional<std::uint32_t> remaining_time_to_target_soc{};
  std::optional<std::uint32_t> remaining_time_to_maximum_soc{};
  std::optional<bool> charging_complete{};
  std::optional<RationalNumber> battery_energy_capacity{};
  std::optional<bool> inlet_hot{};
  static constexpr auto fields() {
    using M = DisplayParameters;
    return list(field<&M::present_soc>("PresentSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::minimum_soc>("MinimumSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::target_soc>("TargetSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::maximum_soc>("MaximumSOC", {.min = 0, .max = 100, .unit = "%"}),
                field<&M::remaining_time_to_minimum_soc>("RemainingTimeToMinimumSOC", {.unit = "%"}),
                field<&M::remaining_time_to_target_soc>("RemainingTimeToTargetSOC", {.unit = "%"}),
                field<&M::remaining_time_to_maximum_soc>("RemainingTimeToMaximumSOC", {.unit = "%"}),
                field<&M::charging_complete>("ChargingComplete"),
                field<&M::battery_energy_capacity>("BatteryEnergyCapacity", {.unit = "Wh"}),
                field<&M::inlet_hot>("InletHot"));
  }
};

struct ListOfRootCertificateIds {
  List<xmldsig::X509IssuerSerial, 20> root_certificate_id{};
  static constexpr auto fields() {
    using M = ListOfRootCertificateIds;
    return list(field<&M::root_certificate_id>("RootCertificateID", {.at_least = 1}));
  }
};

struct SubCertificates {
  List<Octets<1600>, 3> certificate{};
  static constexpr auto fields() {
    using M = SubCertificates;
    return list(field<&M::certificate>("Certificate", {.at_least = 1, .base64 = true}));
  }
};

struct ContractCertificateChain {
  Octets<1600> certificate{};
  SubCertificates sub_certificates{};
  static constexpr auto fields() {
    using M = ContractCertificateChain;
    return list(field<&M::certificate>("Certificate", {.base64 = true}),
                field<&M::sub_certificates>("SubCertificates"));
  }
};

struct PowerScheduleEntry {
  std::uint32_t duration{};
  RationalNumber power{};
  std::optional<RationalNumber> power_l2{};
  std::optional<RationalNumber> power_l3{};
  static constexpr auto fields() {
    using M = PowerScheduleEntry;
    return list(field<&M::duration>("Duration", {.unit = "s"}), field<&M::power>("Power", {.unit = "W"}),
                field<&M::power_l2>("Power_L2", {.unit = "W"}), field<&M::power_l3>("Power_L3", {.unit = "W"}));
  }
};

}  // namespace bulwatt::iso20
