// Tiles as C2SP tlog-tiles lays them out: 256 hashes of one height to a tile, eight heights to a level, and bundles of 256
// entries. The bytes and the paths; where they lie is the caller's business.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/merkle/hash.hpp"

namespace bulwatt::merkle {

inline constexpr unsigned kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr std::size_t kTileBytes = kTileWidth * sizeof(Hash);
inline constexpr std::size_t kMaxEntry = 0xffff;
inline constexpr std::uint8_t kMaxTileLevel = 5;

/// One tile: hash i of it is the root of the complete subtree of height 8 * level at index * 256 + i.
struct Tile {
  bool entries = false;  ///< a bundle of entries instead of hashes; level is 0
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  std::uint16_t width = kTileWidth;  ///< 1 … 256; less than 256: the tile is not complete yet
  friend bool operator==(const Tile&, const Tile&) = default;
};

/// "tile/0/x001/x234/067", "tile/entries/000.p/7".
std::string tile_path(const Tile& tile);
/// Nothing when it is not exactly what tile_path() writes.
std::optional<Tile> parse_tile_path(std::string_view path);
/// Hashes of this level that a tree of `size` leaves has.
constexpr std::uint64_t hashes_at(std::uint8_t level, std::uint64_t size) { return size >> (kTileHeight * level); }

/// Root of a complete tile's 256 hashes, or of 2^n of them: what stands for it one level up.
Hash tile_root(std::span<const Hash> hashes);

/// An entry as it stands in a bundle: its length in two bytes, big-endian, and its bytes.
void append_entry(std::string& bundle, std::span<const std::byte> entry);
/// Takes the next entry off the front; nothing at the end, or (then `bundle` is not empty) when it is cut off.
std::optional<std::span<const std::byte>> take_entry(std::span<const std::byte>& bundle);

}  // namespace bulwatt::merkle
