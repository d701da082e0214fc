// EXI 1.0 as ISO 15118 and DIN SPEC 70121 use it: schema-informed, not strict, bit-packed, default fidelity, no options in
// the header. One engine walks the tables of a schema set (grammar.hpp), which come from the same field lists as every
// other codec; nothing is generated. No allocation, no exception; recursion is as deep as the messages' description.
//
// Decoding accepts what the schema allows within the limits of the description, and besides: texts that refer to an
// earlier one (no encoder of the profile writes that, some do), an empty text or octets without a value, and zero bytes
// behind the message. Encoding writes the one form that all stations and cars of the field understand.
#pragma once
#include <cstddef>
#include <expected>
#include <span>

#include "libs/exi/error.hpp"
#include "libs/exi/grammar.hpp"

namespace bulwatt::exi {

/// Longest stream that is looked at.
inline constexpr std::size_t kMaxBytes = std::size_t{1} << 16;

/// How much a decoder did: never more than kMaxStepsPerBit for each bit of the input, and that many at the least.
struct Work {
  std::uint32_t bits = 0;   ///< read
  std::uint32_t steps = 0;  ///< rows looked at
};
inline constexpr std::uint32_t kMaxStepsPerBit = 64;

/// Decodes a document into `value`, which is of the type of the set's `document` shape. After an error `value` is a valid
/// object of unspecified content. Parts of it that the document does not mention keep whatever storage they had.
std::expected<Work, Error> decode_document(const Grammar& grammar, std::span<const std::byte> in, void* value);
/// The bytes written.
std::expected<std::size_t, Error> encode_document(const Grammar& grammar, const void* value, std::span<std::byte> out);

/// The same for one element as a fragment: what an XML signature is computed over. `shape` is one of the set's fragments.
std::expected<Work, Error> decode_fragment(const Grammar& grammar, const Shape& shape, std::span<const std::byte> in,
                                           void* value);
std::expected<std::size_t, Error> encode_fragment(const Grammar& grammar, const Shape& shape, const void* value,
                                                  std::span<std::byte> out);
template <Described T>
std::expected<std::size_t, Error> encode_fragment(const Grammar& grammar, const T& value, std::span<std::byte> out) {
  return encode_fragment(grammar, shape_of<T>(), &value, out);
}

/// Whether all texts and octets of a record of the set have at least the length that the standard demands; otherwise
/// `too_short` with the element's name. The codec itself lets short ones pass, because a message with one is understood
/// and answered: with a failure.
std::expected<void, Error> check_lengths(const Grammar& grammar, const Shape& shape, const void* value);
template <Described T>
std::expected<void, Error> check_lengths(const Grammar& grammar, const T& value) {
  return check_lengths(grammar, shape_of<T>(), &value);
}

}  // namespace bulwatt::exi
