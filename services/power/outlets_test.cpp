#include "services/power/outlets.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::power;
using namespace std::chrono_literals;

namespace {

struct FakeMcu final : Line {
  mculink::Receiver<mculink::ToMcu> receiver{};
  mculink::Sender<mculink::FromMcu> sender{};
  std::optional<mculink::Lease> lease{};
  void write(std::span<const std::byte> frame) override {
    receiver.feed(frame, [&](const mculink::ToMcu& m) {
      if (const auto* l = std::get_if<mculink::Lease>(&m)) lease = *l;
    });
  }
};

/// EVSE 1 with two connectors, EVSE 2 with one.
struct Rig {
  Config config = [] {
    Config c;
    c.outlets = {3, {OutletConfig{1, 1, 1}, OutletConfig{1, 2, 2}, OutletConfig{2, 1, 3}}};
    return c;
  }();
  std::array<FakeMcu, 3> mcus{};
  std::array<Line*, 3> lines{&mcus[0], &mcus[1], &mcus[2]};
  Instant now{1h};
  Outlets outlets{config, lines, now};
  std::uint64_t uptime_ms = 0;

  void hear(std::size_t i, const mculink::FromMcu& message) { outlets[i].feed(mcus[i].sender.encode(message), now); }
  void greet() {
    for (std::size_t i = 0; i < 3; ++i) {
      hear(i, mculink::HelloAck{mculink::kVersion, "mcu", 0, 32'000});
      hear(i, mculink::Status{.pilot = iec61851::Pilot::a, .duty_permille = 1000, .uptime_ms = ++uptime_ms});
    }
  }
};

}  // namespace

TEST_CASE("a call reaches the outlet it names and no other") {
  Rig rig;
  rig.greet();
  REQUIRE(rig.outlets.on(RenewPermit{2, 1, true, 10'000}, rig.now));
  CHECK_FALSE(rig.mcus[0].lease);
  CHECK_FALSE(rig.mcus[1].lease);
  REQUIRE(rig.mcus[2].lease);
  CHECK(rig.mcus[2].lease->permit);
  REQUIRE(rig.outlets.on(SetLock{1, 2, true}, rig.now));
  REQUIRE(rig.mcus[1].lease);
  CHECK(rig.mcus[1].lease->lock == mculink::LockWish::lock);
  REQUIRE(rig.outlets.on(RevokePermit{2, 1}, rig.now));
  CHECK_FALSE(rig.mcus[2].lease->permit);
  CHECK(rig.outlets.on(ReadStatus{1, 1}, rig.now)->pilot == Pilot::a);
  CHECK(rig.outlets.on(ResetFault{1, 1}, rig.now));
}

TEST_CASE("an outlet that is not configured is an error in every call") {
  Rig rig;
  rig.greet();
  for (const auto& [evse, connector] :
       {std::pair<std::uint8_t, std::uint8_t>{2, 2}, {3, 1}, {0, 1}, {1, 0}, {255, 255}}) {
    CAPTURE(int{evse});
    CHECK(rig.outlets.on(RenewPermit{evse, connector, true, 6'000}, rig.now).error() == Error::unknown_evse);
    CHECK(rig.outlets.on(RevokePermit{evse, connector}, rig.now).error() == Error::unknown_evse);
    CHECK(rig.outlets.on(ReadStatus{evse, connector}, rig.now).error() == Error::unknown_evse);
    CHECK(rig.outlets.on(ResetFault{evse, connector}, rig.now).error() == Error::unknown_evse);
    CHECK(rig.outlets.on(SetLock{evse, connector, true}, rig.now).error() == Error::unknown_evse);
  }
}

TEST_CASE("of one EVSE one connector at a time holds a permit") {
  Rig rig;
  rig.greet();
  REQUIRE(rig.outlets.on(RenewPermit{1, 1, true, 10'000}, rig.now));
  CHECK(rig.outlets.on(RenewPermit{1, 2, true, 10'000}, rig.now).error() == Error::evse_busy);
  CHECK(rig.outlets.on(RenewPermit{1, 2, false, 0}, rig.now).has_value());
  CHECK(rig.outlets.on(RenewPermit{2, 1, true, 10'000}, rig.now).has_value());
  REQUIRE(rig.outlets.on(RevokePermit{1, 1}, rig.now));
  CHECK(rig.outlets.on(RenewPermit{1, 2, true, 10'000}, rig.now).has_value());
}

TEST_CASE("a connector that is still closed keeps the others of its EVSE waiting") {
  Rig rig;
  rig.greet();
  mculink::Status closed{.pilot = iec61851::Pilot::c1,
                         .duty_permille = 1000,
                         .contactor_commanded = true,
                         .contactor_feedback = true,
                         .pp_ampacity_ma = 32'000};
  closed.uptime_ms = ++rig.uptime_ms;
  rig.hear(0, closed);
  CHECK(rig.outlets.on(RenewPermit{1, 2, true, 10'000}, rig.now).error() == Error::evse_busy);
  closed.contactor_commanded = false;
  closed.uptime_ms = ++rig.uptime_ms;
  rig.hear(0, closed);
  CHECK(rig.outlets.on(RenewPermit{1, 2, true, 10'000}, rig.now).error() == Error::evse_busy);
  closed.contactor_feedback = false;
  closed.uptime_ms = ++rig.uptime_ms;
  rig.hear(0, closed);
  CHECK(rig.outlets.on(RenewPermit{1, 2, true, 10'000}, rig.now).has_value());
}

TEST_CASE("a change is told with the outlet's numbers, once") {
  Rig rig;
  rig.greet();
  std::vector<StatusChanged> told;
  const auto tell = [&](const StatusChanged& changed) { told.push_back(changed); };
  rig.outlets.tell_changes(rig.now, tell);
  CHECK(told.size() == 3);
  told.clear();
  rig.hear(1, mculink::Status{
                  .pilot = iec61851::Pilot::b1, .duty_permille = 1000, .pp_ampacity_ma = 32'000, .uptime_ms = 99});
  rig.outlets.tell_changes(rig.now, tell);
  rig.outlets.tell_changes(rig.now, tell);
  REQUIRE(told.size() == 1);
  CHECK(told[0].evse == 1);
  CHECK(told[0].connector == 2);
}

TEST_CASE("outlets that share a number or a controller are refused with a sentence") {
  Config config;
  CHECK(outlets_error(config).empty());
  config.outlets = {2, {OutletConfig{1, 1, 1}, OutletConfig{1, 1, 2}}};
  CHECK(outlets_error(config).find("same EVSE") != std::string_view::npos);
  config.outlets = {2, {OutletConfig{1, 1, 1}, OutletConfig{1, 2, 1}}};
  CHECK(outlets_error(config).find("share") != std::string_view::npos);
  config.outlets = {};
  CHECK_FALSE(outlets_error(config).empty());
}

TEST_CASE("in the safe state the permit ends at once, not when it runs out") {
  Rig rig;
  rig.greet();
  REQUIRE(rig.outlets.on(RenewPermit{1, 2, true, 10'000}, rig.now));
  REQUIRE(rig.outlets.on(RenewPermit{2, 1, true, 10'000}, rig.now));
  rig.outlets.follow(control::Phase::charging, rig.now);
  CHECK(rig.mcus[1].lease->permit);
  CHECK(rig.mcus[2].lease->permit);
  rig.outlets.follow(control::Phase::safe, rig.now);
  CHECK_FALSE(rig.mcus[1].lease->permit);
  CHECK_FALSE(rig.mcus[2].lease->permit);
  rig.outlets.tick(rig.now);
  CHECK_FALSE(rig.mcus[2].lease->permit);
}
