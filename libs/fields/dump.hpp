// dump: any described value as one line for people. Secrets print their length only; text is escaped; bounded output.
#pragma once
#include <string_view>

#include "libs/fields/shape.hpp"

namespace bulwatt {

/// Writes at most out.size() bytes; ends with "..." when the value did not fit. Returns the text written.
std::string_view dump(const Shape& shape, const void* value, std::span<char> out);

template <Described T>
std::string_view dump(const T& value, std::span<char> out) {
  return dump(shape_of<T>(), &value, out);
}

/// RFC 3339 in UTC with milliseconds, 24 characters: 2026-01-31T12:00:00.000Z. Years 0000 to 9999; outside: clamped.
std::string_view format_timestamp(Timestamp time, std::span<char, 24> out);

}  // namespace bulwatt
