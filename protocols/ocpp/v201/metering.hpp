// OCPP 2.0.1 block J. Metering outside transactions.
#pragma once
#include "protocols/ocpp/v201/meter_value.hpp"
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

struct MeterValuesResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: meter values that belong to no transaction.
struct MeterValuesRequest {
  static constexpr std::string_view kAction = "MeterValues";
  using Response = MeterValuesResponse;

  std::int32_t evse_id{};
  List<MeterValue, kMaxMeterValues> meter_value{};
  static constexpr auto fields() {
    using M = MeterValuesRequest;
    return list(field<&M::evse_id>("evseId"), field<&M::meter_value>("meterValue", {.at_least = 1}));
  }
};

}  // namespace bulwatt::ocpp::v201
