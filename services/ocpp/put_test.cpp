// Uploads over real sockets on the loopback address: this test is the server, and turns the loop by hand.
#include "services/ocpp/put.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <map>

#include "libs/tls/test_certificates.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
namespace certificates = bulwatt::tls::testing;

namespace {

struct TestPoller final : runtime::Poller {
  std::map<int, std::pair<std::size_t, short>> all{};
  void add_link(std::size_t, os::Handle) override {}
  void remove_link(os::Handle) override {}
  bool watch(int fd, std::size_t slot, bool readable, bool writable, bool) override {
    all[fd] = {slot, static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0))};
    return true;
  }
  void unwatch(int fd) override { all.erase(fd); }
};

struct World final : PutUser {
  runtime::ServiceFacts facts{.name = "test", .ends = {}, .interfaces = {}, .watchdog_interval_ms = 60'000};
  runtime::Loop loop{facts, -1};
  TestPoller poller{};
  Put put{loop, *this};
  PutTarget to{};
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int peer = -1;
  std::optional<tls::Session> server{};
  std::string received{};
  std::optional<UploadResult> result{};
  std::string why{};

  World() {
    loop.attach(poller);
    auto& address = reinterpret_cast<sockaddr_in&>(to.address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.address_size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&to.address), to.address_size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&to.address), &to.address_size);
    to.host_header = "files.example";
    to.target = "/logs/a.log";
  }
  ~World() {
    ::close(listener);
    if (peer >= 0) ::close(peer);
  }
  void put_ended(UploadResult how, std::string_view words) override {
    result = how;
    why = words;
  }
  bool turn(auto&& done) {
    for (int i = 0; i < 2000 && !done(); ++i) {
      if (peer < 0) peer = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      std::vector<pollfd> polled{{peer >= 0 ? peer : listener, POLLIN, 0}};
      for (const auto& [fd, watched] : poller.all) polled.push_back({fd, watched.second, 0});
      if (::poll(polled.data(), polled.size(), 500) == 0) return done();
      for (const auto& one : polled) {
        const auto found = poller.all.find(one.fd);
        if (one.revents == 0 || found == poller.all.end()) continue;
        loop.watched_ready(found->second.first, {(one.revents & POLLIN) != 0, (one.revents & POLLOUT) != 0,
                                                 (one.revents & (POLLERR | POLLHUP)) != 0});
      }
      take();
    }
    return done();
  }
  void take() {
    std::array<std::byte, 64 * 1024> bytes{};
    const auto n = peer >= 0 ? ::recv(peer, bytes.data(), bytes.size(), MSG_DONTWAIT) : -1;
    if (n <= 0) return;
    const auto got = std::span{bytes}.first(static_cast<std::size_t>(n));
    if (!server) return void(received.append(reinterpret_cast<const char*>(got.data()), got.size()));
    static_cast<void>(server->feed(got));
    received.append(reinterpret_cast<const char*>(server->plain().data()), server->plain().size());
    server->consume_plain(server->plain().size());
    flush();
  }
  void flush() {
    const auto out = server->output();
    if (out.empty()) return;
    REQUIRE(::send(peer, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size()));
    server->consume_output(out.size());
  }
  void say(std::string_view text) {
    if (!server) {
      REQUIRE(::send(peer, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
      return;
    }
    REQUIRE(server->write(std::as_bytes(std::span{text})).has_value());
    flush();
  }
  bool has_body(std::size_t size) {
    const auto end = received.find("\r\n\r\n");
    return end != std::string::npos && received.size() == end + 4 + size;
  }
};

}  // namespace

//=test OCPP-2.0.1 N01.FR.14
//=test OCPP-2.0.1 N01.FR.19
TEST_CASE("a file goes in one request with its name, its length and its credentials, however large") {
  for (const std::size_t size : {std::size_t{5}, std::size_t{200'000}}) {
    World world;
    world.to.authorization = "Basic eDp5";
    const std::string text(size, 'x');
    REQUIRE(world.put.start(world.to, "a.log", text));
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
    REQUIRE(world.put.start(world.to, "a.log", "x"));
    REQUIRE(world.turn([&] { return world.has_body(1); }));
    world.say(c.answer);
    if (std::string_view{c.answer}.starts_with("220")) ::shutdown(world.peer, SHUT_WR);
    REQUIRE(world.turn([&] { return world.result.has_value(); }));
    CHECK((*world.result == c.result || c.answer[0] == '2'));
    CHECK(*world.result != UploadResult::uploaded);
  }
  World silent;
  REQUIRE(silent.put.start(silent.to, "a.log", "x"));
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
    world.to.tls = &*client;
    world.to.tls_options = {.host = "files.example", .now_unix_s = certificates::kNow};
    auto context =
        tls::Context::make({.role = tls::Role::server, .chain_pem = who.certificate_pem, .key_pem = who.key_pem});
    REQUIRE(context.has_value());
    auto session = tls::Session::server(*context, {.now_unix_s = certificates::kNow});
    REQUIRE(session.has_value());
    world.server.emplace(std::move(*session));
    const std::string text(100'000, 'y');
    REQUIRE(world.put.start(world.to, "a.log", text));
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
