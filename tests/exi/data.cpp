#include "tests/exi/data.hpp"

#include <cstdlib>

namespace bulwatt::exi_test {

std::filesystem::path data_folder() {
  const char* data = std::getenv("BULWATT_SHARED_DATA");
  const auto root = data != nullptr ? std::filesystem::path{data}
                                    : std::filesystem::path{BULWATT_SOURCE_ROOT} / ".." / "shared" / "data";
  return root / "exi";
}

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16)));
  }
  return bytes;
}

std::string to_hex(const Bytes& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    text += {kDigits[value >> 4], kDigits[value & 15]};
  }
  return text;
}

std::string error_text(const exi::Error& error) {
  std::array<char, 160> buffer{};
  return std::string{exi::describe(error, buffer)};
}

}  // namespace bulwatt::exi_test
