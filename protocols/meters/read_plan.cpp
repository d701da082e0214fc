#include "protocols/meters/read_plan.hpp"

namespace bulwatt::meters {

namespace {

std::size_t end_of(Block block) { return std::size_t{block.address} + block.count; }

/// Whether `row`, which begins at or after `block`, may be read along with it.
bool joins(const RegisterMap& map, Block block, const Row& row) {
  return row.address <= end_of(block) + map.gap_max &&
         row.address + row.words() <= std::size_t{block.address} + map.words_max;
}

PickError pick_error(CodecError error) {
  switch (error) {
    case CodecError::bad_length: return PickError::bad_length;
    case CodecError::not_a_number: return PickError::not_a_number;
    case CodecError::out_of_range: break;
  }
  return PickError::out_of_range;
}

}  // namespace

std::expected<ReadPlan, PlanError> plan_reads(const RegisterMap& map, std::span<const Quantity> wanted) {
  for (const Quantity quantity : wanted) {
    if (find_row(map, quantity) == nullptr) return std::unexpected(PlanError::missing);
  }
  ReadPlan plan;
  for (const Row& row : map.rows) {
    if (std::ranges::find(wanted, row.quantity) == wanted.end()) continue;
    if (plan.size == 0 || !joins(map, plan.storage[plan.size - 1], row)) {
      plan.storage[plan.size++] = {row.address, static_cast<std::uint16_t>(row.words())};
      continue;
    }
    Block& block = plan.storage[plan.size - 1];
    block.count = static_cast<std::uint16_t>(row.address + row.words() - block.address);
  }
  return plan;
}

std::expected<std::int64_t, PickError> pick(const RegisterMap& map, Quantity quantity, Block block,
                                            std::span<const std::uint16_t> words) {
  const Row* row = find_row(map, quantity);
  if (row == nullptr || row->address < block.address || row->address + row->words() > end_of(block)) {
    return std::unexpected(PickError::not_in_block);
  }
  if (words.size() != block.count) return std::unexpected(PickError::bad_length);
  const auto value = decode(*row, map.order, words.subspan(std::size_t{row->address} - block.address, row->words()));
  if (!value) return std::unexpected(pick_error(value.error()));
  return *value;
}

}  // namespace bulwatt::meters
