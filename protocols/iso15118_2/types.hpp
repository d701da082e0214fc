// Types of ISO 15118-2 that several messages use. Names are those of the standard; limits stand in the types.
#pragma once
#include "protocols/iso15118_2/limits.hpp"
#include "protocols/xmldsig/xmldsig.hpp"

namespace bulwatt::iso2 {

enum class FaultCode : std::uint8_t { parsing_error, no_tls_root_certificat_available, unknown_error };
constexpr auto enum_names(FaultCode) { return names("ParsingError", "NoTLSRootCertificatAvailable", "UnknownError"); }

/// Something that went wrong with the message before.
struct Notification {
  FaultCode fault_code{};
  std::optional<Text<64>> fault_msg{};
  static constexpr auto fields() {
    using M = Notification;
    return list(field<&M::fault_code>("FaultCode"), field<&M::fault_msg>("FaultMsg"));
  }
};

/// Before every message. A signature that the body does not ask for is stale and of no interest.
struct MessageHeader {
  Octets<8> session_id{};
  std::optional<Notification> notification{};
  std::optional<xmldsig::Signature> signature{};
  static constexpr auto fields() {
    using M = MessageHeader;
    return list(field<&M::session_id>("SessionID"), field<&M::notification>("Notification"),
                field<&M::signature>("Signature"));
  }
};

enum class ResponseCode : std::uint8_t {
  ok,
  ok_new_session_established,
  ok_old_session_joined,
  ok_certificate_expires_soon,
  failed,
  failed_sequence_error,
  failed_service_id_invalid,
  failed_unknown_session,
  failed_service_selection_invalid,
  failed_payment_selection_invalid,
  failed_certificate_expired,
  failed_signature_error,
  failed_no_certificate_available,
  failed_cert_chain_error,
  failed_challenge_invalid,
  failed_contract_canceled,
  failed_wrong_charge_parameter,
  failed_power_delivery_not_applied,
  failed_tariff_selection_invalid,
  failed_charging_profile_invalid,
  failed_metering_signature_not_valid,
  failed_no_charge_service_selected,
  failed_wrong_energy_transfer_mode,
  failed_contactor_error,
  failed_certificate_not_allowed_at_this_evse,
  failed_certificate_revoked
};
constexpr auto enum_names(ResponseCode) {
  return names("OK", "OK_NewSessionEstablished", "OK_OldSessionJoined", "OK_CertificateExpiresSoon", "FAILED",
               "FAILED_SequenceError", "FAILED_ServiceIDInvalid", "FAILED_UnknownSession",
               "FAILED_ServiceSelectionInvalid", "FAILED_PaymentSelectionInvalid", "FAILED_CertificateExpired",
               "FAILED_SignatureError", "FAILED_NoCertificateAvailable", "FAILED_CertChainError",
               "FAILED_ChallengeInvalid", "FAILED_ContractCanceled", "FAILED_WrongChargeParameter",
               "FAILED_PowerDeliveryNotApplied", "FAILED_TariffSelectionInvalid", "FAILED_ChargingProfileInvalid",
               "FAILED_MeteringSignatureNotValid", "FAILED_NoChargeServiceSelected", "FAILED_WrongEnergyTransferMode",
               "FAILED_ContactorError", "FAILED_CertificateNotAllowedAtThisEVSE", "FAILED_CertificateRevoked");
}

enum class EnergyTransferMode : std::uint8_t {
  ac_single_phase_core,
  ac_three_phase_core,
  dc_core,
  dc_extended,
  dc_combo_core,
  dc_unique
};
constexpr auto enum_names(EnergyTransferMode) {
  return names("AC_single_phase_core", "AC_three_phase_core", "DC_core", "DC_extended", "DC_combo_core", "DC_unique");
}

enum class UnitSymbol : std::uint8_t { hour, minute, second, ampere, volt, watt, watt_hour };
constexpr auto enum_names(UnitSymbol) { return names("h", "m", "s", "A", "V", "W", "Wh"); }

/// value times ten to the power of multiplier, in units of unit.
struct PhysicalValue {
  std::int8_t multiplier{};
  UnitSymbol unit{};
  std::int16_t value{};
  static constexpr auto fields() {
    using M = PhysicalValue;
    return list(field<&M::multiplier>("Multiplier", {.min = -3, .max = 3}), field<&M::unit>("Unit"),
                field<&M::value>("Value"));
  }
};

struct SubCertificates {
  List<Octets<800>, 4> certificate{};
  static constexpr auto fields() {
    using M = SubCertificates;
    return list(field<&M::certificate>("Certificate", {.at_least = 1, .base64 = true}));
  }
};

/// A leaf and at most four sub-CA certificates, DER.
struct CertificateChain {
  static constexpr std::string_view kElement = "ContractSignatureCertChain";
  std::optional<Text<kIdChars>> id{};
  Octets<800> certificate{};
  std::optional<SubCertificates> sub_certificates{};
  static constexpr auto fields() {
    using M = CertificateChain;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::certificate>("Certificate", {.base64 = true}),
                field<&M::sub_certificates>("SubCertificates"));
  }
};

