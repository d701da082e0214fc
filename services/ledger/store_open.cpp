// Opening and pruning a Store: where the log ends, whether it may be continued, and what may go.
#include "libs/base/hex.hpp"
#include "libs/base/line.hpp"
#include "libs/base/try.hpp"
#include "services/ledger/store.hpp"

namespace bulwatt::ledger {
namespace {

Error mapped(journal::Error error) { return error == journal::Error::full ? Error::full : Error::storage; }

#define TRY_READ(var, expr)                                            \
  const auto var##_read = (expr);                                      \
  if (!var##_read) return std::unexpected(mapped(var##_read.error())); \
  const auto& var = *var##_read

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{}; });
}

std::expected<std::vector<std::byte>, Error> read_whole(journal::Storage& storage, std::uint32_t file) {
  TRY_READ(size, storage.size(file));
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  TRY_READ(got, storage.read(file, 0, bytes));
  bytes.resize(got);
  return bytes;
}

}  // namespace

/// What the files say.
struct Store::Found {
  bool anything = false;              ///< a segment with a head
  std::uint32_t last = 0;             ///< the newest segment that is not empty
  std::uint32_t newest = 0;           ///< the newest segment with a head
  std::vector<std::byte> bytes{};     ///< of it
  std::optional<SegmentHead> head{};  ///< nothing: it is of the first format
  bool damaged = false;
  bool torn = false;
  bool tiles_changed = false;
  std::uint64_t epoch = 0;              ///< of the next seal, by the segment
  std::uint64_t sealed = 0;             ///< records at the last seal, by the segment
  std::optional<Hash> root_at_state{};  ///< root when the tree had as many records as the SealState says
  std::optional<Seal> last_seal{};
  Link end{};  ///< records and root: as far as everything holds
};

std::expected<Store::Found, Error> Store::find_end() {
  Found found{};
  TRY_READ(range, files_.records.range());
  if (!range) return found;
  first_segment_ = range->first;
  next_segment_ = range->first;
  for (auto segment = range->last + 1; segment-- > range->first;) {
    TRY(bytes, read_whole(files_.records, segment));
    SegmentWalk walk{bytes, segment};
    // Room taken ahead, or a head that was being written when the power went.
    const bool empty = !walk.has_head() && (all_zero(bytes) || !walk.damaged());
    if (empty) continue;
    found.last = std::max(found.last, segment);
    next_segment_ = std::max(next_segment_, segment + 1);
    found.damaged = found.damaged || !walk.has_head();
    if (!walk.has_head()) continue;
    found.anything = true;
    found.newest = segment;
    if (const auto* head = std::get_if<SegmentHead>(&walk.head())) found.head = *head;
    found.bytes = std::move(bytes);
    return found;
  }
  return found;
}

/// Walks the newest segment: the tree, the seals and the end.
std::expected<void, Error> Store::take_up(Found& found) {
  SegmentWalk walk{found.bytes, found.newest};
  const auto& head = *found.head;
  const auto tree = merkle::Frontier::from(head.records, head.nodes);
  if (!tree) walk.refuse();
  durable_ = tree.value_or(merkle::Frontier{});
  boot_ = head.boot;
  found.epoch = head.epoch;
  found.sealed = head.records;
  found.tiles_changed = !tiles_.load(head.log, head.leaf_file, durable_);
  const auto note_root = [&] {
    if (durable_.size() == state_.records) found.root_at_state = durable_.root();
  };
  note_root();
  bool holds = tree.has_value();
  while (const auto entry = walk.next()) {
    if (const auto record = entry_as<Record>(*entry); record && record->sequence == durable_.size() + 1) {
      const auto leaf = merkle::leaf_hash(entry->bytes);
      durable_.append(leaf);
      tiles_.push(leaf);
      boot_ = record->boot;
      last_ = {record->monotonic_us, record->time};
      note_anchor(*record);
      note_root();
      continue;
    }
    const auto seal = entry_as<Seal>(*entry);
    holds = seal && seal->log == head.log && seal->epoch == found.epoch && seal->records == durable_.size() &&
            seal->root == durable_.root();
    if (!holds) break;
    ++found.epoch;
    found.sealed = seal->records;
    found.last_seal = seal;
  }
  found.damaged = found.damaged || !holds || walk.damaged();
  found.torn = !found.damaged && walk.has_remains();
  found.end = {head.log, {}, durable_.size(), durable_.root()};
  segment_ = found.newest;
  frame_ = walk.frame();
  end_ = walk.end();
  return {};
}

