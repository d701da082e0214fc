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
  Controller controller{Config{}, mcu};
  Instant now{1h};
  void hear(const mculink::FromMcu& message) { controller.feed(mcu.sender.encode(message), now); }
  void greet() {
    controller.tick(now);
    hear(mculink::HelloAck{mculink::kVersion, "mcu", 0, 32'000});
    hear(mculink::Status{.pilot = iec61851::Pilot::a});
  }
  void tick() {
    now += kLeasePeriod;
    hear(mculink::Status{.pilot = iec61851::Pilot::b2});
    controller.tick(now);
  }
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
    rig.hear(mculink::Status{.faults = mculink::FaultBits{1} << f});
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
