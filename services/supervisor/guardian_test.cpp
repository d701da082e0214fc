#include "services/supervisor/guardian.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using namespace std::chrono_literals;

namespace {
struct Dog final : os::Watchdog {
  Instant fed{};
  Instant* clock;
  bool takes = true;
  bool released = false;
  explicit Dog(Instant& now) : fed(now), clock(&now) {}
  bool feed() override {
    fed = *clock;
    return takes;
  }
  void release() override { released = true; }
  Duration patience() const override { return 8s; }
  bool bites() const { return !released && *clock - fed >= patience(); }
};
struct Rig {
  Instant now{1000s};
  Dog dog{now};
  Guardian guardian;
  Rig() { guardian.add(dog); }
  void pass(Duration time, bool fresh) {
    for (const auto end = now + time; now < end && !dog.bites(); now += 500ms) guardian.tick(fresh, now);
  }
};
}  // namespace

TEST_CASE("a watchdog is fed four times in its patience while the safety zone is fresh") {
  Rig r;
  r.guardian.tick(true, r.now);
  CHECK(r.guardian.next() == r.now + 2s);
  CHECK(r.guardian.state() == Guard::fed);
  r.pass(1h, true);
  CHECK_FALSE(r.dog.bites());
}

TEST_CASE("it bites when the safety zone is not fresh for its patience, not for a restart of a service") {
  Rig r;
  r.pass(10s, true);
  r.pass(5s, false);
  CHECK(r.guardian.state() == Guard::starved);
  CHECK_FALSE(r.dog.bites());
  r.pass(10s, true);
  CHECK_FALSE(r.dog.bites());
  r.pass(10s, false);
  CHECK(r.dog.bites());
}

TEST_CASE("freshness that returns is food at once") {
  Rig r;
  r.pass(10s, true);
  r.pass(4s, false);
  r.guardian.tick(true, r.now);
  CHECK(r.dog.fed == r.now);
}

TEST_CASE("an ordered end releases it, and a watchdog that takes no food is shown") {
  Rig r;
  r.dog.takes = false;
  r.guardian.tick(true, r.now);
  CHECK(r.guardian.state() == Guard::failed);
  r.guardian.release();
  CHECK(r.dog.released);
  CHECK(r.guardian.state() == Guard::none);
  CHECK(Guardian{}.next() == kNever);
}
