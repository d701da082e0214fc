#include "services/ledger/store.hpp"

#include "libs/base/line.hpp"
#include "libs/base/try.hpp"

namespace bulwatt::ledger {
namespace {

Error mapped(journal::Error error) { return error == journal::Error::full ? Error::full : Error::storage; }

#define TRY_STORED(expr) \
  if (const auto stored = (expr); !stored) return std::unexpected(mapped(stored.error()))

constexpr std::size_t kRecordEntry = journal::kEntryHeader + kMaxRecord;
/// Kept free behind the last record of a segment, so that its end can always be sealed.
constexpr std::size_t kSealFrame =
    journal::padded(journal::kHeaderSize + journal::kEntryHeader + wire::max_size<Seal>()) + journal::kAlign;
static_assert(2 * kRecordEntry <= journal::kMaxBody);
static_assert(journal::kEntryHeader + wire::max_size<SegmentHead>() <= journal::kMaxBody);

}  // namespace

bool Store::fits() const {
  const auto room = journal::kMaxFrame - batch_.frame_size();
  return room >= 2 * kRecordEntry + journal::kAlign && pending_.size + 2U <= kMostPerBatch;
}

void Store::put(std::string_view actor, const Append& append, const Stamp& stamp) {
  const Record record{latest_.size() + 1, boot_,           stamp.monotonic_us, stamp.time,   actor,
                      append.subject,     append.severity, append.event,       append.detail};
  BULWATT_UNINITIALIZED wire::Buffer<Record> buffer;
  const auto bytes = std::span<const std::byte>{buffer}.first(wire::encode(record, buffer));
  const auto leaf = merkle::leaf_hash(bytes);
  BULWATT_ASSERT(batch_.add(Record::kRecord, Record::kVersion, bytes) && pending_.push_back(leaf));
  latest_.append(leaf);
  last_ = stamp;
}

void Store::say(Severity severity, std::string_view event, std::string_view detail, const Stamp& stamp) {
  const auto subject = event == own::kClockChanged ? Subject::clock : Subject::station;
  put(own::kActor, {subject, severity, event, detail}, stamp);
}

/// Civil time that does not go with the time since the machine started was set by somebody.
void Store::notice_clock(const Stamp& stamp) {
  if (!clock_known_) return;
  const auto civil = stamp.time.unix_ms - last_.time.unix_ms;
  const auto real = static_cast<std::int64_t>(stamp.monotonic_us - last_.monotonic_us) / 1000;
  const auto jump = civil - real;
  if (jump >= -kClockJumpMs && jump <= kClockJumpMs) return;
  const Line<kMaxDetail> detail{"by_ms=", jump, " from_ms=", last_.time.unix_ms + real, " to_ms=", stamp.time.unix_ms};
  say(Severity::warning, own::kClockChanged, detail.view(), stamp);
}

std::uint64_t Store::add(std::string_view actor, const Append& append, const Stamp& stamp) {
  BULWATT_ASSERT(fits());
  notice_clock(stamp);
  clock_known_ = true;
  put(actor, append, stamp);
  return latest_.size();
}

std::expected<void, Error> Store::flush() {
  if (pending_.empty()) return {};
  auto done = write_frame(batch_);
  if (done) {
    for (const auto& leaf : pending_) tiles_.push(leaf);
    durable_ = latest_;
    durable_last_ = last_;
    ++batches_;
  }
  forget_batch();
  if (done) tend();
  return done;
}

/// What follows from having begun a segment; what of it fails is tried again.
void Store::tend() {
  if (low_ && !low_said_) {
    low_said_ = true;
    const Line<kMaxDetail> detail{"segments=", next_segment_ - first_segment_, " most=", config_.segments};
    say(Severity::critical, own::kNearlyFull, detail.view(), last_);
    static_cast<void>(flush());
  }
  if (!prune_due_) return;
  prune_due_ = false;
  static_cast<void>(prune());
}

void Store::forget_batch() {
  latest_ = durable_;
  last_ = durable_last_;  // a change of the clock whose record was refused is noticed again
  batch_.clear();
  pending_.clear();
}

std::expected<void, Error> Store::write_frame(journal::Batch& batch) {
  // A seal always stays in the segment whose records it seals; room for it was kept.
  const bool fits_segment =
      has_segment_ &&
      (&batch == &side_batch_ || end_ + batch.frame_size() + journal::kAlign + kSealFrame <= segment_bytes());
  if (!fits_segment) TRY_VOID(begin_segment());
  const auto bytes = batch.frame_and_end(frame_ + 1, segment_ + 1, journal::Role::append);
  TRY_STORED(files_.records.write(segment_, end_, bytes));
  TRY_STORED(files_.records.sync(segment_));
  end_ += bytes.size() - journal::kAlign;
  ++frame_;
  return {};
}

std::expected<bool, Error> Store::seal() {
  if (pending_.size != 0) TRY_VOID(flush());
  if (low_) look_ahead();
  if (!has_segment_ || durable_.size() == state_.records) return false;
  TRY_VOID(write_seal());
  return true;
}

std::expected<void, Error> Store::write_seal() {
  if (key_is_behind_) TRY_VOID(advance_key());
  Seal seal{state_.log, state_.epoch, durable_.size(), durable_.root(), {}};
  seal.mac = seal_mac(state_.key, seal);
  side_batch_.clear();
  BULWATT_ASSERT(side_batch_.add(seal));
  TRY_VOID(write_frame(side_batch_));
  state_.key = next_key(state_.key);
  ++state_.epoch;
  state_.records = seal.records;
  state_.root = seal.root;
  key_is_behind_ = true;
  // The tiles of this segment wait for its end: until then everybody computes them of its records, and nobody waits for their write.
  return advance_key();
}

std::expected<void, Error> Store::advance_key() {
  TRY_STORED(seal_file_.write(state_));
  key_is_behind_ = false;
  return {};
}

/// A segment ends sealed and with its tiles on disk: the next one can be taken up without it.
std::expected<void, Error> Store::begin_segment() {
  if (has_segment_ && durable_.size() != state_.records) TRY_VOID(write_seal());
  if (key_is_behind_) TRY_VOID(advance_key());
  TRY_STORED(tiles_.settle());
  const auto next = next_segment_;
  if (next - first_segment_ >= config_.segments) return std::unexpected(Error::full);
  TRY_STORED(files_.records.reserve(next, segment_bytes()));
  side_batch_.clear();
  SegmentHead head{};  // member by member, see merkle::Proof
  head.segment = next;
  head.boot = boot_;
  head.log = state_.log;
  head.leaf_file = tiles_.leaf_file();
  head.epoch = state_.epoch;
  head.records = durable_.size();
  head.nodes = durable_.nodes();
  head.link = state_.link;
  head.escrow = state_.escrow;
  BULWATT_ASSERT(side_batch_.add(head));
  const auto bytes = side_batch_.frame_and_end(1, next + 1, journal::Role::append);
  TRY_STORED(files_.records.write(next, 0, bytes));
  TRY_STORED(files_.records.sync(next));
  segment_ = next;
  next_segment_ = next + 1;
  has_segment_ = true;
  frame_ = 1;
  end_ = bytes.size() - journal::kAlign;
  look_ahead();
  return {};
}

/// Takes the room of the next segment already now: what is missing shows while there is still a segment to fill.
void Store::look_ahead() {
  const auto next = next_segment_;
  if (next - first_segment_ < config_.segments) {
    low_ = !files_.records.reserve(next, segment_bytes());
  } else {
    prune_due_ = may_prune();
    low_ = !prune_due_;
  }
  if (!low_) low_said_ = false;
}

merkle::Checkpoint Store::checkpoint() const {
  return {std::string_view{origin_of(config_.origin.view(), state_.log)}, state_.records, state_.root};
}

std::expected<void, Error> Store::keep_receipt(Receipt kind, std::string_view note) {
  const auto parsed = merkle::parse_note(note);
  const auto checkpoint = parsed ? merkle::parse_checkpoint(parsed->text) : std::nullopt;
  const bool ours = checkpoint && log_of(checkpoint->origin.view()) == state_.log;
  if (kind == Receipt::none || !ours || checkpoint->size > state_.records) return std::unexpected(Error::storage);
  TRY_STORED((kind == Receipt::witness ? witnessed_ : mirrored_).write(note));
  receipted_[static_cast<std::size_t>(kind)] = checkpoint->size;
  // The room that was missing may be there now.
  if (low_ && has_segment_ && kind == config_.receipt) {
    look_ahead();
    tend();
  }
  return {};
}

std::expected<void, Error> Store::keep_checkpoint(std::string_view note) {
  const auto parsed = merkle::parse_note(note);
  const auto checkpoint = parsed ? merkle::parse_checkpoint(parsed->text) : std::nullopt;
  if (!checkpoint || checkpoint->size > state_.records) return std::unexpected(Error::storage);
  TRY_STORED(notes_.write(note));
  signed_records_ = checkpoint->size;
  return {};
}

}  // namespace bulwatt::ledger
