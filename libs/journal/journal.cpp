#include "libs/journal/journal.hpp"

#include <vector>

#include "libs/base/try.hpp"

namespace bulwatt::journal {
namespace {

constexpr std::array<std::byte, kAlign> kTerminator{};  // no frame begins with eight zero bytes

/// What one file holds.
struct Scan {
  std::vector<std::byte> bytes{};
  std::uint32_t generation = 0;       ///< of the unbroken run of frames from the beginning; 0: none
  bool sealed = false;                ///< the run contains a complete snapshot
  std::uint64_t last = 0;             ///< sequence of the run's last frame
  std::size_t end = 0;                ///< of the run
  std::uint64_t last_append = 0;      ///< greatest sequence of any intact append frame, inside or outside of the run
  std::uint32_t last_generation = 0;  ///< greatest of any intact frame
};

std::expected<Scan, Error> scan(Storage& storage, std::uint32_t file, std::uint32_t capacity) {
  Scan found{};
  TRY(size, storage.size(file));
  found.bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size, capacity)));
  TRY(got, storage.read(file, 0, found.bytes));
  found.bytes.resize(got);
  const std::span<const std::byte> all{found.bytes};
  bool in_run = true;
  for (std::size_t at = 0; at + kHeaderSize <= all.size();) {
    const auto frame = read_frame(all.subspan(at));
    const bool follows =
        frame && (at == 0 ? frame->role != Role::append
                          : frame->generation == found.generation && frame->sequence == found.last + 1 &&
                                (frame->role == Role::append) == found.sealed);
    if (in_run && follows) {
      found.generation = frame->generation;
      found.last = frame->sequence;
      found.sealed = found.sealed || frame->role == Role::seal;
      found.end = at + frame->size;
    } else {
      in_run = false;
    }
    if (frame) found.last_generation = std::max(found.last_generation, frame->generation);
    if (frame && frame->role == Role::append) found.last_append = std::max(found.last_append, frame->sequence);
    at += frame ? frame->size : kAlign;
  }
  return found;
}

/// Whether something stands where the next frame would begin.
bool has_remains(const Scan& file) {
  if (file.end + kAlign > file.bytes.size()) return false;
  const auto next = std::span{file.bytes}.subspan(file.end, kAlign);
  return !std::ranges::equal(next, kTerminator);
}

/// Hands every entry of an unbroken run to the caller.
void replay_run(std::span<const std::byte> run, bool (*replay)(void*, const Entry&), void* context,
                Recovery& recovery) {
  while (!run.empty()) {
    const auto frame = read_frame(run);
    bool malformed = false;
    auto body = frame->body;
    while (const auto entry = next_entry(body, malformed)) {
      ++recovery.entries;
      recovery.damaged = !replay(context, *entry) || recovery.damaged;
    }
    recovery.damaged = recovery.damaged || malformed;
    run = run.subspan(frame->size);
  }
}

}  // namespace

bool Snapshot::flush(Role role) {
  if (!ok_) return false;
  const auto bytes = batch_.frame_and_end(sequence_, generation_, role);
  std::expected<void, Error> done{};
  if (end_ + bytes.size() + kMaxFrame > capacity_) {  // room for at least one commit must be left
    done = std::unexpected(Error::full);
  } else {
    seal_tried_ = role == Role::seal;
    done = storage_.write(file_, end_, bytes);
  }
  if (!done) {
    error_ = done.error();
    return ok_ = false;
  }
  end_ += bytes.size() - kAlign;
  ++sequence_;
  batch_.clear();
  return true;
}

Journal::Journal(Storage& storage, std::uint32_t capacity)
    : storage_(storage),
      capacity_(static_cast<std::uint32_t>(padded(std::clamp(capacity, kLeastCapacity, kGreatestCapacity)))) {}

std::expected<Recovery, Error> Journal::open_with(Replay replay, void* context) {
  for (const std::uint32_t file : {0U, 1U}) {
    TRY(size, storage_.size(file));
    capacity_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(size, capacity_, kGreatestCapacity));
  }
  for (const std::uint32_t file : {0U, 1U}) TRY_VOID(storage_.reserve(file, capacity_));
  TRY(first, scan(storage_, 0, capacity_));
  TRY(second, scan(storage_, 1, capacity_));
  const Scan* present = nullptr;
  for (const Scan* one : {&first, &second}) {
    if (one->sealed && (present == nullptr || one->generation > present->generation)) present = one;
  }
  Recovery recovery{};
  const auto seen = std::max(first.last_append, second.last_append);
  const auto known = present == nullptr ? 0 : present->last;
  recovery.damaged = seen > known;
  last_generation_ = std::max(first.last_generation, second.last_generation);
  if (present != nullptr) {
    file_ = present == &first ? 0 : 1;
    end_ = present->end;
    generation_ = present->generation;
    replay_run(std::span{present->bytes}.first(present->end), replay, context, recovery);
    recovery.torn = !recovery.damaged && has_remains(*present);
  }
  if (recovery.damaged) {
    recovery.lost_from = known + 1;
    recovery.lost_to = std::max(seen, known);
  }
  next_sequence_ = std::max(seen, known) + 1;
  must_compact_ = present == nullptr || recovery.damaged;
  recovery.fresh = present == nullptr && !recovery.damaged;
  if (recovery.fresh) TRY_VOID(compact([](Snapshot&) { return true; }));
  return recovery;
}

std::expected<void, Error> Journal::commit() {
  if (batch_.empty()) return {};
  if (must_compact_) return std::unexpected(Error::storage);
  const auto bytes = batch_.frame_and_end(next_sequence_, generation_, Role::append);
  if (end_ + bytes.size() > capacity_) return std::unexpected(Error::full);
  TRY_VOID(storage_.write(file_, end_, bytes));
  if (auto synced = storage_.sync(file_); !synced) {
    must_compact_ = true;  // the kernel may have dropped the pages and will not say so again
    return synced;
  }
  end_ += bytes.size() - kAlign;
  ++next_sequence_;
  batch_.clear();
  return {};
}

bool Journal::wants_compaction() const {
  return must_compact_ || capacity_ - end_ < std::max<std::uint64_t>(capacity_ / 4, kMaxFrame + kAlign);
}

Snapshot Journal::begin_compaction() {
  // A generation is used once, even by a compaction that fails: frames of two attempts can never be taken for one.
  return Snapshot{storage_, snapshot_batch_, 1 - file_, capacity_, ++last_generation_, next_sequence_};
}

std::expected<void, Error> Journal::end_compaction(Snapshot& snapshot, bool complete) {
  std::expected<void, Error> done{};
  if (!complete || !snapshot.flush(Role::seal)) done = std::unexpected(snapshot.error_);
  if (done) done = storage_.sync(snapshot.file_);
  if (!done) {
    // The seal may be on the medium: from now on the other file may be the one that is read after a power cut.
    must_compact_ = must_compact_ || snapshot.seal_tried_;
    return done;
  }
  file_ = snapshot.file_;
  generation_ = snapshot.generation_;
  next_sequence_ = snapshot.sequence_;
  end_ = snapshot.end_;
  must_compact_ = false;
  batch_.clear();
  return {};
}

}  // namespace bulwatt::journal
