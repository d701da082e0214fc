// V2GTP, the envelope of everything a car and a station say over IP: version, its complement, payload type, length, payload.
// One datagram is one frame (SDP); over a stream frames follow each other and arrive in pieces of any size.
#pragma once
#include <expected>
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt::v2gtp {

inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::byte kVersion{0x01};
inline constexpr std::byte kVersionComplement{0xfe};
/// Longest payload that a station takes: several times the longest message of cars in the field (4.6 kB).
inline constexpr std::size_t kMaxPayload = std::size_t{16} * 1024;

/// What a payload is. Any other number is carried, too, and is for the caller to ignore.
enum class PayloadType : std::uint16_t {
  exi = 0x8001,  ///< SupportedAppProtocol, DIN 70121, ISO 15118-2
  common = 0x8002,
  ac = 0x8003,
  dc = 0x8004,
  acdp = 0x8005,
  wpt = 0x8006,
  schedule_renegotiation = 0x8101,
  metering_confirmation = 0x8102,
  acdp_system_status = 0x8103,
  parking_status = 0x8104,
  sdp_request = 0x9000,
  sdp_response = 0x9001,
  sdp_request_wireless = 0x9002,
  sdp_response_wireless = 0x9003,
};

enum class FrameError : std::uint8_t {
  bad_version,   ///< not 0x01 and its complement: not V2GTP, or a version that nobody has written yet
  too_long,      ///< announces more than fits; nothing of it is taken
  wrong_length,  ///< a datagram that is shorter or longer than it says
};
constexpr auto enum_names(FrameError) { return names("bad_version", "too_long", "wrong_length"); }

struct Header {
  PayloadType type{};
  std::uint32_t length{};  ///< of the payload
  friend bool operator==(const Header&, const Header&) = default;
};

std::expected<Header, FrameError> parse_header(std::span<const std::byte, kHeaderSize> bytes);
void put_header(const Header& header, std::span<std::byte, kHeaderSize> out);

struct Frame {
  PayloadType type{};
  std::span<const std::byte> payload{};
};

/// A datagram that holds exactly one frame.
std::expected<Frame, FrameError> parse_datagram(std::span<const std::byte> datagram);

/// Cuts a stream into frames, whatever the pieces it comes in. Takes no more memory than the storage it was given, and
/// after an error takes nothing any more: the stream is lost, the connection has to be closed.
class Framer {
 public:
  /// The longest payload taken is as long as `storage`.
  explicit Framer(std::span<std::byte> storage) : storage_(storage) {}

  /// Takes bytes off the front of `in` up to the end of the next frame. The frame is valid until the next call; nothing when
  /// `in` is used up before a frame is complete.
  std::expected<std::optional<Frame>, FrameError> take(std::span<const std::byte>& in);

  /// Whether a frame has begun and is not complete.
  bool inside() const { return header_size_ != 0; }
  /// Ready for another stream.
  void reset();

 private:
  std::optional<Frame> finished();

  std::span<std::byte> storage_;
  std::array<std::byte, kHeaderSize> header_bytes_{};
  std::size_t header_size_ = 0;
  Header header_{};
  std::size_t size_ = 0;  ///< bytes of payload so far
  std::optional<FrameError> broken_{};
};

}  // namespace bulwatt::v2gtp
