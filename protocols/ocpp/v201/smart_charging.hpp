// OCPP 2.0.1 block K. Smart charging: profiles, schedules, limits.
#pragma once
#include "protocols/ocpp/v201/charging_profile.hpp"
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class ChargingProfileStatusEnum : std::uint8_t { accepted, rejected };
constexpr auto enum_names(ChargingProfileStatusEnum) { return names("Accepted", "Rejected"); }

struct SetChargingProfileResponse {
  ChargingProfileStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = SetChargingProfileResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: installs a charging profile on an EVSE.
struct SetChargingProfileRequest {
  static constexpr std::string_view kAction = "SetChargingProfile";
  using Response = SetChargingProfileResponse;

  std::int32_t evse_id{};
  ChargingProfile charging_profile{};
  static constexpr auto fields() {
    using M = SetChargingProfileRequest;
    return list(field<&M::evse_id>("evseId"), field<&M::charging_profile>("chargingProfile"));
  }
};

enum class ChargingLimitSourceEnum : std::uint8_t { ems, other, so, cso };
constexpr auto enum_names(ChargingLimitSourceEnum) { return names("EMS", "Other", "SO", "CSO"); }

struct ChargingProfileCriterion {
  std::optional<ChargingProfilePurposeEnum> charging_profile_purpose{};
  std::optional<std::int32_t> stack_level{};
  std::optional<List<std::int32_t, kMaxProfileIds>> charging_profile_id{};
  std::optional<List<ChargingLimitSourceEnum, kMaxLimitSources>> charging_limit_source{};
  static constexpr auto fields() {
    using M = ChargingProfileCriterion;
    return list(field<&M::charging_profile_purpose>("chargingProfilePurpose"), field<&M::stack_level>("stackLevel"),
                field<&M::charging_profile_id>("chargingProfileId", {.at_least = 1}),
                field<&M::charging_limit_source>("chargingLimitSource", {.max = 4, .at_least = 1}));
  }
};

enum class GetChargingProfileStatusEnum : std::uint8_t { accepted, no_profiles };
constexpr auto enum_names(GetChargingProfileStatusEnum) { return names("Accepted", "NoProfiles"); }

struct GetChargingProfilesResponse {
  GetChargingProfileStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = GetChargingProfilesResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: asks for installed profiles; ReportChargingProfiles follows.
struct GetChargingProfilesRequest {
  static constexpr std::string_view kAction = "GetChargingProfiles";
  using Response = GetChargingProfilesResponse;

  std::int32_t request_id{};
  ChargingProfileCriterion charging_profile{};
  std::optional<std::int32_t> evse_id{};
  static constexpr auto fields() {
    using M = GetChargingProfilesRequest;
    return list(field<&M::request_id>("requestId"), field<&M::charging_profile>("chargingProfile"),
                field<&M::evse_id>("evseId"));
  }
};

struct ReportChargingProfilesResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: one part of the installed profiles.
struct ReportChargingProfilesRequest {
  static constexpr std::string_view kAction = "ReportChargingProfiles";
  using Response = ReportChargingProfilesResponse;

  std::int32_t request_id{};
  ChargingLimitSourceEnum charging_limit_source{};
  List<ChargingProfile, kMaxProfilesPerReport> charging_profile{};
  std::int32_t evse_id{};
  std::optional<bool> tbc{};
  static constexpr auto fields() {
    using M = ReportChargingProfilesRequest;
    return list(field<&M::request_id>("requestId"), field<&M::charging_limit_source>("chargingLimitSource"),
                field<&M::charging_profile>("chargingProfile", {.at_least = 1}), field<&M::evse_id>("evseId"),
                field<&M::tbc>("tbc"));
  }
};

struct ClearChargingProfile {
  std::optional<std::int32_t> evse_id{};
  std::optional<ChargingProfilePurposeEnum> charging_profile_purpose{};
  std::optional<std::int32_t> stack_level{};
  static constexpr auto fields() {
    using M = ClearChargingProfile;
    return list(field<&M::evse_id>("evseId"), field<&M::charging_profile_purpose>("chargingProfilePurpose"),
                field<&M::stack_level>("stackLevel"));
  }
};

enum class ClearChargingProfileStatusEnum : std::uint8_t { accepted, unknown };
constexpr auto enum_names(ClearChargingProfileStatusEnum) { return names("Accepted", "Unknown"); }

struct ClearChargingProfileResponse {
  ClearChargingProfileStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = ClearChargingProfileResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: removes charging profiles.
struct ClearChargingProfileRequest {
  static constexpr std::string_view kAction = "ClearChargingProfile";
  using Response = ClearChargingProfileResponse;

