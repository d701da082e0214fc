#include "peers/metersim/meter.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::metersim;
using meters::Quantity;

namespace {

constexpr std::int64_t kKwh = 1'000'000;
constexpr Draw kSixteenAmperes{{16'000, 16'000, 16'000}, {230'000, 230'000, 230'000}, 1};

std::optional<std::int64_t> shown(const Meter& meter, Quantity quantity) {
  return meter.shown(meter.image(), quantity);
}

Meter made(Energy start, std::int64_t now_ms, const char* model = "sdm630") {
  return {Face::of(model), 21'031'847, start, now_ms};
}

}  // namespace

TEST_CASE("an idle meter shows the mains and its energy") {
  Meter meter = made({100 * kKwh, 0}, 0);
  meter.advance(3'600'000);
  CHECK(shown(meter, Quantity::voltage_l1) == 230'000);
  CHECK(shown(meter, Quantity::voltage_l3) == 230'000);
  CHECK(shown(meter, Quantity::frequency) == 50'000);
  CHECK(shown(meter, Quantity::current_l1) == 0);
  CHECK(shown(meter, Quantity::power_total) == 0);
  CHECK(shown(meter, Quantity::energy_import) == 100 * kKwh);
  CHECK(shown(meter, Quantity::energy_export) == 0);
}

TEST_CASE("energy is power times time, exactly, in steps of any size") {
  Meter whole = made({0, 0}, 0);
  Meter pieces = made({0, 0}, 0);
  whole.draw("ev", kSixteenAmperes, 0);
  pieces.draw("ev", kSixteenAmperes, 0);
  whole.advance(3'600'000);
  for (std::int64_t now = 0; now <= 3'600'000; now += 137) pieces.advance(now);
  pieces.advance(3'600'000);
  CHECK(whole.energy().mwh == 3 * 16 * 230 * 1000);
  CHECK(pieces.energy() == whole.energy());
  CHECK(shown(whole, Quantity::power_total) == 11'040'000);
  CHECK(shown(whole, Quantity::power_l2) == 3'680'000);
  CHECK(shown(whole, Quantity::current_l3) == 16'000);
}

TEST_CASE("time-lapse multiplies energy") {
  Meter meter = made({0, 0}, 0);
  Draw fast = kSixteenAmperes;
  fast.speed = 60;
  meter.draw("ev", fast, 0);
  meter.advance(60'000);
  CHECK(meter.energy().mwh == 3 * 16 * 230 * 1000);
}

TEST_CASE("the draw of one that leaves ends, the draws of others go on") {
  Meter meter = made({0, 0}, 0);
  meter.draw("ev", kSixteenAmperes, 0);
  meter.draw("ev-2", {{10'000, 0, 0}, {}, 1}, 0);
  CHECK(shown(meter, Quantity::current_l1) == 26'000);
  meter.stop("ev", 1000);
  CHECK(shown(meter, Quantity::current_l1) == 10'000);
  CHECK(shown(meter, Quantity::voltage_l1) == 230'000);
  meter.stop("ev-2", 1000);
  const Energy energy = meter.energy();
  meter.advance(100'000);
  CHECK(meter.energy() == energy);
}

TEST_CASE("a draw that ended before it is told so adds nothing after its end") {
  Meter meter = made({0, 0}, 0);
  meter.draw("ev", kSixteenAmperes, 0);
  meter.advance(900);
  meter.draw("ev", {}, 1000);  // said at 1000, heard later
  const Energy energy = meter.energy();
  meter.draw("ev", {}, 900);
  meter.advance(5000);
  CHECK(meter.energy() == energy);
}

TEST_CASE("a stuck meter shows old values and later the truth") {
  Meter meter = made({kKwh, 0}, 0);
  meter.draw("ev", kSixteenAmperes, 0);
  meter.set_fault(Fault::stuck, true, 0);
  meter.advance(3'600'000);
  CHECK(shown(meter, Quantity::energy_import) == kKwh);
  meter.set_fault(Fault::stuck, false, 3'600'000);
  CHECK(shown(meter, Quantity::energy_import) == 12'040'000);
}

TEST_CASE("a meter running backwards shows one kilowatt-hour less, never below zero") {
  Meter meter = made({5 * kKwh, 0}, 0);
  meter.set_fault(Fault::backwards, true, 0);
  CHECK(shown(meter, Quantity::energy_import) == 4 * kKwh);
  CHECK(shown(meter, Quantity::energy_total) == 4 * kKwh);
  Meter young = made({kKwh / 2, 0}, 0);
  young.set_fault(Fault::backwards, true, 0);
  CHECK(shown(young, Quantity::energy_import) == 0);
}

TEST_CASE("a NaN meter shows no value at all") {
  Meter meter = made({kKwh, 0}, 0);
  meter.set_fault(Fault::nan, true, 0);
  for (std::size_t i = 0; i < meters::kQuantityCount; ++i) CHECK_FALSE(shown(meter, static_cast<Quantity>(i)));
  meter.set_fault(Fault::nan, false, 0);
  for (std::size_t i = 0; i < meters::kQuantityCount; ++i) CHECK(shown(meter, static_cast<Quantity>(i)));
}

TEST_CASE("a clock that steps back adds nothing") {
  Meter meter = made({0, 0}, 10'000);
  meter.draw("ev", kSixteenAmperes, 10'000);
  meter.advance(5'000);
  CHECK(meter.energy() == Energy{});
}

TEST_CASE("a register at its end begins again at zero; one that has no end cannot be asked to") {
  for (const char* model : {"em340", "sunspec203"}) {
    CAPTURE(model);
    Meter meter = made({100 * kKwh, 0}, 0, model);
    const std::int64_t wrap = meter.face().wrap();
    REQUIRE(wrap > 0);
    REQUIRE(meter.set_fault(Fault::rollover, true, 0));
    CHECK(shown(meter, Quantity::energy_import) == wrap - 200'000);
    meter.draw("ev", kSixteenAmperes, 0);
    meter.advance(3'600'000);
    CHECK(shown(meter, Quantity::energy_import).value() == doctest::Approx(11'040'000 - 200'000).epsilon(0.02));
  }
  Meter never = made({0, 0}, 0);
  CHECK_FALSE(never.set_fault(Fault::rollover, true, 0));
}

TEST_CASE("a reset meter begins at zero, a replaced one somewhere else with another serial number") {
  Meter meter = made({100 * kKwh, 0}, 0);
  meter.draw("ev", kSixteenAmperes, 0);
  meter.set_fault(Fault::reset, true, 0);
  CHECK(shown(meter, Quantity::energy_import) == 0);
  meter.advance(3'600'000);
  CHECK(shown(meter, Quantity::energy_import) == 11'040'000);
  meter.set_fault(Fault::reset, false, 3'600'000);
  const Image before = meter.image();
  meter.set_fault(Fault::replaced, true, 3'600'000);
  CHECK(shown(meter, Quantity::energy_import) == 12'345 * kKwh);
  CHECK(meter.image().holding.words != before.holding.words);
}

TEST_CASE("every model shows what flows, and says so when it has no value") {
  for (const char* model :
       {"sdm630", "em340", "sunspec201", "sunspec202", "sunspec203", "sunspec204", "sunspec211", "sunspec213"}) {
    CAPTURE(model);
    Meter meter = made({100 * kKwh, 0}, 0, model);
    meter.draw("ev", kSixteenAmperes, 0);
    CHECK(shown(meter, Quantity::current_l1) == 16'000);
    CHECK(shown(meter, Quantity::voltage_l1) == 230'000);
    CHECK(shown(meter, Quantity::power_total) == 11'040'000);
    CHECK(shown(meter, Quantity::frequency) == 50'000);
    CHECK(shown(meter, Quantity::energy_import) == 100 * kKwh);
    meter.set_fault(Fault::nan, true, 0);
    for (const auto& row : meter.face().map().rows) CHECK_FALSE(shown(meter, row.quantity));
  }
  CHECK_FALSE(shown(made({}, 0, "sunspec201"), Quantity::current_l2));
  CHECK(shown(made({}, 0, "sunspec202"), Quantity::current_l2));
  CHECK_THROWS_WITH(Face::of("sunspec205"), doctest::Contains("there is no model 'sunspec205'"));
}

TEST_CASE("faults are known by name") {
  for (std::size_t i = 0; i < kFaultNames.size(); ++i) CHECK(fault_of(kFaultNames[i]) == static_cast<Fault>(i));
  CHECK_FALSE(fault_of("no_diode"));
}
