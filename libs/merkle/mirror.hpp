// A mirror: keeps every entry of a log, and signs a checkpoint when it holds all entries that lead to its root. Its cosignature is the
// receipt that lets a log forget. Both sides, without network and without files; a witness (witness.hpp) has signed the checkpoint
// before.
//
//   POST add-entries            answers
//   log <origin>                200  signature lines: every entry of the checkpoint is held
//   from <index>                202  "<index>\n", text/x.tlog.size: taken, the next one is wanted
//                               409  the same: something else is wanted
//   <entries as in a bundle>    422  the entries do not lead to the checkpoint
#pragma once
#include <vector>

#include "libs/merkle/tile.hpp"
#include "libs/merkle/witness.hpp"

namespace bulwatt::merkle {

inline constexpr std::size_t kMaxAddEntries = 256 * 1024;

struct AddEntries {
  std::string_view origin{};
  std::uint64_t from{};
  std::string_view bundle{};  ///< append_entry(), one behind the other
};
std::string write_add_entries(const AddEntries& request);
/// The result refers to `body`. Every entry of the bundle is whole, and there is one at least.
std::optional<AddEntries> parse_add_entries(std::string_view body);

/// What a mirror finds.
enum class Mirrored : std::uint8_t {
  complete,       ///< every entry of the checkpoint is there, and they are those of its root
  wants_more,     ///< taken
  other_index,    ///< entries from another place are wanted
  malformed,      ///< no request
  beyond,         ///< more entries than the checkpoint that was witnessed has
  other_entries,  ///< as many as the checkpoint has, and they are not those of its root
};
constexpr auto enum_names(Mirrored) {
  return names("complete", "wants_more", "other_index", "malformed", "beyond", "other_entries");
}
int status_of(Mirrored found);

/// The entries a mirror holds: those under a receipt, and those that came since.
class MirrorTree {
 public:
  const Frontier& receipted() const { return receipted_; }
  const Frontier& held() const { return held_; }
  /// `witnessed`: up to where. What is not malformed, elsewhere or beyond is in the tree afterwards, unless it is other_entries: then
  /// all that came since the receipt is forgotten. The caller keeps the bytes.
  Mirrored take(const AddEntries& request, const Checkpoint& witnessed);
  /// At the start: an entry that was kept.
  void restore(std::span<const std::byte> entry) { held_.append(leaf_hash(entry)); }
  /// Up to here there is a receipt. False when it is of other entries.
  bool restored(const Checkpoint& receipt);

 private:
  Frontier receipted_{};
  Frontier held_{};
};

/// What the log's side makes of an answer.
struct MirrorAnswer {
  enum class Outcome : std::uint8_t { complete, more, refused, unusable };
  Outcome outcome{};
  std::uint64_t next = 0;  ///< of more
  std::string lines{};     ///< of complete: of known keys
};
constexpr auto enum_names(MirrorAnswer::Outcome) { return names("complete", "more", "refused", "unusable"); }
/// `keys`: of the mirror; every one of them must have signed `checkpoint`.
MirrorAnswer read_mirror_answer(int status, std::string_view type, std::string_view body, const Checkpoint& checkpoint,
                                std::span<const VerifierKey> keys);

/// The lines of `keys` in `body`, signatures of `checkpoint`, when each of them has signed and every signature holds.
std::optional<std::string> cosigned_by_all(std::string_view body, const Checkpoint& checkpoint,
                                           std::span<const VerifierKey> keys);
/// "<size>\n", one spelling.
std::optional<std::uint64_t> parse_size_line(std::string_view body);

}  // namespace bulwatt::merkle
