// A checkpoint (C2SP tlog-checkpoint): which log, how many entries, which root. The text of a note, three lines or more.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/fields/bounded.hpp"
#include "libs/merkle/note.hpp"

namespace bulwatt::merkle {

inline constexpr std::size_t kMaxOrigin = kMaxKeyName;
inline constexpr std::size_t kMaxCosigned = 12 + 1 + kMaxKeyName + 8 + 1 + kMaxOrigin + 8 + 8 + sizeof(Hash);

struct Checkpoint {
  Text<kMaxOrigin> origin{};
  std::uint64_t size{};
  Hash root{};
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// The text to be signed: three lines.
std::string write_checkpoint(const Checkpoint& checkpoint);
/// Lines behind the third are allowed (extensions) and not looked at.
std::optional<Checkpoint> parse_checkpoint(std::string_view text);

/// What an ML-DSA-44 cosignature signs (C2SP tlog-cosignature): label, cosigner, time, origin, 0, size, root. `seconds` is
/// POSIX time.
Octets<kMaxCosigned> cosigned_message(std::string_view cosigner, std::uint64_t seconds, const Checkpoint& checkpoint);

/// "hash in base64", as in checkpoints and proofs; parse_hash wants exactly one spelling.
std::string write_hash(const Hash& hash);
std::optional<Hash> parse_hash(std::string_view text);

}  // namespace bulwatt::merkle
