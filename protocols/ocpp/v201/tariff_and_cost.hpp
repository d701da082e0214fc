// OCPP 2.0.1 block I. Tariff and cost.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

struct CostUpdatedResponse {
  static constexpr auto fields() { return list(); }
};

/// CSMS to station: running cost of a transaction, for the display.
struct CostUpdatedRequest {
  static constexpr std::string_view kAction = "CostUpdated";
  using Response = CostUpdatedResponse;

  Decimal total_cost{};
  Text<36> transaction_id{};
  static constexpr auto fields() {
    using M = CostUpdatedRequest;
    return list(field<&M::total_cost>("totalCost"), field<&M::transaction_id>("transactionId"));
  }
};

}  // namespace bulwatt::ocpp::v201
