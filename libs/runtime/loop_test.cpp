#include "libs/runtime/loop.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::runtime;
using namespace std::chrono_literals;

namespace {
constexpr ServiceFacts kFacts{.name = "test", .ends = {}, .interfaces = {}, .watchdog_interval_ms = 1000, .build = 9};

struct Rig {
  std::array<os::Handle, 2> control = *os::make_conduit();
  Loop loop{kFacts, control[1]};
  ~Rig() {
    os::close(control[0]);
    os::close(control[1]);
  }
  void order(const control::ToService& body) {
    std::vector<std::byte> frame(wire::max_size<control::Order>());
    frame.resize(wire::encode(control::Order{body}, frame));
    os::send(control[0], frame);
  }
  std::optional<control::Report> report() {
    std::array<std::byte, wire::max_size<control::Report>()> frame{};
    const auto got = os::receive(control[0], frame);
    if (got.arrival != os::Arrival::frame) return std::nullopt;
    auto report = wire::decode<control::Report>(std::span<const std::byte>{frame}.first(got.size));
    if (!report) return std::nullopt;
    return *report;
  }
};
struct Counter {
  int count = 0;
  void tick() { ++count; }
};
}  // namespace

TEST_CASE("start brings configuration and phase") {
  Rig rig;
  control::Start start{control::Phase::idle, 3, {}};
  start.config.size = 5;
  rig.order(start);
  REQUIRE(rig.loop.await_start(1s));
  CHECK(rig.loop.phase() == control::Phase::idle);
  CHECK(rig.loop.restarts() == 3);
  CHECK(rig.loop.config().size() == 5);
}

TEST_CASE("anything but start first is refused") {
  Rig rig;
  rig.order(control::Stop{});
  CHECK_FALSE(rig.loop.await_start(1s));
}

TEST_CASE("garbage on the control conduit stops the service") {
  Rig rig;
  std::array<std::byte, 3> junk{std::byte{0xff}};
  os::send(rig.control[0], junk);
  rig.loop.turn(true, 0);
  CHECK(rig.loop.stopped());
}

TEST_CASE("the supervisor's end closing stops the service") {
  Rig rig;
  os::sever(rig.control[0]);
  rig.loop.turn(true, 0);
  CHECK(rig.loop.stopped());
}

TEST_CASE("stop runs the stop action and ends the loop") {
  Rig rig;
  Counter counter;
  rig.loop.on_stop(Action::to<&Counter::tick>(counter));
  rig.order(control::Stop{});
  rig.loop.turn(true, 0);
  CHECK(counter.count == 1);
  CHECK(rig.loop.stopped());
}

TEST_CASE("a phase order reaches the service") {
  Rig rig;
  rig.order(control::SetPhase{control::Phase::charging});
  rig.loop.turn(true, 0);
  CHECK(rig.loop.phase() == control::Phase::charging);
}

TEST_CASE("ready carries the build") {
  Rig rig;
  rig.loop.report_ready(5);
  const auto report = rig.report();
  REQUIRE(report.has_value());
  CHECK(std::get<control::Ready>(report->body).build == 9);
  CHECK(std::get<control::Ready>(report->body).layers == 5);
}

TEST_CASE("a timer of the past fires once per turn, a cancelled one never, a stale name does no harm") {
  Rig rig;
  Counter once;
  Counter again;
  auto a = rig.loop.after(0us, Action::to<&Counter::tick>(once));
  auto b = rig.loop.after(0us, Action::to<&Counter::tick>(again));
  rig.loop.cancel(b);
  rig.loop.turn(false, 0);
  rig.loop.turn(false, 0);
  CHECK(once.count == 1);
  CHECK(again.count == 0);
  auto c = rig.loop.after(1h, Action::to<&Counter::tick>(again));
  rig.loop.cancel(a);
  CHECK(rig.loop.next_timer() < kNever);
  rig.loop.cancel(c);
}

TEST_CASE("a repeating timer stays and does not run to catch up") {
  Rig rig;
  Counter counter;
  rig.loop.every(1us, Action::to<&Counter::tick>(counter));
  const auto until = os::now() + 200us;
  while (os::now() < until) {
  }
  rig.loop.turn(false, 0);
  CHECK(counter.count == 1);
}
