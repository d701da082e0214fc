// An OCMF record: the payload's bytes with one signature over them.
#pragma once
#include <string>

#include "libs/ocmf/payload.hpp"

namespace bulwatt::ocmf {

/// Those that are made here. Others are understood as a name and not checked.
enum class Algorithm : std::uint8_t { ecdsa_p256, ml_dsa_65 };
constexpr auto enum_names(Algorithm) { return names("ECDSA-secp256r1-SHA256", "ML-DSA-65"); }

inline constexpr std::size_t kMaxSignature = 3400;  ///< ML-DSA-65 has 3,309
inline constexpr std::size_t kMaxPublicKey = 2000;  ///< ML-DSA-65 SubjectPublicKeyInfo has 1,974
inline constexpr std::size_t kMaxClassical = 1536;  ///< a whole record with an ECDSA signature
inline constexpr std::size_t kMaxRecord = 8192;

/// ECDSA: hexadecimal DER, as every verifier reads it. ML-DSA: base64 of the bare signature. Allocates.
std::string write_record(std::string_view payload, Algorithm algorithm, std::span<const std::byte> signature);

/// A record taken apart; `payload` points into the text it was read from.
struct Record {
  std::string_view payload{};
  Text<32> algorithm{};
  Octets<kMaxSignature> signature{};
};
std::expected<Record, Error> read_record(std::string_view text);

/// How OCPP writes a public key (SubjectPublicKeyInfo in DER): this, and hexadecimal behind it.
inline constexpr std::string_view kKeyIs = "oca:base16:asn1:";
std::string key_text(std::span<const std::byte> key);  ///< empty: there is no key. Allocates

}  // namespace bulwatt::ocmf
