#include "protocols/mculink/frame.hpp"

namespace bulwatt::mculink {
namespace {
constexpr std::byte kDelimiter{0};

// Reflected polynomial 0x1edc6f41, four bits at a time: 64 bytes of table fit any controller.
constexpr auto kNibble = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 4; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f6'3b78U : 0U);
    table[i] = value;
  }
  return table;
}();
}  // namespace

std::uint32_t crc32c(std::span<const std::byte> data) {
  std::uint32_t sum = 0xffff'ffff;
  for (const std::byte b : data) {
    sum ^= std::to_integer<std::uint32_t>(b);
    sum = (sum >> 4) ^ kNibble[sum & 15];
    sum = (sum >> 4) ^ kNibble[sum & 15];
  }
  return ~sum;
}

std::size_t put_frame(std::span<const std::byte> content, std::span<std::byte, kMostFrame> out) {
  const std::uint32_t sum = crc32c(content);
  std::size_t at = 0;
  out[at++] = kDelimiter;
  std::size_t code_at = at++;
  const auto put = [&](std::byte b) {
    if (b != kDelimiter) {
      out[at++] = b;
      return;
    }
    out[code_at] = static_cast<std::byte>(at - code_at);
    code_at = at++;
  };
  for (const std::byte b : content) put(b);
  for (std::size_t i = 0; i < kChecksumSize; ++i) put(static_cast<std::byte>(sum >> (8 * i)));
  out[code_at] = static_cast<std::byte>(at - code_at);
  out[at++] = kDelimiter;
  return at;
}

std::expected<std::span<const std::byte>, LinkError> open_body(std::span<std::byte> body) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < body.size();) {
    const auto code = std::to_integer<std::size_t>(body[from]);
    if (code == 0 || code > body.size() - from) return std::unexpected(LinkError::bad_stuffing);
    for (std::size_t i = 1; i < code; ++i) {
      if (body[from + i] == kDelimiter) return std::unexpected(LinkError::bad_stuffing);
      body[to++] = body[from + i];
    }
    from += code;
    if (from < body.size()) body[to++] = kDelimiter;
  }
  if (to <= kChecksumSize) return std::unexpected(LinkError::too_short);
  const auto content = body.first(to - kChecksumSize);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kChecksumSize; ++i) {
    sum |= std::to_integer<std::uint32_t>(body[content.size() + i]) << (8 * i);
  }
  if (sum != crc32c(content)) return std::unexpected(LinkError::bad_checksum);
  return content;
}

Deframer::Step Deframer::take(std::byte byte) {
  if (complete_) {
    size_ = 0;
    complete_ = false;
  }
  if (byte != kDelimiter) {
    overflow_ = overflow_ || size_ == buffer_.size();
    if (!overflow_) buffer_[size_++] = byte;
    return Step::more;
  }
  const bool dropped = overflow_;
  overflow_ = false;
  if (dropped) {
    size_ = 0;
    return Step::too_long;
  }
  complete_ = size_ != 0;
  return complete_ ? Step::body : Step::more;
}

}  // namespace bulwatt::mculink
