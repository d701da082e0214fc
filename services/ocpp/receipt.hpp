// What a transaction costs by the station's own tariff, for the backend: OCPP 2.0.1 has no member for it, so it goes as customData
// of the last event, which every backend may pass over.
#pragma once
#include <optional>
#include <span>

#include "interfaces/session.hpp"

namespace bulwatt::ocpp {

inline constexpr std::string_view kReceiptVendor = "org.bulwatt";

/// `frame` is a call that lies at the beginning of `out`, an array that ends with an object. Nothing when there is no room.
std::optional<std::string_view> with_receipt(std::span<char> out, std::string_view frame,
                                             const session::Charge& charge);

}  // namespace bulwatt::ocpp
