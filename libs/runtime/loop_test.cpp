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
  control::Start start{control::Phase::idle, 3, {}, {}};
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

namespace {
struct Volatile {
  static constexpr std::uint16_t kVersion = 3;
  std::uint32_t value{};
  Text<40> word{};
  static constexpr auto fields() { return list(field<&Volatile::value>("value"), field<&Volatile::word>("word")); }
};
struct Later {
  static constexpr std::uint16_t kVersion = 4;
  std::uint32_t value{};
  Text<40> word{};
  static constexpr auto fields() { return list(field<&Later::value>("value"), field<&Later::word>("word")); }
};
control::Capsule parked_capsule() {
  Rig rig;
  rig.loop.park(Volatile{77, "seventy-seven"});
  const auto report = rig.report();
  REQUIRE(report);
  return std::get<control::Park>(report->body).capsule;
}
std::optional<control::Capsule> with(control::Capsule capsule, void (*change)(control::Capsule&)) {
  change(capsule);
  return capsule;
}
}  // namespace

TEST_CASE("what was parked comes back with the next start") {
  Rig rig;
  CHECK_FALSE(rig.loop.parked<Volatile>());
  rig.order(control::Start{control::Phase::idle, 1, {}, parked_capsule()});
  REQUIRE(rig.loop.await_start(1s));
  const auto state = rig.loop.parked<Volatile>();
  REQUIRE(state);
  CHECK(state->value == 77);
  CHECK(state->word.view() == "seventy-seven");
  CHECK_FALSE(rig.loop.parked<Later>());  // another layout
}

TEST_CASE("a damaged capsule is no capsule") {
  using Change = void (*)(control::Capsule&);
  const Change changes[] = {
      [](control::Capsule& c) { c.state.data[0] ^= std::byte{1}; },
      [](control::Capsule& c) { c.state.size -= 1; },
      [](control::Capsule& c) { c.check ^= 1; },
      [](control::Capsule& c) { c.state.size = 0; },
  };
  for (const auto change : changes) {
    Rig rig;
    rig.order(control::Start{control::Phase::idle, 1, {}, with(parked_capsule(), change)});
    REQUIRE(rig.loop.await_start(1s));
    CHECK_FALSE(rig.loop.parked<Volatile>());
  }
  // The version is under the checksum too.
  Rig rig;
  rig.order(
      control::Start{control::Phase::idle, 1, {}, with(parked_capsule(), [](control::Capsule& c) { c.version = 4; })});
  REQUIRE(rig.loop.await_start(1s));
  CHECK_FALSE(rig.loop.parked<Later>());
}

TEST_CASE("an act of the supervisor reaches the service that keeps them, and is confirmed by number") {
  Rig rig;
  std::vector<std::uint32_t> got;
  auto take = [&](const control::Act& act) { got.push_back(act.number); };
  rig.loop.on_act(Delegate<const control::Act&>::of(take));
  rig.order(control::Act{12, {}, control::ActKind::step, "x", "zone", 5});
  rig.loop.turn(true, 0);
  CHECK(got == std::vector<std::uint32_t>{12});
  rig.loop.act_kept(12);
  const auto report = rig.report();
  REQUIRE(report);
  CHECK(std::get<control::ActKept>(report->body).number == 12);
}
