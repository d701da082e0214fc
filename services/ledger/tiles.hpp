// The hashes of the tree on disk, as C2SP tiles: tile i of a level is the 8192 bytes at i * 8192 of the level's files. They are
// derived from the records and written behind them, at the latest when a segment ends.
#pragma once
#include <vector>

#include "libs/merkle/tile.hpp"
#include "libs/merkle/tree.hpp"
#include "services/ledger/files.hpp"

namespace bulwatt::ledger {

/// Where the hashes of one log lie.
struct TilePlaces {
  Files files;
  std::uint32_t log{};
  std::uint32_t leaf_file{};
  struct Place {
    journal::Storage* storage{};
    std::uint32_t file{};
    std::uint64_t at{};
    std::uint64_t left{};  ///< hashes from here to the end of the file
  };
  Place find(std::uint8_t level, std::uint64_t index) const;
  /// Fills `into` with the hashes from `index` on. False when they are not all there.
  bool read(std::uint8_t level, std::uint64_t index, std::span<merkle::Hash> into) const;
};

class Tiles {
 public:
  explicit Tiles(Files files) : places_{files} {}
  /// An empty log.
  void begin(std::uint32_t log, std::uint32_t leaf_file);
  /// Takes up a log whose hashes up to tree.size() were settled. False when what is stored is not of this tree.
  bool load(std::uint32_t log, std::uint32_t leaf_file, const merkle::Frontier& tree);
  void push(const merkle::Hash& leaf) { levels_[0].hashes.push_back(leaf); }
  /// Everything pushed so far is durable when it returns. After an error it is tried again by the next call.
  std::expected<void, journal::Error> settle();
  std::uint32_t leaf_file() const { return places_.leaf_file; }

 private:
  struct Level {
    std::uint64_t first = 0;  ///< index of hashes[0]; a multiple of the tile's width
    std::size_t settled = 0;  ///< of hashes
    std::vector<merkle::Hash> hashes{};
  };
  std::expected<void, journal::Error> write(std::uint8_t level);
  void move_up(std::uint8_t level);
  TilePlaces places_;
  std::array<Level, kLevels + 1> levels_{};
};

/// Answers for proofs out of stored tiles and, for the newest records, out of memory.
class TileNodes final : public merkle::NodeSource {
 public:
  /// `tail`: leaf hashes from `settled` on.
  TileNodes(const TilePlaces& places, std::uint64_t settled, std::vector<merkle::Hash> tail);
  std::optional<merkle::Hash> node(unsigned height, std::uint64_t index) override;

 private:
  std::optional<merkle::Hash> stored(unsigned height, std::uint64_t index) const;
  std::optional<merkle::Hash> computed(unsigned height, std::uint64_t index);
  TilePlaces places_;
  std::uint64_t settled_;
  std::vector<merkle::Hash> tail_;
  /// [h]: nodes of height h that end behind `settled`, from first_[h] on; computed once.
  std::array<std::vector<std::optional<merkle::Hash>>, merkle::kMaxHeight> known_{};
};

}  // namespace bulwatt::ledger
