#include "services/ledger/record.hpp"

#include <openssl/evp.h>

namespace bulwatt::ledger {
namespace {

/// Fetched once: looking the algorithm up costs more than hashing a record.
struct Sha256 {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

}  // namespace

Hash chain(const Hash& before, std::span<const std::byte> record) {
  static const Sha256 sha;
  Hash hash{};
  const bool done = sha.algorithm != nullptr && sha.context != nullptr &&
                    EVP_DigestInit_ex2(sha.context, sha.algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(sha.context, before.data(), before.size()) == 1 &&
                    EVP_DigestUpdate(sha.context, record.data(), record.size()) == 1 &&
                    EVP_DigestFinal_ex(sha.context, reinterpret_cast<unsigned char*>(hash.data()), nullptr) == 1;
  BULWATT_ASSERT(done);
  return hash;
}

}  // namespace bulwatt::ledger
