// The append-only store: a Merkle log in segment files. Records are collected and become durable together.
//
//   Store store{files, config, keys};
//   auto opened = store.open(first_start, stamp);      // writes a record about itself, and about what it found
//   auto sequence = store.add("session", append, stamp);
//   auto done = store.flush();                         // one write, one fdatasync for all that were added
//   auto sealed = store.seal();                        // now and then; checkpoint() is what to sign
#pragma once
#include "services/ledger/checkpoints.hpp"
#include "services/ledger/config.hpp"
#include "services/ledger/seal.hpp"
#include "services/ledger/segment.hpp"
#include "services/ledger/tiles.hpp"

namespace bulwatt::ledger {

struct Opened {
  bool torn = false;             ///< an unfinished write was dropped; it was never acknowledged
  bool torn_checkpoint = false;  ///< the same of a checkpoint; it is repaired from the one before
  std::optional<Link> linked{};  ///< a new log was begun behind another; its reason says whether that is an alarm
  bool alarm() const { return linked && linked->reason != Reason::format_1; }
};

class Store {
 public:
  Store(Files files, const Config& config, KeySource& keys)
      : files_(files),
        config_(config),
        keys_(keys),
        tiles_(files),
        seal_file_(files.seals),
        notes_(files.checkpoints),
        witnessed_(files.witnessed),
        mirrored_(files.mirrored) {}

  /// Finds the end of the log. Error::storage when the medium cannot be read; Error::full is not an error here.
  std::expected<Opened, Error> open(bool first_start, const Stamp& stamp);
  /// True when one more record, and one of the ledger's own beside it, fit the present batch.
  bool fits() const;
  /// Adds the record to the tree; it is durable after the next successful flush(). Only while fits().
  std::uint64_t add(std::string_view actor, const Append& append, const Stamp& stamp);
  /// On an error every record added since the last flush is forgotten, as if it had never been said.
  std::expected<void, Error> flush();
  /// Seals the tree as it stands and erases the key that did it. False when nothing was recorded since.
  std::expected<bool, Error> seal();
  /// Of durable records only.
  ReadHead::Head head() const { return {durable_.size(), durable_.root()}; }
  /// What was sealed last: to be signed.
  merkle::Checkpoint checkpoint() const;
  /// A signed note of it, whose signatures somebody has checked.
  std::expected<void, Error> keep_checkpoint(std::string_view note);
  /// A note whose further signatures somebody has checked: of the witness, or of the mirror. It stands for its records from then on.
  std::expected<void, Error> keep_receipt(Receipt kind, std::string_view note);
  /// Records of this log that the newest receipt of this kind is about.
  std::uint64_t receipted(Receipt kind) const { return receipted_[static_cast<std::size_t>(kind)]; }
  /// See interfaces/ledger.hpp, Anchor. What is recorded is on disk when it returns.
  std::expected<Anchor::Anchored, Error> anchor(std::uint64_t counter, const Stamp& stamp);
  /// The public keys that signed it, as text.
  bool keep_keys(std::string_view lines) { return notes_.write_keys(lines).has_value(); }
  std::string kept_keys() { return notes_.read_keys().value_or(std::string{}); }
  std::uint64_t signed_records() const { return signed_records_; }
  /// Receipts are wanted before anything is dropped, and the oldest file cannot go for want of one.
  bool waits_for_receipt() const { return waits_for_receipt_; }
  /// The last file is being filled: nothing new ought to be begun.
  bool low() const { return low_; }
  std::uint32_t boot() const { return boot_; }
  std::uint32_t log() const { return state_.log; }
  std::uint64_t batches() const { return batches_; }

  static constexpr std::size_t kMostPerBatch = 64;

 private:
  struct Found;
  std::expected<Found, Error> find_end();
  std::expected<void, Error> take_up(Found& found);
  std::optional<Reason> judge(Found& found, const std::optional<SealState>& state);
  std::expected<void, Error> begin_log(std::uint32_t log, const std::optional<Link>& link, std::uint32_t leaf_file);
  std::expected<void, Error> take_checkpoint(Opened& opened, std::uint32_t leaf_file);
  void say_opened(const Opened& opened, const Stamp& stamp);
  std::expected<void, Error> begin_segment();
  void look_ahead();
  void tend();
  bool may_prune();
  bool stands_for(std::uint32_t segment, const SegmentHead* next) const;
  std::expected<void, Error> take_receipts();
  void note_anchor(const Record& record);
  void take_anchor();
  std::expected<Anchor::Anchored, Error> say_anchor(std::uint64_t next, const Stamp& stamp);
  std::expected<void, Error> prune();
  std::expected<void, Error> write_frame(journal::Batch& batch);
  std::expected<void, Error> write_seal();
  std::expected<void, Error> advance_key();
  void put(std::string_view actor, const Append& append, const Stamp& stamp);
  void notice_clock(const Stamp& stamp);
  void say(Severity severity, std::string_view event, std::string_view detail, const Stamp& stamp);
  void forget_batch();
  std::uint64_t segment_bytes() const { return std::uint64_t{config_.segment_kib} * 1024; }

  Files files_;
  Config config_;
  KeySource& keys_;
  Tiles tiles_;
  SealFile seal_file_;
  CheckpointFile notes_;
  CheckpointFile witnessed_;
  CheckpointFile mirrored_;
  std::array<std::uint64_t, 3> receipted_{};  ///< by Receipt
  bool waits_for_receipt_ = false;
  std::optional<std::uint64_t> anchor_{};  ///< what the counter was said to be raised to last
  std::uint64_t anchored_records_ = 0;     ///< records there were then, that one included
  SealState state_{};
  CheckpointFile::Condition notes_condition_{};
  bool key_is_behind_ = false;  ///< the key on disk is older than state_
  journal::Batch batch_{};
  journal::Batch side_batch_{};
  List<Hash, kMostPerBatch> pending_{};  ///< leaf hashes of the batch
  merkle::Frontier durable_{};
  merkle::Frontier latest_{};  ///< with the batch
  Stamp last_{};               ///< of the record added last
  Stamp durable_last_{};
  bool clock_known_ = false;
  std::uint32_t boot_ = 0;
  std::uint32_t first_segment_ = 0;
  std::uint32_t segment_ = 0;  ///< present one
  bool has_segment_ = false;   ///< false: the next record begins a new one
  std::uint32_t next_segment_ = 0;
  std::uint64_t frame_ = 0;  ///< last one in the segment
  std::uint64_t end_ = 0;
  std::uint64_t signed_records_ = 0;
  std::uint64_t batches_ = 0;
  bool low_ = false;
  bool prune_due_ = false;
  bool low_said_ = false;
};

}  // namespace bulwatt::ledger
