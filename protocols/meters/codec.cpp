#include "protocols/meters/codec.hpp"

#include <bit>
#include <charconv>
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

constexpr Wide power_of_ten(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// thousandths = register value * multiply / divide, the exponent included. Factors stay below 2^65.
struct Factors {
  Wide multiply;
  Wide divide;
};
Factors factors_of(Scale scale, int exponent) {
  return {scale.multiply * power_of_ten(exponent), scale.divide * power_of_ten(-exponent)};
}

bool exponent_fits(const Row& row, int exponent) {
  if (exponent == 0) return true;
  return row.words() <= 2 && row.encoding != Encoding::float32 && exponent >= -kExponentMax && exponent <= kExponentMax;
}

bool absent(Encoding encoding, Absence absence, std::uint64_t bits) {
  constexpr std::uint64_t kTop = 0x7FFF;
  if (absence == Absence::none) return false;
  if (absence == Absence::top) return bits >> kWordBits * (words_of(encoding) - 1) == kTop;
  switch (encoding) {
    case Encoding::int16: return bits == 0x8000;
    case Encoding::uint16: return bits == 0xFFFF;
    case Encoding::int32: return bits == 0x8000'0000;
    case Encoding::float32: return std::isnan(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    default: return false;
  }
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

bool printable(std::uint8_t c) { return c > ' ' && c < 0x7F; }

}  // namespace

std::expected<std::int64_t, CodecError> decode(const Row& row, WordOrder order, std::span<const std::uint16_t> words,
                                               Absence absence, int exponent) {
  if (words.size() != row.words()) return std::unexpected(CodecError::bad_length);
  if (!exponent_fits(row, exponent)) return std::unexpected(CodecError::out_of_range);
  const std::uint64_t bits = join(order, words);
  if (absent(row.encoding, absence, bits)) return std::unexpected(CodecError::not_available);
  const Range range = plausible_range(row.quantity);
  if (row.encoding == Encoding::float32) return decode_float(static_cast<std::uint32_t>(bits), row.scale, range);
  const Factors factors = factors_of(row.scale, exponent);
  return within(divide_rounded(integer_of(row.encoding, bits) * factors.multiply, factors.divide), range);
}

std::expected<void, CodecError> encode(const Row& row, WordOrder order, std::int64_t value,
                                       std::span<std::uint16_t> words, int exponent) {
  if (words.size() != row.words()) return std::unexpected(CodecError::bad_length);
  if (!exponent_fits(row, exponent)) return std::unexpected(CodecError::out_of_range);
  if (row.encoding == Encoding::float32) {
    const double shown = static_cast<double>(value) * row.scale.divide / row.scale.multiply;
    split(std::bit_cast<std::uint32_t>(static_cast<float>(shown)), order, words);
    return {};
  }
  // Beyond this no factor keeps the product within 127 bits; no meter counts that far.
  constexpr std::int64_t kGreatest = 1'000'000'000'000'000'000;
  if (value > kGreatest || value < -kGreatest) return std::unexpected(CodecError::out_of_range);
  const Factors factors = factors_of(row.scale, exponent);
  Wide shown = divide_rounded(Wide{value} * factors.divide, factors.multiply);
  if (row.wraps_at != 0 && shown >= 0) shown %= Wide{row.wraps_at};
  const Limits limits = limits_of(row.encoding);
  if (shown < limits.least || shown > limits.greatest) return std::unexpected(CodecError::out_of_range);
  split(static_cast<std::uint64_t>(shown), order, words);
  return {};
}

bool encode_absent(const Row& row, WordOrder order, Absence absence, std::span<std::uint16_t> words) {
  if (words.size() != row.words()) return false;
  if (row.encoding == Encoding::float32) {
    split(std::bit_cast<std::uint32_t>(std::numeric_limits<float>::quiet_NaN()), order, words);
    return true;
  }
  if (absence == Absence::none) return false;
  if (absence == Absence::top) {
    split(std::uint64_t{0x7FFF} << kWordBits * (row.words() - 1), order, words);
    return true;
  }
  switch (row.encoding) {
    case Encoding::int16: split(0x8000, order, words); return true;
    case Encoding::uint16: split(0xFFFF, order, words); return true;
    case Encoding::int32: split(0x8000'0000, order, words); return true;
    default: return false;
  }
}

std::int64_t resolution(const Row& row, std::int64_t value, int exponent) {
  if (row.encoding == Encoding::float32) {
    const auto shown = static_cast<float>(static_cast<double>(value) * row.scale.divide / row.scale.multiply);
    const double step =
        static_cast<double>(std::nextafter(shown, std::numeric_limits<float>::infinity())) - static_cast<double>(shown);
    return std::max<std::int64_t>(std::llround(step * row.scale.multiply / row.scale.divide), 1);
  }
  if (!exponent_fits(row, exponent)) return 1;
  const Factors factors = factors_of(row.scale, exponent);
  const Wide step = divide_rounded(factors.multiply, factors.divide);
  const auto greatest = plausible_range(row.quantity).greatest;
  return step > greatest ? greatest : std::max(static_cast<std::int64_t>(step), std::int64_t{1});
}

std::int64_t wrap(const Row& row, int exponent) {
  // A factor of 65 bits leaves room for registers of up to 62.
  if (row.wraps_at == 0 || row.wraps_at > std::uint64_t{1} << 61 || !exponent_fits(row, exponent)) return 0;
  const Factors factors = factors_of(row.scale, exponent);
  const Wide value = divide_rounded(Wide{row.wraps_at} * factors.multiply, factors.divide);
  return value > std::numeric_limits<std::int64_t>::max() / 2 ? 0 : static_cast<std::int64_t>(value);
}

std::expected<std::uint64_t, CodecError> decode_number(Encoding encoding, WordOrder order,
                                                       std::span<const std::uint16_t> words) {
  if (encoding != Encoding::uint16 && encoding != Encoding::uint32 && encoding != Encoding::uint64) {
    return std::unexpected(CodecError::out_of_range);
  }
  if (words.size() != words_of(encoding)) return std::unexpected(CodecError::bad_length);
  return join(order, words);
}

std::expected<Serial, CodecError> decode_serial(const SerialRow& row, WordOrder order,
                                                std::span<const std::uint16_t> words) {
  if (words.size() != row.words()) return std::unexpected(CodecError::bad_length);
  std::array<char, 2 * kModbusWordsMax> text{};
  std::size_t length = 0;
  if (row.text_words == 0) {
    const auto number = decode_number(row.encoding, order, words);
    if (!number) return std::unexpected(number.error());
    length = static_cast<std::size_t>(std::to_chars(text.data(), text.data() + text.size(), *number).ptr - text.data());
  } else if (words.size() > kModbusWordsMax) {
    return std::unexpected(CodecError::bad_length);
  } else {
    for (const std::uint16_t word : words) {
      for (const auto byte : {static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)}) {
        if (printable(byte)) text[length++] = static_cast<char>(byte);
      }
    }
  }
  Serial serial{};
  const std::size_t kept = std::min(length, serial.size());
  for (std::size_t i = 0; i < kept; ++i) serial[i] = static_cast<std::byte>(text[length - kept + i]);
  return serial;
}

}  // namespace bulwatt::meters
