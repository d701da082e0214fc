#include "services/ledger/store.hpp"

#include <vector>

#include "libs/base/line.hpp"
#include "libs/base/try.hpp"

namespace bulwatt::ledger {
namespace {

constexpr std::string_view kSelf = "ledger";

Error mapped(journal::Error error) { return error == journal::Error::full ? Error::full : Error::storage; }

std::expected<std::uint32_t, Error> count_segments(journal::Storage& storage, std::uint32_t most) {
  std::uint32_t count = 0;
  while (count < most) {
    const auto size = storage.size(count);
    if (!size) return std::unexpected(mapped(size.error()));
    if (*size == 0) break;
    ++count;
  }
  return count;
}

}  // namespace

/// Whether the segment could be taken as the present one. False: it was begun but never got its head.
std::expected<bool, Error> Store::take_up(std::uint32_t segment, Opened& opened) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(segment_bytes()));
  const auto got = storage_.read(segment, 0, bytes);
  if (!got) return std::unexpected(mapped(got.error()));
  SegmentWalk walk{std::span<const std::byte>{bytes}.first(*got), segment};
  if (!walk.head()) {
    opened.damaged = opened.damaged || walk.damaged();
    return false;
  }
  latest_ = {walk.head()->records, walk.head()->hash};
  boot_ = walk.head()->boot;
  bool chained = true;
  while (const auto stored = walk.next()) {
    const auto record = wire::decode<Record>(stored->record.view());
    chained = chained && record && record->sequence == latest_.records + 1 &&
              chain(latest_.hash, stored->record.view()) == stored->hash;
    if (!record) break;
    boot_ = record->boot;
    latest_ = {record->sequence, stored->hash};
  }
  const bool damaged = !chained || walk.damaged();
  opened.torn = !damaged && walk.has_remains();
  opened.damaged = opened.damaged || damaged;
  segment_ = segment;
  has_segment_ = !damaged;  // a damaged file is evidence: nothing is added to it
  frame_ = walk.frame();
  end_ = walk.end();
  return true;
}

std::expected<Opened, Error> Store::open(bool first_start, const Stamp& stamp) {
  Opened opened{};
  TRY(count, count_segments(storage_, config_.segments));
  bool unreadable = false;
  for (auto segment = count; segment-- > 0;) {
    TRY(taken, take_up(segment, opened));
    if (taken || opened.damaged) next_segment_ = std::max(next_segment_, segment + 1);
    if (taken) break;
    unreadable = unreadable || opened.damaged;
  }
  if (unreadable) has_segment_ = false;
  durable_ = latest_;
  if (first_start || boot_ == 0) ++boot_;
  const auto say = [&](Severity severity, std::string_view event) {
    const Line<kMaxDetail> detail{"boot=", boot_, " records=", durable_.records, " segment=", segment_};
    add(kSelf, {Subject::station, severity, event, detail.view()}, stamp);
  };
  say(Severity::info, "LedgerStarted");
  if (opened.torn) say(Severity::warning, "TornTailDropped");
  if (opened.damaged) say(Severity::critical, "LedgerDamaged");
  if (const auto done = flush(); !done && done.error() != Error::full) return std::unexpected(done.error());
  return opened;
}

std::uint64_t Store::add(std::string_view actor, const Append& append, const Stamp& stamp) {
  BULWATT_ASSERT(fits());
  const Record record{latest_.records + 1, boot_,           stamp.monotonic_us, stamp.time,   actor,
                      append.subject,      append.severity, append.event,       append.detail};
  Chained stored{};
  stored.record.size = static_cast<std::uint16_t>(wire::encode(record, stored.record.data));
  stored.hash = chain(latest_.hash, stored.record.view());
  latest_ = {record.sequence, stored.hash};
  BULWATT_ASSERT(batch_.add(stored));
  ++pending_;
  return record.sequence;
}

std::expected<void, Error> Store::flush() {
  if (pending_ == 0) return {};
  auto done = write_frame();
  if (done) durable_ = latest_;
  forget_batch();
  return done;
}

void Store::forget_batch() {
  latest_ = durable_;
  batch_.clear();
  pending_ = 0;
}

std::expected<void, Error> Store::write_frame() {
  const bool fits_segment = has_segment_ && end_ + batch_.frame_size() + journal::kAlign <= segment_bytes();
  if (!fits_segment) TRY_VOID(begin_segment());
  const auto bytes = batch_.frame_and_end(frame_ + 1, segment_ + 1, journal::Role::append);
  if (const auto written = storage_.write(segment_, end_, bytes); !written)
    return std::unexpected(mapped(written.error()));
  if (const auto synced = storage_.sync(segment_); !synced) return std::unexpected(mapped(synced.error()));
  end_ += bytes.size() - journal::kAlign;
  ++frame_;
  return {};
}

std::expected<void, Error> Store::begin_segment() {
  const auto next = next_segment_;
  if (next >= config_.segments) return std::unexpected(Error::full);
  if (const auto room = storage_.reserve(next, segment_bytes()); !room) return std::unexpected(mapped(room.error()));
  head_batch_.clear();
  BULWATT_ASSERT(head_batch_.add(SegmentHead{next, boot_, durable_.records, durable_.hash}));
  const auto bytes = head_batch_.frame_and_end(1, next + 1, journal::Role::append);
  if (const auto written = storage_.write(next, 0, bytes); !written) return std::unexpected(mapped(written.error()));
  if (const auto synced = storage_.sync(next); !synced) return std::unexpected(mapped(synced.error()));
  segment_ = next;
  next_segment_ = next + 1;
  has_segment_ = true;
  frame_ = 1;
  end_ = bytes.size() - journal::kAlign;
  return {};
}

}  // namespace bulwatt::ledger
