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
    case CodecError::not_available: return PickError::not_available;
    case CodecError::out_of_range: break;
  }
  return PickError::out_of_range;
}

/// The row of a quantity, if the block holds it whole.
const Row* row_in(const RegisterMap& map, Quantity quantity, Block block) {
  const Row* row = find_row(map, quantity);
  if (row == nullptr || row->address < block.address || row->address + row->words() > end_of(block)) return nullptr;
  return row;
}

constexpr std::uint16_t kNoExponent = 0x8000;  // SunSpec: this power of ten is not available

/// The power of ten beside a value.
std::expected<int, PickError> exponent_of(const Row& row, Block block, std::span<const std::uint16_t> words) {
  if (row.scale_at == kNoScale) return 0;
  if (row.scale_at < block.address || row.scale_at >= end_of(block)) return std::unexpected(PickError::not_in_block);
  const std::uint16_t word = words[std::size_t{row.scale_at} - block.address];
  if (word == kNoExponent) return std::unexpected(PickError::not_available);
  const int exponent = static_cast<std::int16_t>(word);
  if (exponent < -kExponentMax || exponent > kExponentMax) return std::unexpected(PickError::out_of_range);
  return exponent;
}

/// One request from the first row to the last row or power of ten.
Block whole(const RegisterMap& map) {
  const std::size_t first = map.rows.front().address;
  std::size_t end = map.rows.back().address + map.rows.back().words();
  for (const Row& row : map.rows) {
    if (row.scale_at != kNoScale) end = std::max<std::size_t>(end, row.scale_at + 1);
  }
  return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(end - first)};
}

}  // namespace

std::expected<ReadPlan, PlanError> plan_reads(const RegisterMap& map, std::span<const Quantity> wanted) {
  for (const Quantity quantity : wanted) {
    if (find_row(map, quantity) == nullptr) return std::unexpected(PlanError::missing);
  }
  ReadPlan plan;
  if (!wanted.empty() && std::ranges::any_of(map.rows, [](const Row& row) { return row.scale_at != kNoScale; })) {
    plan.storage[plan.size++] = whole(map);
    return plan;
  }
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
  const Row* row = row_in(map, quantity, block);
  if (row == nullptr) return std::unexpected(PickError::not_in_block);
  if (words.size() != block.count) return std::unexpected(PickError::bad_length);
  const auto exponent = exponent_of(*row, block, words);
  if (!exponent) return std::unexpected(exponent.error());
  const auto value = decode(*row, map.order, words.subspan(std::size_t{row->address} - block.address, row->words()),
                            map.absence, *exponent);
  if (!value) return std::unexpected(pick_error(value.error()));
  return *value;
}

Counting counting(const RegisterMap& map, Quantity quantity, Block block, std::span<const std::uint16_t> words) {
  const auto value = pick(map, quantity, block, words);
  if (!value) return {};
  const Row& row = *find_row(map, quantity);
  const int exponent = *exponent_of(row, block, words);
  return {resolution(row, *value, exponent), wrap(row, exponent)};
}

}  // namespace bulwatt::meters
