#include "protocols/ocpp/outbox.hpp"

#include <doctest/doctest.h>

namespace bulwatt::ocpp {

TEST_CASE("only one call is out at a time") {
  CallTracker calls;
  CHECK(calls.idle());
  CHECK(calls.start("a", 1000, 30'000));
  CHECK_FALSE(calls.start("b", 1001, 30'000));
  CHECK(calls.deadline_ms() == 31'000);
  CHECK(calls.answered("a"));
  CHECK(calls.idle());
  CHECK(calls.deadline_ms() == std::nullopt);
  CHECK(calls.start("b", 1002, 30'000));
}

TEST_CASE("late, repeated and foreign answers are ignored") {
  CallTracker calls;
  CHECK_FALSE(calls.answered("a"));
  REQUIRE(calls.start("a", 0, 100));
  CHECK_FALSE(calls.answered("b"));
  CHECK_FALSE(calls.answered("-1"));
  CHECK_FALSE(calls.expired(99));
  CHECK(calls.expired(100));
  CHECK_FALSE(calls.expired(101));
  CHECK_FALSE(calls.answered("a"));
  REQUIRE(calls.start("b", 200, 100));
  CHECK_FALSE(calls.answered("a"));
  CHECK(calls.answered("b"));
  CHECK_FALSE(calls.answered("b"));
}

TEST_CASE("a deadline beyond the end of time does not wrap") {
  CallTracker calls;
  REQUIRE(calls.start("a", UINT64_MAX - 5, 100));
  CHECK_FALSE(calls.expired(UINT64_MAX - 1));
  CHECK(calls.deadline_ms() == UINT64_MAX);
}

TEST_CASE("an outbox sends in order and gives each item back once") {
  Outbox<int, 3> outbox;
  CHECK(outbox.next() == nullptr);
  CHECK_FALSE(outbox.sent("x", 0, 10));
  for (int i = 1; i <= 3; ++i) CHECK(outbox.push(i));
  CHECK_FALSE(outbox.push(4));
  REQUIRE(outbox.next() != nullptr);
  CHECK(*outbox.next() == 1);
  CHECK(outbox.sent("a", 0, 10));
  CHECK(outbox.next() == nullptr);
  CHECK(outbox.answered("b") == std::nullopt);
  CHECK(outbox.answered("a") == 1);
  CHECK(outbox.answered("a") == std::nullopt);
  REQUIRE(outbox.sent("b", 20, 10));
  CHECK(outbox.expired(29) == std::nullopt);
  CHECK(outbox.expired(30) == 2);
  CHECK(*outbox.next() == 3);
}

TEST_CASE("after a lost connection the item that was out is the next one again") {
  Outbox<int, 3> outbox;
  REQUIRE(outbox.push(1));
  REQUIRE(outbox.push(2));
  REQUIRE(outbox.sent("a", 0, 10));
  outbox.disconnected();
  REQUIRE(outbox.next() != nullptr);
  CHECK(*outbox.next() == 1);
  CHECK(outbox.answered("a") == std::nullopt);
  CHECK(outbox.expired(100) == std::nullopt);
  CHECK(outbox.size() == 2);
}

TEST_CASE("a uuid has its version, its variant and every other bit of the input") {
  std::array<std::byte, 16> zeros{};
  CHECK(make_uuid(zeros).view() == "00000000-0000-4000-8000-000000000000");
  std::array<std::byte, 16> ones;
  ones.fill(std::byte{0xff});
  CHECK(make_uuid(ones).view() == "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

}  // namespace bulwatt::ocpp
