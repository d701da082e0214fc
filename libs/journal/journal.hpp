// Durable state of one service: an append-only journal in two files of fixed size, compacted from one into the other.
//
//   Journal journal{storage, 256 * 1024};
//   auto recovery = journal.open([&](const Entry& entry) { return state.apply(entry); });
//   journal.batch().add(record); journal.batch().add(other);
//   auto done = journal.commit();                       // one write, one fdatasync; both records or neither
//   if (journal.wants_compaction()) journal.compact([&](Snapshot& out) { return out.add(whole_state); });
//
// Torn tail: what a power cut left of the commit that was being written is dropped and reported; only that one, and it was
// never acknowledged. Anything else that does not check is damage: what stands before it is replayed, `damaged` is set, and
// commit() is refused until a compaction has written the caller's state anew.
// Rooms are taken when the journal is opened, so that a full disk is met at the start and not in the middle of work.
#pragma once
#include "libs/journal/frame.hpp"
#include "libs/journal/storage.hpp"

namespace bulwatt::journal {

inline constexpr std::uint32_t kLeastCapacity = 4 * kMaxFrame;
inline constexpr std::uint32_t kGreatestCapacity = 16 * 1024 * 1024;

struct Recovery {
  std::uint64_t entries = 0;    ///< replayed
  bool fresh = false;           ///< there was no journal
  bool torn = false;            ///< an unfinished commit was dropped
  bool damaged = false;         ///< stored bytes changed; records after them are lost
  std::uint64_t lost_from = 0;  ///< sequence of the first frame that is lost, when damaged
  std::uint64_t lost_to = 0;    ///< greatest sequence still seen
};

/// Takes a service's whole state during a compaction.
class Snapshot {
 public:
  template <Described T>
  bool add(const T& record) {
    return ok_ && (batch_.add(record) || (flush(Role::snapshot) && batch_.add(record)));
  }

 private:
  friend class Journal;
  Snapshot(Storage& storage, Batch& batch, std::uint32_t file, std::uint32_t capacity, std::uint32_t generation,
           std::uint64_t sequence)
      : storage_(storage),
        batch_(batch),
        file_(file),
        capacity_(capacity),
        generation_(generation),
        sequence_(sequence) {
    batch_.clear();
  }
  bool flush(Role role);
  Storage& storage_;
  Batch& batch_;
  std::uint32_t file_;
  std::uint32_t capacity_;
  std::uint32_t generation_;
  std::uint64_t sequence_;
  std::uint64_t end_ = 0;
  bool seal_tried_ = false;
  bool ok_ = true;
  Error error_ = Error::full;
};

class Journal {
 public:
  /// `capacity` is the greatest size of each of the two files, in bytes; it is clamped to the limits above.
  Journal(Storage& storage, std::uint32_t capacity);

  /// Reads what is there and calls replay(entry) -> bool for each record, in order; false counts as damage. Allocates.
  template <class F>
  std::expected<Recovery, Error> open(F&& replay) {
    using Callable = std::remove_reference_t<F>;
    return open_with([](void* f, const Entry& entry) { return static_cast<bool>((*static_cast<Callable*>(f))(entry)); },
                     &replay);
  }

  Batch& batch() { return batch_; }
  /// Makes the batch durable. On an error the batch is kept: commit again later, or compact (the state then has it all).
  std::expected<void, Error> commit();
  /// Writes the state anew: `write(snapshot) -> bool` adds every record of it. The batch is dropped when it worked, since
  /// the state contains it. On an error the journal is as before.
  template <class F>
  std::expected<void, Error> compact(F&& write) {
    auto snapshot = begin_compaction();
    const bool complete = write(snapshot);
    return end_compaction(snapshot, complete);
  }
  /// True when less than a quarter is free, or when commit() cannot go on without it.
  bool wants_compaction() const;
  /// Bytes written and left in the present file.
  std::uint64_t used() const { return end_; }
  std::uint64_t sequence() const { return next_sequence_ - 1; }

 private:
  using Replay = bool (*)(void*, const Entry&);
  std::expected<Recovery, Error> open_with(Replay replay, void* context);
  Snapshot begin_compaction();
  std::expected<void, Error> end_compaction(Snapshot& snapshot, bool complete);

  Storage& storage_;
  std::uint32_t capacity_;
  std::uint32_t file_ = 0;             ///< present one, 0 or 1
  std::uint32_t generation_ = 0;       ///< of the present file
  std::uint32_t last_generation_ = 0;  ///< ever seen
  std::uint64_t next_sequence_ = 1;
  std::uint64_t end_ = 0;
  bool must_compact_ = false;
  Batch batch_{};
  Batch snapshot_batch_{};
};

}  // namespace bulwatt::journal
