// Civil time as OCPP writes it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulwatt::csms {

std::int64_t unix_ms_now();
/// "2027-01-15T08:00:00.123Z"
std::string to_rfc3339(std::int64_t unix_ms);
/// Strict RFC 3339 with a zone; nothing for anything else, also for days and hours that do not exist.
std::optional<std::int64_t> from_rfc3339(std::string_view text);

}  // namespace bulwatt::csms
