// A witness (C2SP tlog-witness): signs a log's checkpoint only when it continues the one it signed before, so that a log that tells two
// stories, or forgets, finds no second signature. Both sides, without network and without files.
//
//   old <size of the checkpoint before>
//   <consistency proof, one hash in base64 to a line>
//
//   <signed checkpoint>
#pragma once
#include <vector>

#include "libs/merkle/signing.hpp"
#include "libs/merkle/tree.hpp"

namespace bulwatt::merkle {

inline constexpr std::size_t kMaxProofLines = 63;
inline constexpr std::string_view kSizeType = "text/x.tlog.size";

struct AddCheckpoint {
  std::uint64_t old_size{};
  Proof hashes{};
  std::string_view note{};  ///< the whole signed checkpoint
};
std::string write_add_checkpoint(const AddCheckpoint& request);
/// The result refers to `body`.
std::optional<AddCheckpoint> parse_add_checkpoint(std::string_view body);

/// What a witness finds.
enum class Witnessed : std::uint8_t {
  good,            ///< to be signed, after it was kept
  malformed,       ///< no request
  not_signed,      ///< no signature of the log's keys, or one that does not hold
  other_size,      ///< the witness signed another size last; asked again from there it may be good
  older,           ///< so, and what it signed last is larger: an older picture of the log, or an old request
  forked,          ///< as many entries as it signed last, and others
  not_consistent,  ///< the proof does not lead from what it signed last to this one: another story, or a broken proof
};
constexpr auto enum_names(Witnessed) {
  return names("good", "malformed", "not_signed", "other_size", "older", "forked", "not_consistent");
}
/// HTTP status that says so. A log that the witness does not know is 404, before anything is judged.
int status_of(Witnessed found);

struct Judgement {
  Witnessed found{};
  Checkpoint checkpoint{};  ///< where there is one
};
/// `keys`: of the log. `latest`: what the witness signed last of it. What is good must be on disk before it is signed.
Judgement judge(std::string_view body, std::span<const VerifierKey> keys, const std::optional<Checkpoint>& latest);
/// The origin a request is about, to find the log's keys; nothing when it is malformed.
std::optional<Text<kMaxOrigin>> origin_in(std::string_view body);

/// The log's side.
class WitnessClient {
 public:
  enum class Outcome : std::uint8_t {
    cosigned,  ///< lines() are the witness's
    again,     ///< it signed another size last: ask again
    ahead,     ///< it knows more entries than there are: this is an older picture of the log
    refused,   ///< it does not know the log, finds no signature, or finds another story
    unusable,  ///< the answer makes no sense, or its signature does not hold
  };
  /// `keys`: of the witness. `size`: what it signed last, as far as is known.
  explicit WitnessClient(std::vector<VerifierKey> keys, std::uint64_t size = 0) : keys_(std::move(keys)), size_(size) {}

  /// Body of the request; nothing when the source lacks what the proof needs. The note must outlive the answer.
  std::optional<std::string> request(std::string_view note, NodeSource& source);
  Outcome take(int status, std::string_view type, std::string_view body);
  /// Signature lines of known keys that hold; the checkpoint with them behind is a cosigned one.
  const std::string& lines() const { return lines_; }
  std::uint64_t size() const { return size_; }

 private:
  Outcome take_lines(std::string_view body);
  Outcome take_size(std::string_view body);
  std::vector<VerifierKey> keys_;
  std::uint64_t size_;
  std::string_view note_{};
  std::uint64_t asked_ = 0;
  std::string lines_{};
};
constexpr auto enum_names(WitnessClient::Outcome) { return names("cosigned", "again", "ahead", "refused", "unusable"); }

}  // namespace bulwatt::merkle
