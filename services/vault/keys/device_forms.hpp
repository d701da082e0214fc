// What devices give, in everybody's form: public keys of their parts, ECDSA signatures of r and s.
#pragma once
#include "services/vault/keys/software.hpp"

namespace bulwatt::vault::keys {

/// `point`: 4, x and y, each as long as the field. Fault::damaged when it is none of this curve.
std::expected<PublicKey, Fault> ec_public_key(Algorithm algorithm, std::span<const std::byte> point);
/// Big-endian numbers. Fault::damaged when the modulus is not of so many bits.
std::expected<PublicKey, Fault> rsa_public_key(int bits, std::span<const std::byte> modulus,
                                               std::span<const std::byte> exponent);
/// DER of two big-endian numbers.
std::expected<std::vector<std::byte>, Fault> ecdsa_der(std::span<const std::byte> r, std::span<const std::byte> s);

}  // namespace bulwatt::vault::keys
