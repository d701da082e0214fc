// Test data beside the tree, and bytes as text.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "libs/exi/error.hpp"

namespace bulwatt::exi_test {

using Bytes = std::vector<std::byte>;

/// $BULWATT_SHARED_DATA/exi, else ../shared/data/exi; it need not exist.
std::filesystem::path data_folder();
Bytes from_hex(std::string_view text);
std::string to_hex(const Bytes& bytes);
std::string error_text(const exi::Error& error);

}  // namespace bulwatt::exi_test
