// Many hashes of a tree at once. Records are a few blocks long, so that one after the other the hashing would wait for itself; with
// AVX-512 sixteen of them go side by side, elsewhere OpenSSL does one after the other. The results are those of hash.hpp.
#pragma once
#include "libs/merkle/hash.hpp"

namespace bulwatt::merkle {

/// into[i] = leaf_hash(entries[i]). As many of the one as of the other.
void leaf_hashes(std::span<const std::span<const std::byte>> entries, std::span<Hash> into);
/// into[i] = node_hash(children[2 i], children[2 i + 1]). Twice as many children; into is not part of children.
void node_hashes(std::span<const Hash> children, std::span<Hash> into);

}  // namespace bulwatt::merkle
