// The two hashes of a Merkle tree (RFC 9162, 2.1.1): a leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right).
#pragma once
#include <array>
#include <cstddef>
#include <span>

namespace bulwatt::merkle {

using Hash = std::array<std::byte, 32>;  ///< SHA-256

Hash sha256(std::span<const std::byte> bytes);
Hash leaf_hash(std::span<const std::byte> entry);
Hash node_hash(const Hash& left, const Hash& right);
/// Root of the tree without leaves: SHA-256 of nothing.
Hash empty_root();

}  // namespace bulwatt::merkle
