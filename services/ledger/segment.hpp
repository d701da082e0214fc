// Reads one file of records: frames of libs/journal, of which the first carries the SegmentHead.
#pragma once
#include <optional>

#include "libs/journal/storage.hpp"
#include "services/ledger/record.hpp"

namespace bulwatt::ledger {

/// Walks the frames of a segment that was read into memory.
class SegmentWalk {
 public:
  explicit SegmentWalk(std::span<const std::byte> bytes, std::uint32_t segment);

  /// Nothing when the file does not begin with an intact head of this segment.
  const std::optional<SegmentHead>& head() const { return head_; }
  /// The next record with its hash; nothing at the end of what is intact.
  std::optional<Chained> next();
  /// Bytes of intact frames so far.
  std::size_t end() const { return end_; }
  /// Number of the last intact frame.
  std::uint64_t frame() const { return frame_; }

  // After next() gave nothing:
  /// Something stands where the next frame would begin.
  bool has_remains() const;
  /// A frame of this segment that was written later is intact although one before it is not: stored bytes were changed.
  bool damaged() const;

 private:
  std::optional<journal::Frame> frame_at(std::size_t at) const;
  std::span<const std::byte> bytes_;
  std::uint32_t generation_;
  std::optional<SegmentHead> head_{};
  std::span<const std::byte> body_{};
  std::size_t end_ = 0;
  std::uint64_t frame_ = 0;
  bool malformed_ = false;
};

}  // namespace bulwatt::ledger
