#include "libs/merkle/hash.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "libs/base/check.hpp"

namespace bulwatt::merkle {
namespace {

/// Fetched once: looking the algorithm up costs more than hashing an entry.
struct Sha256 {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Sha256() = default;
  ~Sha256() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
  }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
};

template <class... Parts>
Hash digest(const Parts&... parts) {
  static thread_local const Sha256 sha;
  Hash hash;
  const auto add = [](std::span<const std::byte> part) {
    return EVP_DigestUpdate(sha.context, part.data(), part.size()) == 1;
  };
  const bool done = sha.algorithm != nullptr && sha.context != nullptr &&
                    EVP_DigestInit_ex2(sha.context, sha.algorithm, nullptr) == 1 && (add(parts) && ...) &&
                    EVP_DigestFinal_ex(sha.context, reinterpret_cast<unsigned char*>(hash.data()), nullptr) == 1;
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
  std::array<std::byte, 1 + 2 * sizeof(Hash)> bytes;
  bytes[0] = std::byte{1};
  std::ranges::copy(left, bytes.begin() + 1);
  std::ranges::copy(right, bytes.begin() + 1 + sizeof(Hash));
  return digest(std::span<const std::byte>{bytes});
}

Hash empty_root() { return sha256({}); }

}  // namespace bulwatt::merkle
