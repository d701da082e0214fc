// Framing of the serial line: 0x00, COBS(content, CRC-32C little-endian), 0x00. No byte of a frame is 0x00, so after
// any garbage the receiver is in step again at the next delimiter.
#pragma once
#include <expected>
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt::mculink {

/// Most bytes of content in a frame. Below 254, so that COBS adds exactly one byte and has one encoding for one input.
inline constexpr std::size_t kMostContent = 128;
inline constexpr std::size_t kChecksumSize = 4;
/// COBS code byte, content and checksum; without the delimiters.
inline constexpr std::size_t kMostBody = 1 + kMostContent + kChecksumSize;
inline constexpr std::size_t kMostFrame = kMostBody + 2;
static_assert(kMostContent + kChecksumSize < 254);

/// Why a frame was dropped.
enum class LinkError : std::uint8_t {
  too_long,      ///< more than kMostBody bytes between delimiters
  too_short,     ///< no room for a checksum and one byte of content
  bad_stuffing,  ///< not an output of COBS
  bad_checksum,
  bad_message,  ///< intact, but not a message of this protocol version
};
constexpr auto enum_names(LinkError) {
  return names("too_long", "too_short", "bad_stuffing", "bad_checksum", "bad_message");
}
inline constexpr std::size_t kLinkErrorCount = enum_names(LinkError{}).size();

/// CRC-32C (Castagnoli), as in iSCSI: "123456789" gives 0xe3069283.
std::uint32_t crc32c(std::span<const std::byte> data);

/// Writes a whole frame; returns its size. `content` holds 1 to kMostContent bytes.
std::size_t put_frame(std::span<const std::byte> content, std::span<std::byte, kMostFrame> out);

/// Takes the body of a frame (what stood between two delimiters), decodes it in place and returns its content.
std::expected<std::span<const std::byte>, LinkError> open_body(std::span<std::byte> body);

/// Cuts a stream of bytes into frame bodies. Bounded; what is too long is dropped up to the next delimiter.
class Deframer {
 public:
  enum class Step : std::uint8_t { more, body, too_long };
  /// Takes one byte. After `body`, body() is valid until the next call.
  Step take(std::byte byte);
  std::span<std::byte> body() { return std::span{buffer_}.first(size_); }

 private:
  std::array<std::byte, kMostBody> buffer_{};
  std::size_t size_ = 0;
  bool complete_ = false;
  bool overflow_ = false;
};

}  // namespace bulwatt::mculink
