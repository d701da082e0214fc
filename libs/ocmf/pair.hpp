// Records that belong together: the one that begins a transaction, those in between, and the one that ends it.
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
  unreadable,  ///< a value or time is none
  in_between,  ///< one between begin and end begins or ends a transaction itself
  exception    ///< one in between says that energy or time cannot be relied on from there
};
constexpr auto enum_names(Fault) {
  return names("no_begin", "no_end", "other_meter", "other_user", "other_transaction", "other_key", "falling_register",
               "falling_time", "page_order", "not_good", "unreadable", "in_between", "exception");
}

/// One sentence that says what is wrong.
std::string_view in_words(Fault fault);

/// What a pair says when nothing is wrong with it.
struct Measured {
  std::int64_t energy_mwh{};
  Timestamp from{};
  Timestamp until{};
};
std::expected<Measured, Fault> measure(const Payload& begin, const Payload& end);
/// All records of a transaction in the order of their pages, two at least: what holds between begin and end has to hold from each to
/// the next.
std::expected<Measured, Fault> measure(std::span<const Payload* const> records);

}  // namespace bulwatt::ocmf
