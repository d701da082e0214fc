// The DC outlet: the order of its contactors, what each step waits for, and what its sensors stop.
#include "mcu/logic/test_rig.hpp"

#include <vector>

using namespace bulwatt;
using namespace bulwatt::mcu;
using namespace bulwatt::iec61851;
using Step = Switchgear::Step;

namespace {

/// A DC outlet on ideal hardware: contactors take 20 ms, the resistor charges the outlet within 100 ms.
struct DcRig {
  Config config = [] {
    Config c;
    c.dc = true;
    c.socket = false;
    return c;
  }();
  State state{};
  Outputs out{};
  std::uint64_t now_us = 0;
  std::int32_t vehicle_mv = kLevelA;
  mculink::Lease lease{.digital = true, .lease_ms = 500};
  bool host_alive = true;

  Contacts contacts{};
  std::array<std::uint32_t, 3> moving{};
  bool resistor_broken = false, keeps_voltage = false, isolation_ok = true;
  std::array<std::optional<bool>, 3> frozen{};
  std::int32_t outlet_mv = 0;
  FaultBits reset = 0;

  static void move(bool& contact, bool commanded, std::uint32_t& count) {
    count = contact == commanded ? 0 : count + 1;
    if (count > 20) contact = commanded;
  }
  void tick() {
    move(contacts.main, out.contactor, moving[0]);
    move(contacts.negative, out.negative, moving[1]);
    move(contacts.precharge, out.precharge, moving[2]);
    if (contacts.negative && contacts.main) outlet_mv = 400'000;
    else if (contacts.negative && contacts.precharge && !resistor_broken)
      outlet_mv = std::min(outlet_mv + 4'000, 400'000);
    else if (!keeps_voltage) outlet_mv = std::max(outlet_mv - 4'000, 0);
    const bool pwm = out.duty_permille != kSteadyHigh && out.duty_permille != kSteadyLow;
    const std::int32_t high = out.duty_permille == kSteadyLow ? kLevelF : vehicle_mv;
    Inputs in{{.cp_high_mv = high,
               .cp_low_mv = pwm ? kLevelF : high,
               .feedback_closed = frozen[0].value_or(contacts.main),
               .rcd_tripped = out.rcd_test,
               .pe_ok = true,
               .temperature_dc = 250,
               .negative_closed = frozen[1].value_or(contacts.negative),
               .precharge_closed = frozen[2].value_or(contacts.precharge),
               .isolation_ok = isolation_ok,
               .source_mv = 400'000,
               .outlet_mv = outlet_mv},
              {}};
    in.requests.reset = std::exchange(reset, 0);
    if (host_alive && now_us % 100'000 == 0) {
      ++lease.counter;
      in.requests.lease = lease;
    }
    out = step(state, in, now_us, config);
    now_us += kCycleUs;
  }
  void run_ms(int ms) {
    for (int i = 0; i < ms; ++i) tick();
  }
  template <class Condition>
  int ms_until(Condition&& condition, int most_ms) {
    int ms = 0;
    for (; !condition() && ms < most_ms; ++ms) tick();
    REQUIRE(condition());
    return ms;
  }
  bool fault(Fault f) const { return (state.faults & bit(f)) != 0; }
  bool all_open() const { return !out.contactor && !out.negative && !out.precharge; }
  void ask() {
    run_ms(100);
    vehicle_mv = kLevelB;
    run_ms(500);
    lease.permit = true;
    vehicle_mv = kLevelC;
  }
  void charge() {
    ask();
    ms_until([&] { return state.gear.at == Step::closed; }, 3'000);
    run_ms(100);
    REQUIRE(out.contactor);
    REQUIRE(out.negative);
    REQUIRE_FALSE(out.precharge);
    REQUIRE(state.faults == 0);
  }
};

}  // namespace

TEST_CASE("the contactors close in order: negative, resistor, positive when the outlet has followed, resistor out") {
  DcRig rig;
  rig.ask();
  std::vector<Step> steps;
  for (int ms = 0; ms < 2'000; ++ms) {
    const auto before = rig.state.gear.at;
    rig.tick();
    if (rig.state.gear.at != before) steps.push_back(rig.state.gear.at);
    const auto& out = rig.out;
    REQUIRE((!out.precharge || out.negative));
    REQUIRE((!out.contactor || out.negative));
    const bool positive_now = out.contactor && before == Step::precharging;
    if (positive_now) CHECK(400'000 - rig.outlet_mv <= rig.config.precharge_mv);
  }
  CHECK(steps == std::vector<Step>{Step::negative, Step::precharging, Step::joining, Step::closed});
  CHECK(rig.contacts == Contacts{true, true, false});
  CHECK(rig.outlet_mv == 400'000);
}

TEST_CASE("all contactors open in the same cycle, from every step of closing") {
  for (const auto step : {Step::negative, Step::precharging, Step::joining, Step::closed}) {
    CAPTURE(static_cast<int>(step));
    DcRig rig;
    rig.ask();
    rig.ms_until([&] { return rig.state.gear.at == step; }, 3'000);
    rig.vehicle_mv = kLevelB;
    CHECK(rig.ms_until([&] { return rig.all_open(); }, 100) <= 28);
    rig.run_ms(6'000);
    CHECK(rig.all_open());
    CHECK(rig.state.faults == 0);
  }
}

TEST_CASE("a permit that ends while the contactors still close opens them at once: no current can flow yet") {
  DcRig rig;
  rig.ask();
  rig.ms_until([&] { return rig.state.gear.at == Step::precharging; }, 3'000);
  rig.lease.permit = false;
  CHECK(rig.ms_until([&] { return rig.all_open(); }, 200) <= 101);
  CHECK(rig.state.phase == Phase::open);
}

TEST_CASE("an outlet that does not follow through the resistor is a fault and the positive main never closes") {
  DcRig rig;
  rig.resistor_broken = true;
  rig.ask();
  for (int ms = 0; ms < 3'000; ++ms) {
    rig.tick();
    REQUIRE_FALSE(rig.out.contactor);
  }
  CHECK(rig.state.faults == bit(Fault::precharge));
  CHECK(rig.all_open());
  rig.resistor_broken = false;
  rig.vehicle_mv = kLevelA;
  rig.run_ms(100);
  rig.reset = mculink::kAllFaults;
  rig.run_ms(100);
  rig.lease.permit = false;
  rig.charge();
}

TEST_CASE("a contact whose feedback does not come stops the sequence there and is a fault within a second") {
  for (const std::size_t contact : {1U, 2U, 0U}) {
    CAPTURE(contact);
    DcRig rig;
    rig.frozen[contact] = false;
    rig.ask();
    rig.ms_until([&] { return rig.state.faults != 0; }, 3'000);
    CHECK((rig.fault(Fault::feedback_stuck) || rig.fault(Fault::precharge)));
    CHECK(rig.all_open());
    if (contact != 0) CHECK_FALSE(rig.contacts.main);
  }
}

TEST_CASE("each contact that stays closed is a weld one second after the command, and nothing closes again") {
  for (const std::size_t contact : {0U, 1U, 2U}) {
    CAPTURE(contact);
    DcRig rig;
    if (contact == 2) {
      rig.ask();
      rig.ms_until([&] { return rig.contacts.precharge; }, 3'000);
    } else {
      rig.charge();
    }
    rig.frozen[contact] = true;
    rig.vehicle_mv = kLevelB;
    rig.ms_until([&] { return rig.all_open(); }, 1'200);
    rig.ms_until([&] { return rig.fault(Fault::weld); }, 1'100);
    rig.vehicle_mv = kLevelC;
    for (int ms = 0; ms < 2'000; ++ms) {
      rig.tick();
      REQUIRE(rig.all_open());
    }
  }
}

TEST_CASE("the isolation monitor's no opens within three cycles and keeps open") {
  DcRig rig;
  rig.charge();
  rig.isolation_ok = false;
  CHECK(rig.ms_until([&] { return rig.all_open(); }, 100) <= 3);
  CHECK(rig.state.faults == bit(Fault::isolation));
  DcRig never;
  never.isolation_ok = false;
  never.ask();
  never.run_ms(2'000);
  CHECK(never.all_open());
  CHECK(never.fault(Fault::isolation));
}

TEST_CASE("an outlet that keeps its voltage after opening is a fault after five seconds") {
  DcRig rig;
  rig.charge();
  rig.keeps_voltage = true;
  rig.vehicle_mv = kLevelB;
  rig.ms_until([&] { return rig.all_open(); }, 100);
  CHECK(rig.ms_until([&] { return rig.fault(Fault::discharge); }, 6'000) == 5'000);
}

TEST_CASE("nothing closes onto an outlet that is still charged") {
  DcRig rig;
  rig.keeps_voltage = true;
  rig.outlet_mv = 60'000;
  rig.ask();
  rig.run_ms(2'000);
  CHECK(rig.all_open());
  rig.outlet_mv = 59'999;
  rig.run_ms(2'000);
  CHECK(rig.out.contactor);
}

TEST_CASE("a DC outlet gives the vehicle its six seconds and no more") {
  DcRig rig;
  rig.charge();
  rig.lease.permit = false;
  const int ms = rig.ms_until([&] { return rig.all_open(); }, 7'000);
  CHECK(ms >= 6'000);
  CHECK(ms <= 6'101);
}
