// The loop of AC charging.
#pragma once
#include "protocols/iso15118_2/types.hpp"

namespace bulwatt::iso2 {

/// The car asks how it goes; repeated while it charges.
struct ChargingStatusReq {
  static constexpr std::string_view kElement = "ChargingStatusReq";
  static constexpr auto fields() { return list(); }
};

/// The present limit of current, and the meter.
struct ChargingStatusRes {
  static constexpr std::string_view kElement = "ChargingStatusRes";
  ResponseCode response_code{};
  Text<37> evse_id{};
  std::uint8_t sa_schedule_tuple_id{};
  std::optional<PhysicalValue> evse_max_current{};
  std::optional<MeterInfo> meter_info{};
  std::optional<bool> receipt_required{};
  AcEvseStatus ac_evse_status{};
  static constexpr auto fields() {
    using M = ChargingStatusRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::evse_id>("EVSEID", {.at_least = 7}),
                field<&M::sa_schedule_tuple_id>("SAScheduleTupleID", {.min = 1}),
                field<&M::evse_max_current>("EVSEMaxCurrent"), field<&M::meter_info>("MeterInfo"),
                field<&M::receipt_required>("ReceiptRequired"), field<&M::ac_evse_status>("AC_EVSEStatus"));
  }
};

}  // namespace bulwatt::iso2
