// What can be wrong with a JSON text, or with a value that should become one.
#pragma once
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt::json {

enum class ErrorKind : std::uint8_t {
  syntax,            ///< not JSON
  too_deep,          ///< nested deeper than kMaxDepth
  too_large,         ///< longer than Options::max_bytes
  bad_utf8,          ///< a text is not well-formed UTF-8
  bad_escape,        ///< a \ sequence that does not exist, or half a surrogate pair
  bad_character,     ///< the character NUL, which no text may hold
  trailing_text,     ///< something follows the value
  duplicate_member,  ///< a name twice in one object
  unknown_member,    ///< a name that the message does not have
  missing_member,    ///< a required name is absent
  wrong_type,        ///< a text where a number belongs, a fraction where an integer belongs, and so on
  null_value,        ///< null is no value of any field
  bad_timestamp,     ///< not RFC 3339, or not a date that exists
  bad_octets,        ///< not hexadecimal or base64
  out_of_range,      ///< a number outside its limits
  too_long,          ///< more characters or bytes than the standard allows
  too_short,         ///< fewer
  too_many,          ///< more elements than allowed, or than there is room for
  too_few,           ///< fewer
  unknown_value,     ///< not one of the texts of an enumeration
  no_room,           ///< within the standard's limit, but longer than what is stored here
  output_full,       ///< encode: the output buffer is too small
  unsupported,       ///< the type has a choice or more than kMaxMembers fields, which JSON here does not know
};
constexpr auto enum_names(ErrorKind) {
  return names("syntax", "too_deep", "too_large", "bad_utf8", "bad_escape", "bad_character", "trailing_text",
               "duplicate_member", "unknown_member", "missing_member", "wrong_type", "null_value", "bad_timestamp",
               "bad_octets", "out_of_range", "too_long", "too_short", "too_many", "too_few", "unknown_value", "no_room",
               "output_full", "unsupported");
}

struct Error {
  static constexpr std::size_t kWhereBytes = 120;

  ErrorKind kind{};
  Text<kWhereBytes>
      where{};  ///< path of the member, "meterValue[2].timestamp"; empty: the whole value. Cut when longer.
  std::uint32_t offset = 0;  ///< byte of the input where it was noticed; encode: bytes written so far
  friend bool operator==(const Error&, const Error&) = default;
};

/// One clear sentence without the input's text in it, at most out.size() bytes: "idToken.type: not one of the allowed texts".
std::string_view describe(const Error& error, std::span<char> out);

}  // namespace bulwatt::json
