#include "libs/websocket/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <string>

#include "libs/base/check.hpp"
#include "libs/base/try.hpp"
#include "libs/http/encoding.hpp"
#include "libs/http/writer.hpp"

namespace bulwatt::websocket {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kVersion = "13";
constexpr std::size_t kSha1Size = 20;
constexpr int kSwitchingProtocols = 101;
constexpr std::size_t kOffersLimit = kSubprotocolLimit * (kSubprotocolNameLimit + 2);

template <std::size_t N>
Text<N> base64(std::span<const std::byte> bytes) {
  Text<N> text;
  const auto encoded = http::base64_encode(bytes, text.data);
  BULWATT_ASSERT(encoded.has_value());
  text.size = static_cast<std::uint16_t>(encoded->size());
  return text;
}

bool is_upgrade(const http::Headers& headers) {
  return headers.has_token("upgrade", "websocket") && headers.has_token("connection", "upgrade");
}

bool is_key(std::string_view text) {
  std::array<std::byte, kNonceSize + 2> nonce{};
  const auto decoded = http::base64_decode(text, nonce);
  return decoded && decoded->size() == kNonceSize;
}

std::expected<Text<kOffersLimit>, HandshakeError> join(std::span<const std::string_view> names) {
  if (names.size() > kSubprotocolLimit) return std::unexpected(HandshakeError::too_many_subprotocols);
  Text<kOffersLimit> joined;
  const auto append = [&](std::string_view text) {
    std::ranges::copy(text, joined.data.begin() + joined.size);
    joined.size = static_cast<std::uint16_t>(joined.size + text.size());
  };
  for (const auto name : names) {
    if (name.size() > kSubprotocolNameLimit || !http::is_token(name))
      return std::unexpected(HandshakeError::bad_request);
    if (!joined.empty()) append(", ");
    append(name);
  }
  return joined;
}

}  // namespace

Key make_key(const std::array<std::byte, kNonceSize>& nonce) { return base64<kKeySize>(nonce); }

Accept accept_for(std::string_view key) {
  std::string text{key};
  text += kGuid;
  std::array<unsigned char, kSha1Size> digest{};
  BULWATT_ASSERT(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1);
  return base64<kAcceptSize>(std::as_bytes(std::span{digest}));
}

std::expected<std::string_view, HandshakeError> write_upgrade_request(const UpgradeRequest& request,
                                                                      std::span<char> out) {
  TRY(offers, join(request.subprotocols));
  if (!is_key(request.key.view())) return std::unexpected(HandshakeError::bad_key);
  http::HeadWriter writer{out};
  writer.request("GET", request.target).header("Host", request.host).header("Upgrade", "websocket");
  writer.header("Connection", "Upgrade").header("Sec-WebSocket-Version", kVersion);
  writer.header("Sec-WebSocket-Key", request.key.view());
  if (!offers.empty()) writer.header("Sec-WebSocket-Protocol", offers.view());
  if (!request.authorization.empty()) writer.header("Authorization", request.authorization);
  const auto head = writer.finish();
  if (!head) return std::unexpected(HandshakeError::bad_request);
  return *head;
}

std::expected<std::string_view, HandshakeError> check_upgrade_response(const http::Response& response,
                                                                       const UpgradeRequest& request) {
  if (response.status != kSwitchingProtocols) return std::unexpected(HandshakeError::not_upgraded);
  if (!is_upgrade(response.headers)) return std::unexpected(HandshakeError::bad_upgrade);
  const auto accept = response.headers.only("sec-websocket-accept");
  if (!accept || *accept != accept_for(request.key.view()).view()) return std::unexpected(HandshakeError::bad_accept);
  if (response.headers.count("sec-websocket-extensions") > 0)
    return std::unexpected(HandshakeError::unexpected_extension);
  const auto count = response.headers.count("sec-websocket-protocol");
  if (count == 0 && request.subprotocols.empty()) return std::string_view{};
  if (count == 0) return std::unexpected(HandshakeError::no_common_subprotocol);
  const auto chosen = response.headers.only("sec-websocket-protocol");
  const auto found = std::ranges::find(request.subprotocols, chosen.value_or(""));
  if (found == request.subprotocols.end()) return std::unexpected(HandshakeError::unexpected_subprotocol);
  return *found;
}

bool UpgradeOffer::offers(std::string_view name) const {
  return std::ranges::any_of(subprotocols, [&](const auto& one) { return one.view() == name; });
}

std::expected<UpgradeOffer, HandshakeError> read_upgrade_request(const http::Request& request) {
  if (request.method != "GET" || request.body.kind != http::Body::Kind::none || !is_upgrade(request.headers))
    return std::unexpected(HandshakeError::bad_upgrade);
  if (request.headers.only("sec-websocket-version") != kVersion) return std::unexpected(HandshakeError::bad_version);
  const auto key = request.headers.only("sec-websocket-key");
  if (!key || !is_key(*key)) return std::unexpected(HandshakeError::bad_key);
  UpgradeOffer offer;
  offer.key = *key;
  bool fits = true;
  for (const auto& header : request.headers.all()) {
    if (!http::same_ignoring_case(header.name, "sec-websocket-protocol")) continue;
    http::any_list_item(header.value, [&](std::string_view name) {
      if (name.size() <= kSubprotocolNameLimit) fits = offer.subprotocols.push_back(name) && fits;
      return false;
    });
  }
  if (!fits) return std::unexpected(HandshakeError::too_many_subprotocols);
  return offer;
}

std::string_view choose_subprotocol(const UpgradeOffer& offer, std::span<const std::string_view> ours) {
  for (const auto& wanted : offer.subprotocols) {
    const auto found = std::ranges::find(ours, wanted.view());
    if (found != ours.end()) return *found;
  }
  return {};
}

std::expected<std::string_view, HandshakeError> write_upgrade_response(const UpgradeOffer& offer,
                                                                       std::string_view subprotocol,
                                                                       std::span<char> out) {
  http::HeadWriter writer{out};
  writer.status(kSwitchingProtocols).header("Upgrade", "websocket").header("Connection", "Upgrade");
  writer.header("Sec-WebSocket-Accept", accept_for(offer.key.view()).view());
  if (!subprotocol.empty()) writer.header("Sec-WebSocket-Protocol", subprotocol);
  const auto head = writer.finish();
  if (!head) return std::unexpected(HandshakeError::bad_request);
  return *head;
}

}  // namespace bulwatt::websocket
