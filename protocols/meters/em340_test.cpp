#include "protocols/meters/em340.hpp"

#include <doctest/doctest.h>

#include "protocols/meters/read_plan.hpp"

using namespace bulwatt;
using namespace bulwatt::meters;

namespace {

/// Registers 0x0000 to 0x004F of a meter at work; two registers a value, the low one first.
std::vector<std::uint16_t> dump() {
  std::vector<std::uint16_t> words(0x50);
  const auto put = [&](std::size_t address, std::uint16_t low, std::uint16_t high) {
    words[address] = low;
    words[address + 1] = high;
  };
  put(0x00, 2312, 0);         // 231.2 V
  put(0x02, 2298, 0);         // 229.8 V
  put(0x04, 2305, 0);         // 230.5 V
  put(0x0C, 16'023, 0);       // 16.023 A
  put(0x0E, 0xFF38, 0xFFFF);  // -0.2 A
  put(0x12, 0x9088, 0);       // 3700.0 W
  put(0x14, 0xFE3E, 0xFFFF);  // -45.0 W
  put(0x28, 0x8EC6, 0);       // 3655.0 W
  words[0x33] = 499;          // 49.9 Hz
  put(0x34, 0xE240, 0x0001);  // 12345.6 kWh
  put(0x4E, 7, 0);            // 0.7 kWh
  return words;
}

std::expected<std::int64_t, PickError> read(const std::vector<std::uint16_t>& words, Quantity quantity) {
  const std::array one{quantity};
  const auto plan = plan_reads(kEm340, one);
  REQUIRE(plan);
  const Block block = plan->blocks()[0];
  return pick(kEm340, quantity, block, std::span(words).subspan(block.address, block.count));
}

}  // namespace

TEST_CASE("a dump of an EM340 reads as its display showed") {
  const auto words = dump();
  const std::pair<Quantity, std::int64_t> cases[] = {
      {Quantity::voltage_l1, 231'200},
      {Quantity::voltage_l2, 229'800},
      {Quantity::voltage_l3, 230'500},
      {Quantity::current_l1, 16'023},
      {Quantity::current_l2, -200},
      {Quantity::current_l3, 0},
      {Quantity::power_l1, 3'700'000},
      {Quantity::power_l2, -45'000},
      {Quantity::power_total, 3'655'000},
      {Quantity::frequency, 49'900},
      {Quantity::energy_import, 12'345'600'000},
      {Quantity::energy_export, 700'000},
  };
  for (const auto& [quantity, value] : cases) {
    CAPTURE(enum_text(quantity));
    CHECK(read(words, quantity) == value);
  }
}

TEST_CASE("an EM340 is read in two requests of at most fifty registers") {
  std::vector<Quantity> all;
  for (const Row& row : kEm340.rows) all.push_back(row.quantity);
  const auto plan = plan_reads(kEm340, all);
  REQUIRE(plan);
  CHECK(std::vector<Block>(plan->blocks().begin(), plan->blocks().end()) ==
        std::vector<Block>{{0x0000, 0x2A}, {0x0033, 0x1D}});
}

TEST_CASE("an overflow of an EM340 is no value") {
  auto words = dump();
  words[0x35] = 0x7FFF;
  CHECK(read(words, Quantity::energy_import).error() == PickError::not_available);
  words[0x33] = 0x7FFF;
  CHECK(read(words, Quantity::frequency).error() == PickError::not_available);
}

TEST_CASE("its counter moves in steps of 100 watt-hours and begins again after eight digits") {
  const auto words = dump();
  const Block block{0x33, 0x1D};
  const auto count =
      counting(kEm340, Quantity::energy_import, block, std::span(words).subspan(block.address, block.count));
  CHECK(count.resolution == 100'000);
  CHECK(count.wrap == 10'000'000'000'000);
}

TEST_CASE("its serial number is text") {
  const std::array<std::uint16_t, 7> words{0x4B52, 0x3030, 0x3132, 0x3334, 0x3536, 0x3738, 0x3900};
  const auto serial = decode_serial(*kEm340.serial, kEm340.order, words);
  REQUIRE(serial);
  CHECK(std::string_view{reinterpret_cast<const char*>(serial->data())} == "KR00123456789");
}
