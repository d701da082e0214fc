#include "services/ledger/reader.hpp"

#include <charconv>
#include <deque>

#include "libs/base/check.hpp"
#include "libs/merkle/many.hpp"
#include "services/ledger/skim.hpp"

namespace bulwatt::ledger {
namespace {

/// A checkpoint to be met on the way.
struct Target {
  std::uint32_t log{};
  merkle::Checkpoint checkpoint{};
  Finding other{};   ///< other records
  Finding beyond{};  ///< more records than there are
  bool met = false;
};

std::uint64_t number_in(std::string_view detail, std::string_view name) {
  const auto at = detail.find(name);
  std::uint64_t value = 0;
  if (at != std::string_view::npos)
    std::from_chars(detail.data() + at + name.size(), detail.data() + detail.size(), value);
  return value;
}

Finding finding_of(Reason reason) {
  switch (reason) {
    case Reason::truncated: return Finding::truncated;
    case Reason::key_lost: return Finding::key_lost;
    case Reason::tiles_changed: return Finding::tiles_changed;
    case Reason::checkpoint_damaged: return Finding::checkpoint_damaged;
    case Reason::damaged:
    case Reason::format_1: break;
  }
  return Finding::changed_bytes;
}

class Walker {
 public:
  static constexpr std::size_t kMostWaiting = 1024;
  Walker(const Files& files, const Trust& trust, const Each& each) : files_(files), trust_(trust), each_(each) {}
  Verified walk();

 private:
  void found(Finding finding) {
    if (!out_.problem) out_.problem = Problem{finding, segment_, out_.log, out_.records};
  }
  bool read(std::uint32_t segment);
  void set_targets();
  void take_segment();
  void take_head(const SegmentHead& head);
  void take_old_head(const old::SegmentHead& head);
  void begin_log(const SegmentHead& head);
  void end_log();
  bool take_entry(SegmentWalk& walk, const journal::Entry& entry);
  bool take_record(SegmentWalk& walk, const journal::Entry& entry);
  bool take_old_record(SegmentWalk& walk, const journal::Entry& entry);
  void take_seal(SegmentWalk& walk, const journal::Entry& entry);
  void take(const Skimmed& record);
  bool show(const Record& record, std::span<const std::byte> entry);
  void watch_clock(const Skimmed& record);
  void watch_anchors(const Skimmed& record);
  void hash_waiting();
  void meet_targets();
  void compare_leaves(std::uint64_t until);
  void compare_nodes();
  void check_signatures();
  void check_beginning();
  void check_key();
  std::optional<SealState> seal_state() const;

