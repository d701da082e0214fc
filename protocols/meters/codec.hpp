// One register value to an integer in thousandths of its unit, and back. Both directions here, so that a simulated meter
// and the service that reads it can't drift apart unseen: the tests hold both against literal register words.
#pragma once
#include <expected>

#include "protocols/meters/register_map.hpp"

namespace bulwatt::meters {

/// bad_length: not exactly the words of the encoding. not_a_number: a float register holds NaN or infinity.
/// out_of_range: the value is no plausible one for the quantity, or does not fit 64 bits (or the register, encoding).
/// not_available: the register says itself that it has no value.
enum class CodecError : std::uint8_t { bad_length, not_a_number, out_of_range, not_available };
constexpr auto enum_names(CodecError) { return names("bad_length", "not_a_number", "out_of_range", "not_available"); }

/// A power of ten beside a value may be at most this, either way.
inline constexpr int kExponentMax = 10;

/// The value of `words` times 10^exponent, rounded to the nearest thousandth, within plausible_range(row.quantity). An
/// exponent other than 0 is for integers of at most 32 bits; anything else is out_of_range.
std::expected<std::int64_t, CodecError> decode(const Row& row, WordOrder order, std::span<const std::uint16_t> words,
                                               Absence absence = Absence::none, int exponent = 0);

/// The register words that come nearest to `value` (in thousandths). Plausibility is not checked: a simulated meter may
/// well show nonsense. A counter begins again at zero where the row says so.
std::expected<void, CodecError> encode(const Row& row, WordOrder order, std::int64_t value,
                                       std::span<std::uint16_t> words, int exponent = 0);

/// What registers without a value hold. False: this meter cannot say so.
bool encode_absent(const Row& row, WordOrder order, Absence absence, std::span<std::uint16_t> words);

/// The step of the register near this value, in thousandths, at least 1: a float register grows coarser with its value.
std::int64_t resolution(const Row& row, std::int64_t value, int exponent = 0);

/// The value at which a counter begins again at 0, in thousandths; 0: it does not, or beyond what any meter counts.
std::int64_t wrap(const Row& row, int exponent = 0);

/// An unsigned integer without unit or plausibility. Errors: bad_length; out_of_range if the encoding is not unsigned.
std::expected<std::uint64_t, CodecError> decode_number(Encoding encoding, WordOrder order,
                                                       std::span<const std::uint16_t> words);

/// A serial number as text, zero padded. Errors: bad_length; out_of_range if it is a number of an encoding not unsigned.
using Serial = std::array<std::byte, kSerialMax>;
std::expected<Serial, CodecError> decode_serial(const SerialRow& row, WordOrder order,
                                                std::span<const std::uint16_t> words);

}  // namespace bulwatt::meters
