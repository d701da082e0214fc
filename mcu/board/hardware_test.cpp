#include "mcu/board/hardware.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::board;
using namespace bulwatt::iec61851;

namespace {
mcu::Sensors measured(const Vehicle& vehicle, std::uint16_t duty) {
  Hardware hardware;
  return hardware.step(vehicle, {.duty_permille = duty});
}
}  // namespace

TEST_CASE("the resistors of a vehicle make the levels of their states") {
  struct Case {
    std::optional<std::uint32_t> ohm;
    Band band;
  };
  for (const auto& c :
       {Case{std::nullopt, Band::a}, Case{2'740, Band::b}, Case{882, Band::c}, Case{246, Band::d}, Case{0, Band::e}}) {
    for (const bool diode : {true, false}) {
      const Vehicle vehicle{.resistance_ohm = c.ohm, .diode = diode};
      for (const std::uint16_t duty : {kSteadyHigh, std::uint16_t{533}}) {
        const auto sensors = measured(vehicle, duty);
        CHECK(band_of(sensors.cp_high_mv) == c.band);
        if (duty == kSteadyHigh) CHECK(sensors.cp_low_mv == sensors.cp_high_mv);
        else CHECK(diode_present(sensors.cp_low_mv) == (!c.ohm || (diode && *c.ohm != 0)));
      }
      CHECK((measured(vehicle, kSteadyLow).cp_high_mv == kLevelF) == (!c.ohm || (diode && *c.ohm != 0)));
    }
  }
}

TEST_CASE("the contactor follows its command after its delay, both ways") {
  Hardware hardware;
  for (const bool command : {true, false, true}) {
    for (std::uint32_t ms = 1; ms <= Delays{}.contactor_ms; ++ms) {
      CHECK(hardware.energized() == !command);
      const auto sensors = hardware.step({}, {.contactor = command});
      CHECK(sensors.feedback_closed == hardware.energized());
    }
    CHECK(hardware.energized() == command);
  }
}

TEST_CASE("a command shorter than the delay moves nothing") {
  Hardware hardware;
  for (int i = 0; i < 100; ++i) hardware.step({}, {.contactor = i % 20 != 0});
  CHECK_FALSE(hardware.energized());
}

TEST_CASE("a weld holds a closed contactor until it is mended, and closes no open one") {
  Hardware hardware;
  hardware.set(Break::weld, true);
  for (int i = 0; i < 100; ++i) hardware.step({}, {.contactor = false});
  CHECK_FALSE(hardware.energized());
  for (int i = 0; i < 100; ++i) hardware.step({}, {.contactor = true});
  for (int i = 0; i < 100; ++i) CHECK(hardware.step({}, {.contactor = false}).feedback_closed);
  hardware.set(Break::weld, false);
  for (int i = 0; i < 100; ++i) hardware.step({}, {.contactor = false});
  CHECK_FALSE(hardware.energized());
}

TEST_CASE("the residual current device answers the test current and a leak, a dead one neither") {
  for (const bool dead : {false, true}) {
    for (const bool leak : {false, true}) {
      Hardware hardware;
      hardware.set(Break::rcd_dead, dead);
      hardware.set(Break::rcd_trip, leak);
      mcu::Sensors sensors;
      for (std::uint32_t ms = 0; ms < Delays{}.rcd_ms; ++ms) sensors = hardware.step({}, {.rcd_test = !leak});
      CHECK(sensors.rcd_tripped == !dead);
    }
  }
}

TEST_CASE("broken sensors show what their fault says") {
  Hardware hardware;
  const Vehicle in_c{.resistance_ohm = 882, .pp_ohm = 220};
  auto sensors = hardware.step(in_c, {.duty_permille = 533});
  CHECK(sensors.pe_ok);
  CHECK_FALSE(sensors.estop);
  CHECK(sensors.temperature_dc == kNormalDc);
  CHECK(sensors.pp_ohm == 220);
  for (const Break which : {Break::pe_loss, Break::overtemp, Break::estop, Break::pilot_stuck, Break::feedback_stuck}) {
    hardware.set(which, true);
  }
  for (int i = 0; i < 50; ++i) sensors = hardware.step({}, {.contactor = true});
  CHECK_FALSE(sensors.pe_ok);
  CHECK(sensors.estop);
  CHECK(sensors.temperature_dc == kHotDc);
  CHECK(band_of(sensors.cp_high_mv) == Band::c);
  CHECK(diode_present(sensors.cp_low_mv));
  CHECK(hardware.energized());
  CHECK_FALSE(sensors.feedback_closed);
}
