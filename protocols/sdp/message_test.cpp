#include "protocols/sdp/message.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace bulwatt;
using namespace bulwatt::sdp;

namespace {
using Bytes = std::vector<std::byte>;
Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}
const Bytes kAskNone = bytes({1, 0xfe, 0x90, 0, 0, 0, 0, 2, 0x10, 0});
const Bytes kAnswer = bytes({1, 0xfe, 0x90, 0x01, 0,    0,    0,    20,   0xfe, 0x80, 0,    0,    0,    0,
                             0, 0,    0x66, 0x4d, 0x70, 0xff, 0xfe, 0x01, 0x03, 0xbf, 0xd7, 0x4e, 0x10, 0});
}  // namespace

TEST_CASE("a request seen in the field is read and written alike") {
  const auto request = parse_request(kAskNone);
  REQUIRE(request.has_value());
  CHECK(*request == Request{Security::none, Transport::tcp});
  CHECK(std::ranges::equal(encode(*request), kAskNone));
  CHECK(encode(Request{Security::tls, Transport::tcp})[8] == std::byte{0});
}

TEST_CASE("an answer seen in the field is read and written alike") {
  const auto response = parse_response(kAnswer);
  REQUIRE(response.has_value());
  CHECK(response->port == 0xd74e);
  CHECK(response->security == Security::none);
  CHECK(response->address[0] == std::byte{0xfe});
  CHECK(response->address[15] == std::byte{0xbf});
  CHECK(std::ranges::equal(encode(*response), kAnswer));
}

TEST_CASE("each fault of a request has its own error") {
  struct Case {
    const char* what;
    Bytes datagram;
    SdpError error;
  };
  for (const auto& c : {Case{"nothing", {}, SdpError::bad_frame},
                        Case{"another version", bytes({2, 0xfd, 0x90, 0, 0, 0, 0, 2, 0, 0}), SdpError::bad_frame},
                        Case{"cut short", bytes({1, 0xfe, 0x90, 0, 0, 0, 0, 2, 0}), SdpError::bad_frame},
                        Case{"length wraps", bytes({1, 0xfe, 0x90, 0, 255, 255, 255, 250, 0, 0}), SdpError::bad_frame},
                        Case{"an answer", kAnswer, SdpError::other_type},
                        Case{"one byte more", bytes({1, 0xfe, 0x90, 0, 0, 0, 0, 3, 0, 0, 0}), SdpError::wrong_length},
                        Case{"no payload", bytes({1, 0xfe, 0x90, 0, 0, 0, 0, 0}), SdpError::wrong_length},
                        Case{"security", bytes({1, 0xfe, 0x90, 0, 0, 0, 0, 2, 1, 0}), SdpError::unknown_security},
                        Case{"UDP", bytes({1, 0xfe, 0x90, 0, 0, 0, 0, 2, 0, 0x10}), SdpError::unknown_transport}}) {
    CAPTURE(c.what);
    const auto request = parse_request(c.datagram);
    REQUIRE_FALSE(request.has_value());
    CHECK(request.error() == c.error);
  }
  CHECK(parse_response(kAskNone).error() == SdpError::other_type);
  auto odd = kAnswer;
  odd[26] = std::byte{7};
  CHECK(parse_response(odd).error() == SdpError::unknown_security);
}

TEST_CASE("a wireless request comes back, and is not taken for another") {
  const WirelessRequest request{.common = {Security::tls, Transport::tcp},
                                .pairing = 0x1234,
                                .coupling = 0x40,
                                .evid = "WMIV1234567890ABCDEX",
                                .evse_id = "DE*ABC*E12345*1"};
  const auto datagram = encode(request);
  CHECK(datagram[10] == std::byte{0x12});
  CHECK(datagram[11] == std::byte{0x34});
  const auto again = parse_wireless_request(datagram);
  REQUIRE(again.has_value());
  CHECK(*again == request);
  CHECK(parse_request(datagram).error() == SdpError::other_type);
  CHECK(parse_wireless_request(kAskNone).error() == SdpError::other_type);
  CHECK(parse_wireless_request(std::span{datagram}.first(40)).error() == SdpError::bad_frame);
}

TEST_CASE("a wireless answer says how far the search for the outlet is") {
  const auto common = parse_response(kAnswer);
  REQUIRE(common.has_value());
  const auto datagram = encode(WirelessResponse{
      .common = *common, .status = DiagStatus::finished_with_evse_id, .coupling = 0x40, .evse_id = "DE*ABC*E12345*1"});
  CHECK(datagram.size() == 67);
  CHECK(datagram[3] == std::byte{3});
  CHECK(datagram[7] == std::byte{59});
  CHECK(datagram[28] == std::byte{1});
  CHECK(datagram[29] == std::byte{0x40});
  CHECK(datagram[30] == std::byte{'D'});
  CHECK(datagram[66] == std::byte{0});
}