/// Whether the log may be continued. Its key must be the one that the last seal left behind.
std::optional<Reason> Store::judge(Found& found, const std::optional<SealState>& state) {
  if (found.damaged) return Reason::damaged;
  if (!state || state->log != found.head->log) return Reason::key_lost;
  if (state->epoch > found.epoch || state->records > durable_.size()) return Reason::truncated;
  if (found.root_at_state != state->root && state->records >= found.head->records) return Reason::damaged;
  if (found.tiles_changed) return Reason::tiles_changed;
  if (state->epoch == found.epoch)
    return state->records == found.sealed ? std::nullopt : std::optional{Reason::key_lost};
  // The power went between the seal and its successor: the key that made the last seal is still here.
  const bool made_it = state->epoch + 1 == found.epoch && found.last_seal &&
                       seal_mac(state->key, *found.last_seal) == found.last_seal->mac;
  if (!made_it) return Reason::key_lost;
  state_.key = next_key(state_.key);
  ++state_.epoch;
  state_.records = found.last_seal->records;
  state_.root = found.last_seal->root;
  key_is_behind_ = true;
  return std::nullopt;
}

std::expected<void, Error> Store::begin_log(std::uint32_t log, const std::optional<Link>& link,
                                            std::uint32_t leaf_file) {
  auto first = keys_.fresh();
  if (!first) return std::unexpected(Error::storage);
  durable_ = {};
  latest_ = {};
  has_segment_ = false;
  state_ = {log, 0, first->key, 0, durable_.root(), leaf_file, link, first->escrow};
  tiles_.begin(log, leaf_file);
  key_is_behind_ = true;
  // Without room for the key there is none for records either; it is tried again with the first of them.
  if (const auto done = advance_key(); !done && done.error() != Error::full) return std::unexpected(done.error());
  return {};
}

namespace {

/// End of a segment of the first format.
struct OldEnd {
  Link link{};
  bool whole = true;
  std::uint32_t boot = 0;
};
OldEnd old_end(std::span<const std::byte> bytes, std::uint32_t segment) {
  SegmentWalk walk{bytes, segment};
  const auto& head = std::get<old::SegmentHead>(walk.head());
  OldEnd out{{0, Reason::format_1, head.records, head.hash}, true, head.boot};
  while (const auto entry = walk.next()) {
    const auto stored = entry_as<old::Chained>(*entry);
    const auto record = stored ? wire::decode<Record>(stored->record.view()) : std::unexpected(wire::Error::truncated);
    out.whole = record && record->sequence == out.link.records + 1 &&
                old::chain(out.link.root, stored->record.view()) == stored->hash;
    if (!out.whole) break;
    out.link.records = record->sequence;
    out.link.root = stored->hash;
    out.boot = record->boot;
  }
  out.whole = out.whole && !walk.damaged();
  return out;
}

}  // namespace

