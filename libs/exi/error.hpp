// What can be wrong with an EXI stream, or with a value that should become one.
#pragma once
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt::exi {

enum class ErrorKind : std::uint8_t {
  bad_header,      ///< the first byte is not 0x80: no EXI, or with options that ISO 15118 does not use
  too_large,       ///< longer than kMaxBytes
  truncated,       ///< ends before its last element does
  trailing_bytes,  ///< something other than zero padding follows
  deviation,       ///< an event that the schema does not have (second level: xsi:type, xsi:nil, foreign content)
  unknown_event,   ///< an event code that stands for nothing
  unsupported,     ///< the schema allows it, ISO 15118 forbids it, and it is not stored here
  out_of_range,    ///< an integer outside its limits
  too_long,        ///< more characters or bytes than the standard allows
  too_short,       ///< fewer (fixed_octets, check_lengths)
  no_room,         ///< within the standard's limit, but more than what is stored here
  unknown_value,   ///< no value of an enumeration
  bad_text,        ///< a code point that no text may hold
  bad_string_hit,  ///< refers to an earlier text that does not exist
  too_few,         ///< encode: fewer elements than the standard demands
  bad_choice,      ///< encode: none, or several, of the members of which exactly one must be there
  output_full,     ///< encode: the buffer is too small
  not_here,        ///< this schema set has no such fragment
};
constexpr auto enum_names(ErrorKind) {
  return names("bad_header", "too_large", "truncated", "trailing_bytes", "deviation", "unknown_event", "unsupported",
               "out_of_range", "too_long", "too_short", "no_room", "unknown_value", "bad_text", "bad_string_hit",
               "too_few", "bad_choice", "output_full", "not_here");
}

struct Error {
  ErrorKind kind{};
  std::uint32_t bit = 0;       ///< of the stream where it was noticed; encode: bits written so far
  std::string_view element{};  ///< name of the element or attribute concerned, from the description; may be empty
  friend bool operator==(const Error&, const Error&) = default;
};

/// One sentence for people, without anything of the stream's content: "EVSEID at bit 312: longer than the standard allows".
std::string_view describe(const Error& error, std::span<char> out);

}  // namespace bulwatt::exi
