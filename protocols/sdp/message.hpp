// SDP: a car asks the link for the station's address, the station answers. Messages as whole datagrams, V2GTP header included.
#pragma once
#include <expected>
#include <span>

#include "libs/fields/fields.hpp"
#include "protocols/v2gtp/frame.hpp"

namespace bulwatt::sdp {

inline constexpr std::uint16_t kPort = 15118;

enum class Security : std::uint8_t { tls = 0x00, none = 0x10 };
enum class Transport : std::uint8_t { tcp = 0x00 };  ///< 0x10 is reserved for UDP

enum class SdpError : std::uint8_t {
  bad_frame,          ///< not one V2GTP frame
  other_type,         ///< a frame that is none of these messages
  wrong_length,       ///< a payload of another size than the message has
  unknown_security,   ///< neither TLS nor none
  unknown_transport,  ///< not TCP
};
constexpr auto enum_names(SdpError) {
  return names("bad_frame", "other_type", "wrong_length", "unknown_security", "unknown_transport");
}

struct Request {
  Security security{};
  Transport transport{};
  friend bool operator==(const Request&, const Request&) = default;
};
/// Where the station listens.
struct Response {
  std::array<std::byte, 16> address{};  ///< IPv6
  std::uint16_t port{};
  Security security{};
  Transport transport{};
  friend bool operator==(const Response&, const Response&) = default;
};

inline constexpr std::size_t kRequestSize = v2gtp::kHeaderSize + 2;
inline constexpr std::size_t kResponseSize = v2gtp::kHeaderSize + 20;

std::expected<Request, SdpError> parse_request(std::span<const std::byte> datagram);
std::expected<Response, SdpError> parse_response(std::span<const std::byte> datagram);
std::array<std::byte, kRequestSize> encode(const Request& request);
std::array<std::byte, kResponseSize> encode(const Response& response);

// -- Over WLAN (ISO 15118-20, with 15118-8): the messages also find out which of several outlets the car stands at. --

/// How the outlet is found, as bits of the standard's table; carried as they are.
using Pairing = std::uint16_t;
enum class DiagStatus : std::uint8_t {
  ongoing = 0x00,
  finished_with_evse_id = 0x01,
  finished_without_evse_id = 0x02,
  no_secc = 0x10,
};

struct WirelessRequest {
  Request common{};
  Pairing pairing{};
  std::uint8_t coupling{};  ///< type of coupling, as in the standard's table
  Text<20> evid{};
  Text<37> evse_id{};
  friend bool operator==(const WirelessRequest&, const WirelessRequest&) = default;
};
struct WirelessResponse {
  Response common{};
  DiagStatus status{};
  std::uint8_t coupling{};
  Text<37> evse_id{};
  friend bool operator==(const WirelessResponse&, const WirelessResponse&) = default;
};

inline constexpr std::size_t kWirelessRequestSize = v2gtp::kHeaderSize + 62;
inline constexpr std::size_t kWirelessResponseSize = v2gtp::kHeaderSize + 59;

std::expected<WirelessRequest, SdpError> parse_wireless_request(std::span<const std::byte> datagram);
std::array<std::byte, kWirelessRequestSize> encode(const WirelessRequest& request);
std::array<std::byte, kWirelessResponseSize> encode(const WirelessResponse& response);

}  // namespace bulwatt::sdp
