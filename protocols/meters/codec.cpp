#include "protocols/meters/codec.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace bulwatt::meters {

namespace {

constexpr unsigned kWordBits = 16;

/// Products of a 64-bit register and a scale need more than 64 bits.
__extension__ typedef __int128 Wide;

std::uint64_t join(WordOrder order, std::span<const std::uint16_t> words) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    bits = bits << kWordBits | words[order == WordOrder::high_first ? i : words.size() - 1 - i];
  }
  return bits;
}

void split(std::uint64_t bits, WordOrder order, std::span<std::uint16_t> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[order == WordOrder::high_first ? words.size() - 1 - i : i] = static_cast<std::uint16_t>(bits);
    bits >>= kWordBits;
  }
}

/// The integer a register of this encoding means.
Wide integer_of(Encoding encoding, std::uint64_t bits) {
  switch (encoding) {
    case Encoding::int16: return static_cast<std::int16_t>(bits);
    case Encoding::int32: return static_cast<std::int32_t>(bits);
    case Encoding::int64: return static_cast<std::int64_t>(bits);
    default: return bits;
  }
}

struct Limits {
  Wide least;
  Wide greatest;
};
Limits limits_of(Encoding encoding) {
  const auto of = []<class T>(T) { return Limits{std::numeric_limits<T>::min(), std::numeric_limits<T>::max()}; };
  switch (encoding) {
    case Encoding::int16: return of(std::int16_t{});
    case Encoding::uint16: return of(std::uint16_t{});
    case Encoding::int32: return of(std::int32_t{});
    case Encoding::int64: return of(std::int64_t{});
    case Encoding::uint64: return of(std::uint64_t{});
    default: return of(std::uint32_t{});
  }
}

/// numerator / denominator (above 0), rounded to nearest, halves away from zero.
Wide divide_rounded(Wide numerator, Wide denominator) {
  const Wide half = denominator / 2;
  return (numerator < 0 ? numerator - half : numerator + half) / denominator;
}

std::expected<std::int64_t, CodecError> within(Wide value, Range range) {
  if (value < range.least || value > range.greatest) return std::unexpected(CodecError::out_of_range);
  return static_cast<std::int64_t>(value);
}

/// A float holds 24 significant bits and a scale 31: their product is nearly always exact in a double, and its rounding
/// error is far below a thousandth wherever the range check lets it pass.
std::expected<std::int64_t, CodecError> decode_float(std::uint32_t bits, Scale scale, Range range) {
  const double value = std::bit_cast<float>(bits);
  if (!std::isfinite(value)) return std::unexpected(CodecError::not_a_number);
  const double scaled = value * scale.multiply / scale.divide;
  if (scaled < static_cast<double>(range.least) - 1 || scaled > static_cast<double>(range.greatest) + 1) {
    return std::unexpected(CodecError::out_of_range);
  }
  return within(std::llround(scaled), range);
}

}  // namespace

std::expected<std::int64_t, CodecError> decode(const Row& row, WordOrder order, std::span<const std::uint16_t> words) {
  if (words.size() != row.words()) return std::unexpected(CodecError::bad_length);
  const std::uint64_t bits = join(order, words);
  const Range range = plausible_range(row.quantity);
  if (row.encoding == Encoding::float32) return decode_float(static_cast<std::uint32_t>(bits), row.scale, range);
  return within(divide_rounded(integer_of(row.encoding, bits) * row.scale.multiply, row.scale.divide), range);
}

std::expected<void, CodecError> encode(const Row& row, WordOrder order, std::int64_t value,
                                       std::span<std::uint16_t> words) {
  if (words.size() != row.words()) return std::unexpected(CodecError::bad_length);
  if (row.encoding == Encoding::float32) {
    const double shown = static_cast<double>(value) * row.scale.divide / row.scale.multiply;
    split(std::bit_cast<std::uint32_t>(static_cast<float>(shown)), order, words);
    return {};
  }
  const Wide shown = divide_rounded(Wide{value} * row.scale.divide, row.scale.multiply);
  const Limits limits = limits_of(row.encoding);
  if (shown < limits.least || shown > limits.greatest) return std::unexpected(CodecError::out_of_range);
  split(static_cast<std::uint64_t>(shown), order, words);
  return {};
}

std::expected<std::uint64_t, CodecError> decode_number(Encoding encoding, WordOrder order,
                                                       std::span<const std::uint16_t> words) {
  if (encoding != Encoding::uint16 && encoding != Encoding::uint32 && encoding != Encoding::uint64) {
    return std::unexpected(CodecError::out_of_range);
  }
  if (words.size() != words_of(encoding)) return std::unexpected(CodecError::bad_length);
  return join(order, words);
}

}  // namespace bulwatt::meters
