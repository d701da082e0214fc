#include "protocols/meters/sunspec.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <map>

using namespace bulwatt;
using namespace bulwatt::meters;

namespace {

/// A device as its registers; what is not there is answered with an exception.
struct Device {
  std::map<std::uint32_t, std::uint16_t> registers;

  void put(std::uint32_t address, std::initializer_list<std::uint16_t> words) {
    for (const auto word : words) registers[address++] = word;
  }
  /// Appends a model of zeroes and returns where it begins.
  std::uint32_t model(std::uint16_t number, std::uint16_t length) {
    const auto at = end;
    put(at, {number, length});
    for (std::uint32_t i = 0; i < length; ++i) registers[at + 2 + i] = 0;
    end = at + 2 + length;
    return at;
  }
  void begin(std::uint32_t base) {
    put(base, {0x5375, 0x6E53});
    end = base + 2;
  }
  void close() { put(end, {0xFFFF, 0}); }
  std::optional<std::vector<std::uint16_t>> read(Block block) const {
    std::vector<std::uint16_t> words;
    for (std::uint32_t i = 0; i < block.count; ++i) {
      const auto found = registers.find(block.address + i);
      if (found == registers.end()) return std::nullopt;
      words.push_back(found->second);
    }
    return words;
  }
  std::uint32_t end = 0;
};

std::optional<SunspecSearch::Found> search(const Device& device, int* requests = nullptr) {
  SunspecSearch search;
  int count = 0;
  while (!search.done()) {
    REQUIRE(++count < 200);
    if (const auto words = device.read(search.next())) search.take(*words);
    else search.refused();
  }
  if (requests != nullptr) *requests = count;
  return search.found();
}

Device meter_device(std::uint16_t model, std::uint32_t base) {
  Device device;
  device.begin(base);
  const auto common = device.model(1, 66);
  device.put(common + 50, {0x3747, 0x2D30, 0x3135, 0x3737, 0x3600});
  device.model(103, 50);
  device.model(model, model < 210 ? 105 : 124);
  device.close();
  return device;
}

std::expected<std::int64_t, PickError> value(const Device& device, const SunspecSearch::Found& found,
                                             Quantity quantity) {
  const std::array one{quantity};
  const auto plan = plan_reads(*found.map, one);
  REQUIRE(plan);
  const Block block = plan->blocks()[0];
  const auto words = device.read({static_cast<std::uint16_t>(block.address + found.base), block.count});
  REQUIRE(words);
  return pick(*found.map, quantity, block, *words);
}

}  // namespace

TEST_CASE("a meter is found behind every base address and every number of its models") {
  for (const auto model : std::to_array<std::uint16_t>({201, 202, 203, 204, 211, 212, 213, 214})) {
    for (const auto base : std::to_array<std::uint16_t>({40'000, 50'000, 0})) {
      CAPTURE(model);
      CAPTURE(base);
      const auto found = search(meter_device(model, base));
      REQUIRE(found);
      CHECK(found->model == model);
      CHECK(found->base == base + 2 + 68 + 52);
      CHECK(found->map == (model < 210 ? &kSunspecInteger : &kSunspecFloat));
      CHECK(std::string_view{reinterpret_cast<const char*>(found->serial.data())} == "7G-015776");
    }
  }
}

TEST_CASE("a device without a meter, without the marker or without an end has none, in a bounded number of questions") {
  int requests = 0;
  CHECK_FALSE(search(Device{}, &requests));
  CHECK(requests == 3);
  Device inverter;
  inverter.begin(40'000);
  inverter.model(1, 66);
  inverter.model(103, 50);
  inverter.close();
  CHECK_FALSE(search(inverter));
  Device loop;
  loop.begin(0);
  for (int i = 0; i < 100; ++i) loop.model(0, 0);
  CHECK_FALSE(search(loop, &requests));
  CHECK(requests == 67);
  Device cut;
  cut.begin(40'000);
  cut.model(1, 66);
  CHECK_FALSE(search(cut));
  Device beyond;
  beyond.begin(50'000);
  beyond.put(50'002, {7, 0xFFF0});
  CHECK_FALSE(search(beyond));
  Device shorter;
  shorter.begin(40'000);
  shorter.model(203, 20);
  shorter.close();
  CHECK_FALSE(search(shorter));
}

TEST_CASE("an answer of another length finds nothing") {
  SunspecSearch search;
  search.take(std::array<std::uint16_t, 1>{0x5375});
  CHECK(search.done());
  CHECK_FALSE(search.found());
}

TEST_CASE("a dump of a three-phase meter reads with its powers of ten") {
  Device device = meter_device(203, 40'000);
  const auto found = search(device);
  REQUIRE(found);
  const std::uint32_t at = found->base;
  const auto minus = [](int n) { return static_cast<std::uint16_t>(-n); };
  device.put(at + 2, {481, 160, 161, 160, minus(1)});                  // A, L1 to L3, A_SF
  device.put(at + 7, {2301, 2298, 2312, 2293, 0, 0, 0, 0, minus(1)});  // V
  device.put(at + 16, {4998, minus(2)});                               // Hz
  device.put(at + 18, {1104, 368, 369, 367, 1});                       // W
  device.put(at + 38, {0, 12});                                        // exported
  device.put(at + 46, {0x0012, 0xD687});                               // imported: 1234567
  device.put(at + 54, {1});                                            // in tens of Wh
  const std::pair<Quantity, std::int64_t> cases[] = {
      {Quantity::current_l1, 16'000},  {Quantity::current_l2, 16'100},     {Quantity::voltage_l1, 229'800},
      {Quantity::voltage_l3, 229'300}, {Quantity::frequency, 49'980},      {Quantity::power_total, 11'040'000},
      {Quantity::power_l2, 3'690'000}, {Quantity::energy_export, 120'000}, {Quantity::energy_import, 12'345'670'000},
  };
  for (const auto& [quantity, expected] : cases) {
    CAPTURE(enum_text(quantity));
    CHECK(value(device, *found, quantity) == expected);
  }
  device.put(at + 54, {0x8000});
  CHECK(value(device, *found, Quantity::energy_import).error() == PickError::not_available);
  device.put(at + 54, {11});
  CHECK(value(device, *found, Quantity::energy_import).error() == PickError::out_of_range);
  device.put(at + 20, {0x8000});
  CHECK(value(device, *found, Quantity::power_l2).error() == PickError::not_available);
}

TEST_CASE("a dump of a meter with floats reads too, and NaN is no value") {
  Device device = meter_device(213, 50'000);
  const auto found = search(device);
  REQUIRE(found);
  const auto put = [&](std::uint32_t offset, float number) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    device.put(found->base + offset, {static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits)});
  };
  put(4, 16.5F);
  put(16, 231.25F);
  put(26, 50.0F);
  put(28, -1500.0F);
  put(60, 250.0F);
  put(68, 1'234'567.0F);
  CHECK(value(device, *found, Quantity::current_l1) == 16'500);
  CHECK(value(device, *found, Quantity::voltage_l3) == 231'250);
  CHECK(value(device, *found, Quantity::frequency) == 50'000);
  CHECK(value(device, *found, Quantity::power_total) == -1'500'000);
  CHECK(value(device, *found, Quantity::energy_export) == 250'000);
  CHECK(value(device, *found, Quantity::energy_import) == 1'234'567'000);
  device.put(found->base + 68, {0x7FC0, 0});
  CHECK(value(device, *found, Quantity::energy_import).error() == PickError::not_available);
}