std::expected<Opened, Error> Store::open(bool first_start, const Stamp& stamp) {
  Opened opened{};
  TRY(found, find_end());
  TRY_READ(state, seal_file_.read());
  TRY_READ(leaf_range, files_.leaves.range());
  const auto leaf_file = leaf_range ? leaf_range->last + 1 : 0;
  if (state) state_ = *state;
  std::optional<Reason> reason;
  bool interrupted = false;
  if (found.anything && found.head) {
    TRY_VOID(take_up(found));
    interrupted = state && !found.damaged && state->log == found.head->log + 1 && state->link && state->records == 0;
    if (!interrupted) reason = judge(found, state);
    has_segment_ = !reason && !interrupted;
    opened.torn = found.torn && has_segment_;
    low_ = false;
  } else if (found.anything) {
    const auto end = old_end(found.bytes, found.newest);
    boot_ = end.boot;
    found.end = end.link;
    reason = end.whole && !found.damaged ? Reason::format_1 : Reason::damaged;
  } else if (found.damaged) {
    reason = Reason::damaged;
  } else if (state && (state->epoch != 0 || state->records != 0)) {
    found.end = {state->log, {}, state->records, state->root};
    reason = Reason::truncated;  // every segment is gone, the key is still here
  }
  if (interrupted) {
    opened.linked = state->link;
  } else if (reason) {
    found.end.reason = *reason;
    opened.linked = found.end;
  }
  if (!has_segment_) {
    const auto log = opened.linked ? opened.linked->log + 1 : 1;
    TRY_VOID(begin_log(log, opened.linked, leaf_file));
  }
  latest_ = durable_;
  durable_last_ = last_;
  take_anchor();
  if (first_start || boot_ == 0) ++boot_;
  TRY_VOID(take_checkpoint(opened, leaf_file));
  say_opened(opened, stamp);
  clock_known_ = true;
  const auto done = flush();
  if (!done && done.error() != Error::full) return std::unexpected(done.error());
  // First the record, then the change; what fails of it is found again at the next start.
  if (opened.torn_checkpoint) static_cast<void>(notes_.repair());
  if (notes_condition_ == CheckpointFile::Condition::damaged) static_cast<void>(notes_.set_aside());
  if (has_segment_) look_ahead();
  return opened;
}

/// What the signed checkpoints on disk say against going on: more records than there are, whatever the sealing key says, or
/// nothing any more.
std::expected<void, Error> Store::take_checkpoint(Opened& opened, std::uint32_t leaf_file) {
  using Condition = CheckpointFile::Condition;
  TRY_READ(found, notes_.read(state_.log));
  notes_condition_ = found.condition;
  if (!has_segment_) return {};
  const bool damaged = found.condition == Condition::damaged;
  TRY_VOID(take_receipts());
  const auto beyond = std::max(receipted(Receipt::witness), receipted(Receipt::mirror));
  const bool cut_off = beyond > durable_.size() || (found.kept && found.kept->checkpoint.size > durable_.size());
  if (!damaged && !cut_off) {
    opened.torn_checkpoint = found.condition == Condition::torn;
    signed_records_ = found.kept ? found.kept->checkpoint.size : 0;
    return {};
  }
  const auto reason = damaged ? Reason::checkpoint_damaged : Reason::truncated;
  opened.linked = Link{state_.log, reason, durable_.size(), durable_.root()};
  opened.torn = false;
  receipted_ = {};
  return begin_log(state_.log + 1, opened.linked, leaf_file);
}

/// A receipt that cannot be read is asked for again: only records that are missing are an alarm.
std::expected<void, Error> Store::take_receipts() {
  TRY_READ(witnessed, witnessed_.read(state_.log));
  TRY_READ(mirrored, mirrored_.read(state_.log));
  receipted_[static_cast<std::size_t>(Receipt::witness)] = witnessed.kept ? witnessed.kept->checkpoint.size : 0;
  receipted_[static_cast<std::size_t>(Receipt::mirror)] = mirrored.kept ? mirrored.kept->checkpoint.size : 0;
  return {};
}

void Store::say_opened(const Opened& opened, const Stamp& stamp) {
  const Line<kMaxDetail> start{"boot=",     boot_,           " log=",     state_.log,
                               " records=", durable_.size(), " segment=", next_segment_};
  if (const auto before = last_.time.unix_ms; has_segment_ && stamp.time < last_.time) {
    const Line<kMaxDetail> detail{"by_ms=",  stamp.time.unix_ms - before, " from_ms=", before,
                                  " to_ms=", stamp.time.unix_ms,          " while=off"};
    say(Severity::warning, own::kClockChanged, detail.view(), stamp);
  }
  say(Severity::info, own::kStarted, start.view(), stamp);
  if (opened.torn) say(Severity::warning, own::kTornTail, start.view(), stamp);
  if (opened.torn_checkpoint) {
    const Line<kMaxDetail> detail{"signed_records=", signed_records_};
    say(Severity::warning, own::kTornCheckpoint, detail.view(), stamp);
  }
  if (!opened.linked) return;
  const auto& link = *opened.linked;
  const auto root = hex_line<32>(link.root);
  const Line<kMaxDetail> detail{"log=",      link.log,     " reason=", enum_text(link.reason),
                                " records=", link.records, " root=",   root.view()};
  say(opened.alarm() ? Severity::critical : Severity::notice, opened.alarm() ? own::kDamaged : own::kLinked,
      detail.view(), stamp);
}

