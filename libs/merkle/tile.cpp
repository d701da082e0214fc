#include "libs/merkle/tile.hpp"

#include <array>
#include <bit>
#include <charconv>

#include "libs/base/check.hpp"

namespace bulwatt::merkle {
namespace {

constexpr std::string_view kRoot = "tile/";
constexpr std::string_view kEntries = "entries";

/// Groups of three digits, an x before all but the last.
std::string grouped(std::uint64_t number) {
  const auto group = [](std::uint64_t value) {
    std::string digits = std::to_string(value);
    return std::string(3 - digits.size(), '0') + digits;
  };
  std::string out = group(number % 1000);
  while ((number /= 1000) != 0) out = "x" + group(number % 1000) + "/" + out;
  return out;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> ungrouped(std::string_view text) {
  std::uint64_t number = 0;
  while (text.starts_with('x')) {
    const auto slash = text.find('/');
    if (slash != 4 || number > kMaxEntry * kTileWidth) return std::nullopt;
    const auto group = number_of(text.substr(1, 3));
    if (!group) return std::nullopt;
    number = (number + *group) * 1000;
    text.remove_prefix(slash + 1);
  }
  const auto last = text.size() == 3 ? number_of(text) : std::nullopt;
  if (!last) return std::nullopt;
  return number + *last;
}

}  // namespace

std::string tile_path(const Tile& tile) {
  std::string out{kRoot};
  out += tile.entries ? std::string{kEntries} : std::to_string(tile.level);
  out += "/" + grouped(tile.index);
  if (tile.width != kTileWidth) out += ".p/" + std::to_string(tile.width);
  return out;
}

std::optional<Tile> parse_tile_path(std::string_view path) {
  const auto whole = path;
  if (!path.starts_with(kRoot)) return std::nullopt;
  path.remove_prefix(kRoot.size());
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Tile tile;
  const auto level = path.substr(0, slash);
  path.remove_prefix(slash + 1);
  tile.entries = level == kEntries;
  if (!tile.entries) {
    const auto number = number_of(level);
    if (!number || *number > kMaxTileLevel) return std::nullopt;
    tile.level = static_cast<std::uint8_t>(*number);
  }
  if (const auto partial = path.find(".p/"); partial != std::string_view::npos) {
    const auto width = number_of(path.substr(partial + 3));
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    tile.width = static_cast<std::uint16_t>(*width);
    path = path.substr(0, partial);
  }
  const auto index = ungrouped(path);
  if (!index) return std::nullopt;
  tile.index = *index;
  if (tile_path(tile) != whole) return std::nullopt;  // one spelling only
  return tile;
}

Hash tile_root(std::span<const Hash> hashes) {
  BULWATT_ASSERT(std::has_single_bit(hashes.size()) && hashes.size() <= kTileWidth);
  std::array<Hash, kTileWidth> nodes;
  std::ranges::copy(hashes, nodes.begin());
  for (auto width = hashes.size(); width > 1; width /= 2) {
    for (std::size_t i = 0; i < width / 2; ++i) nodes[i] = node_hash(nodes[2 * i], nodes[2 * i + 1]);
  }
  return nodes[0];
}

void append_entry(std::string& bundle, std::span<const std::byte> entry) {
  BULWATT_ASSERT(entry.size() <= kMaxEntry);
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size() & 0xff);
  bundle.append(reinterpret_cast<const char*>(entry.data()), entry.size());
}

std::optional<std::span<const std::byte>> take_entry(std::span<const std::byte>& bundle) {
  if (bundle.size() < 2) return std::nullopt;
  const auto size = std::to_integer<std::size_t>(bundle[0]) << 8 | std::to_integer<std::size_t>(bundle[1]);
  if (bundle.size() - 2 < size) return std::nullopt;
  const auto entry = bundle.subspan(2, size);
  bundle = bundle.subspan(2 + size);
  return entry;
}

}  // namespace bulwatt::merkle
