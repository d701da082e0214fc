// The checksum of crc32c.hpp for long runs of bytes: the processor's instruction answers three cycles later but takes a new operand
// every cycle, so three parts go side by side and are put together.
#pragma once
#include "libs/journal/crc32c.hpp"

namespace bulwatt::journal {

#if defined(__x86_64__)
namespace detail {

inline constexpr std::size_t kPart = 512;

/// What becomes of a register when kPart zero bytes go through it, for each byte of the register.
constexpr std::array<std::array<std::uint32_t, 256>, 4> crc32c_shift() {
  std::array<std::uint32_t, 32> of_bit{};
  for (unsigned bit = 0; bit < of_bit.size(); ++bit) {
    std::uint32_t crc = 1U << bit;
    for (std::size_t i = 0; i < kPart; ++i) crc = (crc >> 8) ^ kCrc32cTable[crc & 0xff];
    of_bit[bit] = crc;
  }
  std::array<std::array<std::uint32_t, 256>, 4> out{};
  for (unsigned byte = 0; byte < 4; ++byte) {
    for (unsigned value = 0; value < 256; ++value) {
      for (unsigned bit = 0; bit < 8; ++bit)
        if ((value >> bit & 1) != 0) out[byte][value] ^= of_bit[8 * byte + bit];
    }
  }
  return out;
}
inline constexpr auto kCrc32cShift = crc32c_shift();

inline std::uint64_t crc32c_shifted(std::uint64_t crc) {
  return kCrc32cShift[0][crc & 0xff] ^ kCrc32cShift[1][crc >> 8 & 0xff] ^ kCrc32cShift[2][crc >> 16 & 0xff] ^
         kCrc32cShift[3][crc >> 24 & 0xff];
}

__attribute__((target("sse4.2"))) inline std::uint32_t crc32c_by_three(std::span<const std::byte> bytes) {
  const auto word = [&](std::size_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  };
  std::uint64_t crc = 0xffffffffU;
  for (; bytes.size() >= 3 * kPart; bytes = bytes.subspan(3 * kPart)) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t at = 0; at < kPart; at += sizeof crc) {
      crc = __builtin_ia32_crc32di(crc, word(at));
      second = __builtin_ia32_crc32di(second, word(kPart + at));
      third = __builtin_ia32_crc32di(third, word(2 * kPart + at));
    }
    crc = crc32c_shifted(crc32c_shifted(crc) ^ second) ^ third;
  }
  for (; bytes.size() >= sizeof crc; bytes = bytes.subspan(sizeof crc)) crc = __builtin_ia32_crc32di(crc, word(0));
  auto rest = static_cast<std::uint32_t>(crc);
  for (const auto byte : bytes) rest = __builtin_ia32_crc32qi(rest, std::to_integer<std::uint8_t>(byte));
  return ~rest;
}
}  // namespace detail

inline std::uint32_t crc32c_long(std::span<const std::byte> bytes) {
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  return kHasInstruction ? detail::crc32c_by_three(bytes) : crc32c_by_table(bytes);
}
#else
inline std::uint32_t crc32c_long(std::span<const std::byte> bytes) { return crc32c_by_table(bytes); }
#endif

}  // namespace bulwatt::journal
