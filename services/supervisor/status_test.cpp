#include "services/supervisor/status.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

using namespace bulwatt;
using namespace bulwatt::supervisor;

namespace {
Status full() {
  Status s;
  s.build = 0x1234;
  s.health = Health::up;
  s.phase = control::Phase::charging;
  for (std::size_t i = 0; i < kMaxServices; ++i) {
    ServiceStatus one;
    one.name = "a-service-with-a-32-byte-long-nam";
    one.state = State::ready;
    one.restarts = 3;
    one.died_us = 1000;
    one.ready_us = 2500;
    one.last_cause = Cause::signal;
    one.cause_detail = 9;
    one.waiting_on = WaitingOn{"power", 7, 99};
    REQUIRE(s.services.push_back(one));
  }
  return s;
}
}  // namespace

TEST_CASE("a full status fits its file and comes back") {
  StatusBuffer buffer{};
  const auto status = full();
  encode_status(status, 41, buffer);
  const auto back = decode_status(buffer);
  REQUIRE(back.has_value());
  CHECK(back->services.size == kMaxServices);
  CHECK(back->services[15].waiting_on->peer.view() == "power");
  CHECK(back->services[15].ready_us - back->services[15].died_us == 1500);
  CHECK(back->phase == control::Phase::charging);
}

TEST_CASE("the file begins with a magic that people can read") {
  StatusBuffer buffer{};
  encode_status({}, 1, buffer);
  const std::string_view start{reinterpret_cast<const char*>(buffer.data()), 8};
  CHECK(start == "BLWTATS1");
}

TEST_CASE("what is not a whole status is named") {
  StatusBuffer buffer{};
  encode_status(full(), 1, buffer);
  CHECK(decode_status(std::span<const std::byte>{buffer}.first(10)).error() == StatusError::not_a_status_file);
  CHECK(decode_status(std::span<const std::byte>{buffer}.first(400)).error() == StatusError::other_build);
  auto torn = buffer;
  torn[kStatusHeader + 40] ^= std::byte{1};
  CHECK(decode_status(torn).error() == StatusError::being_written);
  auto foreign = buffer;
  foreign[0] ^= std::byte{1};
  CHECK(decode_status(foreign).error() == StatusError::not_a_status_file);
  CHECK(read_status("/nowhere/status").error() == StatusError::no_file);
}

TEST_CASE("a status file is read from disk") {
  char name[] = "/tmp/bulwatt-status-XXXXXX";
  const int file = ::mkstemp(name);
  REQUIRE(file >= 0);
  StatusBuffer buffer{};
  encode_status(full(), 7, buffer);
  CHECK(::pwrite(file, buffer.data(), buffer.size(), 0) == static_cast<ssize_t>(buffer.size()));
  const auto status = read_status(name);
  ::close(file);
  std::remove(name);
  REQUIRE(status.has_value());
  CHECK(status->build == 0x1234);
}
