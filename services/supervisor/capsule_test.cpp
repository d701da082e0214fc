#include "services/supervisor/capsule.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using namespace std::chrono_literals;

namespace {
Instant at(Duration d) { return Instant{1000s + d}; }
}  // namespace

TEST_CASE("what was parked is given back") {
  CapsuleRecord c;
  CHECK_FALSE(c.start(at(0s)));
  c.parked();
  CHECK_FALSE(c.died(at(1s)));
  CHECK(c.start(at(2s)));
}

TEST_CASE("two deaths with the same capsule and it is poison, however long the lives were") {
  CapsuleRecord c;
  c.parked();
  REQUIRE(c.start(at(0s)));
  CHECK_FALSE(c.died(at(3600s)));
  REQUIRE(c.start(at(3601s)));
  CHECK(c.died(at(7200s)));
  CHECK_FALSE(c.start(at(7201s)));
  c.parked();  // a life without it may park anew
  CHECK_FALSE(c.died(at(7202s)));
  CHECK(c.start(at(7203s)));
}

TEST_CASE("parking again at once does not make poison a new capsule") {
  CapsuleRecord c;
  c.parked();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(c.start(at(i * 5s)));
    c.parked();
    CHECK(c.died(at(i * 5s + 1s)) == (i == 1));
  }
  CHECK_FALSE(c.there());
}

TEST_CASE("a life that proved itself and parked again clears the suspicion") {
  CapsuleRecord c;
  c.parked();
  REQUIRE(c.start(at(0s)));
  CHECK_FALSE(c.died(at(1s)));
  REQUIRE(c.start(at(2s)));
  c.parked();
  CHECK_FALSE(c.died(at(2s + kCapsuleProof)));
  REQUIRE(c.start(at(20s)));
  CHECK_FALSE(c.died(at(21s)));  // the first strike again
  CHECK(c.start(at(22s)));
}

TEST_CASE("deaths without a capsule are not held against the next one") {
  CapsuleRecord c;
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(c.start(at(1s * i)));
    CHECK_FALSE(c.died(at(1s * i)));
  }
  c.parked();
  CHECK(c.start(at(9s)));
}
