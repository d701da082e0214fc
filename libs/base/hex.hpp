// Bytes as hexadecimal digits, lower case.
#pragma once
#include <span>
#include <string>

#include "libs/base/line.hpp"

namespace bulwatt {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Without allocation; what is beyond `Bytes` is left out.
template <std::size_t Bytes>
Line<2 * Bytes> hex_line(std::span<const std::byte> bytes) {
  Line<2 * Bytes> out;
  for (const auto byte : bytes.first(std::min(bytes.size(), Bytes)))
    out.add(kHexDigits[std::to_integer<std::size_t>(byte) >> 4], kHexDigits[std::to_integer<std::size_t>(byte) & 15]);
  return out;
}

inline std::string hex(std::span<const std::byte> bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const auto byte : bytes) {
    out += kHexDigits[std::to_integer<std::size_t>(byte) >> 4];
    out += kHexDigits[std::to_integer<std::size_t>(byte) & 15];
  }
  return out;
}

}  // namespace bulwatt
