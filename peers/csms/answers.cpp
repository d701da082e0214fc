#include "peers/csms/answers.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "peers/csms/clock.hpp"

namespace bulwatt::csms {
namespace {

constexpr std::array<std::string_view, 25> kStationActions{"Authorize",
                                                           "BootNotification",
                                                           "ClearedChargingLimit",
                                                           "DataTransfer",
                                                           "FirmwareStatusNotification",
                                                           "Get15118EVCertificate",
                                                           "GetCertificateStatus",
                                                           "Heartbeat",
                                                           "LogStatusNotification",
                                                           "MeterValues",
                                                           "NotifyChargingLimit",
                                                           "NotifyCustomerInformation",
                                                           "NotifyDisplayMessages",
                                                           "NotifyEVChargingNeeds",
                                                           "NotifyEVChargingSchedule",
                                                           "NotifyEvent",
                                                           "NotifyMonitoringReport",
                                                           "NotifyReport",
                                                           "PublishFirmwareStatusNotification",
                                                           "ReportChargingProfiles",
                                                           "ReservationStatusUpdate",
                                                           "SecurityEventNotification",
                                                           "SignCertificate",
                                                           "StatusNotification",
                                                           "TransactionEvent"};

constexpr std::array<std::string_view, 40> kCsmsActions{"CancelReservation",
                                                        "CertificateSigned",
                                                        "ChangeAvailability",
                                                        "ClearCache",
                                                        "ClearChargingProfile",
                                                        "ClearDisplayMessage",
                                                        "ClearVariableMonitoring",
                                                        "CostUpdated",
                                                        "CustomerInformation",
                                                        "DataTransfer",
                                                        "DeleteCertificate",
                                                        "GetBaseReport",
                                                        "GetChargingProfiles",
                                                        "GetCompositeSchedule",
                                                        "GetDisplayMessages",
                                                        "GetInstalledCertificateIds",
                                                        "GetLocalListVersion",
                                                        "GetLog",
                                                        "GetMonitoringReport",
                                                        "GetReport",
                                                        "GetTransactionStatus",
                                                        "GetVariables",
                                                        "InstallCertificate",
                                                        "PublishFirmware",
                                                        "RequestStartTransaction",
                                                        "RequestStopTransaction",
                                                        "ReserveNow",
                                                        "Reset",
                                                        "SendLocalList",
                                                        "SetChargingProfile",
                                                        "SetDisplayMessage",
                                                        "SetMonitoringBase",
                                                        "SetMonitoringLevel",
                                                        "SetNetworkProfile",
                                                        "SetVariableMonitoring",
                                                        "SetVariables",
                                                        "TriggerMessage",
                                                        "UnlockConnector",
                                                        "UnpublishFirmware",
                                                        "UpdateFirmware"};

constexpr std::array<std::string_view, 12> kErrorCodes{"FormatViolation",
                                                       "GenericError",
                                                       "InternalError",
                                                       "MessageTypeNotSupported",
                                                       "NotImplemented",
                                                       "NotSupported",
                                                       "OccurrenceConstraintViolation",
                                                       "PropertyConstraintViolation",
                                                       "ProtocolError",
                                                       "RpcFrameworkError",
                                                       "SecurityError",
                                                       "TypeConstraintViolation"};

Json id_token_info(const Settings& settings, const Json& id_token) {
  // A station that charges for everybody without asking says so with this type, and an empty token.
  const bool open_to_all = id_token.value("type", "") == "NoAuthorization";
  return {{"status", open_to_all ? "Accepted" : settings.status_of(id_token.value("idToken", ""))}};
}

Json boot_answer(const Settings& settings, std::int64_t unix_ms) {
  return {
      {"currentTime", to_rfc3339(unix_ms)}, {"interval", settings.boot_interval_s}, {"status", to_text(settings.boot)}};
}

}  // namespace

bool is_station_action(const std::string& action) { return std::ranges::binary_search(kStationActions, action); }
bool is_csms_action(const std::string& action) { return std::ranges::binary_search(kCsmsActions, action); }
bool is_error_code(const std::string& code) { return std::ranges::binary_search(kErrorCodes, code); }

Json answer_to(const Settings& settings, const std::string& action, const Json& payload, std::int64_t unix_ms,
               bool signs) {
  Json answer = Json::object();
  if (action == "BootNotification") return boot_answer(settings, unix_ms);
  if (action == "Heartbeat") answer["currentTime"] = to_rfc3339(unix_ms);
  if (action == "Authorize") answer["idTokenInfo"] = id_token_info(settings, payload.at("idToken"));
  if (action == "TransactionEvent" && payload.contains("idToken"))
    answer["idTokenInfo"] = id_token_info(settings, payload["idToken"]);
  if (action == "SignCertificate") answer["status"] = signs ? "Accepted" : "Rejected";
  if (action == "DataTransfer") answer["status"] = "UnknownVendorId";
  if (action == "NotifyEVChargingNeeds" || action == "NotifyEVChargingSchedule") answer["status"] = "Accepted";
  if (action == "GetCertificateStatus") answer["status"] = "Failed";
  if (action == "Get15118EVCertificate") answer = {{"status", "Failed"}, {"exiResponse", "-"}};
  return answer;
}

}  // namespace bulwatt::csms
