// Checks the signature of an OCMF record.
#pragma once
#include "libs/ocmf/record.hpp"

namespace bulwatt::ocmf {

/// wrong_key: not of the kind that the record names. unknown_algorithm: not one of ours.
enum class Verdict : std::uint8_t { good, bad, wrong_key, unknown_algorithm };
constexpr auto enum_names(Verdict) { return names("good", "bad", "wrong_key", "unknown_algorithm"); }
/// `public_key`: SubjectPublicKeyInfo, DER. ML-DSA is pure: no digest before it, no context.
Verdict check_signature(const Record& record, std::span<const std::byte> public_key);

/// SHA-256, hexadecimal: what a payload calls its twin's key, and what people compare.
Text<64> fingerprint(std::span<const std::byte> public_key);

}  // namespace bulwatt::ocmf
