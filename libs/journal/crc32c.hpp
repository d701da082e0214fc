// CRC-32C (Castagnoli), the checksum of every stored frame.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace bulwatt::journal {

namespace detail {
constexpr std::array<std::uint32_t, 256> crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = value;
  }
  return table;
}
inline constexpr auto kCrc32cTable = crc32c_table();
}  // namespace detail

constexpr std::uint32_t crc32c_by_table(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const auto byte : bytes)
    crc = (crc >> 8) ^ detail::kCrc32cTable[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)
namespace detail {
__attribute__((target("sse4.2"))) inline std::uint32_t crc32c_by_instruction(std::span<const std::byte> bytes) {
  std::uint64_t crc = 0xffffffffU;
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    crc = __builtin_ia32_crc32di(crc, word);
    bytes = bytes.subspan(sizeof word);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (const auto byte : bytes) rest = __builtin_ia32_crc32qi(rest, std::to_integer<std::uint8_t>(byte));
  return ~rest;
}
}  // namespace detail

/// By the processor's own instruction where there is one.
inline std::uint32_t crc32c(std::span<const std::byte> bytes) {
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  return kHasInstruction ? detail::crc32c_by_instruction(bytes) : crc32c_by_table(bytes);
}
#else
inline std::uint32_t crc32c(std::span<const std::byte> bytes) { return crc32c_by_table(bytes); }
#endif

}  // namespace bulwatt::journal
