// Power on, power off, and what the meter said.
#pragma once
#include "protocols/din70121/types.hpp"

namespace bulwatt::din {

struct ProfileEntry {
  std::uint32_t charging_profile_entry_start{};
  std::int16_t charging_profile_entry_max_power{};
  static constexpr auto fields() {
    using M = ProfileEntry;
    return list(field<&M::charging_profile_entry_start>("ChargingProfileEntryStart", {.unit = "s"}),
                field<&M::charging_profile_entry_max_power>("ChargingProfileEntryMaxPower", {.unit = "W"}));
  }
};

/// The power that the car is going to take.
struct ChargingProfile {
  std::int16_t sa_schedule_tuple_id{};
  List<ProfileEntry, kProfileEntries> profile_entry{};
  static constexpr auto fields() {
    using M = ChargingProfile;
    return list(field<&M::sa_schedule_tuple_id>("SAScheduleTupleID"),
                field<&M::profile_entry>("ProfileEntry", {.max = kUnbounded, .at_least = 1}));
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

/// A reading of the meter, perhaps signed by it.
struct MeterInfo {
  Text<32> meter_id{};
  std::optional<PhysicalValue> meter_reading{};
  std::optional<Octets<32>> sig_meter_reading{};
  std::optional<std::int16_t> meter_status{};
  std::optional<std::int64_t> t_meter{};
  static constexpr auto fields() {
    using M = MeterInfo;
    return list(field<&M::meter_id>("MeterID"), field<&M::meter_reading>("MeterReading"),
                field<&M::sig_meter_reading>("SigMeterReading", {.base64 = true}),
                field<&M::meter_status>("MeterStatus"), field<&M::t_meter>("TMeter", {.unit = "s"}));
  }
};

/// Power on or off; with the profile that the car will follow.
struct PowerDeliveryReq {
  static constexpr std::string_view kElement = "PowerDeliveryReq";
  bool ready_to_charge_state{};
  std::optional<ChargingProfile> charging_profile{};
  std::optional<DcEvPowerDeliveryParameter> ev_power_delivery_parameter{};
  static constexpr auto fields() {
    using M = PowerDeliveryReq;
    return list(field<&M::ready_to_charge_state>("ReadyToChargeState"), field<&M::charging_profile>("ChargingProfile"),
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

/// Of AC charging, which is not used with DIN SPEC 70121.
struct ChargingStatusReq {
  static constexpr std::string_view kElement = "ChargingStatusReq";
  static constexpr auto fields() { return list(); }
};

/// Of AC charging, which is not used with DIN SPEC 70121.
struct ChargingStatusRes {
  static constexpr std::string_view kElement = "ChargingStatusRes";
  ResponseCode response_code{};
  Octets<32> evse_id{};
  std::int16_t sa_schedule_tuple_id{};
  std::optional<PhysicalValue> evse_max_current{};
  std::optional<MeterInfo> meter_info{};
  bool receipt_required{};
  AcEvseStatus ac_evse_status{};
  static constexpr auto fields() {
    using M = ChargingStatusRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_id>("EVSEID"),
                field<&M::sa_schedule_tuple_id>("SAScheduleTupleID"), field<&M::evse_max_current>("EVSEMaxCurrent"),
                field<&M::meter_info>("MeterInfo"), field<&M::receipt_required>("ReceiptRequired"),
                field<&M::ac_evse_status>("AC_EVSEStatus"));
  }
};

/// Defined by the specification, not used with it.
struct MeteringReceiptReq {
  static constexpr std::string_view kElement = "MeteringReceiptReq";
  std::optional<Text<kIdChars>> id{};
  Octets<8> session_id{};
  std::optional<std::int16_t> sa_schedule_tuple_id{};
  MeterInfo meter_info{};
  static constexpr auto fields() {
    using M = MeteringReceiptReq;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true}), field<&M::session_id>("SessionID"),
                field<&M::sa_schedule_tuple_id>("SAScheduleTupleID"), field<&M::meter_info>("MeterInfo"));
  }
};

/// Defined by the specification, not used with it.
struct MeteringReceiptRes {
  static constexpr std::string_view kElement = "MeteringReceiptRes";
  ResponseCode response_code{};
  AcEvseStatus ac_evse_status{};
  static constexpr auto fields() {
    using M = MeteringReceiptRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::ac_evse_status>("AC_EVSEStatus"));
  }
};

}  // namespace bulwatt::din
