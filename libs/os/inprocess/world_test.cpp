#include "libs/os/inprocess/world.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

using namespace bulwatt;
using namespace std::chrono_literals;

namespace {
std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

/// An actor made of two functions.
struct Puppet final : os::Actor {
  int rank;
  std::function<Instant()> when;
  std::function<void()> act;
  Puppet(int r, std::function<Instant()> w, std::function<void()> a) : rank(r), when(std::move(w)), act(std::move(a)) {}
  int priority() const override { return rank; }
  Instant due() const override { return when(); }
  void turn() override { act(); }
};

struct Slow final : os::Weather {
  std::vector<Duration> delays{};
  bool full = false, lost = false;
  std::size_t next = 0;
  os::Fate fate(os::Handle, std::span<std::byte>) override {
    return {next < delays.size() ? delays[next++] : Duration::zero(), full, lost};
  }
};
std::array<std::byte, 64> room{};
}  // namespace

TEST_CASE("a frame arrives whole and alone, a long one is lost without spoiling the next") {
  os::World world{1};
  const auto end = *os::make_conduit();
  CHECK(os::send(end[0], bytes("one")) == os::Sent::ok);
  CHECK(os::send(end[0], std::array<std::byte, 100>{}) == os::Sent::ok);
  CHECK(os::send(end[0], bytes("second")) == os::Sent::ok);
  CHECK(os::receive(end[1], room).size == 3);
  CHECK(os::receive(end[1], room).arrival == os::Arrival::oversized);
  CHECK(os::receive(end[1], room).size == 6);
  CHECK(os::receive(end[1], room).arrival == os::Arrival::nothing);
  CHECK(os::send(end[0], {}) == os::Sent::gone);
}

TEST_CASE("what was sent before an end closed still arrives, then it is gone in both directions") {
  os::World world{1};
  const auto end = *os::make_conduit();
  CHECK(os::send(end[1], bytes("last")) == os::Sent::ok);
  os::close(end[1]);
  CHECK(os::receive(end[0], room).size == 4);
  CHECK(os::receive(end[0], room).arrival == os::Arrival::gone);
  CHECK(os::send(end[0], bytes("x")) == os::Sent::gone);
}

TEST_CASE("a severed conduit is gone for both and keeps its number for a fresh end") {
  os::World world{1};
  const auto old = *os::make_conduit();
  os::sever(old[0]);
  CHECK(os::receive(old[1], room).arrival == os::Arrival::gone);
  const auto fresh = *os::make_conduit();
  REQUIRE(os::replace(old[0], fresh[0]));
  CHECK(os::send(fresh[1], bytes("hello")) == os::Sent::ok);
  CHECK(os::receive(old[0], room).size == 5);
  CHECK(os::receive(fresh[0], room).arrival == os::Arrival::gone);
}

TEST_CASE("an end travels with a frame and survives its sender; elsewhere it is a violation") {
  os::World world{1};
  const auto control = *os::make_conduit();
  const auto passed = *os::make_conduit();
  CHECK(os::send_with_handle(control[0], bytes("take"), passed[0]) == os::Sent::ok);
  CHECK(os::send_with_handle(control[0], bytes("take"), passed[0]) == os::Sent::ok);
  os::close(passed[0]);
  const auto got = os::receive_with_handle(control[1], room);
  REQUIRE(got.handle != os::kNoHandle);
  CHECK(os::send(got.handle, bytes("hi")) == os::Sent::ok);
  CHECK(os::receive(passed[1], room).size == 2);
  CHECK(os::receive(control[1], room).arrival == os::Arrival::ancillary);
  os::close(got.handle);
  CHECK(os::receive(passed[1], room).arrival == os::Arrival::gone);
}

TEST_CASE("a full conduit says so instead of blocking") {
  os::World world{1};
  const auto end = *os::make_conduit();
  auto sent = os::Sent::ok;
  for (std::size_t i = 0; i < 2 * os::World::kMostQueued && sent == os::Sent::ok; ++i)
    sent = os::send(end[0], bytes("x"));
  CHECK(sent == os::Sent::full);
}

TEST_CASE("delayed frames keep their order and waiting for them passes exactly that time") {
  os::World world{1};
  Slow weather;
  weather.delays = {5ms, 1ms};
  world.set_weather(&weather);
  const auto end = *os::make_conduit();
  const auto begin = os::now();
  os::send(end[0], bytes("a"));
  os::send(end[0], bytes("bb"));
  CHECK(os::receive_soon(end[1], room).arrival == os::Arrival::nothing);
  CHECK(os::now() == begin + os::kSoon);
  CHECK_FALSE(os::wait_readable(end[1], begin + 2ms));
  CHECK(os::wait_readable(end[1], begin + 1s));
  CHECK(os::now() == begin + 5ms);
  CHECK(os::receive(end[1], room).size == 1);
  CHECK(os::receive(end[1], room).size == 2);
  weather.full = true;
  CHECK(os::send(end[0], bytes("x")) == os::Sent::full);
  weather.full = false;
  weather.lost = true;
  CHECK(os::send(end[0], bytes("x")) == os::Sent::ok);
  CHECK(os::receive(end[1], room).arrival == os::Arrival::nothing);
}

TEST_CASE("while an actor waits for an answer only those above it have turns") {
  os::World world{1};
  const auto call = *os::make_conduit();
  std::string story;
  bool asked = false;
  const auto start = os::now();
  Puppet callee{80, [&] { return world.readable_at(call[1]); },
                [&] {
                  story += "callee ";
                  os::receive(call[1], room);
                  os::send(call[1], bytes("yes"));
                }};
  Puppet caller{50, [&] { return asked ? kNever : start; },
                [&] {
                  asked = true;
                  story += "ask ";
                  os::send(call[0], bytes("may I?"));
                  story += os::wait_readable(call[0], os::now() + 50ms) ? "answer " : "late ";
                }};
  bool ran = false;
  Puppet below{20, [&] { return ran ? kNever : start; },
               [&] {
                 ran = true;
                 story += "below ";
               }};
  for (auto* puppet : {&below, &callee, &caller}) world.add(*puppet);
  world.run(1s);
  CHECK(story == "ask callee answer below ");
}

TEST_CASE("an actor killed inside a call gets nothing more and its wait ends at once") {
  os::World world{1};
  const auto call = *os::make_conduit();
  bool asked = false;
  const auto start = os::now();
  std::string story;
  Puppet caller{50, [&] { return asked ? kNever : start; },
                [&] {
                  asked = true;
                  os::wait_readable(call[0], start + 1h);
                  story += os::now() == start + 10ms ? "woken " : "slept ";
                  CHECK(os::send(call[0], bytes("x")) == os::Sent::gone);
                  CHECK(os::receive(call[0], room).arrival == os::Arrival::gone);
                }};
  bool killed = false;
  Puppet killer{99, [&] { return killed ? kNever : start + 10ms; },
                [&] {
                  killed = true;
                  CHECK(world.busy(caller));
                  world.doom(caller);
                }};
  world.add(caller);
  world.add(killer);
  world.run(1s);
  CHECK(story == "woken ");
  CHECK_FALSE(world.busy(caller));
}

TEST_CASE("the same seed gives the same randomness and civil time can jump") {
  std::array<std::byte, 16> first{};
  std::array<std::byte, 16> second{};
  {
    os::World world{7};
    os::random_bytes(first);
    const auto before = os::civil_now();
    world.jump_civil_time(-1h);
    CHECK(os::civil_now().unix_ms == before.unix_ms - 3'600'000);
  }
  os::World world{7};
  os::random_bytes(second);
  CHECK(first == second);
}
