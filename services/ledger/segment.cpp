#include "services/ledger/segment.hpp"

namespace bulwatt::ledger {

SegmentWalk::SegmentWalk(std::span<const std::byte> bytes, std::uint32_t segment)
    : bytes_(bytes), generation_(segment + 1) {
  const auto first = frame_at(0);
  if (!first || first->sequence != 1) return;
  auto body = first->body;
  bool malformed = false;
  const auto entry = journal::next_entry(body, malformed);
  if (!entry || !take_head(*entry, segment)) return;
  body_ = body;
  end_ = first->size;
  frame_ = 1;
}

bool SegmentWalk::take_head(const journal::Entry& entry, std::uint32_t segment) {
  const auto take = [&](auto head) {
    if (!head || head->segment != segment) return false;
    head_ = *head;
    return true;
  };
  return take(entry_as<SegmentHead>(entry)) || take(entry_as<old::SegmentHead>(entry));
}

std::optional<journal::Frame> SegmentWalk::frame_at(std::size_t at) const {
  if (at >= bytes_.size()) return std::nullopt;
  const auto frame = journal::read_frame(bytes_.subspan(at));
  if (!frame || frame->generation != generation_ || frame->role != journal::Role::append) return std::nullopt;
  return frame;
}

std::optional<journal::Entry> SegmentWalk::next() {
  if (!has_head() || malformed_) return std::nullopt;
  while (body_.empty()) {
    const auto frame = frame_at(end_);
    if (!frame || frame->sequence != frame_ + 1) return std::nullopt;
    body_ = frame->body;
    end_ += frame->size;
    frame_ = frame->sequence;
  }
  return journal::next_entry(body_, malformed_);
}

bool SegmentWalk::has_remains() const {
  const auto rest = bytes_.subspan(std::min(end_, bytes_.size()));
  return std::ranges::any_of(rest.first(std::min(rest.size(), journal::kAlign)),
                             [](std::byte b) { return b != std::byte{}; });
}

bool SegmentWalk::damaged() const {
  if (malformed_) return true;
  for (auto at = end_; at + journal::kHeaderSize <= bytes_.size(); at += journal::kAlign) {
    const auto frame = frame_at(at);
    if (frame && frame->sequence > frame_) return true;
  }
  return false;
}

}  // namespace bulwatt::ledger
