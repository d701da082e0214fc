// Power on, power off, and confirmations of what the meter said.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct DynamicEvpptControlMode {
  static constexpr std::string_view kElement = "Dynamic_EVPPTControlMode";
  static constexpr auto fields() { return list(); }
};

struct EvPowerProfileEntryList {
  List<PowerScheduleEntry, kPowerProfileEntries> ev_power_profile_entry{};
  static constexpr auto fields() {
    using M = EvPowerProfileEntryList;
    return list(field<&M::ev_power_profile_entry>("EVPowerProfileEntry", {.max = 2048, .at_least = 1}));
  }
};

enum class PowerToleranceAcceptance : std::uint8_t { power_tolerance_not_confirmed, power_tolerance_confirmed };
constexpr auto enum_names(PowerToleranceAcceptance) {
  return names("PowerToleranceNotConfirmed", "PowerToleranceConfirmed");
}

struct ScheduledEvpptControlMode {
  static constexpr std::string_view kElement = "Scheduled_EVPPTControlMode";
  std::uint32_t selected_schedule_tuple_id{};
  std::optional<PowerToleranceAcceptance> power_tolerance_acceptance{};
  static constexpr auto fields() {
    using M = ScheduledEvpptControlMode;
    return list(field<&M::selected_schedule_tuple_id>("SelectedScheduleTupleID", {.min = 1}),
                field<&M::power_tolerance_acceptance>("PowerToleranceAcceptance"));
  }
};

struct EvPowerProfile {
  std::uint64_t time_anchor{};
  std::variant<DynamicEvpptControlMode, ScheduledEvpptControlMode> control_mode{};
  EvPowerProfileEntryList ev_power_profile_entries{};
  static constexpr auto fields() {
    using M = EvPowerProfile;
    return list(field<&M::time_anchor>("TimeAnchor", {.unit = "s"}), field<&M::control_mode>("control_mode"),
                field<&M::ev_power_profile_entries>("EVPowerProfileEntries"));
  }
};

enum class ChannelSelection : std::uint8_t { charge, discharge };
constexpr auto enum_names(ChannelSelection) { return names("Charge", "Discharge"); }

enum class ChargeProgress : std::uint8_t { start, stop, standby, schedule_renegotiation };
constexpr auto enum_names(ChargeProgress) { return names("Start", "Stop", "Standby", "ScheduleRenegotiation"); }

struct DynamicSmdtControlMode {
  static constexpr std::string_view kElement = "Dynamic_SMDTControlMode";
  static constexpr auto fields() { return list(); }
};

struct ScheduledSmdtControlMode {
  static constexpr std::string_view kElement = "Scheduled_SMDTControlMode";
  std::uint32_t selected_schedule_tuple_id{};
  static constexpr auto fields() {
    using M = ScheduledSmdtControlMode;
    return list(field<&M::selected_schedule_tuple_id>("SelectedScheduleTupleID", {.min = 1}));
  }
};

/// What the meter said and which schedule was valid. Signed by the car.
struct SignedMeteringData {
  static constexpr std::string_view kElement = "SignedMeteringData";
  Text<kIdChars> id{};
  Octets<8> session_id{};
  MeterInfo meter_info{};
  std::optional<Receipt> receipt{};
  std::variant<DynamicSmdtControlMode, ScheduledSmdtControlMode> control_mode{};
  static constexpr auto fields() {
    using M = SignedMeteringData;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 1}),
                field<&M::session_id>("SessionID", {.at_least = 8}), field<&M::meter_info>("MeterInfo"),
                field<&M::receipt>("Receipt"), field<&M::control_mode>("control_mode"));
  }
};

/// Power on, power off, standby or a new schedule; with the profile that the car will follow.
struct PowerDeliveryReq {
  static constexpr std::string_view kElement = "PowerDeliveryReq";
  MessageHeader header{};
  Processing ev_processing{};
  ChargeProgress charge_progress{};
  std::optional<EvPowerProfile> ev_power_profile{};
  std::optional<ChannelSelection> bpt_channel_selection{};
  static constexpr auto fields() {
    using M = PowerDeliveryReq;
    return list(field<&M::header>("Header"), field<&M::ev_processing>("EVProcessing"),
                field<&M::charge_progress>("ChargeProgress"), field<&M::ev_power_profile>("EVPowerProfile"),
                field<&M::bpt_channel_selection>("BPT_ChannelSelection"));
  }
};

/// Whether power is as asked.
struct PowerDeliveryRes {
  static constexpr std::string_view kElement = "PowerDeliveryRes";
  MessageHeader header{};
  ResponseCode response_code{};
  std::optional<EvseStatus> evse_status{};
  static constexpr auto fields() {
    using M = PowerDeliveryRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_status>("EVSEStatus"));
  }
};

/// The car confirms, signed, what the meter said.
struct MeteringConfirmationReq {
  static constexpr std::string_view kElement = "MeteringConfirmationReq";
  MessageHeader header{};
  SignedMeteringData signed_metering_data{};
  static constexpr auto fields() {
    using M = MeteringConfirmationReq;
    return list(field<&M::header>("Header"), field<&M::signed_metering_data>("SignedMeteringData"));
  }
};

/// Whether the confirmation is accepted.
struct MeteringConfirmationRes {
  static constexpr std::string_view kElement = "MeteringConfirmationRes";
  MessageHeader header{};
  ResponseCode response_code{};
  static constexpr auto fields() {
    using M = MeteringConfirmationRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"));
  }
};

}  // namespace bulwatt::iso20
