#include "peers/metersim/serial_server.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

using namespace bulwatt;
using namespace bulwatt::metersim;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// A meter of unit 2 on a line of its own, and somebody at the line's other end.
struct Bench {
  std::string dir = (std::filesystem::temp_directory_path() / "bulwatt-rtu-XXXXXX").string();
  simbus::Loop loop;
  std::optional<SerialServer> server;
  simbus::Fd client;

  Bench() {
    REQUIRE(::mkdtemp(dir.data()) != nullptr);
    server.emplace(loop, dir + "/tty", 2, 50, [] { return Image{{0x34, {0xE240, 0x0001}}, {0x5000, {0x4142}}}; });
    client = simbus::Fd(::open((dir + "/tty").c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(client);
  }
  ~Bench() {
    server.reset();
    std::filesystem::remove_all(dir);
  }
  Bytes ask(const Bytes& request, std::size_t size, std::int64_t limit_ms = 3000) {
    REQUIRE(::write(client.get(), request.data(), request.size()) == static_cast<ssize_t>(request.size()));
    bool late = false;
    simbus::Timer limit(loop, [&] { late = true; });
    limit.arm(limit_ms);
    simbus::Timer again(loop, [&] { again.arm(1); });
    again.arm(1);
    Bytes got;
    while (!late && got.size() < size) {
      loop.run_once();
      Bytes some(size - got.size());
      const auto n = ::read(client.get(), some.data(), some.size());
      if (n > 0) got.insert(got.end(), some.begin(), some.begin() + n);
    }
    return got;
  }
};

const Bytes kRequest{2, 4, 0x00, 0x34, 0, 2, 0x30, 0x36};
const Bytes kAnswer{2, 4, 4, 0xE2, 0x40, 0x00, 0x01, 0x3E, 0xE8};

}  // namespace

TEST_CASE("a request on the line is answered with registers and checksum, noise before it is skipped") {
  Bench bench;
  CHECK(bench.ask(kRequest, 9) == kAnswer);
  Bytes noisy{0xFF, 0x00, 0x02};
  noisy.insert(noisy.end(), kRequest.begin(), kRequest.end());
  CHECK(bench.ask(noisy, 9) == kAnswer);
  CHECK(bench.server->requests() == 2);
}

TEST_CASE("what is for another unit, has a wrong checksum or comes while the meter is off gets no answer") {
  Bench bench;
  CHECK(bench.ask({3, 4, 0x00, 0x34, 0, 2, 0x31, 0xE7}, 1, 50).empty());
  CHECK(bench.ask({2, 4, 0x00, 0x34, 0, 2, 0x30, 0x37}, 1, 50).empty());
  bench.server->set_present(false);
  CHECK(bench.ask(kRequest, 1, 50).empty());
  bench.server->set_present(true);
  bench.server->set_manner(Manner::silent);
  CHECK(bench.ask(kRequest, 1, 50).empty());
  bench.server->set_manner(Manner::answer);
  CHECK(bench.ask(kRequest, 9) == kAnswer);
}

TEST_CASE("the other manners: exception and garbage") {
  Bench bench;
  bench.server->set_manner(Manner::exception);
  const Bytes refusal = bench.ask(kRequest, 5);
  REQUIRE(refusal.size() == 5);
  CHECK(refusal[1] == 0x84);
  CHECK(refusal[2] == 4);
  bench.server->set_manner(Manner::garbage);
  CHECK_FALSE(bench.ask(kRequest, 1).empty());
}