  std::optional<std::int32_t> charging_profile_id{};
  std::optional<ClearChargingProfile> charging_profile_criteria{};
  static constexpr auto fields() {
    using M = ClearChargingProfileRequest;
    return list(field<&M::charging_profile_id>("chargingProfileId"),
                field<&M::charging_profile_criteria>("chargingProfileCriteria"));
  }
};

struct CompositeSchedule {
  List<ChargingSchedulePeriod, kMaxPeriodsPerSchedule> charging_schedule_period{};
  std::int32_t evse_id{};
  std::int32_t duration{};
  Timestamp schedule_start{};
  ChargingRateUnitEnum charging_rate_unit{};
  static constexpr auto fields() {
    using M = CompositeSchedule;
    return list(field<&M::charging_schedule_period>("chargingSchedulePeriod", {.at_least = 1}),
                field<&M::evse_id>("evseId"), field<&M::duration>("duration"),
                field<&M::schedule_start>("scheduleStart"), field<&M::charging_rate_unit>("chargingRateUnit"));
  }
};

struct GetCompositeScheduleResponse {
  GenericStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  std::optional<CompositeSchedule> schedule{};
  static constexpr auto fields() {
    using M = GetCompositeScheduleResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"), field<&M::schedule>("schedule"));
  }
};

/// CSMS to station: asks for the schedule that results from all limits.
struct GetCompositeScheduleRequest {
  static constexpr std::string_view kAction = "GetCompositeSchedule";
  using Response = GetCompositeScheduleResponse;

  std::int32_t duration{};
  std::int32_t evse_id{};
  std::optional<ChargingRateUnitEnum> charging_rate_unit{};
  static constexpr auto fields() {
    using M = GetCompositeScheduleRequest;
    return list(field<&M::duration>("duration"), field<&M::evse_id>("evseId"),
                field<&M::charging_rate_unit>("chargingRateUnit"));
  }
};

struct ChargingLimit {
  ChargingLimitSourceEnum charging_limit_source{};
  std::optional<bool> is_grid_critical{};
  static constexpr auto fields() {
    using M = ChargingLimit;
    return list(field<&M::charging_limit_source>("chargingLimitSource"), field<&M::is_grid_critical>("isGridCritical"));
  }
};

struct NotifyChargingLimitResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: tells of a limit that did not come from the CSMS.
struct NotifyChargingLimitRequest {
  static constexpr std::string_view kAction = "NotifyChargingLimit";
  using Response = NotifyChargingLimitResponse;

  ChargingLimit charging_limit{};
  std::optional<List<ChargingSchedule, kMaxSchedulesPerProfile>> charging_schedule{};
  std::optional<std::int32_t> evse_id{};
  static constexpr auto fields() {
    using M = NotifyChargingLimitRequest;
    return list(field<&M::charging_limit>("chargingLimit"),
                field<&M::charging_schedule>("chargingSchedule", {.at_least = 1}), field<&M::evse_id>("evseId"));
  }
};

struct ClearedChargingLimitResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: tells that such a limit was lifted.
struct ClearedChargingLimitRequest {
  static constexpr std::string_view kAction = "ClearedChargingLimit";
  using Response = ClearedChargingLimitResponse;

