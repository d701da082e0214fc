#include "services/ledger/prover.hpp"

#include "libs/base/check.hpp"
#include "libs/http/encoding.hpp"
#include "libs/merkle/proof.hpp"

namespace bulwatt::ledger {
namespace {

/// The first bytes of a segment, or all of it.
bool read_part(const Files& files, std::uint32_t segment, std::size_t most, std::vector<std::byte>& bytes) {
  const auto size = files.records.size(segment);
  if (!size) return false;
  bytes.resize(std::min(static_cast<std::size_t>(*size), most));
  const auto got = files.records.read(segment, 0, bytes);
  if (!got) return false;
  bytes.resize(*got);
  return true;
}

std::vector<std::byte> entry_in(std::span<const std::byte> bytes, std::uint32_t segment, std::uint64_t sequence) {
  SegmentWalk walk{bytes, segment};
  const auto* head = std::get_if<SegmentHead>(&walk.head());
  if (head == nullptr) return {};
  auto number = head->records;
  while (const auto entry = walk.next()) {
    if (entry->kind != Record::kRecord || ++number != sequence) continue;
    return {entry->bytes.begin(), entry->bytes.end()};
  }
  return {};
}

}  // namespace

std::vector<std::byte> find_entry(const Files& files, std::uint32_t log, std::uint64_t sequence) {
  const auto range = files.records.range();
  if (!range || !*range) return {};
  std::vector<std::byte> bytes;
  for (auto segment = (*range)->last + 1; segment-- > (*range)->first;) {
    if (!read_part(files, segment, journal::kMaxFrame, bytes)) return {};
    const SegmentWalk walk{bytes, segment};
    const auto* head = walk.has_head() ? std::get_if<SegmentHead>(&walk.head()) : nullptr;
    if (head == nullptr || head->log > log || (head->log == log && head->records >= sequence)) continue;
    if (head->log != log || !read_part(files, segment, SIZE_MAX, bytes)) return {};
    return entry_in(bytes, segment, sequence);
  }
  return {};
}

std::expected<std::string, NoProof> prove(const Files& files, std::uint64_t sequence) {
  auto view = open_view(files);
  if (!view) return std::unexpected(NoProof::no_log);
  const auto note = CheckpointFile{files.checkpoints}.read(view->log);
  if (!note || !note->kept) return std::unexpected(NoProof::no_checkpoint);
  const auto& checkpoint = note->kept->checkpoint;
  if (sequence == 0 || sequence > checkpoint.size) return std::unexpected(NoProof::not_signed);
  const auto entry = find_entry(files, view->log, sequence);
  if (entry.empty()) return std::unexpected(NoProof::no_record);
  const auto hashes = merkle::prove_inclusion(view->nodes, sequence - 1, checkpoint.size);
  const auto leaf = merkle::leaf_hash(entry);
  if (!hashes || !merkle::verify_inclusion(leaf, sequence - 1, checkpoint.size, hashes->view(), checkpoint.root))
    return std::unexpected(NoProof::broken);
  std::string extra(http::base64_size(entry.size()), '\0');
  BULWATT_ASSERT(http::base64_encode(entry, extra).has_value());
  merkle::CarriedProof carried{};
  carried.index = sequence - 1;
  carried.hashes = *hashes;
  carried.checkpoint = note->kept->note;
  carried.extra = extra;
  return merkle::write_proof(carried);
}

}  // namespace bulwatt::ledger
