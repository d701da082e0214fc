#include "libs/os/conduit.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace bulwatt;

namespace {
std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }
struct Pair {
  std::array<os::Handle, 2> end = *os::make_conduit();
  ~Pair() {
    os::close(end[0]);
    os::close(end[1]);
  }
};
}  // namespace

TEST_CASE("a frame arrives whole and alone") {
  Pair p;
  CHECK(os::send(p.end[0], bytes("one")) == os::Sent::ok);
  CHECK(os::send(p.end[0], bytes("second")) == os::Sent::ok);
  std::array<std::byte, 64> into{};
  auto got = os::receive(p.end[1], into);
  CHECK(got.arrival == os::Arrival::frame);
  CHECK(got.size == 3);
  CHECK(os::receive(p.end[1], into).size == 6);
  CHECK(os::receive(p.end[1], into).arrival == os::Arrival::nothing);
}

TEST_CASE("a frame longer than the buffer is named oversized and does not spoil the next") {
  Pair p;
  std::array<std::byte, 100> big{};
  std::array<std::byte, 64> into{};
  CHECK(os::send(p.end[0], big) == os::Sent::ok);
  CHECK(os::send(p.end[0], bytes("next")) == os::Sent::ok);
  CHECK(os::receive(p.end[1], into).arrival == os::Arrival::oversized);
  CHECK(os::receive(p.end[1], into).size == 4);
}

TEST_CASE("a gone peer is seen by both directions") {
  Pair p;
  os::close(p.end[1]);
  std::array<std::byte, 8> into{};
  CHECK(os::receive(p.end[0], into).arrival == os::Arrival::gone);
  CHECK(os::send(p.end[0], bytes("x")) == os::Sent::gone);
  p.end[1] = ::dup(p.end[0]);
}

TEST_CASE("an attached descriptor never arrives on a domain conduit") {
  Pair p;
  const auto sent = os::send_with_handle(p.end[0], bytes("x"), 1);
  std::array<std::byte, 8> into{};
  const auto got = os::receive(p.end[1], into);
  // New kernels refuse the sender; old ones let the receiver name the violation.
  CHECK((sent != os::Sent::ok || got.arrival == os::Arrival::ancillary));
}

TEST_CASE("a descriptor travels on a conduit that allows it") {
  Pair p;
  os::allow_handles(p.end[1]);
  CHECK(os::send_with_handle(p.end[0], bytes("x"), 1) == os::Sent::ok);
  std::array<std::byte, 8> into{};
  const auto got = os::receive_with_handle(p.end[1], into);
  CHECK(got.arrival == os::Arrival::frame);
  REQUIRE(got.handle >= 0);
  os::close(got.handle);
}

TEST_CASE("a full conduit says so instead of blocking") {
  Pair p;
  std::array<std::byte, 1024> frame{};
  auto sent = os::Sent::ok;
  for (int i = 0; i < 100'000 && sent == os::Sent::ok; ++i) sent = os::send(p.end[0], frame);
  CHECK(sent == os::Sent::full);
}

TEST_CASE("waiting ends at the moment given") {
  Pair p;
  CHECK_FALSE(os::wait_readable(p.end[0], os::now() + std::chrono::milliseconds{5}));
  CHECK(os::send(p.end[1], bytes("x")) == os::Sent::ok);
  CHECK(os::wait_readable(p.end[0], os::now() + std::chrono::seconds{5}));
}

TEST_CASE("a replaced end keeps its number") {
  Pair a;
  Pair b;
  const auto fresh = ::dup(b.end[0]);
  REQUIRE(os::replace(a.end[0], fresh));
  CHECK(os::send(b.end[1], bytes("hello")) == os::Sent::ok);
  std::array<std::byte, 8> into{};
  CHECK(os::receive(a.end[0], into).size == 5);
}
