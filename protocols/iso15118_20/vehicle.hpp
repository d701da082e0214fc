// Where the vehicle stands: for wireless and automatic connections.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

enum class EvCheckInStatus : std::uint8_t { check_in, processing, completed };
constexpr auto enum_names(EvCheckInStatus) { return names("CheckIn", "Processing", "Completed"); }

enum class ParkingMethod : std::uint8_t { auto_parking, mv_guide_manual, manual };
constexpr auto enum_names(ParkingMethod) { return names("AutoParking", "MVGuideManual", "Manual"); }

enum class EvCheckOutStatus : std::uint8_t { check_out, processing, completed };
constexpr auto enum_names(EvCheckOutStatus) { return names("CheckOut", "Processing", "Completed"); }

enum class EvseCheckOutStatus : std::uint8_t { scheduled, completed };
constexpr auto enum_names(EvseCheckOutStatus) { return names("Scheduled", "Completed"); }

/// The car comes to a place for wireless or automatic charging.
struct VehicleCheckInReq {
  static constexpr std::string_view kElement = "VehicleCheckInReq";
  MessageHeader header{};
  EvCheckInStatus ev_check_in_status{};
  ParkingMethod parking_method{};
  std::optional<std::int16_t> vehicle_frame{};
  std::optional<std::int16_t> device_offset{};
  std::optional<std::int16_t> vehicle_travel{};
  static constexpr auto fields() {
    using M = VehicleCheckInReq;
    return list(field<&M::header>("Header"), field<&M::ev_check_in_status>("EVCheckInStatus"),
                field<&M::parking_method>("ParkingMethod"), field<&M::vehicle_frame>("VehicleFrame"),
                field<&M::device_offset>("DeviceOffset"), field<&M::vehicle_travel>("VehicleTravel"));
  }
};

/// Where the car is to stand.
struct VehicleCheckInRes {
  static constexpr std::string_view kElement = "VehicleCheckInRes";
  MessageHeader header{};
  ResponseCode response_code{};
  std::optional<std::int16_t> parking_space{};
  std::optional<std::int16_t> device_location{};
  std::optional<std::int16_t> target_distance{};
  static constexpr auto fields() {
    using M = VehicleCheckInRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::parking_space>("ParkingSpace"), field<&M::device_location>("DeviceLocation"),
                field<&M::target_distance>("TargetDistance"));
  }
};

/// The car is going to leave.
struct VehicleCheckOutReq {
  static constexpr std::string_view kElement = "VehicleCheckOutReq";
  MessageHeader header{};
  EvCheckOutStatus ev_check_out_status{};
  std::uint64_t check_out_time{};
  static constexpr auto fields() {
    using M = VehicleCheckOutReq;
    return list(field<&M::header>("Header"), field<&M::ev_check_out_status>("EVCheckOutStatus"),
                field<&M::check_out_time>("CheckOutTime", {.unit = "s"}));
  }
};

/// Whether it may.
struct VehicleCheckOutRes {
  static constexpr std::string_view kElement = "VehicleCheckOutRes";
  MessageHeader header{};
  ResponseCode response_code{};
  EvseCheckOutStatus evse_check_out_status{};
  static constexpr auto fields() {
    using M = VehicleCheckOutRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_check_out_status>("EVSECheckOutStatus"));
  }
};

}  // namespace bulwatt::iso20
