// OCPP 2.0.1 block P. Data transfer: what the parties agree on by themselves.
#pragma once
#include "libs/json/raw.hpp"
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class DataTransferStatusEnum : std::uint8_t { accepted, rejected, unknown_message_id, unknown_vendor_id };
constexpr auto enum_names(DataTransferStatusEnum) {
  return names("Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId");
}

struct DataTransferResponse {
  DataTransferStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  std::optional<json::Raw<kDataTransferBytes>> data{};
  static constexpr auto fields() {
    using M = DataTransferResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"), field<&M::data>("data"));
  }
};

/// Both ways: vendor data; the content is kept as JSON text.
struct DataTransferRequest {
  static constexpr std::string_view kAction = "DataTransfer";
  using Response = DataTransferResponse;

  Text<255> vendor_id{};
  std::optional<Text<50>> message_id{};
  std::optional<json::Raw<kDataTransferBytes>> data{};
  static constexpr auto fields() {
    using M = DataTransferRequest;
    return list(field<&M::vendor_id>("vendorId"), field<&M::message_id>("messageId"), field<&M::data>("data"));
  }
};

}  // namespace bulwatt::ocpp::v201
