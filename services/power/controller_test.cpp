#include "services/power/controller.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::power;
using namespace std::chrono_literals;

namespace {

/// Takes what the controller says to the safety controller, and speaks for it.
struct FakeMcu final : Line {
  mculink::Receiver<mculink::ToMcu> receiver{};
  mculink::Sender<mculink::FromMcu> sender{};
  std::vector<mculink::ToMcu> said{};
  void write(std::span<const std::byte> frame) override {
    receiver.feed(frame, [&](const mculink::ToMcu& m) { said.push_back(m); });
  }
  std::vector<mculink::Lease> leases() const {
    std::vector<mculink::Lease> out;
    for (const auto& m : said) {
      if (const auto* lease = std::get_if<mculink::Lease>(&m)) out.push_back(*lease);
    }
    return out;
  }
};

struct Rig {
  FakeMcu mcu;
  Instant now{1h};
  Controller controller{Config{}, mcu, now};
  std::uint64_t uptime_ms = 1'000;

  void hear(const mculink::FromMcu& message) { controller.feed(mcu.sender.encode(message), now); }
  /// What a sound controller says in this state.
  mculink::Status sound(iec61851::Pilot pilot) {
    const bool signal = iec61851::offered(pilot);
    return {.pilot = pilot,
            .duty_permille = static_cast<std::uint16_t>(signal ? 266 : 1000),
            .pp_ampacity_ma = 32'000,
            .uptime_ms = uptime_ms += 100};
  }
  void greet() {
    controller.tick(now);
    hear(mculink::HelloAck{mculink::kVersion, "mcu", mculink::kFeatureLock, 32'000});
    hear(sound(iec61851::Pilot::a));
  }
  void tick() {
    now += kLeasePeriod;
    hear(sound(iec61851::Pilot::b2));
    controller.tick(now);
  }
  bool has(Fault fault) { return (controller.status(now).faults >> std::to_underlying(fault) & 1) != 0; }
};

}  // namespace

TEST_CASE("it greets until it is answered and leaves a running lease alone until session speaks") {
  Rig rig;
  rig.controller.tick(rig.now);
  REQUIRE(rig.mcu.said.size() == 1);
  CHECK(std::holds_alternative<mculink::Hello>(rig.mcu.said[0]));
  rig.greet();
  for (int i = 0; i < 20; ++i) rig.tick();
  CHECK(rig.mcu.leases().empty());
}

TEST_CASE("a permit becomes leases with growing counters") {
  Rig rig;
  rig.greet();
  rig.controller.renew(true, 16'000, rig.now);
  rig.tick();
  rig.tick();
  const auto leases = rig.mcu.leases();
  REQUIRE(leases.size() == 3);
  CHECK(leases[0].permit);
  CHECK(leases[0].max_current_ma == 16'000);
  CHECK(leases[1].counter == leases[0].counter + 1);
}

TEST_CASE("the 5 % signal is leased with and without energy, and ends with the permit") {
  Rig rig;
  rig.greet();
  rig.controller.renew(false, 0, rig.now, true);
  CHECK(rig.mcu.leases().back().digital);
  CHECK_FALSE(rig.mcu.leases().back().permit);
  rig.controller.renew(true, 16'000, rig.now, true);
  CHECK(rig.mcu.leases().back().digital);
  CHECK(rig.mcu.leases().back().permit);
  rig.controller.renew(true, 16'000, rig.now);
  CHECK_FALSE(rig.mcu.leases().back().digital);
  rig.controller.renew(false, 0, rig.now, true);
  rig.controller.revoke(rig.now);
  CHECK_FALSE(rig.mcu.leases().back().digital);
  rig.controller.renew(false, 0, rig.now, true);
  rig.now += 2s;
  rig.tick();
  CHECK_FALSE(rig.mcu.leases().back().digital);
}

TEST_CASE("a limit above the hardware's is cut to it") {
  Rig rig;
  rig.greet();
  rig.controller.renew(true, 80'000, rig.now);
  CHECK(rig.mcu.leases().back().max_current_ma == 32'000);
}

TEST_CASE("a permit that is not renewed runs out and the leases say so") {
  Rig rig;
  rig.greet();
  rig.controller.renew(true, 16'000, rig.now);
  const auto given = rig.now;
  while (rig.now - given < 1900ms) {
    rig.tick();
    CHECK(rig.mcu.leases().back().permit);
  }
  rig.tick();
  rig.tick();
  CHECK_FALSE(rig.mcu.leases().back().permit);
}

TEST_CASE("revoking tells the safety controller at once") {
  Rig rig;
  rig.greet();
  rig.controller.renew(true, 16'000, rig.now);
  rig.controller.revoke(rig.now);
  CHECK_FALSE(rig.mcu.leases().back().permit);
  CHECK(rig.mcu.leases().back().max_current_ma == 0);
}

TEST_CASE("a silent safety controller is seen and its last pilot is not trusted") {
  Rig rig;
  rig.greet();
  CHECK(rig.controller.status(rig.now).controller_alive);
  CHECK(rig.controller.take_changed(rig.now));
  CHECK_FALSE(rig.controller.take_changed(rig.now));
  rig.now += kSilence;
  CHECK_FALSE(rig.controller.status(rig.now).controller_alive);
  CHECK(rig.controller.status(rig.now).pilot == Pilot::unknown);
  CHECK(rig.controller.take_changed(rig.now));
}

TEST_CASE("after silence it greets again and the lease follows the answer") {
  Rig rig;
  rig.greet();
  rig.controller.renew(true, 16'000, rig.now);
  rig.now += 2s;
  rig.controller.tick(rig.now);
  CHECK(std::holds_alternative<mculink::Hello>(rig.mcu.said.back()));
  rig.controller.renew(true, 16'000, rig.now);
  rig.hear(mculink::HelloAck{});
  CHECK(std::holds_alternative<mculink::Lease>(rig.mcu.said.back()));
}

TEST_CASE("every fault of the safety controller has a name of its own here") {
  Rig rig;
  rig.greet();
  std::uint32_t seen = 0;
  for (std::size_t f = 0; f < mculink::kFaultCount; ++f) {
    auto status = rig.sound(iec61851::Pilot::a);
    status.faults = mculink::FaultBits{1} << f;
    rig.hear(status);
    const auto faults = rig.controller.status(rig.now).faults;
    CHECK(std::popcount(faults) == 1);
    CHECK((seen & faults) == 0);
    seen |= faults;
  }
}

TEST_CASE("garbage on the line is counted and changes nothing") {
  Rig rig;
  rig.greet();
  const auto before = rig.controller.status(rig.now);
  std::vector<std::byte> junk(1000);
  for (std::size_t i = 0; i < junk.size(); ++i) junk[i] = static_cast<std::byte>(i * 37);
  rig.controller.feed(junk, rig.now);
  CHECK(rig.controller.status(rig.now).pilot == before.pilot);
  std::uint32_t errors = 0;
  for (const auto e : rig.controller.counters().errors) errors += e;
  CHECK(errors > 0);
}

TEST_CASE("session's wish for the lock is in every lease from then on, and one goes out at once") {
  Rig rig;
  rig.greet();
  rig.controller.set_lock(true, rig.now);
  REQUIRE(rig.mcu.leases().size() == 1);
  CHECK(rig.mcu.leases()[0].lock == mculink::LockWish::lock);
  CHECK_FALSE(rig.mcu.leases()[0].permit);
  rig.tick();
  CHECK(rig.mcu.leases().back().lock == mculink::LockWish::lock);
  rig.controller.set_lock(false, rig.now);
  CHECK(rig.mcu.leases().back().lock == mculink::LockWish::unlock);
}

TEST_CASE("lock, tamper contact and outlet voltage are passed on, and a change of the first two is a change") {
  Rig rig;
  rig.greet();
  CHECK(rig.controller.take_changed(rig.now));
  CHECK(rig.controller.status(rig.now).has_lock);
  auto status = rig.sound(iec61851::Pilot::a);
  status.locked = true;
  rig.hear(status);
  CHECK(rig.controller.take_changed(rig.now));
  status.lock_fault = status.tamper = true;
  status.outlet_mv = 400'000;
  status.uptime_ms = rig.uptime_ms += 100;
  rig.hear(status);
  CHECK(rig.controller.take_changed(rig.now));
  const auto shown = rig.controller.status(rig.now);
  CHECK(shown.locked);
  CHECK(shown.lock_fault);
  CHECK(shown.tamper);
  CHECK(shown.outlet_mv == 400'000);
}

TEST_CASE("a DC target travels in the lease that permits, each change at once, and in no other lease") {
  Rig rig;
  rig.greet();
  rig.controller.renew(true, 32'000, rig.now, true, {Supply::isolate});
  CHECK(rig.mcu.leases().back().supply == mculink::Supply::isolate);
  const Target target{Supply::give, 400'000, 50'000};
  rig.controller.renew(true, 32'000, rig.now, true, target);
  REQUIRE(rig.mcu.leases().back().permit);
  CHECK(rig.mcu.leases().back().supply == mculink::Supply::give);
  CHECK(rig.mcu.leases().back().target_mv == 400'000);
  CHECK(rig.mcu.leases().back().target_ma == 50'000);
  rig.tick();
  CHECK(rig.mcu.leases().back().target_ma == 50'000);
  rig.controller.renew(false, 0, rig.now, true, target);
  CHECK(rig.mcu.leases().back().supply == mculink::Supply::off);
  CHECK(rig.mcu.leases().back().target_ma == 0);
  rig.controller.renew(true, 32'000, rig.now, true, target);
  rig.controller.revoke(rig.now);
  CHECK(rig.mcu.leases().back().supply == mculink::Supply::off);
}

TEST_CASE(
    "what the DC supply and the isolation test say is passed on; the test's result is a change, a silent supply a "
    "fault") {
  Rig rig;
  rig.greet();
  CHECK(rig.controller.take_changed(rig.now));
  auto status = rig.sound(iec61851::Pilot::a);
  status.outlet_ma = 50'000;
  rig.hear(status);
  CHECK_FALSE(rig.controller.take_changed(rig.now));
  CHECK(rig.controller.status(rig.now).outlet_ma == 50'000);
  status = rig.sound(iec61851::Pilot::a);
  status.isolation = mculink::Isolation::warning;
  rig.hear(status);
  CHECK(rig.controller.take_changed(rig.now));
  CHECK(rig.controller.status(rig.now).isolation == Isolation::warning);
  status = rig.sound(iec61851::Pilot::a);
  status.faults = mculink::bit(mculink::Fault::supply);
  rig.hear(status);
  CHECK(rig.has(Fault::supply));
}

TEST_CASE("a connected vehicle without a coded cable is reported, and gone with it") {
  Rig rig;
  rig.greet();
  auto status = rig.sound(iec61851::Pilot::b1);
  status.pp_ampacity_ma = 0;
  rig.hear(status);
  CHECK_FALSE(rig.has(Fault::cable_invalid));  // the plug may still be moving
  rig.now += kPlugMoves;
  rig.hear(status);
  CHECK(rig.has(Fault::cable_invalid));
  status = rig.sound(iec61851::Pilot::a);
  status.pp_ampacity_ma = 0;
  rig.hear(status);
  CHECK(rig.controller.status(rig.now).faults == 0);
}

TEST_CASE("while a fault stands no lease permits energy") {
  Rig rig;
  rig.greet();
  rig.controller.renew(true, 16'000, rig.now);
  auto status = rig.sound(iec61851::Pilot::b1);
  status.faults = mculink::bit(mculink::Fault::estop);
  rig.hear(status);
  rig.controller.tick(rig.now);
  CHECK_FALSE(rig.mcu.leases().back().permit);
  CHECK(rig.mcu.leases().back().max_current_ma == 0);
}

TEST_CASE("a recording of the controller's frames is no living controller") {
  Rig rig;
  rig.greet();
  const auto recorded = rig.sound(iec61851::Pilot::b2);
  for (int i = 0; i < 10; ++i) {
    rig.hear(recorded);
    rig.now += 100ms;
  }
  CHECK_FALSE(rig.controller.alive(rig.now));
}

TEST_CASE("an old event is not taken for an edge") {
  Rig rig;
  rig.greet();
  rig.hear(mculink::Event{mculink::EventKind::pilot_changed, 5'000, iec61851::Pilot::c2, 0});
  CHECK(rig.controller.status(rig.now).pilot == Pilot::a);
  rig.hear(mculink::Event{mculink::EventKind::pilot_changed, (rig.uptime_ms + 1) * 1'000, iec61851::Pilot::b1, 0});
  CHECK(rig.controller.status(rig.now).pilot == Pilot::b1);
}

TEST_CASE("an intact frame with impossible content is reported and ends the permit") {
  Rig rig;
  rig.greet();
  rig.controller.renew(true, 16'000, rig.now);
  auto impossible = rig.sound(iec61851::Pilot::b2);
  impossible.duty_permille = 1001;
  rig.hear(impossible);
  CHECK(rig.has(Fault::internal));
  CHECK(rig.controller.counters().of(mculink::LinkError::bad_message) == 1);
  rig.controller.tick(rig.now);
  CHECK_FALSE(rig.mcu.leases().back().permit);
  rig.controller.reset_fault();
  CHECK_FALSE(rig.has(Fault::internal));
}

TEST_CASE("a controller of another version is greeted, not believed") {
  Rig rig;
  rig.controller.tick(rig.now);
  rig.hear(mculink::HelloAck{mculink::kVersion + 1, "later", 0, 32'000});
  CHECK(rig.has(Fault::internal));
  rig.controller.renew(true, 16'000, rig.now);
  CHECK(rig.mcu.leases().empty());
}

TEST_CASE("a controller that restarts is greeted again at once") {
  Rig rig;
  rig.greet();
  for (int i = 0; i < 5; ++i) rig.tick();
  rig.uptime_ms = 0;
  rig.hear(rig.sound(iec61851::Pilot::a));
  CHECK(std::holds_alternative<mculink::Hello>(rig.mcu.said.back()));
  CHECK_FALSE(rig.has(Fault::internal));
}
