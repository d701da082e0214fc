// A tree as RFC 9162 writes it down, recursive and slow: what the fast one is held against.
#pragma once
#include <bit>
#include <vector>

#include "libs/merkle/tree.hpp"

namespace bulwatt::merkle {

using Leaves = std::vector<Hash>;

inline std::span<const Hash> part(std::span<const Hash> all, std::size_t first, std::size_t last) {
  return all.subspan(first, last - first);
}
inline Hash naive_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return empty_root();
  if (leaves.size() == 1) return leaves[0];
  const auto k = std::bit_floor(leaves.size() - 1);
  return node_hash(naive_root(leaves.first(k)), naive_root(leaves.subspan(k)));
}
inline std::vector<Hash> naive_path(std::size_t m, std::span<const Hash> leaves) {
  if (leaves.size() == 1) return {};
  const auto k = std::bit_floor(leaves.size() - 1);
  auto path = m < k ? naive_path(m, leaves.first(k)) : naive_path(m - k, leaves.subspan(k));
  path.push_back(m < k ? naive_root(leaves.subspan(k)) : naive_root(leaves.first(k)));
  return path;
}
inline std::vector<Hash> naive_subproof(std::size_t m, std::span<const Hash> leaves, bool whole) {
  if (m == leaves.size()) return whole ? std::vector<Hash>{} : std::vector<Hash>{naive_root(leaves)};
  const auto k = std::bit_floor(leaves.size() - 1);
  auto proof = m <= k ? naive_subproof(m, leaves.first(k), whole) : naive_subproof(m - k, leaves.subspan(k), false);
  proof.push_back(m <= k ? naive_root(leaves.subspan(k)) : naive_root(leaves.first(k)));
  return proof;
}

/// Answers from the leaves.
struct LeafSource final : NodeSource {
  explicit LeafSource(std::span<const Hash> all) : leaves(all) {}
  std::span<const Hash> leaves;
  std::optional<Hash> node(unsigned height, std::uint64_t index) override {
    const auto first = index << height;
    const auto last = (index + 1) << height;
    if (last > leaves.size()) return std::nullopt;
    return naive_root(part(leaves, first, last));
  }
};

}  // namespace bulwatt::merkle
