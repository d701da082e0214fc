// Small files that are there whole or not at all, also after the power went.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace bulwatt::csms {

/// Nothing when it cannot be read; an absent one is empty.
std::optional<std::string> read_if_there(const std::filesystem::path& file);
/// Beside it first, then in its place.
bool write_durably(const std::filesystem::path& file, std::string_view text, bool secret = false);
bool append_durably(const std::filesystem::path& file, std::string_view bytes);
bool cut_durably(const std::filesystem::path& file, std::size_t size);

}  // namespace bulwatt::csms
