#include "libs/merkle/tree.hpp"

#include <bit>

#include "libs/base/check.hpp"
#include "libs/merkle/many.hpp"

namespace bulwatt::merkle {
namespace {

using std::uint64_t;

/// Root of leaves [first, last), which is a subtree of some tree: first is a multiple of the next power of two.
std::optional<Hash> range_root(NodeSource& source, uint64_t first, uint64_t last) {
  std::optional<Hash> root;
  // From the right, where the subtrees are smallest.
  while (last > first) {
    const auto height = static_cast<unsigned>(std::countr_zero(last - first));
    const auto index = (last >> height) - 1;
    const auto node = source.node(height, index);
    if (!node) return std::nullopt;
    root = root ? node_hash(*node, *root) : *node;
    last = index << height;
  }
  return root;
}

/// The greatest power of two less than `size`.
uint64_t split(uint64_t size) { return std::bit_floor(size - 1); }

/// Puts the root of [first, last) in front of what is there; the proof is turned round at the end.
bool add(NodeSource& source, uint64_t first, uint64_t last, Proof& proof) {
  const auto root = range_root(source, first, last);
  return root && proof.push_back(*root);
}

void turn_round(Proof& proof) { std::ranges::reverse(proof.view()); }

}  // namespace

std::optional<Frontier> Frontier::from(uint64_t size, const Nodes& nodes) {
  if (size >= kMaxSize || static_cast<unsigned>(std::popcount(size)) != nodes.size) return std::nullopt;
  Frontier out;
  out.size_ = size;
  std::size_t next = 0;
  for (unsigned height = kMaxHeight; height-- > 0;) {
    if ((size >> height & 1) != 0) out.nodes_[height] = nodes[next++];
  }
  return out;
}

void Frontier::append(const Hash& leaf) {
  BULWATT_ASSERT(size_ + 1 < kMaxSize);
  auto node = leaf;
  unsigned height = 0;
  for (; (size_ >> height & 1) != 0; ++height) node = node_hash(nodes_[height], node);
  nodes_[height] = node;
  ++size_;
}

void Frontier::append(std::span<const Hash> leaves) {
  constexpr std::size_t kMost = 1024;
  BULWATT_ASSERT(leaves.size() < kMaxSize - size_);
  BULWATT_UNINITIALIZED std::array<std::array<Hash, 1 + kMost>, 2> rows;  // [0] of a row: what waits at that height
  while (!leaves.empty()) {
    auto count = std::min(kMost, leaves.size());
    std::ranges::copy(leaves.first(count), rows[0].begin() + 1);
    leaves = leaves.subspan(count);
    const auto added = count;
    for (unsigned height = 0; count != 0; ++height) {
      auto& row = rows[height % 2];
      const bool waits = (size_ >> height & 1) != 0;
      if (waits) row[0] = nodes_[height];
      const auto all = std::span<const Hash>{row}.subspan(waits ? 0 : 1, count + (waits ? 1 : 0));
      count = all.size() / 2;
      if (all.size() % 2 != 0) nodes_[height] = all.back();
      node_hashes(all.first(2 * count), std::span{rows[(height + 1) % 2]}.subspan(1, count));
    }
    size_ += added;
  }
}

Hash Frontier::root() const {
  if (size_ == 0) return empty_root();
  auto height = static_cast<unsigned>(std::countr_zero(size_));
  auto root = nodes_[height];
  while (++height < kMaxHeight) {
    if ((size_ >> height & 1) != 0) root = node_hash(nodes_[height], root);
  }
  return root;
}

Frontier::Nodes Frontier::nodes() const {
  Nodes out{};
  for (unsigned height = kMaxHeight; height-- > 0;) {
    if ((size_ >> height & 1) != 0) BULWATT_ASSERT(out.push_back(nodes_[height]));
  }
  return out;
}

std::optional<Hash> root_of(NodeSource& source, uint64_t size) {
  return size == 0 ? std::optional{empty_root()} : range_root(source, 0, size);
}

std::optional<Proof> prove_inclusion(NodeSource& source, uint64_t index, uint64_t size) {
  if (index >= size || size >= kMaxSize) return std::nullopt;
  Proof proof{};
  uint64_t first = 0;
  uint64_t last = size;
  while (last - first > 1) {
    const auto middle = first + split(last - first);
    const bool left = index < middle;
    if (!(left ? add(source, middle, last, proof) : add(source, first, middle, proof))) return std::nullopt;
    (left ? last : first) = middle;
  }
  turn_round(proof);
  return proof;
}

std::optional<Proof> prove_consistency(NodeSource& source, uint64_t old_size, uint64_t size) {
  if (old_size > size || size >= kMaxSize) return std::nullopt;
  Proof proof{};
  if (old_size == 0 || old_size == size) return proof;
  uint64_t first = 0;
  uint64_t last = size;
  // Down to the subtree in which the old tree ends; it is in the proof unless it is the old tree itself.
  while (old_size != last) {
    const auto middle = first + split(last - first);
    const bool left = old_size <= middle;
    if (!(left ? add(source, middle, last, proof) : add(source, first, middle, proof))) return std::nullopt;
    (left ? last : first) = middle;
  }
  if (first != 0 && !add(source, first, last, proof)) return std::nullopt;
  turn_round(proof);
  return proof;
}

bool verify_inclusion(const Hash& leaf, uint64_t index, uint64_t size, std::span<const Hash> proof, const Hash& root) {
  if (index >= size) return false;
  auto fn = index;
  auto sn = size - 1;
  auto node = leaf;
  for (const auto& sibling : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      node = node_hash(sibling, node);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      node = node_hash(node, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && node == root;
}

bool verify_consistency(uint64_t old_size, const Hash& old_root, uint64_t size, const Hash& root,
                        std::span<const Hash> proof) {
  if (old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (old_size == 0) return proof.empty() && old_root == empty_root();
  if (proof.empty()) return false;
  auto fn = old_size - 1;
  auto sn = size - 1;
  const auto shift = std::countr_one(fn);
  fn >>= shift;
  sn >>= shift;
  // A complete old tree is its own first node and is not repeated in the proof.
  const bool complete = std::has_single_bit(old_size);
  auto before = complete ? old_root : proof[0];
  auto now = before;
  for (const auto& node : proof.subspan(complete ? 0 : 1)) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      before = node_hash(node, before);
      now = node_hash(node, now);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      now = node_hash(now, node);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && before == old_root && now == root;
}

}  // namespace bulwatt::merkle
