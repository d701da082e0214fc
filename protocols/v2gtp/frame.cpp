#include "protocols/v2gtp/frame.hpp"

namespace bulwatt::v2gtp {
namespace {
std::uint32_t big_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (const std::byte b : bytes) value = (value << 8) | std::to_integer<std::uint32_t>(b);
  return value;
}
}  // namespace

std::expected<Header, FrameError> parse_header(std::span<const std::byte, kHeaderSize> bytes) {
  if (bytes[0] != kVersion || bytes[1] != kVersionComplement) return std::unexpected(FrameError::bad_version);
  return Header{static_cast<PayloadType>(big_endian(bytes.subspan<2, 2>())), big_endian(bytes.subspan<4, 4>())};
}

void put_header(const Header& header, std::span<std::byte, kHeaderSize> out) {
  const auto type = static_cast<std::uint16_t>(header.type);
  out[0] = kVersion;
  out[1] = kVersionComplement;
  out[2] = static_cast<std::byte>(type >> 8);
  out[3] = static_cast<std::byte>(type);
  for (std::size_t i = 0; i < 4; ++i) out[4 + i] = static_cast<std::byte>(header.length >> (24 - 8 * i));
}

std::expected<Frame, FrameError> parse_datagram(std::span<const std::byte> datagram) {
  if (datagram.size() < kHeaderSize) return std::unexpected(FrameError::wrong_length);
  const auto header = parse_header(datagram.first<kHeaderSize>());
  if (!header) return std::unexpected(header.error());
  const auto payload = datagram.subspan(kHeaderSize);
  // The length is compared, never added to: no value of it wraps.
  if (header->length != payload.size()) return std::unexpected(FrameError::wrong_length);
  return Frame{header->type, payload};
}

std::expected<std::optional<Frame>, FrameError> Framer::take(std::span<const std::byte>& in) {
  if (broken_) return std::unexpected(*broken_);
  const auto move = [&in](std::span<std::byte> to) {
    const std::size_t n = std::min(in.size(), to.size());
    std::copy_n(in.begin(), n, to.begin());
    in = in.subspan(n);
    return n;
  };
  if (header_size_ < kHeaderSize) {
    header_size_ += move(std::span{header_bytes_}.subspan(header_size_));
    if (header_size_ < kHeaderSize) return std::nullopt;
    const auto header = parse_header(header_bytes_);
    if (!header) broken_ = header.error();
    if (header && header->length > storage_.size()) broken_ = FrameError::too_long;
    if (broken_) return std::unexpected(*broken_);
    header_ = *header;
  }
  size_ += move(storage_.first(header_.length).subspan(size_));
  return finished();
}

std::optional<Frame> Framer::finished() {
  if (size_ < header_.length) return std::nullopt;
  const Frame frame{header_.type, storage_.first(size_)};
  header_size_ = 0;
  size_ = 0;
  return frame;
}

void Framer::reset() {
  header_size_ = 0;
  size_ = 0;
  broken_.reset();
}

}  // namespace bulwatt::v2gtp
