// Signatures of checkpoints, checked by OpenSSL: Ed25519 over the note's text, ML-DSA-44 over the cosigned message.
#pragma once
#include <vector>

#include "libs/merkle/checkpoint.hpp"

namespace bulwatt::merkle {

/// absent: no line of this key. bad: a line of this key that does not hold; the note is to be thrown away whole.
enum class Verdict : std::uint8_t { good, absent, bad };
constexpr auto enum_names(Verdict) { return names("good", "absent", "bad"); }

struct Checked {
  Verdict verdict{};
  std::uint64_t seconds = 0;  ///< POSIX time a cosignature states; 0 for a plain signature
};
Checked check_signature(const Note& note, const VerifierKey& key);

/// The signature line of a log's own Ed25519 key, whose signature of the note's text somebody made.
std::string note_line(const VerifierKey& key, std::span<const std::byte> signature);
/// The same of a cosignature: the time it states stands before the signature.
std::string cosignature_line(const VerifierKey& key, std::uint64_t seconds, std::span<const std::byte> signature);

/// Raw public key of a SubjectPublicKeyInfo in DER; nothing when it is of another algorithm than the type says.
std::optional<Octets<kMaxPublicKey>> raw_public_key(KeyType type, std::span<const std::byte> info);

/// A pair of keys in memory. For tests, witnesses and tools; a station's own keys never leave the vault.
class SoftwareKey {
 public:
  /// Nothing when OpenSSL does not know the algorithm.
  static std::optional<SoftwareKey> make(KeyType type, std::string_view name);
  /// Taken up again from private_pem(); nothing when it is no key of this type.
  static std::optional<SoftwareKey> from_pem(KeyType type, std::string_view name, std::string_view pem);
  SoftwareKey(SoftwareKey&& other) noexcept : key_(other.key_), verifier_(other.verifier_) { other.key_ = nullptr; }
  SoftwareKey& operator=(SoftwareKey&&) = delete;
  ~SoftwareKey();
  const VerifierKey& verifier() const { return verifier_; }
  std::string private_pem() const;
  /// Raw signature of these bytes.
  std::vector<std::byte> sign(std::span<const std::byte> bytes) const;
  /// The signature line of a checkpoint.
  std::string line(const Checkpoint& checkpoint, std::uint64_t seconds = 0) const;

 private:
  static std::optional<SoftwareKey> hold(void* key, KeyType type, std::string_view name);
  SoftwareKey(void* key, const VerifierKey& verifier) : key_(key), verifier_(verifier) {}
  void* key_;  ///< EVP_PKEY
  VerifierKey verifier_;
};

}  // namespace bulwatt::merkle
