// Power on, power off, and receipts for what the meter said.
#pragma once
#include "protocols/iso15118_2/types.hpp"

namespace bulwatt::iso2 {

struct ProfileEntry {
  std::uint32_t charging_profile_entry_start{};
  PhysicalValue charging_profile_entry_max_power{};
  std::optional<std::int8_t> charging_profile_entry_max_number_of_phases_in_use{};
  static constexpr auto fields() {
    using M = ProfileEntry;
    return list(field<&M::charging_profile_entry_start>("ChargingProfileEntryStart", {.unit = "s"}),
                field<&M::charging_profile_entry_max_power>("ChargingProfileEntryMaxPower"),
                field<&M::charging_profile_entry_max_number_of_phases_in_use>(
                    "ChargingProfileEntryMaxNumberOfPhasesInUse", {.min = 1, .max = 3}));
  }
};

/// The power that the car is going to take.
struct ChargingProfile {
  List<ProfileEntry, 24> profile_entry{};
  static constexpr auto fields() {
    using M = ChargingProfile;
    return list(field<&M::profile_entry>("ProfileEntry", {.at_least = 1}));
  }
};

struct DcEvPowerDeliveryParameter {
  static constexpr std::string_view kElement = "DC_EVPowerDeliveryParameter";
  DcEvStatus dc_ev_status{};
  std::optional<bool> bulk_charging_complete{};
  bool charging_complete{};
  static constexpr auto fields() {
    using M = DcEvPowerDeliveryParameter;
    return list(field<&M::dc_ev_status>("DC_EVStatus"), field<&M::bulk_charging_complete>("BulkChargingComplete"),
                field<&M::charging_complete>("ChargingComplete"));
  }
};

enum class ChargeProgress : std::uint8_t { start, stop, renegotiate };
constexpr auto enum_names(ChargeProgress) { return names("Start", "Stop", "Renegotiate"); }

/// Power on, power off, or renegotiation; with the profile that the car will follow.
struct PowerDeliveryReq {
  static constexpr std::string_view kElement = "PowerDeliveryReq";
  ChargeProgress charge_progress{};
  std::uint8_t sa_schedule_tuple_id{};
  std::optional<ChargingProfile> charging_profile{};
  std::optional<DcEvPowerDeliveryParameter> ev_power_delivery_parameter{};
  static constexpr auto fields() {
    using M = PowerDeliveryReq;
    return list(field<&M::charge_progress>("ChargeProgress"),
                field<&M::sa_schedule_tuple_id>("SAScheduleTupleID", {.min = 1}),
                field<&M::charging_profile>("ChargingProfile"),
                field<&M::ev_power_delivery_parameter>("EVPowerDeliveryParameter", {.substitution = true}));
  }
};

/// Whether power is as asked.
struct PowerDeliveryRes {
  static constexpr std::string_view kElement = "PowerDeliveryRes";
  ResponseCode response_code{};
  std::variant<AcEvseStatus, DcEvseStatus> evse_status{};
  static constexpr auto fields() {
    using M = PowerDeliveryRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_status>("EVSEStatus", {.substitution = true}));
  }
};

/// The car confirms, signed, what the meter said.
struct MeteringReceiptReq {
  static constexpr std::string_view kElement = "MeteringReceiptReq";
  std::optional<Text<kIdChars>> id{};
  Octets<8> session_id{};
  std::optional<std::uint8_t> sa_schedule_tuple_id{};
  MeterInfo meter_info{};
  static constexpr auto fields() {
    using M = MeteringReceiptReq;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true, .space = 2}),
                field<&M::session_id>("SessionID"), field<&M::sa_schedule_tuple_id>("SAScheduleTupleID", {.min = 1}),
                field<&M::meter_info>("MeterInfo"));
  }
};

/// Whether the receipt is accepted.
struct MeteringReceiptRes {
  static constexpr std::string_view kElement = "MeteringReceiptRes";
  ResponseCode response_code{};
  std::variant<AcEvseStatus, DcEvseStatus> evse_status{};
  static constexpr auto fields() {
    using M = MeteringReceiptRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_status>("EVSEStatus", {.substitution = true}));
  }
};

}  // namespace bulwatt::iso2
