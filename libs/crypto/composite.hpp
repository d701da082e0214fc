// Composite signatures (IETF LAMPS, draft-ietf-lamps-pq-composite-sigs): one post-quantum and one classical signature over the same
// message under one name, which hold only together. Neither half counts alone: each is made over a message that names the pair.
//
//   auto pair = composite::generate(Kind::mldsa65_p256);
//   auto signature = composite::sign(*pair, message, context);
//   composite::verify(*composite::read_public(spki), message, context, signature)
//
// M' = "CompositeAlgorithmSignatures2025" || label || length of the context || context || SHA-512(message); ML-DSA signs M' with the
// label as its own context, the classical algorithm signs M' as it is. Keys and signatures are the two halves, ML-DSA first.
#pragma once
#include <openssl/evp.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "libs/base/freed.hpp"
#include "libs/fields/fields.hpp"

namespace bulwatt::composite {

enum class Kind : std::uint8_t { mldsa44_ed25519, mldsa65_p256, mldsa65_ed25519, mldsa87_p384 };
constexpr auto enum_names(Kind) {
  return names("id-MLDSA44-Ed25519-SHA512", "id-MLDSA65-ECDSA-P256-SHA512", "id-MLDSA65-Ed25519-SHA512",
               "id-MLDSA87-ECDSA-P384-SHA512");
}

enum class Fault : std::uint8_t {
  malformed,         ///< not the encoding of a key of these kinds
  context_too_long,  ///< more than kMaxContext
  no_private_half,
  library,  ///< the cryptographic library refuses
};
constexpr auto enum_names(Fault) { return names("malformed", "context_too_long", "no_private_half", "library"); }

inline constexpr std::size_t kMaxContext = 255;

using Bytes = std::vector<std::byte>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// Both halves; with or without their private parts.
struct Pair {
  Kind kind{};
  KeyPtr post_quantum{};
  KeyPtr classical{};
};

std::expected<Pair, Fault> generate(Kind kind);
/// SubjectPublicKeyInfo, DER.
std::expected<Bytes, Fault> write_public(const Pair& pair);
std::expected<Pair, Fault> read_public(std::span<const std::byte> der);
/// PKCS #8, DER: the seed of ML-DSA, then the classical key (a seed, or RFC 5915's ECPrivateKey).
std::expected<Pair, Fault> read_private(std::span<const std::byte> der);

std::expected<Bytes, Fault> sign(const Pair& pair, std::span<const std::byte> message, std::string_view context = {});
/// True only if both halves hold.
bool verify(const Pair& pair, std::span<const std::byte> message, std::string_view context,
            std::span<const std::byte> signature);

}  // namespace bulwatt::composite
