#include "protocols/meters/sdm630.hpp"

#include <doctest/doctest.h>

#include "protocols/meters/em340.hpp"
#include "protocols/meters/models.hpp"
#include "protocols/meters/read_plan.hpp"

using namespace bulwatt;
using namespace bulwatt::meters;

TEST_CASE("the SDM630 has every quantity and needs two requests for all of them") {
  std::vector<Quantity> all;
  for (std::size_t i = 0; i < kQuantityCount; ++i) all.push_back(static_cast<Quantity>(i));
  const auto plan = plan_reads(kSdm630, all);
  REQUIRE(plan);
  const std::vector<Block> blocks(plan->blocks().begin(), plan->blocks().end());
  CHECK(blocks == std::vector<Block>{{0x0000, 0x4C}, {0x0156, 2}});
  for (const Block& block : blocks) CHECK(block.count <= 80);
}

TEST_CASE("rows lie where the public register list says") {
  const std::pair<Quantity, int> cases[] = {
      {Quantity::voltage_l3, 30005},    {Quantity::current_l1, 30007},   {Quantity::power_l2, 30015},
      {Quantity::power_total, 30053},   {Quantity::frequency, 30071},    {Quantity::energy_import, 30073},
      {Quantity::energy_export, 30075}, {Quantity::energy_total, 30343},
  };
  for (const auto& [quantity, number] : cases) {
    CAPTURE(enum_text(quantity));
    REQUIRE(find_row(kSdm630, quantity) != nullptr);
    CHECK(find_row(kSdm630, quantity)->address == number - 30001);
  }
}

TEST_CASE("maps are found by the name a configuration uses") {
  CHECK(map_of(Model::sdm630) == &kSdm630);
  CHECK(map_of(Model::em340) == &kEm340);
  CHECK(map_of(Model::sunspec) == nullptr);
}

TEST_CASE("a dump of an SDM630 reads as its display showed") {
  // 0x0000 to 0x004B of a meter at 16 A: 229.8 V, 16.02 A, 3.68 kW on L1, 11.04 kW, 49.98 Hz, 12345.67 kWh.
  std::vector<std::uint16_t> words(0x4C);
  const auto put = [&](std::size_t address, std::uint16_t high, std::uint16_t low) {
    words[address] = high;
    words[address + 1] = low;
  };
  put(0x00, 0x4365, 0xCCCD);
  put(0x06, 0x4180, 0x28F6);
  put(0x0C, 0x4566, 0x0000);
  put(0x34, 0x462C, 0x8000);
  put(0x46, 0x4247, 0xEB85);
  put(0x48, 0x4640, 0xE6AE);
  const Block block{0, 0x4C};
  CHECK(pick(kSdm630, Quantity::voltage_l1, block, words) == 229'800);
  CHECK(pick(kSdm630, Quantity::current_l1, block, words) == 16'020);
  CHECK(pick(kSdm630, Quantity::power_l1, block, words) == 3'680'000);
  CHECK(pick(kSdm630, Quantity::power_total, block, words) == 11'040'000);
  CHECK(pick(kSdm630, Quantity::frequency, block, words) == 49'980);
  CHECK(pick(kSdm630, Quantity::energy_import, block, words) == 12'345'669'922);
  // A float of 12345 kWh moves in steps of about one watt-hour, and never begins again.
  const auto count = counting(kSdm630, Quantity::energy_import, block, words);
  CHECK(count.resolution == 977);
  CHECK(count.wrap == 0);
}

TEST_CASE("its serial number is a number, shown in decimal") {
  const auto serial = decode_serial(*kSdm630.serial, kSdm630.order, std::array<std::uint16_t, 2>{0x0140, 0xEE27});
  REQUIRE(serial);
  CHECK(std::string_view{reinterpret_cast<const char*>(serial->data())} == "21032487");
  CHECK(decode_serial(*kSdm630.serial, kSdm630.order, std::array<std::uint16_t, 1>{1}).error() ==
        CodecError::bad_length);
}
