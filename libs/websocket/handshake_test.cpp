#include "libs/websocket/handshake.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::websocket;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kOcpp[] = {"ocpp2.1", "ocpp2.0.1", "ocpp1.6"};
constexpr std::string_view kSampleKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kSampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

UpgradeRequest sample() {
  return {.host = "csms.example", .target = "/ocpp/CS001", .key = kSampleKey, .subprotocols = kOcpp};
}

std::string request_with(std::string_view headers) {
  return "GET /ocpp/CS001 HTTP/1.1\r\nHost: csms.example\r\n" + std::string{headers} + "\r\n";
}
const std::string kGoodHeaders =
    "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

std::expected<UpgradeOffer, HandshakeError> read(const std::string& head) {
  return read_upgrade_request(http::parse_request(head).value());
}

std::string response_with(std::string_view status, std::string_view headers) {
  return "HTTP/1.1 " + std::string{status} + "\r\n" + std::string{headers} + "\r\n";
}

}  // namespace

TEST_CASE("answers the sample key of RFC 6455 section 1.3") {
  CHECK(accept_for(kSampleKey).view() == kSampleAccept);
  std::array<std::byte, kNonceSize> nonce{};
  std::ranges::copy(std::as_bytes(std::span{"the sample nonce"sv}), nonce.begin());
  CHECK(make_key(nonce).view() == kSampleKey);
}

TEST_CASE("client and server agree on the client's best common subprotocol") {
  std::array<char, 1024> buffer{};
  std::array<char, 1024> answer{};
  struct Case {
    std::vector<std::string_view> ours;
    std::expected<std::string_view, HandshakeError> agreed;
  };
  const Case cases[] = {
      {{"ocpp1.6", "ocpp2.0.1"}, "ocpp2.0.1"},
      {{"ocpp2.1", "ocpp1.6"}, "ocpp2.1"},
      {{"OCPP2.1"}, std::unexpected(HandshakeError::no_common_subprotocol)},
      {{}, std::unexpected(HandshakeError::no_common_subprotocol)},
  };
  for (const auto& c : cases) {
    const auto request = write_upgrade_request(sample(), buffer);
    REQUIRE(request.has_value());
    const auto offer = read(std::string{*request});
    REQUIRE(offer.has_value());
    CHECK(offer->offers("ocpp1.6"));
    CHECK_FALSE(offer->offers("ocpp1.5"));
    const auto response = write_upgrade_response(*offer, choose_subprotocol(*offer, c.ours), answer);
    CHECK(check_upgrade_response(http::parse_response(*response).value(), sample()) == c.agreed);
  }
}

TEST_CASE("the server refuses what is no upgrade to WebSocket 13") {
  const auto without = [](std::string_view line) {
    std::string headers = kGoodHeaders;
    const auto at = headers.find(line);
    return request_with(headers.erase(at, headers.find("\r\n", at) + 2 - at));
  };
  CHECK(read(request_with(kGoodHeaders))->key.view() == kSampleKey);
  CHECK(read(without("Upgrade:")).error() == HandshakeError::bad_upgrade);
  CHECK(read(without("Connection:")).error() == HandshakeError::bad_upgrade);
  CHECK(read(without("Sec-WebSocket-Version:")).error() == HandshakeError::bad_version);
  CHECK(read(without("Sec-WebSocket-Key:")).error() == HandshakeError::bad_key);
  const auto replaced = [](std::string_view from, std::string_view to) {
    std::string headers = kGoodHeaders;
    return request_with(headers.replace(headers.find(from), from.size(), to));
  };
  CHECK(read(replaced(": 13", ": 8")).error() == HandshakeError::bad_version);
  CHECK(read(replaced("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j")).error() == HandshakeError::bad_key);
  CHECK(read(replaced("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZSE=")).error() == HandshakeError::bad_key);
  CHECK(read(request_with(kGoodHeaders + "Content-Length: 1\r\n")).error() == HandshakeError::bad_upgrade);
  CHECK(read("POST" + request_with(kGoodHeaders).substr(3)).error() == HandshakeError::bad_upgrade);
  CHECK(read(request_with(kGoodHeaders + "Sec-WebSocket-Protocol: a,b,c,d,e\r\nSec-WebSocket-Protocol: f,g,h,i\r\n"))
            .error() == HandshakeError::too_many_subprotocols);
  const auto lengthy =
      read(request_with(kGoodHeaders + "Sec-WebSocket-Protocol: " + std::string(33, 'x') + ", ocpp2.1\r\n"));
  CHECK(lengthy->subprotocols.size == 1);
}

TEST_CASE("the client refuses an answer that does not belong to its request") {
  const std::string good =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + std::string{kSampleAccept} +
      "\r\nSec-WebSocket-Protocol: ocpp2.0.1\r\n";
  const auto check = [](const std::string& head) {
    return check_upgrade_response(http::parse_response(head).value(), sample());
  };
  CHECK(check(response_with("101 x", good)) == "ocpp2.0.1");
  CHECK(check(response_with("401 Unauthorized", good)).error() == HandshakeError::not_upgraded);
  CHECK(check(response_with("101 x", good.substr(20))).error() == HandshakeError::bad_upgrade);
  std::string other = good;
  other.replace(other.find("s3pP"), 4, "S3pP");
  CHECK(check(response_with("101 x", other)).error() == HandshakeError::bad_accept);
  CHECK(check(response_with("101 x", good + "Sec-WebSocket-Extensions: permessage-deflate\r\n")).error() ==
        HandshakeError::unexpected_extension);
  CHECK(check(response_with("101 x", good + "Sec-WebSocket-Protocol: ocpp2.1\r\n")).error() ==
        HandshakeError::unexpected_subprotocol);
  other = good;
  other.replace(other.find("ocpp2.0.1"), 9, "ocpp9.9.9");
  CHECK(check(response_with("101 x", other)).error() == HandshakeError::unexpected_subprotocol);
}

TEST_CASE("the client does not write a request that would be wrong") {
  std::array<char, 1024> buffer{};
  auto request = sample();
  request.target = "/a b";
  CHECK(write_upgrade_request(request, buffer).error() == HandshakeError::bad_request);
  request = sample(), request.authorization = "Basic x\r\nEvil: y";
  CHECK(write_upgrade_request(request, buffer).error() == HandshakeError::bad_request);
  request = sample(), request.key = "short";
  CHECK(write_upgrade_request(request, buffer).error() == HandshakeError::bad_key);
  constexpr std::string_view bad_names[] = {"a,b"};
  request = sample(), request.subprotocols = bad_names;
  CHECK(write_upgrade_request(request, buffer).error() == HandshakeError::bad_request);
  const std::vector<std::string_view> many(kSubprotocolLimit + 1, "a");
  request = sample(), request.subprotocols = many;
  CHECK(write_upgrade_request(request, buffer).error() == HandshakeError::too_many_subprotocols);
  CHECK(write_upgrade_request(sample(), std::span{buffer}.first(40)).error() == HandshakeError::bad_request);
}
