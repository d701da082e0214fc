// Sealed key files: what a backend stores of a key, under AES-256-GCM with a key derived from the vault's sealing secret and
// the file's own name, purpose and algorithm, so that a file can be neither read elsewhere nor passed off as another key.
#pragma once
#include <openssl/evp.h>

#include <memory>

#include "libs/base/freed.hpp"
#include "services/vault/keys/backend.hpp"

namespace bulwatt::vault::keys {

/// damaged: not a sealed file, or changed, or of another secret, name, purpose or algorithm.
enum class SealError : std::uint8_t { damaged, too_big, crypto };
constexpr auto enum_names(SealError) { return names("damaged", "too_big", "crypto"); }

inline constexpr std::size_t kSecretSize = 32;
using Secret = std::array<std::byte, kSecretSize>;

using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// Who a key is; bound into its sealed file.
struct Identity {
  KeyName name{};
  Purpose purpose{};
  Algorithm algorithm{};
  static constexpr auto fields() {
    return list(field<&Identity::name>("name"), field<&Identity::purpose>("purpose"),
                field<&Identity::algorithm>("algorithm"));
  }
};

struct Stored {
  Kind kind{};
  Bytes bytes{};
};

std::expected<std::vector<std::byte>, SealError> seal(const Secret& secret, const Identity& who, Kind kind,
                                                      std::span<const std::byte> stored);
std::expected<Stored, SealError> unseal(const Secret& secret, const Identity& who, std::span<const std::byte> file);

/// HKDF-SHA256 of the secret for one use.
bool derive(const Secret& secret, std::span<const std::byte> use, std::array<std::byte, 32>& out);

/// A fresh software key of an algorithm; nullptr when the library refuses.
PrivateKey make_private_key(Algorithm algorithm);

}  // namespace bulwatt::vault::keys
