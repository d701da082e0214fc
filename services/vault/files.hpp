// Whole small files of the vault's folder.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <vector>

namespace bulwatt::vault {

/// A sentence for people.
using Complaint = std::string;

inline constexpr std::size_t kMaxStoredFile = 64 * 1024;

/// The error is an errno.
std::expected<std::vector<std::byte>, int> read_file(const std::string& path);
/// Written beside, synchronised and renamed: the old file or the new one, never half of one. 0 or an errno.
int write_file(const std::string& path, std::span<const std::byte> bytes);
bool file_exists(const std::string& path);
void remove_file(const std::string& path);
Complaint sentence(const std::string& path, int why);

}  // namespace bulwatt::vault