enum class EvseProcessing : std::uint8_t { finished, ongoing, ongoing_waiting_for_customer_interaction };
constexpr auto enum_names(EvseProcessing) {
  return names("Finished", "Ongoing", "Ongoing_WaitingForCustomerInteraction");
}

enum class DcEvErrorCode : std::uint8_t {
  no_error,
  failed_ress_temperature_inhibit,
  failed_ev_shift_position,
  failed_charger_connector_lock_fault,
  failed_ev_ress_malfunction,
  failed_charging_currentdifferential,
  failed_charging_voltage_out_of_range,
  reserved_a,
  reserved_b,
  reserved_c,
  failed_charging_system_incompatibility,
  no_data
};
constexpr auto enum_names(DcEvErrorCode) {
  return names("NO_ERROR", "FAILED_RESSTemperatureInhibit", "FAILED_EVShiftPosition",
               "FAILED_ChargerConnectorLockFault", "FAILED_EVRESSMalfunction", "FAILED_ChargingCurrentdifferential",
               "FAILED_ChargingVoltageOutOfRange", "Reserved_A", "Reserved_B", "Reserved_C",
               "FAILED_ChargingSystemIncompatibility", "NoData");
}

/// State of a car that charges with direct current.
struct DcEvStatus {
  bool ev_ready{};
  DcEvErrorCode ev_error_code{};
  std::int8_t ev_ress_soc{};
  static constexpr auto fields() {
    using M = DcEvStatus;
    return list(field<&M::ev_ready>("EVReady"), field<&M::ev_error_code>("EVErrorCode"),
                field<&M::ev_ress_soc>("EVRESSSOC", {.min = 0, .max = 100, .unit = "%"}));
  }
};

enum class EvseNotification : std::uint8_t { none, stop_charging, re_negotiation };
constexpr auto enum_names(EvseNotification) { return names("None", "StopCharging", "ReNegotiation"); }

/// State of an AC station, and what it asks of the car.
struct AcEvseStatus {
  static constexpr std::string_view kElement = "AC_EVSEStatus";
  std::uint16_t notification_max_delay{};
  EvseNotification evse_notification{};
  bool rcd{};
  static constexpr auto fields() {
    using M = AcEvseStatus;
    return list(field<&M::notification_max_delay>("NotificationMaxDelay", {.unit = "s"}),
                field<&M::evse_notification>("EVSENotification"), field<&M::rcd>("RCD"));
  }
};

enum class DcEvseStatusCode : std::uint8_t {
  evse_not_ready,
  evse_ready,
  evse_shutdown,
  evse_utility_interrupt_event,
  evse_isolation_monitoring_active,
  evse_emergency_shutdown,
  evse_malfunction,
  reserved_8,
  reserved_9,
  reserved_a,
  reserved_b,
  reserved_c
};
constexpr auto enum_names(DcEvseStatusCode) {
  return names("EVSE_NotReady", "EVSE_Ready", "EVSE_Shutdown", "EVSE_UtilityInterruptEvent",
               "EVSE_IsolationMonitoringActive", "EVSE_EmergencyShutdown", "EVSE_Malfunction", "Reserved_8",
               "Reserved_9", "Reserved_A", "Reserved_B", "Reserved_C");
}

enum class IsolationLevel : std::uint8_t { invalid, valid, warning, fault, no_imd };
constexpr auto enum_names(IsolationLevel) { return names("Invalid", "Valid", "Warning", "Fault", "No_IMD"); }

/// State of a DC station, and what it asks of the car.
struct DcEvseStatus {
  static constexpr std::string_view kElement = "DC_EVSEStatus";
  std::uint16_t notification_max_delay{};
  EvseNotification evse_notification{};
  std::optional<IsolationLevel> evse_isolation_status{};
  DcEvseStatusCode evse_status_code{};
  static constexpr auto fields() {
    using M = DcEvseStatus;
    return list(field<&M::notification_max_delay>("NotificationMaxDelay", {.unit = "s"}),
                field<&M::evse_notification>("EVSENotification"),
                field<&M::evse_isolation_status>("EVSEIsolationStatus"), field<&M::evse_status_code>("EVSEStatusCode"));
  }
};

/// A reading of the meter, perhaps signed by it.
struct MeterInfo {
  Text<32> meter_id{};
  std::optional<std::uint64_t> meter_reading{};
  std::optional<Octets<64>> sig_meter_reading{};
  std::optional<std::int16_t> meter_status{};
  std::optional<std::int64_t> t_meter{};
  static constexpr auto fields() {
    using M = MeterInfo;
    return list(field<&M::meter_id>("MeterID"), field<&M::meter_reading>("MeterReading"),
                field<&M::sig_meter_reading>("SigMeterReading", {.base64 = true}),
                field<&M::meter_status>("MeterStatus"), field<&M::t_meter>("TMeter", {.unit = "s"}));
  }
};

}  // namespace bulwatt::iso2
