// OCPP 2.0.1 block L. Firmware management.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

struct Firmware {
  Text<512> location{};
  Timestamp retrieve_date_time{};
  std::optional<Timestamp> install_date_time{};
  std::optional<Text<5500>> signing_certificate{};
  std::optional<Text<800>> signature{};
  static constexpr auto fields() {
    using M = Firmware;
    return list(field<&M::location>("location"), field<&M::retrieve_date_time>("retrieveDateTime"),
                field<&M::install_date_time>("installDateTime"), field<&M::signing_certificate>("signingCertificate"),
                field<&M::signature>("signature"));
  }
};

enum class UpdateFirmwareStatusEnum : std::uint8_t {
  accepted,
  rejected,
  accepted_canceled,
  invalid_certificate,
  revoked_certificate,
};
constexpr auto enum_names(UpdateFirmwareStatusEnum) {
  return names("Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate");
}

struct UpdateFirmwareResponse {
  UpdateFirmwareStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = UpdateFirmwareResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: orders a firmware update.
struct UpdateFirmwareRequest {
  static constexpr std::string_view kAction = "UpdateFirmware";
  using Response = UpdateFirmwareResponse;

  std::int32_t request_id{};
  Firmware firmware{};
  std::optional<std::int32_t> retries{};
  std::optional<std::int32_t> retry_interval{};
  static constexpr auto fields() {
    using M = UpdateFirmwareRequest;
    return list(field<&M::request_id>("requestId"), field<&M::firmware>("firmware"), field<&M::retries>("retries"),
                field<&M::retry_interval>("retryInterval"));
  }
};

enum class FirmwareStatusEnum : std::uint8_t {
  downloaded,
  download_failed,
  downloading,
  download_scheduled,
  download_paused,
  idle,
  installation_failed,
  installing,
  installed,
  install_rebooting,
  install_scheduled,
  install_verification_failed,
  invalid_signature,
  signature_verified,
};
constexpr auto enum_names(FirmwareStatusEnum) {
  return names("Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle",
               "InstallationFailed", "Installing", "Installed", "InstallRebooting", "InstallScheduled",
               "InstallVerificationFailed", "InvalidSignature", "SignatureVerified");
}

struct FirmwareStatusNotificationResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: progress of a firmware update.
struct FirmwareStatusNotificationRequest {
  static constexpr std::string_view kAction = "FirmwareStatusNotification";
  using Response = FirmwareStatusNotificationResponse;

  FirmwareStatusEnum status{};
  std::optional<std::int32_t> request_id{};
  static constexpr auto fields() {
    using M = FirmwareStatusNotificationRequest;
    return list(field<&M::status>("status"), field<&M::request_id>("requestId"));
  }
};

struct PublishFirmwareResponse {
  GenericStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = PublishFirmwareResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: orders a local controller to publish firmware.
struct PublishFirmwareRequest {
  static constexpr std::string_view kAction = "PublishFirmware";
  using Response = PublishFirmwareResponse;

  Text<512> location{};
  Text<32> checksum{};
  std::int32_t request_id{};
  std::optional<std::int32_t> retries{};
  std::optional<std::int32_t> retry_interval{};
  static constexpr auto fields() {
    using M = PublishFirmwareRequest;
    return list(field<&M::location>("location"), field<&M::checksum>("checksum"), field<&M::request_id>("requestId"),
                field<&M::retries>("retries"), field<&M::retry_interval>("retryInterval"));
  }
};

enum class UnpublishFirmwareStatusEnum : std::uint8_t { download_ongoing, no_firmware, unpublished };
constexpr auto enum_names(UnpublishFirmwareStatusEnum) { return names("DownloadOngoing", "NoFirmware", "Unpublished"); }

struct UnpublishFirmwareResponse {
  UnpublishFirmwareStatusEnum status{};
  static constexpr auto fields() {
    using M = UnpublishFirmwareResponse;
    return list(field<&M::status>("status"));
  }
};

/// CSMS to station: withdraws published firmware.
struct UnpublishFirmwareRequest {
  static constexpr std::string_view kAction = "UnpublishFirmware";
  using Response = UnpublishFirmwareResponse;

  Text<32> checksum{};
  static constexpr auto fields() {
    using M = UnpublishFirmwareRequest;
    return list(field<&M::checksum>("checksum"));
  }
};

enum class PublishFirmwareStatusEnum : std::uint8_t {
  idle,
  download_scheduled,
  downloading,
  downloaded,
  published,
  download_failed,
  download_paused,
  invalid_checksum,
  checksum_verified,
  publish_failed,
};
constexpr auto enum_names(PublishFirmwareStatusEnum) {
  return names("Idle", "DownloadScheduled", "Downloading", "Downloaded", "Published", "DownloadFailed",
               "DownloadPaused", "InvalidChecksum", "ChecksumVerified", "PublishFailed");
}

struct PublishFirmwareStatusNotificationResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: progress of publishing.
struct PublishFirmwareStatusNotificationRequest {
  static constexpr std::string_view kAction = "PublishFirmwareStatusNotification";
  using Response = PublishFirmwareStatusNotificationResponse;

  PublishFirmwareStatusEnum status{};
  std::optional<List<Text<512>, kMaxPublishLocations>> location{};
  std::optional<std::int32_t> request_id{};
  static constexpr auto fields() {
    using M = PublishFirmwareStatusNotificationRequest;
    return list(field<&M::status>("status"), field<&M::location>("location", {.at_least = 1}),
                field<&M::request_id>("requestId"));
  }
};

}  // namespace bulwatt::ocpp::v201
