// How much of a message of OCPP 2.0.1 is stored. The standard leaves most lists unbounded and allows texts up to 10,000
// characters; these are the sizes this station keeps. A longer list is refused with OccurrenceConstraintViolation, a
// longer text with PropertyConstraintViolation. Where the standard has a limit of its own, the field list states it.
#pragma once
#include <cstddef>

namespace bulwatt::ocpp::v201 {

//= OCPP-2.0.1 B06.FR.16
//= OCPP-2.0.1 B08.FR.17
//= OCPP-2.0.1 N06.FR.06
// More elements than are allowed in one message: OccurrenceConstraintViolation.

// Tokens and authorization.
inline constexpr std::size_t kMaxAdditionalInfo = 4;
inline constexpr std::size_t kMaxEvsesPerToken = 8;
inline constexpr std::size_t kMaxOcspRequests = 4;
//= OCPP-2.0.1 D01.FR.11
inline constexpr std::size_t kMaxAuthorizationsPerMessage = 16;  ///< LocalAuthListCtrlr.ItemsPerMessage

// Device model and monitoring.
inline constexpr std::size_t kMaxVariablesPerMessage = 16;  ///< DeviceDataCtrlr.ItemsPerMessage
inline constexpr std::size_t kMaxComponentVariables = 16;
inline constexpr std::size_t kMaxComponentCriteria = 4;
inline constexpr std::size_t kMaxVariableAttributes = 4;
inline constexpr std::size_t kMaxReportDataPerMessage = 8;
inline constexpr std::size_t kMaxMonitoringCriteria = 3;
inline constexpr std::size_t kMaxMonitorsPerMessage = 16;
inline constexpr std::size_t kMaxMonitorsPerVariable = 4;
inline constexpr std::size_t kMaxMonitoringDataPerMessage = 8;
inline constexpr std::size_t kMaxEventsPerMessage = 4;

// Meter values.
inline constexpr std::size_t kMaxMeterValues = 10;
inline constexpr std::size_t kMaxSampledValues = 12;

// Smart charging.
inline constexpr std::size_t kMaxPeriodsPerSchedule = 64;  ///< SmartChargingCtrlr.PeriodsPerSchedule
inline constexpr std::size_t kMaxSchedulesPerProfile = 3;
inline constexpr std::size_t kMaxProfilesPerReport = 4;
inline constexpr std::size_t kMaxProfileIds = 16;
inline constexpr std::size_t kMaxLimitSources = 4;
inline constexpr std::size_t kMaxSalesTariffEntries = 12;
inline constexpr std::size_t kMaxConsumptionCosts = 3;
inline constexpr std::size_t kMaxCosts = 3;

// Certificates, firmware, display.
inline constexpr std::size_t kMaxInstalledCertificates = 40;
inline constexpr std::size_t kMaxChildCertificates = 4;
inline constexpr std::size_t kMaxCertificateUses = 5;
inline constexpr std::size_t kMaxPublishLocations = 4;
inline constexpr std::size_t kMaxDisplayMessages = 8;

// Texts stored in another number of bytes than the standard's number of characters.
inline constexpr std::size_t kVariableValueBytes = 1000;    ///< of 2500; also DeviceDataCtrlr.ReportingValueSize
inline constexpr std::size_t kSignedMeterDataBytes = 2048;  ///< of 2500; an OCMF record of 1,536 bytes in base64
inline constexpr std::size_t kPublicKeyBytes = 320;         ///< of 2500; a P-256 key with its description in base64
inline constexpr std::size_t kDisplayTextBytes = 1024;      ///< 512 characters of two bytes each
inline constexpr std::size_t kDataTransferBytes = 2048;     ///< JSON text of a DataTransfer

}  // namespace bulwatt::ocpp::v201
