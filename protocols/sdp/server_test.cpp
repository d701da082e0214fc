#include "protocols/sdp/server.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::sdp;
using namespace std::chrono_literals;

namespace {
constexpr std::array<std::byte, 16> link_local(int last) {
  std::array<std::byte, 16> address{std::byte{0xfe}, std::byte{0x80}};
  address[15] = static_cast<std::byte>(last);
  return address;
}
const Source kCar{link_local(2), 50'000};
const Source kOther{link_local(3), 50'001};
const Offer kBoth{.address = link_local(1), .tls_port = 64'109, .plain_port = 64'110};
const Offer kPlainOnly{.address = link_local(1), .plain_port = 64'110};
const Offer kTlsOnly{.address = link_local(1), .tls_port = 64'109};
constexpr Request kTls{Security::tls, Transport::tcp};
constexpr Request kNone{Security::none, Transport::tcp};
Instant at(Duration since_start) { return Instant{} + 1h + since_start; }

Server with_car(const Offer& offer) {
  Server server{offer};
  server.car_connected(true);
  return server;
}
std::expected<Answer, Ignored> ask(Server& server, const Request& request, const Source& source = kCar,
                                   Duration when = 0s) {
  return server.take(encode(request), source, at(when));
}
}  // namespace

//=test ISO15118-2 V2G2-625
//=test ISO15118-2 V2G2-626
//=test ISO15118-2 V2G2-627
TEST_CASE("what is asked and what is offered give the answer") {
  struct Case {
    const char* what;
    Offer offer;
    Request request;
    Security security;
    std::uint16_t port;
    Agreement agreement;
  };
  for (const auto& c :
       {Case{"TLS of both", kBoth, kTls, Security::tls, 64'109, Agreement::as_asked},
        Case{"none of both", kBoth, kNone, Security::none, 64'110, Agreement::as_asked},
        Case{"TLS where there is none", kPlainOnly, kTls, Security::none, 64'110, Agreement::no_tls},
        Case{"none where there is no TLS", kPlainOnly, kNone, Security::none, 64'110, Agreement::as_asked},
        Case{"TLS where it is required", kTlsOnly, kTls, Security::tls, 64'109, Agreement::as_asked},
        Case{"none where TLS is required", kTlsOnly, kNone, Security::tls, 64'109, Agreement::raised}}) {
    CAPTURE(c.what);
    auto server = with_car(c.offer);
    const auto answer = ask(server, c.request);
    REQUIRE(answer.has_value());
    CHECK(answer->agreement == c.agreement);
    const auto response = parse_response(answer->datagram);
    REQUIRE(response.has_value());
    CHECK(*response == Response{link_local(1), c.port, c.security, Transport::tcp});
  }
}

TEST_CASE("a station that offers nothing is silent") {
  auto server = with_car(Offer{.address = link_local(1)});
  CHECK(ask(server, kTls).error() == Ignored::not_offered);
  CHECK(ask(server, kNone).error() == Ignored::not_offered);
}

TEST_CASE("nobody is answered while no car is plugged in") {
  Server server{kBoth};
  CHECK(ask(server, kTls).error() == Ignored::no_car);
  server.car_connected(true);
  CHECK(ask(server, kTls).has_value());
  server.car_connected(false);
  CHECK(ask(server, kTls).error() == Ignored::no_car);
}

TEST_CASE("a source that is not on the link is not answered") {
  auto server = with_car(kBoth);
  auto global = kCar;
  global.address[0] = std::byte{0x20};
  CHECK(ask(server, kTls, global).error() == Ignored::not_on_link);
  CHECK(ask(server, kTls, {link_local(2), 0}).error() == Ignored::not_on_link);
  auto edge = kCar;
  edge.address[1] = std::byte{0xbf};
  CHECK(ask(server, kTls, edge).has_value());
  edge.address[1] = std::byte{0xc0};
  CHECK(ask(server, kTls, edge).error() == Ignored::not_on_link);
}

TEST_CASE("while a session runs only its car is answered") {
  auto server = with_car(kBoth);
  server.session_with(kCar.address);
  CHECK(ask(server, kTls, kOther).error() == Ignored::busy);
  CHECK(ask(server, kTls, kCar).has_value());
  CHECK(ask(server, kTls, {kCar.address, 50'005}).has_value());
  server.session_over();
  CHECK(ask(server, kTls, kOther).has_value());
}

TEST_CASE("what is no request is ignored and costs no answer") {
  auto server = with_car(kBoth);
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(server.take(encode(Response{}), kCar, at(0s)).error() == Ignored::malformed);
    REQUIRE(ask(server, kTls, {}).error() == Ignored::not_on_link);
  }
  CHECK(ask(server, kTls).has_value());
}

//=test ISO15118-2 V2G2-144
TEST_CASE("every request of a car that asks every 250 ms is answered") {
  auto server = with_car(kBoth);
  for (int i = 0; i < 1000; ++i) REQUIRE(ask(server, kTls, kCar, i * 250ms).has_value());
}

TEST_CASE(
    "CVE-2025-68136: a storm of requests gets no more answers than the limit, and the car after it gets its own") {
  auto server = with_car(kBoth);
  int answered = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto answer = ask(server, kTls, kOther, i * 100us);  // ten seconds of it
    answered += answer.has_value();
    if (!answer) REQUIRE(answer.error() == Ignored::too_many);
  }
  CHECK(answered >= 200);
  CHECK(answered <= static_cast<int>(kBurst) + 200);
  CHECK(ask(server, kTls, kCar, 10s + 250ms).has_value());
}

TEST_CASE("a long silence fills the limit and no more") {
  auto server = with_car(kBoth);
  CHECK(ask(server, kTls).has_value());
  int answered = 0;
  for (int i = 0; i < 200; ++i) answered += ask(server, kTls, kCar, 24h).has_value();
  CHECK(answered == static_cast<int>(kBurst));
}
