// Uploads over real sockets on the loopback address: this test is the server, and turns the loop by hand.
#include "services/ocpp/put.hpp"

#include "services/ocpp/server_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
namespace certificates = bulwatt::tls::testing;

namespace {

struct World final : TestServer, PutUser {
  Put put{loop, *this};
  PutTarget target{};
  std::optional<UploadResult> result{};
  std::string why{};
  World() {
    target.stream = to;
    target.host_header = "files.example";
    target.target = "/logs/a.log";
  }
  void put_ended(UploadResult how, std::string_view words) override {
    result = how;
    why = words;
  }
};

}  // namespace

//=test OCPP-2.0.1 N01.FR.14
//=test OCPP-2.0.1 N01.FR.19
TEST_CASE("a file goes in one request with its name, its length and its credentials, however large") {
  for (const std::size_t size : {std::size_t{5}, std::size_t{200'000}}) {
    World world;
    world.target.authorization = "Basic eDp5";
    const std::string text(size, 'x');
    REQUIRE(world.put.start(world.target, "a.log", text));
    REQUIRE(world.turn([&] { return world.has_body(size); }));
    CHECK(world.received.starts_with("PUT /logs/a.log HTTP/1.1\r\n"));
    CHECK(world.received.find("Content-Disposition: attachment; filename=\"a.log\"\r\n") != std::string::npos);
    CHECK(world.received.find("Authorization: Basic eDp5\r\n") != std::string::npos);
    world.say("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    REQUIRE(world.turn([&] { return world.result.has_value(); }));
    CHECK(*world.result == UploadResult::uploaded);
  }
}

//=test OCPP-2.0.1 N01.FR.10
TEST_CASE("every other answer, and none, has its word; a redirection is not followed") {
  struct Case {
    const char* answer;
    UploadResult result;
  };
  for (const auto& c : {Case{"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n", UploadResult::failed},
                        Case{"HTTP/1.1 403 Forbidden\r\n\r\n", UploadResult::refused},
                        Case{"HTTP/1.1 400 Bad Request\r\n\r\n", UploadResult::bad_message},
                        Case{"220 ftp ready\r\n", UploadResult::bad_message}}) {
    World world;
    REQUIRE(world.put.start(world.target, "a.log", "x"));
    REQUIRE(world.turn([&] { return world.has_body(1); }));
    world.say(c.answer);
    if (std::string_view{c.answer}.starts_with("220")) ::shutdown(world.peer, SHUT_WR);
    REQUIRE(world.turn([&] { return world.result.has_value(); }));
    CHECK((*world.result == c.result || c.answer[0] == '2'));
    CHECK(*world.result != UploadResult::uploaded);
  }
  World silent;
  REQUIRE(silent.put.start(silent.target, "a.log", "x"));
  REQUIRE(silent.turn([&] { return silent.has_body(1); }));
  ::close(std::exchange(silent.peer, -1));
  REQUIRE(silent.turn([&] { return silent.result.has_value(); }));
  CHECK(*silent.result == UploadResult::failed);
}

//=test OCPP-2.0.1 N01.FR.15
TEST_CASE("over TLS a file goes only to a server that the backend's authority has certified") {
  const auto root = certificates::make({.common_name = "root", .authority = true});
  const auto who = certificates::make({.common_name = "files.example"}, &root);
  for (const bool trusted : {true, false}) {
    World world;
    const auto other = certificates::make({.common_name = "other", .authority = true});
    auto client = tls::Context::make({.trust_anchors_pem = trusted ? root.certificate_pem : other.certificate_pem});
    REQUIRE(client.has_value());
    world.target.stream.tls = &*client;
    world.target.stream.tls_options = {.host = "files.example", .now_unix_s = certificates::kNow};
    world.secure(who);
    const std::string text(100'000, 'y');
    REQUIRE(world.put.start(world.target, "a.log", text));
    REQUIRE(world.turn([&] { return world.result || world.has_body(text.size()); }));
    if (!trusted) {
      CHECK(world.result == UploadResult::failed);
      CHECK(world.received.empty());
      continue;
    }
    world.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    REQUIRE(world.turn([&] { return world.result.has_value(); }));
    CHECK(*world.result == UploadResult::uploaded);
  }
}
