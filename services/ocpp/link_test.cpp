// The link over real sockets on the loopback address: this test is the backend, and turns the loop by hand.
#include "services/ocpp/link.hpp"

#include <string>

#include "libs/http/encoding.hpp"
#include "services/ocpp/refusals.hpp"
#include "services/ocpp/server_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
namespace certificates = bulwatt::tls::testing;

namespace {

struct User final : LinkUser {
  bool opened = false;
  std::string group{};
  std::vector<std::string> texts{};
  std::optional<Ended> ended{};
  void link_opened(const tls::Report* report) override {
    opened = true;
    if (report != nullptr) group = std::string{report->group.view()};
  }
  void link_text(std::string_view text) override { texts.emplace_back(text); }
  void link_ended(const Ended& why) override { ended = why; }
};

const certificates::Made& root() {
  static const auto made = certificates::make({.common_name = "root", .authority = true});
  return made;
}
const certificates::Made& backend() {
  static const auto made = certificates::make({.common_name = "csms.example"}, &root());
  return made;
}

/// The backend's end.
struct World final : TestServer {
  User user{};
  Link link{loop, user};
  Destination destination{};
  std::optional<tls::Context> client_context{};

  World() {
    destination.address = to.address;
    destination.address_size = to.address_size;
    destination.host_header = "csms.example";
    destination.target = "/ocpp/CS1";
  }
  void use_tls(tls::Policy server_policy, const certificates::Made& who = backend(),
               const char* host = "csms.example") {
    auto client = tls::Context::make({.trust_anchors_pem = root().certificate_pem});
    REQUIRE(client.has_value());
    client_context.emplace(std::move(*client));
    destination.tls = &*client_context;
    destination.tls_options = {.host = host, .now_unix_s = certificates::kNow};
    secure(who, server_policy);
  }
  void start() {
    REQUIRE(link.start(destination));
    turn([&] { return peer >= 0; });
  }
  /// The upgrade request, once it has come.
  http::Request request() {
    REQUIRE(turn([&] { return received.find("\r\n\r\n") != std::string::npos; }));
    head = received.substr(0, received.find("\r\n\r\n") + 4);
    received.erase(0, head.size());
    const auto parsed = http::parse_request(head);
    REQUIRE(parsed.has_value());
    return *parsed;
  }
  void accept_upgrade(std::string_view subprotocol = kSubprotocol) {
    const auto offer = websocket::read_upgrade_request(request());
    REQUIRE(offer.has_value());
    CHECK(offer->offers(kSubprotocol));
    std::array<char, 1024> buffer{};
    say(*websocket::write_upgrade_response(*offer, subprotocol, buffer));
  }
  std::string head{};
};

}  // namespace

//=test OCPP-2.0.1 A00.FR.203
//=test OCPP-2.0.1 A00.FR.301
//=test OCPP-2.0.1 A00.FR.302
//=test OCPP-2.0.1 A00.FR.303
TEST_CASE("an unencrypted link opens with its credentials, and messages pass both ways") {
  World world;
  world.destination.authorization = "Basic QTpC";
  world.start();
  const auto request = world.request();
  CHECK(request.target == "/ocpp/CS1");
  CHECK(request.headers.only("authorization") == "Basic QTpC");
  const auto offer = websocket::read_upgrade_request(request);
  std::array<char, 1024> buffer{};
  websocket::Connection backend{websocket::Role::server, {}};
  // Many messages in one piece, right behind the answer.
  std::string all{*websocket::write_upgrade_response(*offer, kSubprotocol, buffer)};
  for (int i = 0; i < 500; ++i) REQUIRE(backend.send_text(std::to_string(i)).has_value());
  all.append(reinterpret_cast<const char*>(backend.output().data()), backend.output().size());
  world.say(all);
  REQUIRE(world.turn([&] { return world.user.texts.size() == 500; }));
  CHECK(world.user.texts.back() == "499");
  CHECK(world.link.send("[2]"));
  REQUIRE(world.turn([&] { return !world.received.empty(); }));
  backend.consume_output(backend.output().size());
  REQUIRE(backend.feed(std::as_bytes(std::span{world.received})).has_value());
  CHECK(backend.next()->payload == "[2]");
  world.link.close(websocket::close_code::kNormal, "enough");
  REQUIRE(world.user.ended);
  CHECK(world.user.ended->why == Ended::Why::closed_by_us);
  CHECK(world.user.ended->was_open);
}

TEST_CASE("an encrypted link opens with a hybrid group") {
  World world;
  world.use_tls(tls::Policy::hybrid_required);
  world.start();
  world.accept_upgrade();
  REQUIRE(world.turn([&] { return world.user.opened; }));
  CHECK(world.user.group == "X25519MLKEM768");
}

