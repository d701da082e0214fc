#include "protocols/sdp/server.hpp"

namespace bulwatt::sdp {
namespace {
bool on_link(const Source& source) {
  const bool link_local =
      source.address[0] == std::byte{0xfe} && (source.address[1] & std::byte{0xc0}) == std::byte{0x80};
  return link_local && source.port != 0;
}
}  // namespace

std::expected<Answer, Ignored> Server::take(std::span<const std::byte> datagram, const Source& source, Instant now) {
  const auto request = parse_request(datagram);
  if (!request) return std::unexpected(Ignored::malformed);
  if (!on_link(source)) return std::unexpected(Ignored::not_on_link);
  if (!car_) return std::unexpected(Ignored::no_car);
  if (peer_ && *peer_ != source.address) return std::unexpected(Ignored::busy);
  if (!within_limit(now)) return std::unexpected(Ignored::too_many);
  return answer(*request);
}

//= ISO15118-2 V2G2-144
bool Server::within_limit(Instant now) {
  const auto elapsed = (now - counted_) / kAnswerInterval;
  if (elapsed > 0) {
    tokens_ =
        static_cast<std::uint32_t>(std::min<std::int64_t>(kBurst, tokens_ + std::min<std::int64_t>(elapsed, kBurst)));
    counted_ += elapsed * kAnswerInterval;
  }
  if (tokens_ == 0) return false;
  --tokens_;
  return true;
}

//= ISO15118-2 V2G2-625
//= ISO15118-2 V2G2-626
//= ISO15118-2 V2G2-627
std::expected<Answer, Ignored> Server::answer(const Request& request) const {
  const bool wants_tls = request.security == Security::tls;
  // Asked for TLS: TLS if there is any. Asked for none: none if that is allowed here. Then whatever there is; the car decides.
  const bool tls = offer_.tls_port && (wants_tls || !offer_.plain_port);
  const auto port = tls ? offer_.tls_port : offer_.plain_port;
  if (!port) return std::unexpected(Ignored::not_offered);
  const auto agreement = tls == wants_tls ? Agreement::as_asked : tls ? Agreement::raised : Agreement::no_tls;
  return Answer{encode(Response{.address = offer_.address,
                                .port = *port,
                                .security = tls ? Security::tls : Security::none,
                                .transport = request.transport}),
                agreement};
}

}  // namespace bulwatt::sdp
