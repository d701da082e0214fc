#include "libs/merkle/hash.hpp"

// A leaf is a few blocks long: what EVP does around them takes longer than hashing them. These are the same functions of the
// same library below it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>

#include "libs/base/check.hpp"

namespace bulwatt::merkle {
namespace {

template <class... Parts>
Hash digest(const Parts&... parts) {
  BULWATT_UNINITIALIZED SHA256_CTX context;
  BULWATT_UNINITIALIZED Hash hash;
  const auto add = [&](std::span<const std::byte> part) {
    return part.empty() || SHA256_Update(&context, part.data(), part.size()) == 1;
  };
  const bool done = SHA256_Init(&context) == 1 && (add(parts) && ...) &&
                    SHA256_Final(reinterpret_cast<unsigned char*>(hash.data()), &context) == 1;
  BULWATT_ASSERT(done);
  return hash;
}

}  // namespace

Hash sha256(std::span<const std::byte> bytes) { return digest(bytes); }

Hash leaf_hash(std::span<const std::byte> entry) {
  static constexpr std::array<std::byte, 1> kLeaf{std::byte{0}};
  return digest(std::span<const std::byte>{kLeaf}, entry);
}

Hash node_hash(const Hash& left, const Hash& right) {
  BULWATT_UNINITIALIZED std::array<std::byte, 1 + 2 * sizeof(Hash)> bytes;
  bytes[0] = std::byte{1};
  std::ranges::copy(left, bytes.begin() + 1);
  std::ranges::copy(right, bytes.begin() + 1 + sizeof(Hash));
  return digest(std::span<const std::byte>{bytes});
}

Hash empty_root() { return sha256({}); }

}  // namespace bulwatt::merkle
