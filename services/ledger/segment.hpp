// Reads one file of records: frames of libs/journal, of which the first begins with the head.
#pragma once
#include <variant>

#include "libs/journal/storage.hpp"
#include "services/ledger/format.hpp"
#include "services/ledger/old_format.hpp"

namespace bulwatt::ledger {

/// Walks the frames of a segment that was read into memory.
class SegmentWalk {
 public:
  using Head = std::variant<std::monostate, SegmentHead, old::SegmentHead>;

  SegmentWalk(std::span<const std::byte> bytes, std::uint32_t segment);

  /// std::monostate when the file does not begin with an intact head of this segment.
  const Head& head() const { return head_; }
  bool has_head() const { return head_.index() != 0; }
  /// The next entry, of any kind; nothing at the end of what is intact.
  std::optional<journal::Entry> next();
  /// An entry that next() gave is not what its kind says: everything behind it counts as changed.
  void refuse() { malformed_ = true; }
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
  bool take_head(const journal::Entry& entry, std::uint32_t segment);
  std::span<const std::byte> bytes_;
  std::uint32_t generation_;
  Head head_{};
  std::span<const std::byte> body_{};
  std::size_t end_ = 0;
  std::uint64_t frame_ = 0;
  bool malformed_ = false;
};

/// The entry as a T; nothing when it is of another kind or version, or no T.
template <class T>
std::optional<T> entry_as(const journal::Entry& entry) {
  if (entry.kind != T::kRecord || entry.version != T::kVersion) return std::nullopt;
  auto decoded = wire::decode<T>(entry.bytes);
  if (!decoded) return std::nullopt;
  return *std::move(decoded);
}

}  // namespace bulwatt::ledger
