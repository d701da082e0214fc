#include "services/meter/modbus_link.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bulwatt;
using namespace bulwatt::meter;

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr int kPatienceMs = 3000;

/// Looks again every millisecond until something else than `waiting`.
template <class Look>
Progress settled(Look look) {
  for (int i = 0; i < kPatienceMs; ++i) {
    if (const auto progress = look(); progress != Progress::waiting) return progress;
    ::poll(nullptr, 0, 1);
  }
  return Progress::waiting;
}

Bytes receive(int fd, std::size_t size) {
  Bytes got;
  pollfd ready{fd, POLLIN, 0};
  while (got.size() < size && ::poll(&ready, 1, kPatienceMs) == 1) {
    Bytes some(size - got.size());
    const auto n = ::read(fd, some.data(), some.size());
    if (n <= 0) break;
    got.insert(got.end(), some.begin(), some.begin() + n);
  }
  return got;
}
void send(int fd, const Bytes& bytes) {
  REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

/// A listening socket, and the connection a TcpLink makes to it.
struct TcpBench {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int peer = -1;
  std::optional<TcpLink> link{};
  TcpBench() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener, 4) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    link.emplace("127.0.0.1", ntohs(address.sin_port));
    REQUIRE(link->open());
    REQUIRE(settled([&] { return link->opened(); }) == Progress::done);
    peer = ::accept(listener, nullptr, nullptr);
    REQUIRE(peer >= 0);
  }
  ~TcpBench() {
    ::close(peer);
    ::close(listener);
  }
  Progress heard() {
    return settled([&] { return link->heard(); });
  }
};

/// A pseudo terminal, and a SerialLink on it.
struct SerialBench {
  int master = -1;
  int slave = -1;
  std::optional<SerialLink> link{};
  explicit SerialBench(const Bus& bus = {}) {
    REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
    ::fcntl(slave, F_SETFL, O_NONBLOCK);
    link.emplace(slave, bus);
    REQUIRE(link->open());
    REQUIRE(link->opened() == Progress::done);
  }
  ~SerialBench() {
    if (master >= 0) ::close(master);
    ::close(slave);
  }
  Progress heard() {
    return settled([&] { return link->heard(); });
  }
};

}  // namespace

TEST_CASE("a request over TCP has the frame of the standard, its answer gives the registers") {
  TcpBench bench;
  REQUIRE(bench.link->ask(7, meters::Table::input, {0x0048, 2}));
  auto request = receive(bench.peer, 12);
  REQUIRE(request.size() == 12);
  CHECK(Bytes(request.begin() + 2, request.end()) == Bytes{0, 0, 0, 6, 7, 4, 0x00, 0x48, 0, 2});
  CHECK(bench.link->heard() == Progress::waiting);
  send(bench.peer, {request[0], request[1], 0, 0, 0, 7, 7, 4, 4});
  CHECK(bench.link->heard() == Progress::waiting);  // half an answer holds up nobody
  send(bench.peer, {0x12, 0x34, 0x56, 0x78});
  REQUIRE(bench.heard() == Progress::done);
  const auto words = bench.link->answer();
  REQUIRE(words);
  CHECK(std::vector<std::uint16_t>(words->begin(), words->end()) == std::vector<std::uint16_t>{0x1234, 0x5678});
}

TEST_CASE("what is no answer to the request is garbled, an exception is told apart") {
  struct Case {
    Bytes answer;
    LinkError error;
  };
  const Case cases[] = {
      {{0, 1, 0, 0, 0, 3, 1, 0x83, 2}, LinkError::exception},
      {{0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 0}, LinkError::garbled},        // fewer registers
      {{0, 1, 0, 0, 0, 7, 1, 4, 4, 0, 0, 0, 0}, LinkError::garbled},  // another function
      {{'H', 'T', 'T', 'P', '/', '1', '.', '1', ' ', '4'}, LinkError::garbled},
      {{0, 1, 0, 0, 0, 7, 1, 3, 250, 0, 0, 0, 0}, LinkError::garbled},  // says more than it is
  };
  for (const Case& c : cases) {
    TcpBench bench;
    REQUIRE(bench.link->ask(1, meters::Table::holding, {0, 2}));
    send(bench.peer, c.answer);
    REQUIRE(bench.heard() == Progress::done);
    const auto words = bench.link->answer();
    REQUIRE_FALSE(words.has_value());
    CHECK(words.error() == c.error);
  }
}

