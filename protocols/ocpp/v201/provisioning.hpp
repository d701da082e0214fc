// OCPP 2.0.1 block B. Provisioning: boot, network profiles, reset.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

struct Modem {
  std::optional<Text<20>> iccid{};
  std::optional<Text<20>> imsi{};
  static constexpr auto fields() {
    using M = Modem;
    return list(field<&M::iccid>("iccid"), field<&M::imsi>("imsi"));
  }
};

struct ChargingStation {
  Text<20> model{};
  Text<50> vendor_name{};
  std::optional<Text<25>> serial_number{};
  std::optional<Modem> modem{};
  std::optional<Text<50>> firmware_version{};
  static constexpr auto fields() {
    using M = ChargingStation;
    return list(field<&M::model>("model"), field<&M::vendor_name>("vendorName"),
                field<&M::serial_number>("serialNumber"), field<&M::modem>("modem"),
                field<&M::firmware_version>("firmwareVersion"));
  }
};

enum class BootReasonEnum : std::uint8_t {
  application_reset,
  firmware_update,
  local_reset,
  power_up,
  remote_reset,
  scheduled_reset,
  triggered,
  unknown,
  watchdog,
};
constexpr auto enum_names(BootReasonEnum) {
  return names("ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset", "ScheduledReset",
               "Triggered", "Unknown", "Watchdog");
}

enum class RegistrationStatusEnum : std::uint8_t { accepted, pending, rejected };
constexpr auto enum_names(RegistrationStatusEnum) { return names("Accepted", "Pending", "Rejected"); }

struct BootNotificationResponse {
  Timestamp current_time{};
  std::int32_t interval{};
  RegistrationStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = BootNotificationResponse;
    return list(field<&M::current_time>("currentTime"), field<&M::interval>("interval"), field<&M::status>("status"),
                field<&M::status_info>("statusInfo"));
  }
};

/// Station to CSMS: introduces the station; nothing else is sent before it is accepted.
struct BootNotificationRequest {
  static constexpr std::string_view kAction = "BootNotification";
  using Response = BootNotificationResponse;

  ChargingStation charging_station{};
  BootReasonEnum reason{};
  static constexpr auto fields() {
    using M = BootNotificationRequest;
    return list(field<&M::charging_station>("chargingStation"), field<&M::reason>("reason"));
  }
};

enum class APNAuthenticationEnum : std::uint8_t { chap, none, pap, automatic };
constexpr auto enum_names(APNAuthenticationEnum) { return names("CHAP", "NONE", "PAP", "AUTO"); }

struct APN {
  Text<512> apn{};
  APNAuthenticationEnum apn_authentication{};
  std::optional<Text<20>> apn_user_name{};
  std::optional<Text<20>> apn_password{};
  std::optional<std::int32_t> sim_pin{};
  std::optional<Text<6>> preferred_network{};
  std::optional<bool> use_only_preferred_network{};
  static constexpr auto fields() {
    using M = APN;
    return list(field<&M::apn>("apn"), field<&M::apn_authentication>("apnAuthentication"),
                field<&M::apn_user_name>("apnUserName"), field<&M::apn_password>("apnPassword", {.secret = true}),
                field<&M::sim_pin>("simPin"), field<&M::preferred_network>("preferredNetwork"),
                field<&M::use_only_preferred_network>("useOnlyPreferredNetwork"));
  }
};

enum class OCPPVersionEnum : std::uint8_t { ocpp12, ocpp15, ocpp16, ocpp20 };
constexpr auto enum_names(OCPPVersionEnum) { return names("OCPP12", "OCPP15", "OCPP16", "OCPP20"); }

enum class OCPPTransportEnum : std::uint8_t { json, soap };
constexpr auto enum_names(OCPPTransportEnum) { return names("JSON", "SOAP"); }

enum class OCPPInterfaceEnum : std::uint8_t {
  wired0,
  wired1,
  wired2,
  wired3,
  wireless0,
  wireless1,
  wireless2,
  wireless3,
};
constexpr auto enum_names(OCPPInterfaceEnum) {
  return names("Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3");
}

enum class VPNEnum : std::uint8_t { ikev2, ipsec, l2tp, pptp };
constexpr auto enum_names(VPNEnum) { return names("IKEv2", "IPSec", "L2TP", "PPTP"); }

struct VPN {
  Text<512> server{};
  Text<20> user{};
  Text<20> password{};
  Text<255> key{};
  VPNEnum type{};
  std::optional<Text<20>> group{};
  static constexpr auto fields() {
    using M = VPN;
    return list(field<&M::server>("server"), field<&M::user>("user"), field<&M::password>("password", {.secret = true}),
                field<&M::key>("key", {.secret = true}), field<&M::type>("type"), field<&M::group>("group"));
  }
};

struct NetworkConnectionProfile {
  OCPPVersionEnum ocpp_version{};
  OCPPTransportEnum ocpp_transport{};
  Text<512> ocpp_csms_url{};
  std::int32_t message_timeout{};
  std::int32_t security_profile{};
  OCPPInterfaceEnum ocpp_interface{};
  std::optional<APN> apn{};
  std::optional<VPN> vpn{};
  static constexpr auto fields() {
    using M = NetworkConnectionProfile;
    return list(field<&M::ocpp_version>("ocppVersion"), field<&M::ocpp_transport>("ocppTransport"),
                field<&M::ocpp_csms_url>("ocppCsmsUrl"), field<&M::message_timeout>("messageTimeout"),
                field<&M::security_profile>("securityProfile"), field<&M::ocpp_interface>("ocppInterface"),
                field<&M::apn>("apn"), field<&M::vpn>("vpn"));
  }
};

enum class SetNetworkProfileStatusEnum : std::uint8_t { accepted, rejected, failed };
constexpr auto enum_names(SetNetworkProfileStatusEnum) { return names("Accepted", "Rejected", "Failed"); }

struct SetNetworkProfileResponse {
  SetNetworkProfileStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = SetNetworkProfileResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: stores a connection profile in a configuration slot.
struct SetNetworkProfileRequest {
  static constexpr std::string_view kAction = "SetNetworkProfile";
  using Response = SetNetworkProfileResponse;

  std::int32_t configuration_slot{};
  NetworkConnectionProfile connection_data{};
  static constexpr auto fields() {
    using M = SetNetworkProfileRequest;
    return list(field<&M::configuration_slot>("configurationSlot"), field<&M::connection_data>("connectionData"));
  }
};

enum class ResetEnum : std::uint8_t { immediate, on_idle };
constexpr auto enum_names(ResetEnum) { return names("Immediate", "OnIdle"); }

enum class ResetStatusEnum : std::uint8_t { accepted, rejected, scheduled };
constexpr auto enum_names(ResetStatusEnum) { return names("Accepted", "Rejected", "Scheduled"); }

struct ResetResponse {
  ResetStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = ResetResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: restarts the station or one EVSE.
struct ResetRequest {
  static constexpr std::string_view kAction = "Reset";
  using Response = ResetResponse;

  ResetEnum type{};
  std::optional<std::int32_t> evse_id{};
  static constexpr auto fields() {
    using M = ResetRequest;
    return list(field<&M::type>("type"), field<&M::evse_id>("evseId"));
  }
};

}  // namespace bulwatt::ocpp::v201
