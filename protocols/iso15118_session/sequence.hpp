// Which request may follow: one table for each protocol. A request that is not in the row of the present stage is answered
// with FAILED_SequenceError, and the session is over: what comes after a failure is not looked at any more.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::iso15118 {

/// Requests of DIN SPEC 70121 and ISO 15118-2; where the names differ, those of the latter.
enum class Request : std::uint8_t {
  session_setup,
  service_discovery,
  service_detail,
  payment_service_selection,
  certificate_installation,
  certificate_update,
  payment_details,
  authorization,
  charge_parameter_discovery,
  cable_check,
  pre_charge,
  power_delivery,
  charging_status,
  current_demand,
  metering_receipt,
  welding_detection,
  session_stop,
};
constexpr auto enum_names(Request) {
  return names("SessionSetupReq", "ServiceDiscoveryReq", "ServiceDetailReq", "PaymentServiceSelectionReq",
               "CertificateInstallationReq", "CertificateUpdateReq", "PaymentDetailsReq", "AuthorizationReq",
               "ChargeParameterDiscoveryReq", "CableCheckReq", "PreChargeReq", "PowerDeliveryReq", "ChargingStatusReq",
               "CurrentDemandReq", "MeteringReceiptReq", "WeldingDetectionReq", "SessionStopReq");
}
inline constexpr std::size_t kRequestCount = enum_names(Request{}).size();

/// How far a session is: named after what was answered last.
enum class Stage : std::uint8_t {
  connected,  ///< the protocol is agreed
  set_up,
  discovered,
  selected_external,  ///< pays by other means than a contract
  selected_contract,
  certificate_given,
  details_given,
  authorizing,  ///< asked, and to ask again
  authorized,
  parameters_ongoing,
  parameters_ac,  ///< limits exchanged
  parameters_dc,
  renegotiated_dc,  ///< limits exchanged again; the outlet carries voltage already
  cable_checking,
  cable_checked,
  precharging,
  charging_ac,
  charging_dc,
  receipt_due_ac,
  receipt_due_dc,
  renegotiating,
  stopped_ac,
  stopped_dc,
  over,  ///< ended, or failed
};
constexpr auto enum_names(Stage) {
  return names("connected", "set_up", "discovered", "selected_external", "selected_contract", "certificate_given",
               "details_given", "authorizing", "authorized", "parameters_ongoing", "parameters_ac", "parameters_dc",
               "renegotiated_dc", "cable_checking", "cable_checked", "precharging", "charging_ac", "charging_dc",
               "receipt_due_ac", "receipt_due_dc", "renegotiating", "stopped_ac", "stopped_dc", "over");
}
inline constexpr std::size_t kStageCount = enum_names(Stage{}).size();

bool may_follow_iso2(Stage stage, Request request);
bool may_follow_din(Stage stage, Request request);

/// Energy is only ever offered in these stages.
constexpr bool may_energize(Stage stage) {
  switch (stage) {
    case Stage::cable_checking:
    case Stage::cable_checked:
    case Stage::precharging:
    case Stage::parameters_ac:
    case Stage::charging_ac:
    case Stage::charging_dc:
    case Stage::receipt_due_ac:
    case Stage::receipt_due_dc:
    case Stage::renegotiating:
    case Stage::renegotiated_dc: return true;
    default: return false;
  }
}

}  // namespace bulwatt::iso15118