TEST_CASE("a closed connection is broken, nobody listening too") {
  TcpBench bench;
  ::close(bench.peer);
  bench.peer = -1;
  CHECK(bench.heard() == Progress::broken);
  ::close(bench.listener);
  bench.listener = -1;
  bench.link->close();
  CHECK_FALSE(bench.link->ask(1, meters::Table::holding, {0, 2}));
  const bool began = bench.link->open();
  CHECK((!began || settled([&] { return bench.link->opened(); }) == Progress::broken));
}

TEST_CASE("addresses and rates are checked before they are used") {
  CHECK(TcpLink::is_address("192.168.1.20"));
  CHECK_FALSE(TcpLink::is_address("192.168.1"));
  CHECK_FALSE(TcpLink::is_address("meter.local"));
  CHECK(SerialLink::is_baud(19'200));
  CHECK_FALSE(SerialLink::is_baud(9601));
}

TEST_CASE("a request on a serial line has unit, function and checksum, its answer gives the registers") {
  SerialBench bench;
  REQUIRE(bench.link->ask(2, meters::Table::input, {0x0034, 2}));
  CHECK(receive(bench.master, 8) == Bytes{2, 4, 0x00, 0x34, 0, 2, 0x30, 0x36});
  send(bench.master, {2, 4, 4, 0xE2, 0x40});
  CHECK(bench.link->heard() == Progress::waiting);
  send(bench.master, {0x00, 0x01, 0x3E, 0xE8});
  REQUIRE(bench.heard() == Progress::done);
  const auto words = bench.link->answer();
  REQUIRE(words);
  CHECK(std::vector<std::uint16_t>(words->begin(), words->end()) == std::vector<std::uint16_t>{0xE240, 0x0001});
}

TEST_CASE("serial answers with a wrong checksum, of another unit or too short are garbled") {
  for (const Bytes& answer :
       {Bytes{2, 4, 4, 0xE2, 0x40, 0x00, 0x01, 0x3E, 0xE9}, Bytes{3, 4, 4, 0xE2, 0x40, 0x00, 0x01, 0x3E, 0xE8},
        Bytes{2, 4, 4, 0xE2, 0x40}, Bytes(40, 0xFF)}) {
    SerialBench bench;
    REQUIRE(bench.link->ask(2, meters::Table::input, {0x0034, 2}));
    send(bench.master, answer);
    REQUIRE(bench.heard() == Progress::done);
    CHECK(bench.link->answer().error() == LinkError::garbled);
  }
}

TEST_CASE("an exception on a serial line is shorter than an answer and understood when nothing more comes") {
  SerialBench bench;
  REQUIRE(bench.link->ask(2, meters::Table::input, {0x0034, 2}));
  send(bench.master, {2, 0x84, 2, 0x32, 0xC1});
  REQUIRE(bench.heard() == Progress::done);
  CHECK(bench.link->answer().error() == LinkError::exception);
}

TEST_CASE("what came too late is dropped before the next request") {
  SerialBench bench;
  send(bench.master, {9, 9, 9, 9, 9, 9, 9});
  settled([&] { return bench.link->heard(); });
  REQUIRE(bench.link->ask(2, meters::Table::input, {0x0034, 2}));
  CHECK(receive(bench.master, 8).size() == 8);
  send(bench.master, {2, 4, 4, 0xE2, 0x40, 0x00, 0x01, 0x3E, 0xE8});
  REQUIRE(bench.heard() == Progress::done);
  CHECK(bench.link->answer().has_value());
}

TEST_CASE("a serial line whose other end went away is broken; one that never was is out of reach") {
  SerialBench bench;
  REQUIRE(bench.link->ask(2, meters::Table::input, {0x0034, 2}));
  ::close(std::exchange(bench.master, -1));
  CHECK(bench.heard() == Progress::broken);
  SerialLink nowhere{-1, {}};
  CHECK_FALSE(nowhere.open());
  CHECK_FALSE(nowhere.ask(1, meters::Table::input, {0, 1}));
}

TEST_CASE("bytes take their time on a serial line") {
  SerialBench bench;
  // 8 + 5 + 160 characters of ten bits at 9600 bits a second.
  CHECK(bench.link->travel(80) == std::chrono::microseconds{180'208});
  CHECK(bench.link->gap() == std::chrono::microseconds{3'645});
  SerialBench fast{{.baud = 115'200, .parity = Parity::even, .stop_bits = 1}};
  CHECK(fast.link->gap() == std::chrono::microseconds{1'750});
}
