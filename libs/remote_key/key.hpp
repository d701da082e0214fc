// Inside the module: the key object the provider's tables share.
#pragma once
#include <cstddef>

#include "libs/remote_key/remote_key.hpp"

namespace bulwatt::remote_key {

inline constexpr std::size_t kMaxPoint = 2600;  ///< raw public key, or an RSA modulus; ML-DSA-87 has 2,592 bytes

/// What is fixed for one algorithm.
struct Kind {
  vault::Algorithm algorithm;
  const char* key_type;  ///< OpenSSL key type
  const char* group;     ///< EC group name; nullptr for others
  int bits;
  int security_bits;
  int signature_size;  ///< greatest
  const char* digest;  ///< default digest; nullptr when the algorithm hashes by itself
  bool rsa = false;    ///< padded; the public half is modulus and exponent
};
const Kind* kind_of(vault::Algorithm algorithm);
/// By what an OpenSSL key of that type says of itself; nullptr when unknown. `bits`: of an RSA modulus, else 0.
const Kind* kind_of(const char* key_type, const char* group, int bits);

/// One key, counted: OpenSSL keeps references of its own.
struct Key {
  int references = 1;
  const char* key_type = nullptr;
  const Kind* kind = nullptr;  ///< set by import
  Signer* signer = nullptr;
  vault::KeyName name{};       ///< empty: public half only
  bool slow = false;           ///< submit and fetch
  std::uint64_t exponent = 0;  ///< RSA
  std::array<unsigned char, kMaxPoint> point{};
  std::size_t point_size = 0;
};
void release(Key* key);

/// What OpenSSL hands to the key management table.
struct ProviderContext {
  Signer* signer;
};

inline constexpr const char* kNameParameter = "bulwatt-key";
inline constexpr const char* kSlowParameter = "bulwatt-slow";

extern const OSSL_ALGORITHM kKeyManagement[];
extern const OSSL_ALGORITHM kSignatures[];

}  // namespace bulwatt::remote_key
