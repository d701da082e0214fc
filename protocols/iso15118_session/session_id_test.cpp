#include "protocols/iso15118_session/session_id.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::iso15118;

namespace {
SessionId id_of(std::initializer_list<int> bytes) {
  SessionId id;
  for (const int b : bytes) id.data[id.size++] = static_cast<std::byte>(b);
  return id;
}
const SessionId kOld = id_of({1, 2, 3, 4, 5, 6, 7, 8});
const SessionId kCar = id_of({0xaa, 0xbb, 0xcc, 1, 2, 3});
void zeros(std::span<std::byte> out) { std::ranges::fill(out, std::byte{0}); }
void always_old(std::span<std::byte> out) { std::ranges::copy(kOld.data, out.begin()); }
}  // namespace

TEST_CASE("no id, and zeros of any length, are zero") {
  CHECK(is_zero({}));
  CHECK(is_zero(id_of({0})));
  CHECK(is_zero(id_of({0, 0, 0, 0, 0, 0, 0, 0})));
  CHECK_FALSE(is_zero(id_of({0, 0, 0, 0, 0, 0, 0, 1})));
  CHECK_FALSE(is_zero(id_of({1, 0})));
}

//=test ISO15118-2 V2G2-750
TEST_CASE("a hundred thousand new ids are eight bytes, not zero, and all different") {
  std::set<std::vector<std::byte>> seen;
  for (int i = 0; i < 100'000; ++i) {
    const auto id = make_session_id(os::random_bytes);
    REQUIRE(id.size == 8);
    REQUIRE_FALSE(is_zero(id));
    REQUIRE(seen.insert({id.view().begin(), id.view().end()}).second);
  }
}

TEST_CASE("even a broken generator gives neither zero nor the old id") {
  CHECK_FALSE(is_zero(make_session_id(zeros)));
  CHECK(make_session_id(always_old, kOld) != kOld);
  CHECK_FALSE(is_zero(make_session_id(zeros, make_session_id(zeros))));
}

TEST_CASE("only the car that paused a session joins it again") {
  const std::optional<Paused> paused{{.id = kOld, .evcc_id = kCar}};
  struct Case {
    const char* what;
    SessionId asked;
    Octets<8> car;
    bool joined;
  };
  for (const auto& c :
       {Case{"the same car", kOld, kCar, true}, Case{"another car", kOld, id_of({9}), false},
        Case{"a new session", id_of({0}), kCar, false}, Case{"another session", id_of({7, 7}), kCar, false},
        Case{"a shorter id", id_of({1, 2, 3, 4}), kCar, false}}) {
    CAPTURE(c.what);
    const auto begun = begin_session(c.asked, c.car, paused, os::random_bytes);
    CHECK(begun.joined == c.joined);
    CHECK((begun.id == kOld) == c.joined);
    CHECK_FALSE(is_zero(begun.id));
  }
  CHECK_FALSE(begin_session(kOld, kCar, std::nullopt, os::random_bytes).joined);
}

TEST_CASE("a paused session with id zero, which cannot be, is never joined") {
  const std::optional<Paused> paused{{.id = id_of({0, 0}), .evcc_id = kCar}};
  CHECK_FALSE(begin_session(id_of({0, 0}), kCar, paused, os::random_bytes).joined);
}
