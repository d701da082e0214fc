// A Merkle tree as RFC 9162 defines it, over entries in the order they came: its root, kept while it grows, and proofs, made
// and checked. Pure; nothing here allocates.
//
//   Frontier tree;
//   tree.append(leaf_hash(entry));
//   const Hash root = tree.root();
#pragma once
#include <cstdint>
#include <optional>

#include "libs/fields/bounded.hpp"
#include "libs/merkle/hash.hpp"

namespace bulwatt::merkle {

inline constexpr unsigned kMaxHeight = 40;  ///< a tree has less than 2^40 leaves
inline constexpr std::uint64_t kMaxSize = std::uint64_t{1} << kMaxHeight;

/// What must be kept of a tree so that it can grow: the roots of its complete subtrees, at most one of each height.
class Frontier {
 public:
  using Nodes = List<Hash, kMaxHeight>;

  Frontier() = default;
  /// Taken up again: `nodes` are those of nodes(). Nothing when there are not as many as a tree of this size has.
  static std::optional<Frontier> from(std::uint64_t size, const Nodes& nodes);

  /// Adds a leaf. Only below kMaxSize.
  void append(const Hash& leaf);
  /// The same of many, for one who has them: several times as fast.
  void append(std::span<const Hash> leaves);
  std::uint64_t size() const { return size_; }
  Hash root() const;
  /// The greatest subtree first.
  Nodes nodes() const;
  /// Root of the complete subtree of this height at the end of the tree; nothing when there is none.
  std::optional<Hash> node(unsigned height) const {
    if (height >= kMaxHeight || (size_ >> height & 1) == 0) return std::nullopt;
    return nodes_[height];
  }

 private:
  std::uint64_t size_ = 0;
  std::array<Hash, kMaxHeight>
      nodes_{};  ///< [h]: root of the complete subtree of height h, where bit h of size_ is set
};

/// Where proofs find hashes: the root of the complete subtree of `height` that begins at leaf index * 2^height.
struct NodeSource {
  virtual std::optional<Hash> node(unsigned height, std::uint64_t index) = 0;

 protected:
  ~NodeSource() = default;
};

/// Not to be put into an unnamed aggregate by braces: with -ftrivial-auto-var-init=zero GCC 12 zeroes the first bytes of an array
/// of arrays there. Named variables and assignment are safe.
using Proof = List<Hash, 2 * kMaxHeight>;

/// Root of the first `size` leaves. Nothing when the source lacks a node.
std::optional<Hash> root_of(NodeSource& source, std::uint64_t size);
/// That leaf `index` is in the tree of `size` leaves: sibling hashes from the leaf up (RFC 9162, 2.1.3.1).
std::optional<Proof> prove_inclusion(NodeSource& source, std::uint64_t index, std::uint64_t size);
/// That the tree of `size` leaves begins with the tree of `old_size` leaves (RFC 9162, 2.1.4.1).
std::optional<Proof> prove_consistency(NodeSource& source, std::uint64_t old_size, std::uint64_t size);

/// RFC 9162, 2.1.3.2.
bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof,
                      const Hash& root);
/// RFC 9162, 2.1.4.2. An empty old tree is consistent with every tree, by an empty proof.
bool verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                        std::span<const Hash> proof);

}  // namespace bulwatt::merkle
