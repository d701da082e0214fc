// The security events of the standard: which are critical, and why some can never happen on this station.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "libs/fields/fields.hpp"

namespace bulwatt::ocpp {

/// What is missing for an event to be possible.
enum class Absent : std::uint8_t { no, tamper_sensor, firmware_over_ocpp, maintenance_login };
constexpr auto enum_names(Absent) { return names("no", "tamper_sensor", "firmware_over_ocpp", "maintenance_login"); }

struct SecurityEventKind {
  std::string_view name;
  bool critical;  ///< the backend is told; every one goes into the security log and the ledger
  Absent absent = Absent::no;
};

inline constexpr std::array<SecurityEventKind, 20> kSecurityEvents{{
    {"FirmwareUpdated", true},
    {"FailedToAuthenticateAtCsms", false},
    {"CsmsFailedToAuthenticate", false},
    {"SettingSystemTime", true},
    {"StartupOfTheDevice", true},
    {"ResetOrReboot", true},
    {"SecurityLogWasCleared", true},
    {"ReconfigurationOfSecurityParameters", false},
    {"MemoryExhaustion", true},
    {"InvalidMessages", false},
    {"AttemptedReplayAttacks", false},
    {"TamperDetectionActivated", true, Absent::tamper_sensor},
    {"InvalidFirmwareSignature", true, Absent::firmware_over_ocpp},
    {"InvalidFirmwareSigningCertificate", true, Absent::firmware_over_ocpp},
    {"InvalidCsmsCertificate", true},
    {"InvalidChargingStationCertificate", true},
    {"InvalidTLSVersion", true},
    {"InvalidTLSCipherSuite", true},
    {"MaintenanceLoginAccepted", true, Absent::maintenance_login},
    {"MaintenanceLoginFailed", true, Absent::maintenance_login},
}};

constexpr const SecurityEventKind* find_security_event(std::string_view name) {
  for (const auto& kind : kSecurityEvents) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace bulwatt::ocpp
