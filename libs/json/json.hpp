// JSON over field lists: one engine for every described type, driven by its Shape. No allocation, bounded input, bounded
// depth. What is accepted is exactly what the description allows: duplicate, unknown and missing members, null, bad
// UTF-8, numbers that are not JSON and values outside their limits are errors of their own.
//
//   auto request = json::decode<ocpp::v201::ResetRequest>(text, options);
//   auto text = json::encode(request, buffer);
//
// How types travel: bool, integers (1.0 and 1e2 are integers; nothing is rounded), Decimal (rounded half to even at the
// sixth place), Timestamp (RFC 3339), Text, Octets (hexadecimal, or base64 by Facts::base64), enumerations by their
// texts, List as array, std::optional absent or present, json::Raw as whatever it is. std::variant is not supported.
//
// Facts: `min` and `max` bound numbers; on a Text `max` is the most characters and on a List the most elements that the
// standard allows, where that differs from the storage. `at_least` is the fewest of either. Fields outside
// since..until do not exist for Options::version.
#pragma once
#include <algorithm>
#include <expected>
#include <span>
#include <string_view>

#include "libs/fields/shape.hpp"
#include "libs/json/error.hpp"

namespace bulwatt::json {

/// Objects and arrays inside one another, counting the outermost and what is skipped.
inline constexpr std::size_t kMaxDepth = 16;
/// Members of one described type.
inline constexpr std::size_t kMaxMembers = 64;
/// Unknown members that are ignored in one object and those around it; one more is an error.
inline constexpr std::size_t kMaxIgnoredMembers = 16;
/// Longest text that is looked at unless Options says less.
inline constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

enum class UnknownMembers : std::uint8_t { refuse, ignore };

struct Options {
  UnknownMembers unknown = UnknownMembers::refuse;
  std::string_view skipped{};         ///< a member that every object may have and that is dropped ("customData")
  std::uint8_t version = 0;           ///< protocol version for Facts::since, until, chars_before; 0: all fields exist
  std::size_t max_bytes = kMaxBytes;  ///< of the input
};

/// Decodes one whole text into `value`, an object of the type that `shape` describes. After an error `value` is a valid
/// object of unspecified content.
std::expected<void, Error> decode(const Shape& shape, void* value, std::string_view text, const Options& options);

/// Encodes into `out` without white space; returns the part written. The same limits hold as for decoding.
std::expected<std::string_view, Error> encode(const Shape& shape, const void* value, std::span<char> out,
                                              const Options& options);

/// Whether every part of the type can travel as JSON: no choice, no absent element inside a list.
constexpr bool supported(const Shape& shape) {
  switch (shape.kind) {
    case Kind::choice: return false;
    case Kind::list:
    case Kind::optional: return shape.element->kind != Kind::optional && supported(*shape.element);
    case Kind::record:
      return shape.rows.size() <= kMaxMembers &&
             std::ranges::all_of(shape.rows, [](const Row& row) { return supported(*row.shape); });
    default: return true;
  }
}
template <class T>
concept Message = Described<T> && supported(bulwatt::detail::ShapeOf<T>::kShape);

/// For large messages: into an object that already lives somewhere.
template <Message T>
std::expected<void, Error> decode_into(T& value, std::string_view text, const Options& options = {}) {
  return decode(shape_of<T>(), &value, text, options);
}

template <Message T>
std::expected<T, Error> decode(std::string_view text, const Options& options = {}) {
  std::expected<T, Error> value{std::in_place};
  if (auto done = decode(shape_of<T>(), &*value, text, options); !done) value = std::unexpected(done.error());
  return value;
}

template <Message T>
std::expected<std::string_view, Error> encode(const T& value, std::span<char> out, const Options& options = {}) {
  return encode(shape_of<T>(), &value, out, options);
}

}  // namespace bulwatt::json