  ChargingLimitSourceEnum charging_limit_source{};
  std::optional<std::int32_t> evse_id{};
  static constexpr auto fields() {
    using M = ClearedChargingLimitRequest;
    return list(field<&M::charging_limit_source>("chargingLimitSource"), field<&M::evse_id>("evseId"));
  }
};

struct ACChargingParameters {
  std::int32_t energy_amount{};
  std::int32_t ev_min_current{};
  std::int32_t ev_max_current{};
  std::int32_t ev_max_voltage{};
  static constexpr auto fields() {
    using M = ACChargingParameters;
    return list(field<&M::energy_amount>("energyAmount"), field<&M::ev_min_current>("evMinCurrent"),
                field<&M::ev_max_current>("evMaxCurrent"), field<&M::ev_max_voltage>("evMaxVoltage"));
  }
};

struct DCChargingParameters {
  std::int32_t ev_max_current{};
  std::int32_t ev_max_voltage{};
  std::optional<std::int32_t> energy_amount{};
  std::optional<std::int32_t> ev_max_power{};
  std::optional<std::int32_t> state_of_charge{};
  std::optional<std::int32_t> ev_energy_capacity{};
  std::optional<std::int32_t> full_soc{};
  std::optional<std::int32_t> bulk_soc{};
  static constexpr auto fields() {
    using M = DCChargingParameters;
    return list(field<&M::ev_max_current>("evMaxCurrent"), field<&M::ev_max_voltage>("evMaxVoltage"),
                field<&M::energy_amount>("energyAmount"), field<&M::ev_max_power>("evMaxPower"),
                field<&M::state_of_charge>("stateOfCharge", {.min = 0, .max = 100}),
                field<&M::ev_energy_capacity>("evEnergyCapacity"),
                field<&M::full_soc>("fullSoC", {.min = 0, .max = 100}),
                field<&M::bulk_soc>("bulkSoC", {.min = 0, .max = 100}));
  }
};

enum class EnergyTransferModeEnum : std::uint8_t { dc, ac_single_phase, ac_two_phase, ac_three_phase };
constexpr auto enum_names(EnergyTransferModeEnum) {
  return names("DC", "AC_single_phase", "AC_two_phase", "AC_three_phase");
}

struct ChargingNeeds {
  EnergyTransferModeEnum requested_energy_transfer{};
  std::optional<ACChargingParameters> ac_charging_parameters{};
  std::optional<DCChargingParameters> dc_charging_parameters{};
  std::optional<Timestamp> departure_time{};
  static constexpr auto fields() {
    using M = ChargingNeeds;
    return list(field<&M::requested_energy_transfer>("requestedEnergyTransfer"),
                field<&M::ac_charging_parameters>("acChargingParameters"),
                field<&M::dc_charging_parameters>("dcChargingParameters"), field<&M::departure_time>("departureTime"));
  }
};

enum class NotifyEVChargingNeedsStatusEnum : std::uint8_t { accepted, rejected, processing };
constexpr auto enum_names(NotifyEVChargingNeedsStatusEnum) { return names("Accepted", "Rejected", "Processing"); }

struct NotifyEVChargingNeedsResponse {
  NotifyEVChargingNeedsStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = NotifyEVChargingNeedsResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// Station to CSMS: what the vehicle asks for (ISO 15118).
struct NotifyEVChargingNeedsRequest {
  static constexpr std::string_view kAction = "NotifyEVChargingNeeds";
  using Response = NotifyEVChargingNeedsResponse;

  ChargingNeeds charging_needs{};
  std::int32_t evse_id{};
  std::optional<std::int32_t> max_schedule_tuples{};
  static constexpr auto fields() {
    using M = NotifyEVChargingNeedsRequest;
    return list(field<&M::charging_needs>("chargingNeeds"), field<&M::evse_id>("evseId"),
                field<&M::max_schedule_tuples>("maxScheduleTuples"));
  }
};

struct NotifyEVChargingScheduleResponse {
  GenericStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = NotifyEVChargingScheduleResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// Station to CSMS: the schedule the vehicle chose (ISO 15118).
struct NotifyEVChargingScheduleRequest {
  static constexpr std::string_view kAction = "NotifyEVChargingSchedule";
  using Response = NotifyEVChargingScheduleResponse;

  Timestamp time_base{};
  ChargingSchedule charging_schedule{};
  std::int32_t evse_id{};
  static constexpr auto fields() {
    using M = NotifyEVChargingScheduleRequest;
    return list(field<&M::time_base>("timeBase"), field<&M::charging_schedule>("chargingSchedule"),
                field<&M::evse_id>("evseId"));
  }
};

}  // namespace bulwatt::ocpp::v201