//=test OCPP-2.0.1 A00.FR.310
//=test OCPP-2.0.1 A00.FR.311
//=test OCPP-2.0.1 A00.FR.323
TEST_CASE("a TLS connection that is not good enough ends before anything is said, as the security event for it") {
  static const auto stranger = certificates::make({.common_name = "stranger", .authority = true});
  static const auto forged = certificates::make({.common_name = "csms.example"}, &stranger);
  struct Case {
    tls::Policy policy;
    const certificates::Made& who;
    const char* host;
    const char* event;
  };
  for (const auto& c : {Case{tls::Policy::hybrid_required, forged, "csms.example", "InvalidCsmsCertificate"},
                        Case{tls::Policy::hybrid_required, backend(), "other.example", "InvalidCsmsCertificate"},
                        Case{tls::Policy::classical, backend(), "csms.example", "InvalidTLSCipherSuite"}}) {
    CAPTURE(c.event);
    World world;
    world.use_tls(c.policy, c.who, c.host);
    world.start();
    REQUIRE(world.turn([&] { return world.user.ended.has_value(); }));
    CHECK(world.user.ended->why == Ended::Why::tls);
    REQUIRE(world.user.ended->refusal);
    CHECK(security_event_of(*world.user.ended->refusal) == c.event);
    CHECK(world.received.empty());
  }
}

//=test OCPP-2.0.1 A00.FR.316
TEST_CASE("a refused TLS connection is the security event that OCPP has for it, or none") {
  using enum tls::Reason;
  struct Case {
    tls::Reason reason;
    int alert;
    const char* event;
  };
  for (const auto& c :
       {Case{version, 0, "InvalidTLSVersion"}, Case{peer_refused, 70, "InvalidTLSVersion"},
        Case{cipher, 0, "InvalidTLSCipherSuite"}, Case{group, 0, "InvalidTLSCipherSuite"},
        Case{quantum_pin, 0, "InvalidTLSCipherSuite"}, Case{peer_refused, 40, "InvalidTLSCipherSuite"},
        Case{certificate_expired, 0, "InvalidCsmsCertificate"}, Case{hostname, 0, "InvalidCsmsCertificate"},
        Case{peer_refused, 48, "FailedToAuthenticateAtCsms"}, Case{peer_refused, 42, "FailedToAuthenticateAtCsms"},
        Case{protocol, 0, ""}, Case{internal, 0, ""}}) {
    CAPTURE(enum_text(c.reason));
    CHECK(security_event_of({c.reason, static_cast<std::uint8_t>(c.alert), {}}) == c.event);
  }
}

TEST_CASE("a backend that drops the first message in silence is told from one that answers") {
  World world;
  world.use_tls(tls::Policy::hybrid_required);
  world.server.reset();  // takes the bytes and says nothing
  world.start();
  REQUIRE(world.turn([&] { return world.received.size() > 1000; }));
  ::close(std::exchange(world.peer, -1));
  ::close(std::exchange(world.listener, ::socket(AF_INET, SOCK_STREAM, 0)));
  REQUIRE(world.turn([&] { return world.user.ended.has_value(); }));
  CHECK(world.user.ended->silent);
  CHECK(!world.user.ended->was_open);
}

TEST_CASE("every other answer to the upgrade request has a reason") {
  struct Case {
    const char* answer;
    Ended::Why why;
    int status;
  };
  for (const auto& c : {Case{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", Ended::Why::http, 401},
                        Case{"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", Ended::Why::http, 302},
                        Case{"SSH-2.0-x\r\n\r\n", Ended::Why::broken_protocol, 0},
                        Case{"HTTP/1.1 101 Switching Protocols\r\n\r\n", Ended::Why::broken_protocol, 0}}) {
    CAPTURE(c.answer);
    World world;
    world.start();
    world.request();
    world.say(c.answer);
    REQUIRE(world.turn([&] { return world.user.ended.has_value(); }));
    CHECK(world.user.ended->why == c.why);
    CHECK(world.user.ended->http_status == c.status);
  }
}

TEST_CASE("a backend that speaks no common subprotocol is noticed although it completes the upgrade") {
  World world;
  world.start();
  world.accept_upgrade("");
  REQUIRE(world.turn([&] { return world.user.ended.has_value(); }));
  CHECK(world.user.ended->why == Ended::Why::no_subprotocol);
}

TEST_CASE("frames against the rules end the link") {
  World world;
  world.start();
  world.accept_upgrade();
  REQUIRE(world.turn([&] { return world.user.opened; }));
  world.say("\x83\x01x");  // a reserved opcode
  REQUIRE(world.turn([&] { return world.user.ended.has_value(); }));
  CHECK(world.user.ended->why == Ended::Why::broken_protocol);
  CHECK(!world.link.send("x"));
}

TEST_CASE("nobody listening, and an end without words, are told as such") {
  World world;
  ::close(std::exchange(world.listener, ::socket(AF_INET, SOCK_STREAM, 0)));
  REQUIRE(world.link.start(world.destination));
  REQUIRE(world.turn([&] { return world.user.ended.has_value(); }));
  CHECK(world.user.ended->why == Ended::Why::unreachable);
  World other;
  other.start();
  other.accept_upgrade();
  REQUIRE(other.turn([&] { return other.user.opened; }));
  ::close(std::exchange(other.peer, -1));
  ::close(std::exchange(other.listener, ::socket(AF_INET, SOCK_STREAM, 0)));
  REQUIRE(other.turn([&] { return other.user.ended.has_value(); }));
  CHECK(other.user.ended->why == Ended::Why::lost);
}
