#include "protocols/sdp/message.hpp"

namespace bulwatt::sdp {
namespace {
using v2gtp::kHeaderSize;
using v2gtp::PayloadType;

std::expected<std::span<const std::byte>, SdpError> payload_of(std::span<const std::byte> datagram, PayloadType type,
                                                               std::size_t size) {
  const auto frame = v2gtp::parse_datagram(datagram);
  if (!frame) return std::unexpected(SdpError::bad_frame);
  if (frame->type != type) return std::unexpected(SdpError::other_type);
  if (frame->payload.size() != size - kHeaderSize) return std::unexpected(SdpError::wrong_length);
  return frame->payload;
}

std::expected<Request, SdpError> modes(std::byte security, std::byte transport) {
  const auto asked = static_cast<Security>(security);
  if (asked != Security::tls && asked != Security::none) return std::unexpected(SdpError::unknown_security);
  if (static_cast<Transport>(transport) != Transport::tcp) return std::unexpected(SdpError::unknown_transport);
  return Request{asked, Transport::tcp};
}

template <std::size_t N>
Text<N> padded_text(std::span<const std::byte> bytes) {
  Text<N> text;
  for (const std::byte b : bytes.first(N)) {
    if (b == std::byte{0}) break;
    text.data[text.size++] = static_cast<char>(b);
  }
  return text;
}

// Writes one value after the other into a datagram of known size.
template <std::size_t N>
class Writer {
 public:
  explicit Writer(PayloadType type) {
    v2gtp::put_header({type, static_cast<std::uint32_t>(N - kHeaderSize)},
                      std::span{out_}.template first<kHeaderSize>());
  }
  Writer& bytes(std::span<const std::byte> values) {
    for (const std::byte b : values) out_[at_++] = b;
    return *this;
  }
  Writer& number8(std::uint8_t value) {
    out_[at_++] = static_cast<std::byte>(value);
    return *this;
  }
  Writer& number16(std::uint16_t value) {
    return number8(static_cast<std::uint8_t>(value >> 8)).number8(static_cast<std::uint8_t>(value));
  }
  template <std::size_t M>
  Writer& padded(const Text<M>& text) {
    bytes(std::as_bytes(std::span{text.view()}));
    at_ += M - text.size;
    return *this;
  }
  Writer& endpoint(const Response& response) {
    return bytes(response.address)
        .number16(response.port)
        .number8(static_cast<std::uint8_t>(response.security))
        .number8(static_cast<std::uint8_t>(response.transport));
  }
  const std::array<std::byte, N>& done() const { return out_; }

 private:
  std::array<std::byte, N> out_{};
  std::size_t at_ = kHeaderSize;
};
}  // namespace

std::expected<Request, SdpError> parse_request(std::span<const std::byte> datagram) {
  const auto payload = payload_of(datagram, PayloadType::sdp_request, kRequestSize);
  if (!payload) return std::unexpected(payload.error());
  return modes((*payload)[0], (*payload)[1]);
}

std::expected<Response, SdpError> parse_response(std::span<const std::byte> datagram) {
  const auto payload = payload_of(datagram, PayloadType::sdp_response, kResponseSize);
  if (!payload) return std::unexpected(payload.error());
  const auto mode = modes((*payload)[18], (*payload)[19]);
  if (!mode) return std::unexpected(mode.error());
  Response response{.security = mode->security, .transport = mode->transport};
  std::copy_n(payload->begin(), 16, response.address.begin());
  response.port = static_cast<std::uint16_t>(std::to_integer<unsigned>((*payload)[16]) << 8 |
                                             std::to_integer<unsigned>((*payload)[17]));
  return response;
}

std::array<std::byte, kRequestSize> encode(const Request& request) {
  return Writer<kRequestSize>{PayloadType::sdp_request}
      .number8(static_cast<std::uint8_t>(request.security))
      .number8(static_cast<std::uint8_t>(request.transport))
      .done();
}

std::array<std::byte, kResponseSize> encode(const Response& response) {
  return Writer<kResponseSize>{PayloadType::sdp_response}.endpoint(response).done();
}

std::expected<WirelessRequest, SdpError> parse_wireless_request(std::span<const std::byte> datagram) {
  const auto payload = payload_of(datagram, PayloadType::sdp_request_wireless, kWirelessRequestSize);
  if (!payload) return std::unexpected(payload.error());
  const auto mode = modes((*payload)[0], (*payload)[1]);
  if (!mode) return std::unexpected(mode.error());
  return WirelessRequest{.common = *mode,
                         .pairing = static_cast<Pairing>(std::to_integer<unsigned>((*payload)[2]) << 8 |
                                                         std::to_integer<unsigned>((*payload)[3])),
                         .coupling = std::to_integer<std::uint8_t>((*payload)[4]),
                         .evid = padded_text<20>(payload->subspan(5)),
                         .evse_id = padded_text<37>(payload->subspan(25))};
}

std::array<std::byte, kWirelessRequestSize> encode(const WirelessRequest& request) {
  return Writer<kWirelessRequestSize>{PayloadType::sdp_request_wireless}
      .number8(static_cast<std::uint8_t>(request.common.security))
      .number8(static_cast<std::uint8_t>(request.common.transport))
      .number16(request.pairing)
      .number8(request.coupling)
      .padded(request.evid)
      .padded(request.evse_id)
      .done();
}

std::array<std::byte, kWirelessResponseSize> encode(const WirelessResponse& response) {
  return Writer<kWirelessResponseSize>{PayloadType::sdp_response_wireless}
      .endpoint(response.common)
      .number8(static_cast<std::uint8_t>(response.status))
      .number8(response.coupling)
      .padded(response.evse_id)
      .done();
}

}  // namespace bulwatt::sdp
