#include "peers/metersim/modbus_server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::metersim;
using bulwatt::simbus::Fd;

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::uint16_t kImageWords = 0x17E;

/// A server whose image holds its own addresses, and clients that speak raw bytes, in one loop.
struct Bench {
  simbus::Loop loop;
  ModbusServer server;

  Bench()
      : server(loop, 0, 1, 80, [] {
          Image image{{0, std::vector<std::uint16_t>(kImageWords)}, {0xFC00, {0x0012, 0xD687}}};
          for (std::size_t i = 0; i < kImageWords; ++i) image.input.words[i] = static_cast<std::uint16_t>(i);
          return image;
        }) {}

  Fd connect() const {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(server.port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE((::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
             errno == EINPROGRESS));
    return fd;
  }
  static void send(const Fd& fd, const Bytes& bytes) {
    REQUIRE(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// Serves until `done`, at most `limit_ms`.
  bool serve(const std::function<bool()>& done, std::int64_t limit_ms = 5000) {
    bool late = false;
    simbus::Timer limit(loop, [&] { late = true; });
    limit.arm(limit_ms);
    simbus::Timer again(loop, [&] { again.arm(1); });
    again.arm(1);
    while (!late) {
      if (done()) return true;
      loop.run_once();
    }
    return false;
  }
  /// What comes back, up to `size` bytes.
  Bytes receive(const Fd& fd, std::size_t size) {
    Bytes got;
    serve([&] {
      Bytes some(size - got.size());
      const ssize_t count = ::recv(fd.get(), some.data(), some.size(), 0);
      if (count > 0) got.insert(got.end(), some.begin(), some.begin() + count);
      return count == 0 || got.size() == size;
    });
    return got;
  }
};

Bytes request(std::uint8_t unit, std::uint8_t function, std::uint16_t address, std::uint16_t count) {
  return {0x12,
          0x34,
          0,
          0,
          0,
          6,
          unit,
          function,
          static_cast<std::uint8_t>(address >> 8),
          static_cast<std::uint8_t>(address),
          static_cast<std::uint8_t>(count >> 8),
          static_cast<std::uint8_t>(count)};
}

}  // namespace

TEST_CASE("registers are read with function 4, the serial number with function 3") {
  Bench bench;
  const Fd client = bench.connect();
  bench.serve([&] { return bench.server.clients() == 1; });
  Bench::send(client, request(1, 4, 0x0048, 2));
  CHECK(bench.receive(client, 13) == Bytes{0x12, 0x34, 0, 0, 0, 7, 1, 4, 4, 0, 0x48, 0, 0x49});
  Bench::send(client, request(1, 3, 0xFC00, 2));
  CHECK(bench.receive(client, 13) == Bytes{0x12, 0x34, 0, 0, 0, 7, 1, 3, 4, 0, 0x12, 0xD6, 0x87});
  CHECK(bench.server.requests() == 2);
}

TEST_CASE("what the meter does not do is refused with the right exception") {
  Bench bench;
  const Fd client = bench.connect();
  bench.serve([&] { return bench.server.clients() == 1; });
  struct Case {
    Bytes request;
    std::uint8_t function;
    std::uint8_t exception;
  };
  const Case cases[] = {
      {request(1, 6, 0xFC00, 7), 0x86, 1},                       // write
      {{0x12, 0x34, 0, 0, 0, 2, 1, 99}, 0xE3, 1},                // unknown function
      {request(1, 4, 0x0000, 81), 0x84, 3},                      // more than the meter answers at once
      {{0x12, 0x34, 0, 0, 0, 7, 1, 4, 0, 0, 0, 2, 9}, 0x84, 3},  // too long
      {request(1, 4, kImageWords, 2), 0x84, 2},                  // beyond the image
      {request(9, 4, 0, 2), 0x84, 11},                           // another unit
  };
  for (const Case& c : cases) {
    Bench::send(client, c.request);
    CHECK(bench.receive(client, 9) == Bytes{0x12, 0x34, 0, 0, 0, 3, c.request[6], c.function, c.exception});
  }
}

TEST_CASE("a client that sends half a request holds up nobody") {
  Bench bench;
  const Fd slow = bench.connect();
  const Fd quick = bench.connect();
  bench.serve([&] { return bench.server.clients() == 2; });
  const Bytes whole = request(1, 4, 2, 1);
  Bench::send(slow, {whole.begin(), whole.begin() + 8});
  Bench::send(quick, whole);
  CHECK(bench.receive(quick, 11).size() == 11);
  Bench::send(slow, {whole.begin() + 8, whole.end()});
  CHECK(bench.receive(slow, 11) == Bytes{0x12, 0x34, 0, 0, 0, 5, 1, 4, 2, 0, 2});
}

TEST_CASE("several requests in one packet are all answered") {
  Bench bench;
  const Fd client = bench.connect();
  Bytes both = request(1, 4, 2, 1);
  const Bytes second = request(1, 4, 3, 1);
  both.insert(both.end(), second.begin(), second.end());
  bench.serve([&] { return bench.server.clients() == 1; });
  Bench::send(client, both);
  CHECK(bench.receive(client, 22).size() == 22);
}

TEST_CASE("bytes that are not Modbus TCP end the connection") {
  Bench bench;
  const Fd client = bench.connect();
  bench.serve([&] { return bench.server.clients() == 1; });
  Bench::send(client, {'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P'});
  CHECK(bench.serve([&] { return bench.server.clients() == 0; }));
}

TEST_CASE("link faults: silence, garbage, exception") {
  Bench bench;
  const Fd client = bench.connect();
  bench.serve([&] { return bench.server.clients() == 1; });
  const Bytes good = request(1, 4, 2, 1);

  bench.server.set_manner(Manner::silent);
  Bench::send(client, good);
  CHECK(bench.serve([&] { return bench.server.requests() == 1; }));
  Bytes some(64);
  CHECK(::recv(client.get(), some.data(), some.size(), 0) == -1);

  bench.server.set_manner(Manner::exception);
  Bench::send(client, good);
  CHECK(bench.receive(client, 9) == Bytes{0x12, 0x34, 0, 0, 0, 3, 1, 0x84, 4});

  bench.server.set_manner(Manner::answer);
  Bench::send(client, good);
  CHECK(bench.receive(client, 11) == Bytes{0x12, 0x34, 0, 0, 0, 5, 1, 4, 2, 0, 2});

  bench.server.set_manner(Manner::garbage);
  Bench::send(client, good);
  CHECK(bench.receive(client, 1).size() == 1);
}

TEST_CASE("an absent meter closes, refuses, and comes back on the same port") {
  Bench bench;
  const Fd client = bench.connect();
  bench.serve([&] { return bench.server.clients() == 1; });
  const int port = bench.server.port();
  bench.server.set_present(false);
  CHECK(bench.receive(client, 1).empty());
  CHECK(bench.server.clients() == 0);
  const Fd refused(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(::connect(refused.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == -1);
  CHECK(errno == ECONNREFUSED);
  bench.server.set_present(true);
  CHECK(bench.server.port() == port);
  const Fd back = bench.connect();
  CHECK(bench.serve([&] { return bench.server.clients() == 1; }));
}
