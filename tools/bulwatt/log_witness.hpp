// What somebody else knows of a ledger: one checkpoint that he signed, or the whole folder of a witness and mirror (bulwatt-csms
// --witness), or a copy of it.
#pragma once
#include "tools/bulwatt/log.hpp"

namespace bulwatt::cli {

struct WitnessView {
  merkle::Checkpoint checkpoint{};
  std::uint64_t seconds = 0;    ///< POSIX time of its signatures; 0: unknown
  std::size_t good = 0;         ///< signatures that hold
  bool by_stated_keys = false;  ///< keys that the folder itself states
  std::uint32_t mirrored_log = 0;
  std::uint64_t mirrored = 0;          ///< records under a receipt; 0: none are kept
  std::string entries{};               ///< as a bundle
  std::vector<std::string> refused{};  ///< what the witness found, such as 1-rolled_back
};
/// `path`: file or folder. `station`: origin without the log's number, empty: the only one there is. Throws Failure with a sentence.
WitnessView read_witness(const std::string& path, const std::string& key_file, const std::string& station);

/// Holds the records of a ledger against those of a mirror, one after the other.
class MirrorComparison {
 public:
  explicit MirrorComparison(const WitnessView& view) : view_(view), rest_(std::as_bytes(std::span{view.entries})) {}
  void take(const ledger::Seen& seen);
  std::uint64_t compared() const { return compared_; }
  /// Number of the first record that the mirror has otherwise; 0: none.
  std::uint64_t different() const { return different_; }

 private:
  const WitnessView& view_;
  std::span<const std::byte> rest_;
  std::uint64_t next_ = 1;
  std::uint64_t compared_ = 0;
  std::uint64_t different_ = 0;
};

/// Keys, one a line; blanks and comments between. `where` for the complaint.
std::vector<merkle::VerifierKey> parse_keys(const std::string& text, const std::string& where);

}  // namespace bulwatt::cli
