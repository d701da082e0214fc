// Two records that belong together: the one that begins a transaction and the one that ends it.
#pragma once
#include "libs/ocmf/payload.hpp"

namespace bulwatt::ocmf {

enum class Fault : std::uint8_t {
  no_begin,     ///< the first record does not begin a transaction
  no_end,       ///< the second does not end one
  other_meter,  ///< serial number, register or unit differ
  other_user,   ///< what was said about the user differs
  other_transaction,
  other_key,  ///< the twins' key differs
  falling_register,
  falling_time,
  page_order,  ///< the second page is not behind the first
  not_good,    ///< a reading's status is not good, or it has error flags
  unreadable   ///< a value or time is none
};
constexpr auto enum_names(Fault) {
  return names("no_begin", "no_end", "other_meter", "other_user", "other_transaction", "other_key", "falling_register",
               "falling_time", "page_order", "not_good", "unreadable");
}

/// What a pair says when nothing is wrong with it.
struct Measured {
  std::int64_t energy_mwh{};
  Timestamp from{};
  Timestamp until{};
};
std::expected<Measured, Fault> measure(const Payload& begin, const Payload& end);

}  // namespace bulwatt::ocmf
