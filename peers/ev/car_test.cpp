#include "peers/ev/car.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace bulwatt::ev;

namespace {

constexpr int kOffer32A = 533;
constexpr int kOffer16A = 267;
constexpr int kOffer6A = 100;
constexpr int kNoSignal = 1000;

/// A car and a clock.
struct Bench {
  std::int64_t now = 5000;
  Car car;

  explicit Bench(CarConfig config = {}) : car(config, now) {}
  void wait(std::int64_t ms) { car.advance(now += ms); }
  void station(int duty, bool contactor) { car.see_station(duty, contactor, now); }
  int current() const { return car.draw().current_ma[0]; }
  /// Milliseconds until a fact holds, at most `limit`.
  std::int64_t wait_until(const std::function<bool()>& fact, std::int64_t limit) {
    const std::int64_t start = now;
    while (!fact() && now - start <= limit) wait(10);
    return now - start;
  }
  void charge_with(int duty) {
    car.plug(true, now);
    station(duty, false);
    wait(2000);
    REQUIRE(car.face().resistance_ohm != kResistanceB);
    station(duty, true);
    wait(10'000);
  }
};

}  // namespace

TEST_CASE("duty cycles mean what the standard's table says") {
  using enum Offer::Kind;
  const std::pair<int, Offer> cases[] = {
      {0, {none, 0}},           {29, {invalid, 0}},       {30, {digital, 0}},       {50, {digital, 0}},
      {70, {digital, 0}},       {75, {invalid, 0}},       {80, {current, 6'000}},   {100, {current, 6'000}},
      {267, {current, 16'020}}, {533, {current, 31'980}}, {850, {current, 51'000}}, {900, {current, 65'000}},
      {960, {current, 80'000}}, {965, {current, 80'000}}, {971, {invalid, 0}},      {1000, {none, 0}},
  };
  for (const auto& [duty, offer] : cases) {
    CAPTURE(duty);
    CHECK(read_duty(duty) == offer);
  }
}

TEST_CASE("an unplugged car shows an open pilot and no cable") {
  Bench bench;
  CHECK(bench.car.face() == Face{.plugged = false, .resistance_ohm = {}, .diode = true, .pp_ohm = {}});
  bench.station(kOffer32A, true);
  bench.wait(10'000);
  CHECK(bench.car.draw() == Draw{});
  CHECK_FALSE(bench.car.next_change_in_ms());
}

TEST_CASE("the plug shows the code of its cable") {
  for (const auto& [cable, ohm] : {std::pair{13, 1500}, {20, 680}, {32, 220}, {63, 100}}) {
    Bench bench({.cable_a = cable});
    bench.car.plug(true, bench.now);
    CHECK(bench.car.face().pp_ohm == ohm);
    CHECK(bench.car.face().resistance_ohm == kResistanceB);
  }
}

TEST_CASE("the car asks for energy after it saw an offer, and draws after the contactor closed") {
  Bench bench;
  bench.car.plug(true, bench.now);
  bench.wait(60'000);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
  bench.station(kOffer16A, false);
  const auto ready = bench.wait_until([&] { return bench.car.face().resistance_ohm == kResistanceC; }, 5000);
  CHECK(ready >= 500);
  CHECK(ready <= 3000);
  bench.wait(5000);
  CHECK(bench.current() == 0);
  CHECK(bench.car.draw().voltage_mv[0] == 0);
  bench.station(kOffer16A, true);
  CHECK(bench.wait_until([&] { return bench.current() == 16'020; }, 10'000) <= 5000);
  CHECK(bench.car.doing() == "charging");
  CHECK(bench.car.draw().voltage_mv[0] < 230'000);
}

TEST_CASE("a car that needs ventilation asks by state D") {
  Bench bench({.ventilation = true});
  bench.charge_with(kOffer16A);
  CHECK(bench.car.face().resistance_ohm == kResistanceD);
}

TEST_CASE("the car stops within three seconds when the signal goes away and then returns to B") {
  for (const int gone : {kNoSignal, 0, 50, 20}) {
    CAPTURE(gone);
    Bench bench({.max_current_ma = 63'000, .cable_a = 63});
    bench.charge_with(890);
    REQUIRE(bench.current() > 60'000);
    bench.station(gone, true);
    CHECK(bench.wait_until([&] { return bench.current() == 0; }, 4000) <= 3000);
    CHECK(bench.wait_until([&] { return bench.car.face().resistance_ohm == kResistanceB; }, 1000) <= 1000);
  }
}

TEST_CASE("the car adapts to a lower offer within five seconds") {
  Bench bench;
  bench.charge_with(kOffer32A);
  REQUIRE(bench.current() == 31'980);
  bench.station(kOffer6A, true);
  CHECK(bench.wait_until([&] { return bench.current() <= 6'000; }, 6000) <= 5000);
  CHECK(bench.current() == 6'000);
  CHECK(bench.car.face().resistance_ohm == kResistanceC);
}

TEST_CASE("no current ever exceeds the offer, the car's maximum or the cable") {
  Bench by_car({.max_current_ma = 10'000});
  by_car.charge_with(kOffer32A);
  CHECK(by_car.current() == 10'000);
  Bench by_cable({.cable_a = 20});
  by_cable.charge_with(kOffer32A);
  CHECK(by_cable.current() == 20'000);
  by_cable.car.set_max_current(8'000, by_cable.now);
  by_cable.wait(5000);
  CHECK(by_cable.current() == 8'000);
}

TEST_CASE("a single-phase car draws on the first line only") {
  Bench bench({.phases = 1});
  bench.charge_with(kOffer16A);
  CHECK(bench.car.draw().current_ma == std::array<std::int32_t, 3>{16'020, 0, 0});
  CHECK(bench.car.draw().voltage_mv[2] == 230'000);
}

TEST_CASE("an open contactor ends the current at once") {
  Bench bench;
  bench.charge_with(kOffer32A);
  bench.station(kOffer32A, false);
  CHECK(bench.car.draw() == Draw{});
  CHECK(bench.car.face().resistance_ohm == kResistanceC);
}

TEST_CASE("unplugging under load opens the pilot and ends the current at once") {
  Bench bench;
  bench.charge_with(kOffer32A);
  bench.car.plug(false, bench.now);
  CHECK(bench.car.draw() == Draw{});
  CHECK_FALSE(bench.car.face().resistance_ohm);
  bench.car.plug(true, bench.now);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
}

TEST_CASE("five percent duty keeps the car in B and it says why") {
  Bench bench;
  bench.car.plug(true, bench.now);
  bench.station(50, false);
  bench.wait(60'000);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
  CHECK(bench.car.doing() == "5 % duty cycle: the station asks for digital communication, this car has none");
}

TEST_CASE("without demand the car leaves C and comes back with it") {
  Bench bench;
  bench.charge_with(kOffer32A);
  bench.car.set_demand(false, bench.now);
  bench.wait(3000);
  CHECK(bench.current() == 0);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
  CHECK(bench.car.doing() == "wants no energy");
  bench.car.set_demand(true, bench.now);
  bench.wait(3000);
  CHECK(bench.car.face().resistance_ohm == kResistanceC);
}

TEST_CASE("a shorted pilot shows no resistance and the car sees no signal") {
  Bench bench;
  bench.charge_with(kOffer32A);
  bench.car.set_fault(Fault::short_pilot, true, bench.now);
  CHECK(bench.car.face().resistance_ohm == 0);
  bench.wait(3000);
  CHECK(bench.current() == 0);
  bench.car.set_fault(Fault::short_pilot, false, bench.now);
  bench.wait(2000);
  CHECK(bench.car.face().resistance_ohm == kResistanceC);
}

TEST_CASE("a missing diode shows on the face only") {
  Bench bench;
  bench.charge_with(kOffer32A);
  bench.car.set_fault(Fault::no_diode, true, bench.now);
  bench.wait(1000);
  CHECK_FALSE(bench.car.face().diode);
  CHECK(bench.current() == 31'980);
}

TEST_CASE("a defiant car draws until the contactor opens") {
  Bench bench;
  bench.charge_with(kOffer32A);
  bench.car.set_fault(Fault::keeps_drawing, true, bench.now);
  bench.station(kNoSignal, true);
  bench.wait(20'000);
  CHECK(bench.current() == 31'980);
  CHECK(bench.car.face().resistance_ohm == kResistanceC);
  bench.station(kNoSignal, false);
  CHECK(bench.current() == 0);
  bench.wait(2000);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
}

TEST_CASE("energy drawn is voltage times current times time, and speeds up by the factor") {
  for (const double speed : {1.0, 60.0}) {
    Bench bench({.battery_kwh = 1000, .speed = speed});
    bench.charge_with(kOffer16A);
    const double before = bench.car.drawn_mwh();
    const Draw draw = bench.car.draw();
    bench.wait(60'000);
    const double expected = 3.0 * draw.current_ma[0] * draw.voltage_mv[0] / 1000 * 60 / 3600 * speed;
    CHECK(bench.car.drawn_mwh() - before == doctest::Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("the battery takes less towards the end, gets full and the car returns to B") {
  Bench bench({.battery_kwh = 100, .soc_percent = 85, .speed = 60});
  bench.charge_with(kOffer32A);
  CHECK(bench.current() == 31'980);
  bench.wait_until([&] { return bench.car.soc_percent() >= 95; }, 600'000);
  CHECK(bench.current() < 17'000);
  CHECK(bench.current() > 14'000);
  bench.wait_until([&] { return bench.car.soc_percent() >= 100; }, 600'000);
  bench.wait(2000);
  CHECK(bench.car.soc_percent() == 100);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
  CHECK(bench.car.doing() == "full");
  const double drawn = bench.car.drawn_mwh();
  CHECK(drawn > 15e6 / 0.9 * 0.99);
  bench.car.set_soc(50, bench.now);
  bench.wait(2000);
  CHECK(bench.car.face().resistance_ohm == kResistanceC);
}

TEST_CASE("the car names the moments it changes by itself") {
  Bench bench;
  bench.car.plug(true, bench.now);
  CHECK_FALSE(bench.car.next_change_in_ms());
  bench.station(kOffer16A, false);
  CHECK(bench.car.next_change_in_ms() == kTickMs);
  bench.wait(3000);
  CHECK_FALSE(bench.car.next_change_in_ms());
  bench.station(kOffer16A, true);
  CHECK(bench.car.next_change_in_ms() == kTickMs);
  bench.station(kNoSignal, true);
  bench.wait(5000);
  CHECK_FALSE(bench.car.next_change_in_ms());
}

TEST_CASE("faults are known by name") {
  for (std::size_t i = 0; i < kFaultNames.size(); ++i) CHECK(fault_of(kFaultNames[i]) == static_cast<Fault>(i));
  CHECK_FALSE(fault_of("meter_nan"));
}

TEST_CASE("a car that speaks follows what was agreed while the signal says 5 %, and opens no switch under load") {
  Bench bench;
  bench.car.plug(true, bench.now);
  bench.car.see_station(50, false, bench.now);
  bench.car.set_agreed(Agreed{}, bench.now);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
  bench.car.set_agreed(Agreed{true, 10'000}, bench.now);
  CHECK(bench.car.face().resistance_ohm == kResistanceC);  // at once: the station waits a quarter of a second for it
  bench.car.see_station(50, true, bench.now);
  bench.wait(5'000);
  CHECK(bench.car.draw().current_ma[0] == 10'000);
  bench.car.set_agreed(Agreed{false, 0}, bench.now);
  CHECK(bench.car.face().resistance_ohm == kResistanceC);
  bench.wait(3'000);
  CHECK(bench.car.draw().current_ma[0] == 0);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
  // By the duty cycle again: what was agreed means nothing.
  bench.car.set_agreed(Agreed{true, 10'000}, bench.now);
  bench.car.see_station(1000, false, bench.now);
  bench.wait(1'000);
  CHECK(bench.car.face().resistance_ohm == kResistanceB);
}

TEST_CASE(
    "with direct current the car draws what the station's supply gives, on one line, and its battery fills by it") {
  Bench bench({.battery_kwh = 60, .soc_percent = 20});
  bench.car.plug(true, bench.now);
  bench.car.set_agreed(Agreed{true, 100'000}, bench.now);
  bench.station(50, true);
  bench.car.see_supply(DcFlow{.current_ma = 100'000, .voltage_mv = 400'000}, bench.now);
  bench.wait(3'600'000);
  CHECK(bench.car.face().resistance_ohm == kResistanceC);
  CHECK(bench.car.draw() == Draw{{100'000, 0, 0}, {400'000, 0, 0}});
  CHECK(bench.car.drawn_mwh() == doctest::Approx(40e6).epsilon(0.01));
  CHECK(bench.car.soc_percent() == doctest::Approx(80).epsilon(0.01));
  bench.station(50, false);
  CHECK(bench.car.draw() == Draw{});
  bench.car.see_supply(DcFlow{.current_ma = 100'000, .voltage_mv = 400'000}, bench.now);
  CHECK(bench.car.draw() == Draw{});  // behind open contactors nothing flows, whatever is said
}
