// One register value to an integer in thousandths of its unit, and back. Both directions here, so that a simulated meter
// and the service that reads it can't drift apart unseen: the tests hold both against literal register words.
#pragma once
#include <expected>

#include "protocols/meters/register_map.hpp"

namespace bulwatt::meters {

/// bad_length: not exactly the words of the encoding. not_a_number: a float register holds NaN or infinity.
/// out_of_range: the value is no plausible one for the quantity, or does not fit 64 bits (or the register, encoding).
enum class CodecError : std::uint8_t { bad_length, not_a_number, out_of_range };
constexpr auto enum_names(CodecError) { return names("bad_length", "not_a_number", "out_of_range"); }

/// The value of `words`, rounded to the nearest thousandth, within plausible_range(row.quantity).
std::expected<std::int64_t, CodecError> decode(const Row& row, WordOrder order, std::span<const std::uint16_t> words);

/// The register words that come nearest to `value` (in thousandths). Plausibility is not checked: a simulated meter may
/// well show nonsense.
std::expected<void, CodecError> encode(const Row& row, WordOrder order, std::int64_t value,
                                       std::span<std::uint16_t> words);

/// An unsigned integer without unit or plausibility, such as a serial number. Errors: bad_length; out_of_range if the
/// encoding is not unsigned.
std::expected<std::uint64_t, CodecError> decode_number(Encoding encoding, WordOrder order,
                                                       std::span<const std::uint16_t> words);

}  // namespace bulwatt::meters