namespace {

/// When the first record of a segment was made.
std::optional<Timestamp> first_time(SegmentWalk& walk) {
  const auto entry = walk.next();
  if (!entry) return std::nullopt;
  if (const auto record = entry_as<Record>(*entry)) return record->time;
  const auto stored = entry_as<old::Chained>(*entry);
  const auto record = stored ? wire::decode<Record>(stored->record.view()) : std::unexpected(wire::Error::truncated);
  return record ? std::optional{record->time} : std::nullopt;
}

}  // namespace

/// Whether a signed checkpoint, and the receipt that is wanted, stand for all records of this segment. Records of an earlier log have
/// no receipt of this one: they are the evidence of why it ended, and stay while receipts are wanted.
bool Store::stands_for(std::uint32_t segment, const SegmentHead* next) const {
  const bool ours = next != nullptr && next->log == state_.log;
  if (ours && next->records > signed_records_) return false;
  if (config_.receipt == Receipt::none) return true;
  std::vector<std::byte> bytes(journal::kMaxFrame);
  const auto got = files_.records.read(segment, 0, bytes);
  if (!ours || !got) return false;
  const SegmentWalk walk{std::span{bytes}.first(*got), segment};
  const auto* own = walk.has_head() ? std::get_if<SegmentHead>(&walk.head()) : nullptr;
  return own != nullptr && own->log == state_.log && next->records <= receipted(config_.receipt);
}

/// Whether the oldest segment may go: the records behind it are old enough, and others stand for what it holds.
bool Store::may_prune() {
  waits_for_receipt_ = false;
  if (config_.keep_days == 0 || next_segment_ - first_segment_ < 2) return false;
  const auto bytes = read_whole(files_.records, first_segment_ + 1);
  if (!bytes) return false;
  SegmentWalk walk{*bytes, first_segment_ + 1};
  const auto* head = std::get_if<SegmentHead>(&walk.head());
  const bool stands = stands_for(first_segment_, head);
  const auto time = first_time(walk);
  const auto days = std::int64_t{config_.keep_days} * 24 * 3600 * 1000;
  const bool old = time && last_.time.unix_ms - time->unix_ms >= days;
  waits_for_receipt_ = old && !stands;
  return old && stands;
}

/// First the record, durable, then the files.
std::expected<void, Error> Store::prune() {
  TRY(bytes, read_whole(files_.records, first_segment_ + 1));
  const SegmentWalk walk{bytes, first_segment_ + 1};
  const auto* head = std::get_if<SegmentHead>(&walk.head());
  const auto tree = head != nullptr ? merkle::Frontier::from(head->records, head->nodes) : std::nullopt;
  const auto root = hex_line<32>(tree ? tree->root() : Hash{});
  const Line<kMaxDetail> detail{"segment=",  first_segment_,          " log=",  head != nullptr ? head->log : 0,
                                " records=", tree ? tree->size() : 0, " root=", root.view()};
  say(Severity::notice, own::kPruned, detail.view(), last_);
  TRY_VOID(flush());
  if (const auto gone = files_.records.remove(first_segment_); !gone) return std::unexpected(mapped(gone.error()));
  ++first_segment_;
  look_ahead();
  if (head == nullptr) return {};
  TRY_READ(leaves, files_.leaves.range());
  const auto end = head->leaf_file + static_cast<std::uint32_t>(head->records / kLeavesPerFile);
  for (auto file = leaves ? leaves->first : end; file < end; ++file) {
    if (const auto gone = files_.leaves.remove(file); !gone) return std::unexpected(mapped(gone.error()));
  }
  return {};
}

}  // namespace bulwatt::ledger
