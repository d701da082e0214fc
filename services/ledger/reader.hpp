// Reads and verifies a stored ledger from outside: for `bulwatt log` and for tests. Never writes. One pass, one segment in memory.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libs/merkle/signing.hpp"
#include "services/ledger/checkpoints.hpp"
#include "services/ledger/seal.hpp"
#include "services/ledger/segment.hpp"
#include "services/ledger/tiles.hpp"

namespace bulwatt::ledger {

enum class Finding : std::uint8_t {
  head_unreadable,     ///< the beginning of a segment
  head_mismatch,       ///< a segment does not continue the one before it
  changed_bytes,       ///< a checksum does not fit, with intact bytes behind it
  chain_broken,        ///< first format: a record does not fit the chain
  sequence_gap,        ///< numbers of records
  unreadable,          ///< the medium, or no entry
  seal_broken,         ///< a seal of another tree, or out of order
  seal_forged,         ///< a seal that the epoch's key did not make
  truncated,           ///< shorter than its own key, checkpoint or successor says
  root_mismatch,       ///< the stored checkpoint is of other records
  rolled_back,         ///< a checkpoint kept elsewhere knows more records
  forked,              ///< a checkpoint kept elsewhere is of other records
  bad_signature,       ///< of the stored checkpoint
  unsigned_log,        ///< keys were given and there is no checkpoint that they signed
  tiles_changed,       ///< stored hashes are not those of the records
  removed,             ///< the beginning is gone and no record says so
  key_lost,            ///< the log before was ended because its sealing key was gone or too old
  clock_back,          ///< time runs backwards and no record says so
  checkpoint_damaged,  ///< both places of the stored checkpoint were changed, or one holds something else
  counter_ahead,       ///< the TPM's counter went on without this log, or its anchors do not rise
  counter_behind       ///< the TPM's counter was behind this log
};
constexpr auto enum_names(Finding) {
  return names("head_unreadable", "head_mismatch", "changed_bytes", "chain_broken", "sequence_gap", "unreadable",
               "seal_broken", "seal_forged", "truncated", "root_mismatch", "rolled_back", "forked", "bad_signature",
               "unsigned_log", "tiles_changed", "removed", "key_lost", "clock_back", "checkpoint_damaged",
               "counter_ahead", "counter_behind");
}

/// Where the store is not what it was when it was written.
struct Problem {
  Finding finding{};
  std::uint32_t segment{};
  std::uint32_t log{};
  std::uint64_t after{};  ///< sequence of the last good record before it
};

/// What the one who verifies knows from elsewhere.
struct Trust {
  std::vector<merkle::VerifierKey> keys{};   ///< each must have signed the stored checkpoint, where it is of that log
  std::optional<merkle::Checkpoint> kept{};  ///< of this station, kept elsewhere, checked by the caller
  std::string escrow_private_key{};          ///< PEM; to check the seals
  std::string origin{};  ///< of the station, without the log's number; empty: whatever the checkpoint says
};

struct Verified {
  std::uint32_t log = 0;          ///< the newest; 0: all is of the first format
  std::uint64_t records = 0;      ///< of that log: sequence of the last good one
  Hash root{};                    ///< of its tree
  std::uint64_t before = 0;       ///< records of it that were pruned
  std::uint64_t all_records = 0;  ///< walked, of all logs
  std::uint32_t segments = 0;
  std::uint64_t bytes = 0;  ///< of records and what stands around them
  std::uint64_t seals = 0;
  std::uint64_t seals_checked = 0;                 ///< with the key of their epoch
  std::uint64_t sealed = 0;                        ///< records of that log up to the last seal
  std::optional<merkle::Checkpoint> checkpoint{};  ///< the stored one
  std::uint64_t signed_at = 0;  ///< POSIX time of its cosignature, when a key was given that tells it
  std::size_t keys_good = 0;
  std::vector<Link> links{};         ///< earlier logs
  bool torn = false;                 ///< remains of an unfinished write at the very end
  bool torn_checkpoint = false;      ///< one place of the checkpoint holds an unfinished write; the other one counts
  std::optional<Problem> problem{};  ///< the first one
};

/// A record as the walk comes by.
struct Seen {
  const Record& record;
  std::uint32_t log;
  std::span<const std::byte> entry;  ///< what the tree has as its leaf; empty in the first format
};
using Each = std::function<bool(const Seen&)>;

/// Walks the whole store. `each` is called for every intact record in order, also behind a problem; false stops.
Verified verify(const Files& files, const Trust& trust = {}, const Each& each = {});

/// The last `count` records, oldest first.
std::vector<Record> tail(const Files& files, std::size_t count);

/// The newest log for proofs. Nothing when there is no segment that can be read.
struct LogView {
  std::uint32_t log = 0;
  merkle::Frontier tree{};
  TileNodes nodes;
};
std::optional<LogView> open_view(const Files& files);

}  // namespace bulwatt::ledger
