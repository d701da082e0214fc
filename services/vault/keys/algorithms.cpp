#include "services/vault/keys/algorithms.hpp"

namespace bulwatt::vault::keys {
namespace {

// In the order of Algorithm.
constexpr std::array<Facts, 11> kFactsOf{{
    {Algorithm::ecdsa_p256, Family::ecdsa, "EC", "P-256", 256},
    {Algorithm::ecdsa_p384, Family::ecdsa, "EC", "P-384", 384},
    {Algorithm::ed25519, Family::pure, "ED25519", nullptr, 0},
    {Algorithm::ml_dsa_44, Family::pure, "ML-DSA-44", nullptr, 0},
    {Algorithm::ml_dsa_65, Family::pure, "ML-DSA-65", nullptr, 0},
    {Algorithm::ml_dsa_87, Family::pure, "ML-DSA-87", nullptr, 0},
    {Algorithm::ecdsa_p521, Family::ecdsa, "EC", "P-521", 521},
    {Algorithm::rsa_2048, Family::rsa, "RSA", nullptr, 2048},
    {Algorithm::rsa_3072, Family::rsa, "RSA", nullptr, 3072},
    {Algorithm::rsa_4096, Family::rsa, "RSA", nullptr, 4096},
    {Algorithm::ed448, Family::pure, "ED448", nullptr, 0},
}};
static_assert(kFactsOf.size() == enum_names(Algorithm{}).size());

}  // namespace

const Facts& facts_of(Algorithm algorithm) { return kFactsOf[static_cast<std::size_t>(algorithm)]; }

const char* name_of(Digest digest) {
  switch (digest) {
    case Digest::none: return nullptr;
    case Digest::sha256: return "SHA256";
    case Digest::sha384: return "SHA384";
    case Digest::sha512: return "SHA512";
  }
  return nullptr;
}

std::size_t size_of(Digest digest) {
  switch (digest) {
    case Digest::none: return 0;
    case Digest::sha256: return 32;
    case Digest::sha384: return 48;
    case Digest::sha512: return 64;
  }
  return 0;
}

bool fits(Algorithm algorithm, Digest digest, Padding padding) {
  const auto family = facts_of(algorithm).family;
  return (family != Family::pure) == (digest != Digest::none) && (family == Family::rsa) == (padding != Padding::none);
}

}  // namespace bulwatt::vault::keys
