// Signed notes (C2SP signed-note): text, an empty line, signature lines. Parsing and writing; signing.hpp knows the keys.
//
//   — <key name> base64(key id, four bytes || signature)
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "libs/fields/fields.hpp"
#include "libs/merkle/hash.hpp"

namespace bulwatt::merkle {

inline constexpr std::size_t kMaxKeyName = 120;
inline constexpr std::size_t kMaxNote = 96 * 1024;  ///< text and signatures
inline constexpr std::size_t kMaxSignatures = 16;
inline constexpr std::size_t kMaxSignature = 2428;  ///< ML-DSA-44 with its time
inline constexpr std::size_t kMaxPublicKey = 1312;  ///< ML-DSA-44

enum class NoteError : std::uint8_t { too_long, bad_character, no_signatures, bad_signature_line, bad_key };
constexpr auto enum_names(NoteError) {
  return names("too_long", "bad_character", "no_signatures", "bad_signature_line", "bad_key");
}

struct SignatureLine {
  std::string_view name{};
  std::uint32_t key_id{};
  Octets<kMaxSignature> bytes{};
};

struct Note {
  std::string_view text{};  ///< what is signed, its last newline included
  List<SignatureLine, kMaxSignatures> signatures{};
};

/// The note refers to `whole`, which must outlive it.
std::expected<Note, NoteError> parse_note(std::string_view whole);
/// One signature line, newline included.
std::string signature_line(std::string_view name, std::uint32_t key_id, std::span<const std::byte> signature);

/// Signature types of C2SP signed-note and tlog-cosignature.
enum class KeyType : std::uint8_t { ed25519 = 0x01, ed25519_cosignature = 0x04, ml_dsa_44_cosignature = 0x06 };

/// Who may sign: name, type and raw public key.
struct VerifierKey {
  Text<kMaxKeyName> name{};
  KeyType type{};
  Octets<kMaxPublicKey> public_key{};
  std::uint32_t id() const;
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};
/// Of a name, type and key: the first four bytes of SHA-256(name || newline || type || key).
std::uint32_t key_id(std::string_view name, KeyType type, std::span<const std::byte> public_key);
bool is_key_name(std::string_view name);
/// "<name>+<key id, hexadecimal>+<base64 of type and key>".
std::string write_key(const VerifierKey& key);
std::expected<VerifierKey, NoteError> parse_key(std::string_view text);

}  // namespace bulwatt::merkle
