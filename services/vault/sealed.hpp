// Sealed key files: a private key under AES-256-GCM with a key derived from the vault's sealing secret and the file's own
// name, purpose and algorithm, so that a file can be neither read elsewhere nor passed off as another key.
#pragma once
#include <expected>
#include <memory>
#include <vector>

#include <openssl/evp.h>

#include "interfaces/vault.hpp"

namespace bulwatt::vault {

/// damaged: not a sealed file, or changed, or of another secret, name, purpose or algorithm.
enum class SealError : std::uint8_t { damaged, too_big, crypto };
constexpr auto enum_names(SealError) { return names("damaged", "too_big", "crypto"); }

inline constexpr std::size_t kSecretSize = 32;
using Secret = std::array<std::byte, kSecretSize>;

struct FreeEvp {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeEvp>;

/// Who a key is; bound into its sealed file.
struct Identity {
  KeyName name{};
  Purpose purpose{};
  Algorithm algorithm{};
  static constexpr auto fields() {
    return list(field<&Identity::name>("name"), field<&Identity::purpose>("purpose"), field<&Identity::algorithm>("algorithm"));
  }
};

std::expected<std::vector<std::byte>, SealError> seal(const Secret& secret, const Identity& who, EVP_PKEY* key);
std::expected<PrivateKey, SealError> unseal(const Secret& secret, const Identity& who, std::span<const std::byte> file);

/// A fresh key of an algorithm; nullptr when the library refuses.
PrivateKey generate(Algorithm algorithm);

}  // namespace bulwatt::vault
