// What is fixed for each key algorithm, in OpenSSL's words.
#pragma once
#include "interfaces/vault.hpp"

namespace bulwatt::vault::keys {

/// What a signature needs besides the content. rsa, ecdsa: a digest; pure: the algorithm hashes by itself.
enum class Family : std::uint8_t { ecdsa, rsa, pure };

struct Facts {
  Algorithm algorithm;
  Family family;
  const char* type;    ///< OpenSSL key type
  const char* group;   ///< of an EC key; nullptr otherwise
  std::uint16_t bits;  ///< of an RSA modulus or a curve; 0 otherwise
};
const Facts& facts_of(Algorithm algorithm);

/// OpenSSL's name of a digest; nullptr for none.
const char* name_of(Digest digest);
std::size_t size_of(Digest digest);

/// EC and RSA keys hash with what the protocol chose, the others hash by themselves; only RSA keys are padded.
bool fits(Algorithm algorithm, Digest digest, Padding padding);

}  // namespace bulwatt::vault::keys
