#include "services/ledger/tiles.hpp"

#include "libs/base/check.hpp"
#include "libs/base/try.hpp"

namespace bulwatt::ledger {
namespace {

using merkle::Hash;
using merkle::kTileWidth;

constexpr std::uint64_t kGrowth = 64 * 1024;  // of the files of upper levels

std::span<const std::byte> bytes_of(std::span<const Hash> hashes) { return std::as_bytes(hashes); }

/// Whether the hashes at the end of a level are what the tree has there.
bool fits(const merkle::Frontier& tree, unsigned lowest, std::span<const Hash> hashes) {
  for (unsigned bit = merkle::kTileHeight; bit-- > 0;) {
    const auto width = std::size_t{1} << bit;
    if ((hashes.size() & width) == 0) continue;
    // The greatest group stands first.
    const auto before = hashes.size() >> (bit + 1) << (bit + 1);
    const auto node = tree.node(lowest + bit);
    if (!node || merkle::tile_root(hashes.subspan(before, width)) != *node) return false;
  }
  return true;
}

}  // namespace

TilePlaces::Place TilePlaces::find(std::uint8_t level, std::uint64_t index) const {
  if (level == 0) {
    const auto within = index % kLeavesPerFile;
    return {&files.leaves, leaf_file + static_cast<std::uint32_t>(index / kLeavesPerFile), within * sizeof(Hash),
            kLeavesPerFile - within};
  }
  return {&files.nodes, (log - 1) * kLevels + level - 1, index * sizeof(Hash), UINT64_MAX};
}

bool TilePlaces::read(std::uint8_t level, std::uint64_t index, std::span<Hash> into) const {
  while (!into.empty()) {
    const auto place = find(level, index);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), place.left));
    const auto got = place.storage->read(place.file, place.at, std::as_writable_bytes(into.first(count)));
    if (!got || *got != count * sizeof(Hash)) return false;
    into = into.subspan(count);
    index += count;
  }
  return true;
}

void Tiles::begin(std::uint32_t log, std::uint32_t leaf_file) {
  places_.log = log;
  places_.leaf_file = leaf_file;
  levels_ = {};
}

bool Tiles::load(std::uint32_t log, std::uint32_t leaf_file, const merkle::Frontier& tree) {
  begin(log, leaf_file);
  for (std::uint8_t level = 0; level <= kLevels; ++level) {
    auto& one = levels_[level];
    const auto count = merkle::hashes_at(level, tree.size());
    one.settled = count % kTileWidth;
    one.first = count - one.settled;
    one.hashes.resize(one.settled);
    if (!places_.read(level, one.first, one.hashes)) return false;
    if (!fits(tree, merkle::kTileHeight * level, one.hashes)) return false;
  }
  return true;
}

std::expected<void, journal::Error> Tiles::write(std::uint8_t level) {
  auto& one = levels_[level];
  while (one.settled < one.hashes.size()) {
    const auto place = places_.find(level, one.first + one.settled);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(one.hashes.size() - one.settled, place.left));
    const auto end = place.at + count * sizeof(Hash);
    const auto room = level == 0 ? kLeavesPerFile * sizeof(Hash) : (end + kGrowth - 1) / kGrowth * kGrowth;
    TRY_VOID(place.storage->reserve(place.file, room));
    TRY_VOID(place.storage->write(place.file, place.at, bytes_of(std::span{one.hashes}.subspan(one.settled, count))));
    TRY_VOID(place.storage->sync(place.file));
    one.settled += count;
  }
  return {};
}

void Tiles::move_up(std::uint8_t level) {
  auto& one = levels_[level];
  const auto complete = one.hashes.size() / kTileWidth * kTileWidth;
  if (complete == 0) return;
  for (std::size_t i = 0; i < complete && level < kLevels; i += kTileWidth)
    levels_[level + 1U].hashes.push_back(merkle::tile_root(std::span{one.hashes}.subspan(i, kTileWidth)));
  one.hashes.erase(one.hashes.begin(), one.hashes.begin() + static_cast<std::ptrdiff_t>(complete));
  one.first += complete;
  one.settled -= complete;
}

std::expected<void, journal::Error> Tiles::settle() {
  for (std::uint8_t level = 0; level <= kLevels; ++level) {
    TRY_VOID(write(level));
    move_up(level);
  }
  return {};
}

TileNodes::TileNodes(const TilePlaces& places, std::uint64_t settled, std::vector<Hash> tail)
    : places_(places), settled_(settled), tail_(std::move(tail)) {}

std::optional<Hash> TileNodes::node(unsigned height, std::uint64_t index) {
  if (height >= merkle::kMaxHeight || ((index + 1) << height) > settled_ + tail_.size()) return std::nullopt;
  return ((index + 1) << height) <= settled_ ? stored(height, index) : computed(height, index);
}

std::optional<Hash> TileNodes::stored(unsigned height, std::uint64_t index) const {
  const auto level = static_cast<std::uint8_t>(height / merkle::kTileHeight);
  const auto below = height % merkle::kTileHeight;
  std::array<Hash, kTileWidth> hashes;
  const auto found = std::span{hashes}.first(std::size_t{1} << below);
  if (!places_.read(level, index << below, found)) return std::nullopt;
  return merkle::tile_root(found);
}

std::optional<Hash> TileNodes::computed(unsigned height, std::uint64_t index) {
  if (height == 0) return tail_[static_cast<std::size_t>(index - settled_)];
  auto& known = known_[height];
  const auto at = static_cast<std::size_t>(index - (settled_ >> height));
  if (known.size() <= at) known.resize(at + 1);
  if (known[at]) return known[at];
  const auto left = node(height - 1, 2 * index);
  const auto right = node(height - 1, 2 * index + 1);
  if (!left || !right) return std::nullopt;
  known_[height][at] = merkle::node_hash(*left, *right);
  return known_[height][at];
}

}  // namespace bulwatt::ledger
