// SupportedAppProtocol, the first exchange of every session: the car says which protocols it speaks, the station takes one.
#pragma once
#include <expected>

#include "libs/exi/exi.hpp"

namespace bulwatt::app_protocol {

inline constexpr std::size_t kMaxProtocols = 20;

struct AppProtocol {
  Text<100> protocol_namespace{};
  std::uint32_t version_number_major{};
  std::uint32_t version_number_minor{};
  std::uint8_t schema_id{};  ///< the car's own number for this entry; the answer names it
  std::uint8_t priority{};   ///< 1 is what the car likes best
  static constexpr auto fields() {
    using M = AppProtocol;
    return list(field<&M::protocol_namespace>("ProtocolNamespace"),
                field<&M::version_number_major>("VersionNumberMajor"),
                field<&M::version_number_minor>("VersionNumberMinor"), field<&M::schema_id>("SchemaID"),
                field<&M::priority>("Priority", {.min = 1, .max = 20}));
  }
};

struct SupportedAppProtocolReq {
  static constexpr std::string_view kElement = "supportedAppProtocolReq";
  List<AppProtocol, kMaxProtocols> app_protocol{};
  static constexpr auto fields() {
    return list(field<&SupportedAppProtocolReq::app_protocol>("AppProtocol", {.at_least = 1}));
  }
};

enum class ResponseCode : std::uint8_t {
  ok_successful_negotiation,
  ok_successful_negotiation_with_minor_deviation,
  failed_no_negotiation,
};
constexpr auto enum_names(ResponseCode) {
  return names("OK_SuccessfulNegotiation", "OK_SuccessfulNegotiationWithMinorDeviation", "Failed_NoNegotiation");
}

struct SupportedAppProtocolRes {
  static constexpr std::string_view kElement = "supportedAppProtocolRes";
  ResponseCode response_code{};
  std::optional<std::uint8_t> schema_id{};
  static constexpr auto fields() {
    using M = SupportedAppProtocolRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::schema_id>("SchemaID"));
  }
};

using Message = std::variant<SupportedAppProtocolReq, SupportedAppProtocolRes>;

const exi::Grammar& grammar();
std::expected<exi::Work, exi::Error> decode(std::span<const std::byte> in, Message& message);
std::expected<std::size_t, exi::Error> encode(const Message& message, std::span<std::byte> out);

}  // namespace bulwatt::app_protocol
