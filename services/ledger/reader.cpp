#include "services/ledger/reader.hpp"

#include <deque>

namespace bulwatt::ledger {
namespace {

/// Result of one segment: where the chain stands, and whether to go on.
struct Walked {
  bool stop = false;
  bool headless = false;
};

void found(Verified& result, Finding finding, std::uint32_t segment) {
  if (!result.problem) result.problem = Problem{finding, segment, result.records};
}

Walked walk_segment(std::span<const std::byte> bytes, std::uint32_t segment, Verified& result,
                    const std::function<bool(const Record&)>& each) {
  SegmentWalk walk{bytes, segment};
  if (!walk.head()) {
    if (walk.damaged()) found(result, Finding::head_unreadable, segment);
    return {false, true};
  }
  if (walk.head()->records != result.records || walk.head()->hash != result.hash) {
    found(result, Finding::head_mismatch, segment);
    result.records = walk.head()->records;
    result.hash = walk.head()->hash;
  }
  while (const auto stored = walk.next()) {
    const auto record = wire::decode<Record>(stored->record.view());
    if (!record) {
      found(result, Finding::unreadable, segment);
      continue;
    }
    if (record->sequence != result.records + 1) found(result, Finding::sequence_gap, segment);
    if (chain(result.hash, stored->record.view()) != stored->hash) found(result, Finding::chain_broken, segment);
    result.records = record->sequence;
    result.hash = stored->hash;
    if (each && !each(*record)) return {true, false};
  }
  if (walk.damaged()) found(result, Finding::changed_bytes, segment);
  result.torn = walk.has_remains();
  return {};
}

}  // namespace

Verified verify(journal::Storage& storage, const std::function<bool(const Record&)>& each) {
  Verified result{};
  std::vector<std::byte> bytes;
  std::optional<std::uint32_t> headless;
  for (std::uint32_t segment = 0;; ++segment) {
    const auto size = storage.size(segment);
    if (!size || *size == 0) break;
    bytes.resize(static_cast<std::size_t>(*size));
    const auto got = storage.read(segment, 0, bytes);
    if (!got) {
      found(result, Finding::unreadable, segment);
      break;
    }
    // Only the last segment may be without a head: it had just been begun.
    if (headless) found(result, Finding::head_unreadable, *headless);
    if (result.torn) found(result, Finding::changed_bytes, segment - 1);
    const auto walked = walk_segment(std::span<const std::byte>{bytes}.first(*got), segment, result, each);
    headless = walked.headless ? std::optional{segment} : std::nullopt;
    result.segments = segment + 1;
    if (walked.stop) break;
  }
  return result;
}

std::vector<Record> tail(journal::Storage& storage, std::size_t count) {
  std::deque<Record> last;
  verify(storage, [&](const Record& record) {
    last.push_back(record);
    if (last.size() > count) last.pop_front();
    return true;
  });
  return {last.begin(), last.end()};
}

}  // namespace bulwatt::ledger
