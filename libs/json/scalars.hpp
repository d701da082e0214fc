// Numbers, timestamps and octets as JSON writes them. Pure functions over text that the scanner has checked.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libs/fields/bounded.hpp"
#include "libs/json/scanner.hpp"

namespace bulwatt::json {

/// A JSON numeral times 10^places, rounded half to even.
struct Scaled {
  std::int64_t value = 0;
  bool exact = true;  ///< nothing was rounded away
};
/// Empty when the result is outside std::int64_t. `numeral` must follow the JSON grammar.
std::optional<Scaled> scaled(std::string_view numeral, int places);

/// Shortest form: 12, -0.5, 0.000001. At most 21 characters.
std::string_view format_decimal(Decimal value, std::span<char, 24> out);

/// RFC 3339 with a zone, up to kMaxFraction digits of a second (cut, not rounded, to milliseconds), lower case allowed.
/// A leap second, allowed where UTC has them (23:59:60), is the first moment of the next day.
/// Empty when malformed, not a date that exists, or outside the years 0000 to 9999 in UTC.
inline constexpr std::size_t kMaxFraction = 20;
std::optional<Timestamp> parse_timestamp(std::string_view text);
/// Whether format_timestamp can say it.
bool printable(Timestamp time);

/// Bytes that `text` stands for, or empty when it is malformed or longer than `out`. Hexadecimal takes both cases;
/// base64 is RFC 4648 section 4 with padding and without stray bits.
std::optional<std::size_t> from_hex(const String& text, std::span<std::byte> out);
std::optional<std::size_t> from_base64(const String& text, std::span<std::byte> out);

}  // namespace bulwatt::json
