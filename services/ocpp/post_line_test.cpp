// POSTs one behind the other over real sockets on the loopback address.
#include "services/ocpp/post_line.hpp"

#include "services/ocpp/server_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
namespace certificates = bulwatt::tls::testing;

namespace {

struct World final : TestServer, PostUser {
  PostLine line{loop, *this};
  PostTarget target{};
  int status = 0;
  std::string type{};
  std::string body{};
  std::string ended{};
  World() {
    target.stream = to;
    target.host_header = "witness.example";
    target.prefix = "/w/1";
  }
  void post_answered(int code, std::string_view kind, std::string_view text) override {
    status = code;
    type = kind;
    body = text;
  }
  void post_ended(std::string_view why) override { ended = why; }
  bool ask(std::string_view what, std::size_t size) {
    status = 0;
    received.clear();
    const std::string text(size, 'b');
    return line.post(what, std::as_bytes(std::span{text})) && turn([&] { return has_body(size); });
  }
  bool answer(std::string_view text) {
    say(text);
    return turn([&] { return status != 0 || !ended.empty(); });
  }
};

}  // namespace

TEST_CASE("several requests go over one connection, each with its answer") {
  World world;
  REQUIRE(world.line.start(world.target));
  for (const int code : {200, 409, 422}) {
    REQUIRE(world.ask("add-checkpoint", 14'000));
    CHECK(world.received.starts_with("POST /w/1/add-checkpoint HTTP/1.1\r\nHost: witness.example\r\n"));
    CHECK_FALSE(world.line.post("add-checkpoint", {}));  // one at a time
    REQUIRE(world.answer("HTTP/1.1 " + std::to_string(code) +
                         " X\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 3\r\n\r\n12\n"));
    CHECK(world.status == code);
    CHECK(world.type == "text/x.tlog.size");
    CHECK(world.body == "12\n");
  }
  CHECK_FALSE(world.line.over());
}

TEST_CASE("an answer in pieces is put together; with Connection: close it is the last") {
  World world;
  REQUIRE(world.line.start(world.target));
  REQUIRE(world.ask("add-entries", 3));
  world.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nab");
  REQUIRE(world.answer("cdef"));
  CHECK(world.body == "abcdef");
  CHECK(world.line.over());
  CHECK_FALSE(world.line.post("add-entries", {}));
}

TEST_CASE("what is no answer, is too long, has no length or was not asked for ends the connection") {
  for (const auto& [answer, why] : {std::pair{"220 smtp ready\r\n\r\n", "not HTTP"},
                                    std::pair{"HTTP/1.1 200 OK\r\nContent-Length: 12001\r\n\r\n", "too great"},
                                    std::pair{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "no length"},
                                    std::pair{"HTTP/1.1 200 OK\r\n\r\n", "no length"}}) {
    CAPTURE(answer);
    World world;
    REQUIRE(world.line.start(world.target));
    REQUIRE(world.ask("add-entries", 3));
    REQUIRE(world.answer(answer));
    CHECK(world.ended.find(why) != std::string::npos);
    CHECK(world.status == 0);
    CHECK(world.line.over());
  }
  World unasked;
  REQUIRE(unasked.line.start(unasked.target));
  REQUIRE(unasked.ask("add-entries", 3));
  REQUIRE(unasked.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  REQUIRE(unasked.turn([&] { return !unasked.ended.empty(); }));
  CHECK(unasked.ended.find("nobody asked") != std::string::npos);
}

TEST_CASE("a server that goes away, and one that is not there, are told once") {
  World gone;
  REQUIRE(gone.line.start(gone.target));
  REQUIRE(gone.ask("add-entries", 3));
  ::close(std::exchange(gone.peer, -1));
  REQUIRE(gone.turn([&] { return !gone.ended.empty(); }));
  World nobody;
  ::close(std::exchange(nobody.listener, ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)));
  REQUIRE(nobody.line.start(nobody.target));
  REQUIRE(nobody.turn([&] { return !nobody.ended.empty(); }));
  CHECK(nobody.line.over());
}

TEST_CASE("over TLS only a server that the backend's authority has certified is asked anything") {
  const auto root = certificates::make({.common_name = "root", .authority = true});
  const auto other = certificates::make({.common_name = "other", .authority = true});
  const auto who = certificates::make({.common_name = "witness.example"}, &root);
  for (const bool trusted : {true, false}) {
    World world;
    auto client = tls::Context::make({.trust_anchors_pem = trusted ? root.certificate_pem : other.certificate_pem});
    REQUIRE(client.has_value());
    world.target.stream.tls = &*client;
    world.target.stream.tls_options = {.host = "witness.example", .now_unix_s = certificates::kNow};
    world.secure(who);
    REQUIRE(world.line.start(world.target));
    const std::string text(500, 'b');
    REQUIRE(world.line.post("add-checkpoint", std::as_bytes(std::span{text})));
    REQUIRE(world.turn([&] { return !world.ended.empty() || world.has_body(500); }));
    if (!trusted) {
      CHECK(world.received.empty());
      CHECK_FALSE(world.ended.empty());
      continue;
    }
    REQUIRE(world.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    CHECK(world.body == "ok");
    REQUIRE(world.line.report() != nullptr);
    CHECK(world.line.report()->quantum_safe);
  }
}
