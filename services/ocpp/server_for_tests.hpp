// A server on the loopback address, and the loop of the program under test, both turned by hand.
#pragma once
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <map>

#include "libs/tls/test_certificates.hpp"
#include "services/ocpp/stream.hpp"

namespace bulwatt::ocpp {

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

struct TestServer {
  runtime::ServiceFacts facts{.name = "test", .ends = {}, .interfaces = {}, .watchdog_interval_ms = 60'000};
  runtime::Loop loop{facts, -1};
  TestPoller poller{};
  StreamTarget to{};
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int peer = -1;
  std::optional<tls::Session> server{};
  std::string received{};

  TestServer() {
    loop.attach(poller);
    auto& address = reinterpret_cast<sockaddr_in&>(to.address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.address_size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&to.address), to.address_size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&to.address), &to.address_size);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    ::close(listener);
    if (peer >= 0) ::close(peer);
  }
  /// Speaks TLS as `who` from now on.
  void secure(const tls::testing::Made& who, tls::Policy policy = tls::Policy::hybrid_required) {
    auto context = tls::Context::make(
        {.role = tls::Role::server, .policy = policy, .chain_pem = who.certificate_pem, .key_pem = who.key_pem});
    REQUIRE(context.has_value());
    auto session = tls::Session::server(*context, {.now_unix_s = tls::testing::kNow});
    REQUIRE(session.has_value());
    server.emplace(std::move(*session));
  }
  /// Both ends work until it is so; false when nothing happens any more.
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
      loop.turn(false, 0);
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

}  // namespace bulwatt::ocpp