  const Files& files_;
  const Trust& trust_;
  const Each& each_;
  Verified out_{};
  std::vector<std::byte> bytes_{};
  Record record_{};
  std::uint32_t segment_ = 0;
  bool stop_ = false;
  merkle::Frontier tree_{};
  TilePlaces places_{files_};
  std::vector<std::span<const std::byte>> waiting_{};  ///< entries of this segment that are not in the tree yet
  std::vector<Hash> leaves_{};                         ///< since compared_
  std::vector<Hash> stored_{};
  std::uint64_t compared_ = 0;
  std::uint64_t epoch_ = 0;
  std::optional<Key> key_{};
  std::optional<SealState> sealed_before_{};  ///< before any record was read
  Timestamp last_time_{};
  std::uint64_t anchor_ = 0;  ///< of this log, the last one
  std::vector<Target> targets_{};
  std::optional<CheckpointFile::Kept> note_{};
  bool notes_damaged_ = false;
  std::uint32_t first_segment_ = 0;
  std::optional<SegmentHead> first_head_{};
  bool pruning_said_ = false;
};

bool Walker::read(std::uint32_t segment) {
  const auto size = files_.records.size(segment);
  if (!size) return false;
  bytes_.resize(static_cast<std::size_t>(*size));
  const auto got = files_.records.read(segment, 0, bytes_);
  if (!got) return false;
  bytes_.resize(*got);
  return true;
}

void Walker::set_targets() {
  sealed_before_ = seal_state();
  CheckpointFile file{files_.checkpoints};
  if (auto found = file.read(0)) {
    note_ = std::move(found->kept);
    notes_damaged_ = found->condition == CheckpointFile::Condition::damaged;
    out_.torn_checkpoint = found->condition == CheckpointFile::Condition::torn;
  }
  if (note_) {
    out_.checkpoint = note_->checkpoint;
    targets_.push_back(
        {log_of(note_->checkpoint.origin.view()), note_->checkpoint, Finding::root_mismatch, Finding::truncated});
  }
  if (trust_.kept)
    targets_.push_back({log_of(trust_.kept->origin.view()), *trust_.kept, Finding::forked, Finding::rolled_back});
}

Verified Walker::walk() {
  set_targets();
  const auto range = files_.records.range();
  if (!range) found(Finding::unreadable);
  const bool any = range && *range;
  if (any) first_segment_ = (*range)->first;
  bool is_headless = false;
  std::uint32_t headless = 0;
  for (std::uint32_t segment = first_segment_; any && segment <= (*range)->last && !stop_; ++segment) {
    segment_ = segment;
    if (!read(segment)) {
      found(Finding::unreadable);
      continue;
    }
    SegmentWalk walk{bytes_, segment};
    if (!walk.has_head()) {
      // Only the last ones may be without a head: they had just been begun, or their room was taken ahead.
      if (walk.damaged()) found(Finding::head_unreadable);
      if (!is_headless) headless = segment;
      is_headless = true;
      continue;
    }
    if (is_headless) {
      segment_ = headless;
      found(Finding::head_unreadable);
      segment_ = segment;
      is_headless = false;
    }
    if (out_.torn) found(Finding::changed_bytes);
    take_segment();
  }
  end_log();
  for (const auto& target : targets_) {
    // A log that never came: an older picture of the medium, unless what is there is newer.
    if (!target.met && target.log > out_.log) found(target.beyond);
  }
  if (stop_) return out_;
  if (any) check_beginning();
  check_key();
  check_signatures();
  return out_;
}

void Walker::take_segment() {
  SegmentWalk walk{bytes_, segment_};
  if (const auto* head = std::get_if<SegmentHead>(&walk.head())) take_head(*head);
  else take_old_head(std::get<old::SegmentHead>(walk.head()));
  ++out_.segments;
  while (const auto entry = walk.next()) {
    if (!take_entry(walk, *entry)) break;
  }
  hash_waiting();
  if (!stop_ && walk.damaged()) found(Finding::changed_bytes);
  out_.torn = walk.has_remains();
  out_.bytes += walk.end();
}

void Walker::take_old_head(const old::SegmentHead& head) {
  if (out_.log != 0 || head.records != out_.records || head.hash != out_.root) found(Finding::head_mismatch);
  out_.records = head.records;
  out_.root = head.hash;
}

void Walker::take_head(const SegmentHead& head) {
  const auto tree = merkle::Frontier::from(head.records, head.nodes);
  if (!tree) found(Finding::head_mismatch);
  if (!first_head_) first_head_ = head;
  const bool same = head.log == out_.log && out_.log != 0;
  if (same && (!tree || tree_.size() != tree->size() || tree_.root() != tree->root() || epoch_ != head.epoch ||
               out_.sealed != head.records)) {
    found(Finding::head_mismatch);
  }
  if (!same) begin_log(head);
  if (same) compare_leaves(head.records);
  if (tree) tree_ = *tree;
  if (!same || compared_ != head.records) {
    leaves_.clear();
    compared_ = head.records;
  }
  epoch_ = head.epoch;
  out_.sealed = head.records;
  out_.records = head.records;
  out_.root = tree_.root();
  meet_targets();
}

void Walker::begin_log(const SegmentHead& head) {
  const bool first = out_.segments == 0;
  if (!first) end_log();
  const bool follows =
      head.log == out_.log + 1 && (out_.log == 0 ? out_.segments == 0 || head.link : head.link.has_value());
  if (!first && !follows) found(Finding::head_mismatch);
  if (!first && head.link &&
      (head.link->log != out_.log || head.link->records != out_.records || head.link->root != out_.root))
    found(Finding::head_mismatch);
  if (head.link) {
    out_.links.push_back(*head.link);
    if (head.link->reason != Reason::format_1) found(finding_of(head.link->reason));
  }
  out_.log = head.log;
  out_.before = head.records;
  places_.log = head.log;
  places_.leaf_file = head.leaf_file;
  last_time_ = {};
  anchor_ = 0;
  key_.reset();
  if (trust_.escrow_private_key.empty() || head.escrow.empty()) return;
  key_ = open_escrow(trust_.escrow_private_key, head.escrow.view());
  for (std::uint64_t epoch = 0; key_ && epoch < head.epoch; ++epoch) key_ = next_key(*key_);
}

void Walker::end_log() {
  for (auto& target : targets_) {
    if (target.log == out_.log && out_.log != 0 && !target.met && target.checkpoint.size > out_.records) {
      target.met = true;
      found(target.beyond);
    }
  }
  if (out_.log != 0 && !stop_) compare_nodes();
}

bool Walker::take_entry(SegmentWalk& walk, const journal::Entry& entry) {
  if (entry.kind == Seal::kRecord && out_.log != 0) {
    take_seal(walk, entry);
    return true;
  }
  return out_.log == 0 ? take_old_record(walk, entry) : take_record(walk, entry);
}

bool Walker::take_old_record(SegmentWalk& walk, const journal::Entry& entry) {
  const auto stored = entry_as<old::Chained>(entry);
  const auto record = stored ? wire::decode<Record>(stored->record.view()) : std::unexpected(wire::Error::truncated);
  if (!record) {
    walk.refuse();
    found(Finding::unreadable);
    return true;
  }
  if (record->sequence != out_.records + 1) found(Finding::sequence_gap);
  if (old::chain(out_.root, stored->record.view()) != stored->hash) found(Finding::chain_broken);
  out_.root = stored->hash;
  take({record->sequence, record->time, record->actor.view(), record->event.view(), record->detail.view()});
  return show(*record, {});
}

bool Walker::take_record(SegmentWalk& walk, const journal::Entry& entry) {
  const bool known = entry.kind == Record::kRecord && entry.version == Record::kVersion;
  const auto record = known ? skim(entry.bytes) : std::nullopt;
  if (!record) {
    found(Finding::unreadable);
    walk.refuse();
    return true;
  }
  if (record->sequence != out_.records + 1) found(Finding::sequence_gap);
  waiting_.push_back(entry.bytes);
  if (waiting_.size() == kMostWaiting) hash_waiting();
  take(*record);
  meet_targets();
  if (!each_) return true;
  // Into the same place every time: clearing room for the longest record would take longer than reading this one.
  wire::Reader reader{entry.bytes};
  BULWATT_ASSERT(reader.get(record_) && reader.done());
  return show(record_, entry.bytes);
}

void Walker::take(const Skimmed& record) {
  if (out_.log != 0) watch_clock(record);
  if (record.actor == own::kActor) watch_anchors(record);
  out_.records = record.sequence;
  ++out_.all_records;
  if (first_head_ && record.actor == own::kActor && record.event == own::kPruned) {
    pruning_said_ = pruning_said_ || (number_in(record.detail, " log=") == first_head_->log &&
                                      number_in(record.detail, " records=") >= first_head_->records);
  }
}

bool Walker::show(const Record& record, std::span<const std::byte> entry) {
  if (each_ && !each_(Seen{record, out_.log, entry})) stop_ = true;
  return !stop_;
}

void Walker::watch_clock(const Skimmed& record) {
  const bool back = record.time.unix_ms + kClockJumpMs < last_time_.unix_ms;
  const bool said = back && record.actor == own::kActor && record.event == own::kClockChanged;
  if (back && !said) found(Finding::clock_back);
  last_time_ = record.time;
}

/// What the station itself found of the counter stays visible; and a beginning that is told twice hides what was between.
void Walker::watch_anchors(const Skimmed& record) {
  if (record.event == own::kAnchorAhead) found(Finding::counter_ahead);
  if (record.event == own::kAnchorBehind) {
    found(Finding::counter_behind);
    anchor_ = 0;
  }
  if (record.event != own::kAnchored) return;
  const auto counter = number_in(record.detail, "counter=");
  const bool again = record.detail.ends_with("first=yes") && anchor_ != 0;
  if (again || counter <= anchor_) found(Finding::counter_ahead);
  anchor_ = counter;
}

void Walker::take_seal(SegmentWalk& walk, const journal::Entry& entry) {
  const auto seal = entry_as<Seal>(entry);
  if (!seal) {
    found(Finding::unreadable);
    walk.refuse();
    return;
  }
  hash_waiting();
  const bool fits = seal->log == out_.log && seal->epoch == epoch_ && seal->records == out_.records &&
                    seal->records == tree_.size() && seal->root == tree_.root();
  if (!fits) found(Finding::seal_broken);
  if (key_) {
    if (seal_mac(*key_, *seal) != seal->mac) found(Finding::seal_forged);
    key_ = next_key(*key_);
    ++out_.seals_checked;
  }
  ++epoch_;
  ++out_.seals;
  out_.sealed = seal->records;
}

/// Many at once, because that is several times as fast.
void Walker::hash_waiting() {
  const auto before = leaves_.size();
  leaves_.resize(before + waiting_.size());
  const auto fresh = std::span{leaves_}.subspan(before);
  merkle::leaf_hashes(waiting_, fresh);
  tree_.append(fresh);
  waiting_.clear();
}

void Walker::meet_targets() {
  for (auto& target : targets_) {
    if (target.met || target.log != out_.log || target.checkpoint.size != tree_.size() + waiting_.size()) continue;
    hash_waiting();
    target.met = true;
    if (tree_.root() != target.checkpoint.root) found(target.other);
  }
}

/// Stored leaf hashes up to `until`, where a segment began, against those of the records.
void Walker::compare_leaves(std::uint64_t until) {
  const auto count = static_cast<std::size_t>(until - compared_);
  if (count > leaves_.size()) return;
  stored_.resize(count);
  const auto seen = std::span{leaves_}.first(count);
  if (!places_.read(0, compared_, stored_) || !std::ranges::equal(stored_, seen)) found(Finding::tiles_changed);
  leaves_.erase(leaves_.begin(), leaves_.begin() + static_cast<std::ptrdiff_t>(count));
  compared_ = until;
}

/// The upper levels up to the newest segment fold to the same nodes as the records do.
void Walker::compare_nodes() {
  out_.root = tree_.root();
  const auto settled = compared_;
  std::array<Hash, merkle::kTileWidth> stored;
  for (std::uint8_t level = 1; level <= kLevels; ++level) {
    merkle::Frontier fold;
    const auto count = merkle::hashes_at(level, settled);
    for (std::uint64_t at = 0; at < count; at += stored.size()) {
      const auto some =
          std::span{stored}.first(static_cast<std::size_t>(std::min<std::uint64_t>(stored.size(), count - at)));
      if (!places_.read(level, at, some)) return found(Finding::tiles_changed);
      for (const auto& hash : some) fold.append(hash);
    }
    const unsigned lowest = merkle::kTileHeight * level;
    for (unsigned height = lowest; height < merkle::kMaxHeight; ++height) {
      // A subtree that has grown since is not among the nodes any more.
      const bool grown = (tree_.size() >> height) != (settled >> height);
      if (!grown && fold.node(height - lowest) != tree_.node(height)) return found(Finding::tiles_changed);
    }
  }
}

void Walker::check_beginning() {
  if (first_segment_ == 0 || pruning_said_) return;
  segment_ = first_segment_;
  if (!out_.problem) out_.problem = Problem{Finding::removed, first_segment_, first_head_ ? first_head_->log : 0, 0};
}

/// The sealing key that lies beside the records, where the folder has it, knows up to where they were sealed. A station that
/// runs goes on meanwhile: what was there before the records were read must be among them, and what is there now is newer.
void Walker::check_key() {
  const auto is_of_this_log = [&](const std::optional<SealState>& state) { return state && state->log == out_.log; };
  if (is_of_this_log(sealed_before_) && (sealed_before_->epoch > epoch_ || sealed_before_->records > out_.records))
    return found(Finding::truncated);
  const auto now = seal_state();
  if (is_of_this_log(now) && now->epoch + 1 < epoch_) found(Finding::key_lost);
}

std::optional<SealState> Walker::seal_state() const {
  SealFile file{files_.seals};
  return file.read().value_or(std::nullopt);
}

void Walker::check_signatures() {
  if (notes_damaged_) found(Finding::checkpoint_damaged);
  if (trust_.keys.empty()) return;
  if (!note_) return found(Finding::unsigned_log);
  const auto note = merkle::parse_note(note_->note);
  for (const auto& key : trust_.keys) {
    const auto checked = note ? merkle::check_signature(*note, key) : merkle::Checked{merkle::Verdict::bad};
    if (checked.verdict == merkle::Verdict::bad) return found(Finding::bad_signature);
    if (checked.verdict == merkle::Verdict::absent) return found(Finding::unsigned_log);
    ++out_.keys_good;
    out_.signed_at = std::max(out_.signed_at, checked.seconds);
  }
}

}  // namespace

Verified verify(const Files& files, const Trust& trust, const Each& each) { return Walker{files, trust, each}.walk(); }

std::vector<Record> tail(const Files& files, std::size_t count) {
  std::deque<Record> last;
  verify(files, {}, [&](const Seen& seen) {
    last.push_back(seen.record);
    if (last.size() > count) last.pop_front();
    return true;
  });
  return {last.begin(), last.end()};
}

std::optional<LogView> open_view(const Files& files) {
  const auto range = files.records.range();
  if (!range || !*range) return std::nullopt;
  for (auto segment = (*range)->last + 1; segment-- > (*range)->first;) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(files.records.size(segment).value_or(0)));
    const auto got = files.records.read(segment, 0, bytes);
    if (!got) return std::nullopt;
    SegmentWalk walk{std::span<const std::byte>{bytes}.first(*got), segment};
    const auto* head = std::get_if<SegmentHead>(&walk.head());
    const auto tree = head != nullptr ? merkle::Frontier::from(head->records, head->nodes) : std::nullopt;
    if (!tree) {
      if (walk.has_head()) return std::nullopt;
      continue;
    }
    auto grown = *tree;
    std::vector<Hash> tail;
    while (const auto entry = walk.next()) {
      if (entry->kind != Record::kRecord) continue;
      tail.push_back(merkle::leaf_hash(entry->bytes));
      grown.append(tail.back());
    }
    const TilePlaces places{files, head->log, head->leaf_file};
    return LogView{head->log, grown, TileNodes{places, head->records, std::move(tail)}};
  }
  return std::nullopt;
}

}  // namespace bulwatt::ledger
