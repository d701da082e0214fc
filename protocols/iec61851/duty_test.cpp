#include "protocols/iec61851/duty.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::iec61851;

TEST_CASE("a duty cycle is read as annex A says, at both ends of every range") {
  const auto none = DutyReading{};
  const auto digital = DutyReading{DutyMeaning::digital, 0};
  const auto amps = [](std::uint32_t ma) { return DutyReading{DutyMeaning::current, ma}; };
  struct Case {
    std::uint16_t duty;
    DutyReading reading;
  };
  for (const auto& c :
       {Case{0, none},           Case{29, none},          Case{30, digital},       Case{50, digital},
        Case{70, digital},       Case{71, none},          Case{79, none},          Case{80, amps(6'000)},
        Case{99, amps(6'000)},   Case{100, amps(6'000)},  Case{160, amps(9'600)},  Case{267, amps(16'020)},
        Case{533, amps(31'980)}, Case{850, amps(51'000)}, Case{851, amps(52'750)}, Case{892, amps(63'000)},
        Case{960, amps(80'000)}, Case{961, amps(80'000)}, Case{970, amps(80'000)}, Case{971, none},
        Case{1000, none}}) {
    CAPTURE(c.duty);
    CHECK(read_duty(c.duty) == c.reading);
  }
}

TEST_CASE("every current is offered by the greatest duty cycle that does not exceed it") {
  for (std::uint32_t ma = 0; ma <= 90'000; ma += 10) {
    CAPTURE(ma);
    const auto duty = duty_for(ma);
    REQUIRE(duty.has_value() == (ma >= kLeastCurrent));
    if (!duty) continue;
    REQUIRE(read_duty(*duty).meaning == DutyMeaning::current);
    REQUIRE(read_duty(*duty).current_ma <= ma);
    const auto next = read_duty(static_cast<std::uint16_t>(*duty + 1));
    REQUIRE((*duty == 960 || next.current_ma > ma));
  }
}

TEST_CASE("every duty cycle that stands for a current is given back for it or a neighbour of the same meaning") {
  for (std::uint16_t duty = 80; duty <= 970; ++duty) {
    CAPTURE(duty);
    const auto reading = read_duty(duty);
    REQUIRE(reading.meaning == DutyMeaning::current);
    REQUIRE(read_duty(*duty_for(reading.current_ma)) == reading);
  }
}

TEST_CASE("common currents have their well-known duty cycles") {
  CHECK(duty_for(6'000) == 100);
  CHECK(duty_for(10'000) == 166);
  CHECK(duty_for(13'000) == 216);
  CHECK(duty_for(16'000) == 266);
  CHECK(duty_for(32'000) == 533);
  CHECK(duty_for(52'000) == 850);
  CHECK(duty_for(63'000) == 892);
  CHECK(duty_for(200'000) == 960);
}
