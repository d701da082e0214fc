// Rows of the tables of sequence_*.cpp, as bits.
#pragma once
#include <initializer_list>

#include "protocols/iso15118_session/sequence.hpp"

namespace bulwatt::iso15118 {

static_assert(kRequestCount <= 32);
using Table = std::array<std::uint32_t, kStageCount>;
struct Row {
  Stage stage;
  std::initializer_list<Request> allowed;
};
constexpr std::uint32_t bit(Request request) { return std::uint32_t{1} << static_cast<unsigned>(request); }
/// A stage without a row allows nothing.
constexpr Table table(std::initializer_list<Row> rows) {
  Table out{};
  for (const auto& row : rows) {
    for (const auto request : row.allowed) out[static_cast<std::size_t>(row.stage)] |= bit(request);
  }
  return out;
}
constexpr bool contains(const Table& table, Stage stage, Request request) {
  return (table[static_cast<std::size_t>(stage)] & bit(request)) != 0;
}

}  // namespace bulwatt::iso15118
