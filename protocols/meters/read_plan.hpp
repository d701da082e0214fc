// Which requests read the wanted quantities: rows close together share one request, within the meter's limits.
#pragma once
#include <expected>
#include <span>

#include "protocols/meters/codec.hpp"

namespace bulwatt::meters {

/// One request: `count` registers from `address` of the map's table.
struct Block {
  std::uint16_t address{};
  std::uint16_t count{};
  friend bool operator==(const Block&, const Block&) = default;
};

/// Never more blocks than quantities, so a plan has a fixed size and needs no heap.
struct ReadPlan {
  std::array<Block, kQuantityCount> storage{};
  std::size_t size = 0;
  std::span<const Block> blocks() const { return std::span(storage).first(size); }
};

/// missing: the meter has no register for a wanted quantity.
enum class PlanError : std::uint8_t { missing };
constexpr auto enum_names(PlanError) { return names("missing"); }

/// The fewest requests, by rising address, that read all of `wanted` (in any order, repeats allowed). A request never
/// exceeds map.words_max registers, never crosses a gap wider than map.gap_max, and never cuts a value in two. Where values
/// have powers of ten beside them, one request reads the whole: both must be of the same moment.
std::expected<ReadPlan, PlanError> plan_reads(const RegisterMap& map, std::span<const Quantity> wanted);

/// A quantity is not in this block, or the answer is no value.
enum class PickError : std::uint8_t { not_in_block, bad_length, not_a_number, out_of_range, not_available };
constexpr auto enum_names(PickError) {
  return names("not_in_block", "bad_length", "not_a_number", "out_of_range", "not_available");
}

/// The value of `quantity` in thousandths from the answer to `block`. `words` must be the whole answer: another count
/// than block.count is bad_length.
std::expected<std::int64_t, PickError> pick(const RegisterMap& map, Quantity quantity, Block block,
                                            std::span<const std::uint16_t> words);

/// How a counter counts, from the same answer; {1, 0} when the quantity is not in it.
struct Counting {
  std::int64_t resolution = 1;  ///< its step, in thousandths
  std::int64_t wrap = 0;        ///< where it begins again at 0; 0: nowhere
};
Counting counting(const RegisterMap& map, Quantity quantity, Block block, std::span<const std::uint16_t> words);

}  // namespace bulwatt::meters
