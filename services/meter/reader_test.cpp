#include "services/meter/reader.hpp"

#include <doctest/doctest.h>

#include "protocols/meters/codec.hpp"
#include "protocols/meters/em340.hpp"
#include "protocols/meters/sdm630.hpp"
#include "protocols/meters/sunspec.hpp"

using namespace bulwatt;
using namespace bulwatt::meter;
using namespace std::chrono_literals;
using meters::Quantity;

namespace {

/// Register image of a meter, and reading of it block by block.
struct Rig {
  const meters::RegisterMap& map;
  Reader reader{1, 10s};
  std::vector<std::uint16_t> image = std::vector<std::uint16_t>(0x200);
  Instant now{1h};
  int exponent = 0;
  explicit Rig(const meters::RegisterMap& of = meters::kSdm630) : map(of) {
    reader.use(map);
    for (const auto q : {Quantity::voltage_l1, Quantity::voltage_l2, Quantity::voltage_l3}) put(q, 230'000);
    put(Quantity::frequency, 50'000);
    put(Quantity::energy_import, 1'500'000'000);
  }
  void put(Quantity quantity, std::int64_t value) {
    const auto* row = meters::find_row(map, quantity);
    if (row->scale_at != meters::kNoScale) image[row->scale_at] = static_cast<std::uint16_t>(exponent);
    REQUIRE(meters::encode(*row, map.order, value, std::span{image}.subspan(row->address, row->words()), exponent)
                .has_value());
  }
  void absent(Quantity quantity) {
    const auto* row = meters::find_row(map, quantity);
    REQUIRE(meters::encode_absent(*row, map.order, map.absence, std::span{image}.subspan(row->address, row->words())));
  }
  bool read(Duration passed = 500ms) {
    now += passed;
    reader.begin();
    for (std::size_t i = 0; i < reader.block_count(); ++i) {
      const auto block = reader.block(i);
      if (!reader.take(i, std::span{image}.subspan(block.address, block.count))) return false;
    }
    return reader.finish(now, {1000});
  }
  Reading latest() const { return *reader.latest(now); }
  std::int64_t import() const { return latest().import_mwh; }
};

meters::Serial serial_of(std::string_view text) {
  meters::Serial serial{};
  for (std::size_t i = 0; i < text.size(); ++i) serial[i] = static_cast<std::byte>(text[i]);
  return serial;
}

constexpr std::int64_t kKwh = 1'000'000;

}  // namespace

TEST_CASE("nothing is read before the first good reading") {
  Rig rig;
  CHECK(rig.reader.latest(rig.now).error() == Error::not_ready);
  REQUIRE(rig.read());
  const auto reading = rig.reader.latest(rig.now + 40ms);
  REQUIRE(reading.has_value());
  CHECK(reading->import_mwh == 1'500'000'000);
  CHECK(reading->age_ms == 40);
  CHECK(reading->lines.size == 3);
  CHECK(reading->lines[2].voltage_mv == 230'000);
}

//=test OCPP-2.0.1 J02.FR.16
TEST_CASE("a register that runs backwards keeps the last good reading and says so") {
  Rig rig;
  REQUIRE(rig.read());
  rig.put(Quantity::energy_import, 1'400'000'000);
  CHECK_FALSE(rig.read());
  const auto reading = rig.reader.latest(rig.now);
  CHECK(reading->health == Health::backwards);
  CHECK(reading->import_mwh == 1'500'000'000);
}

TEST_CASE("a fall within the register's resolution is held, not billed") {
  Rig rig;
  REQUIRE(rig.read());
  rig.put(Quantity::energy_import, 1'499'950'000);
  REQUIRE(rig.read());
  CHECK(rig.reader.latest(rig.now)->import_mwh == 1'500'000'000);
}

TEST_CASE("not a number makes the reading implausible") {
  Rig rig;
  REQUIRE(rig.read());
  rig.image[0] = 0x7fc0;
  CHECK_FALSE(rig.read());
  CHECK(rig.reader.latest(rig.now)->health == Health::implausible);
}

TEST_CASE("a register that begins again at zero by itself goes on being counted") {
  for (const auto* map : {&meters::kEm340, &meters::kSunspecInteger}) {
    CAPTURE(map->model);
    Rig rig{*map};
    const auto wrap = meters::wrap(*meters::find_row(*map, Quantity::energy_import));
    rig.put(Quantity::energy_import, wrap - 2 * kKwh);
    REQUIRE(rig.read());
    rig.put(Quantity::energy_import, wrap + 3 * kKwh);
    REQUIRE(rig.read());
    CHECK(rig.import() == wrap + 3 * kKwh);
    CHECK(rig.latest().register_mwh == 3 * kKwh);
    CHECK(rig.latest().rolled_over == 1);
    CHECK(rig.latest().replaced == 0);
    CHECK(rig.latest().health == Health::good);
    rig.put(Quantity::energy_import, 4 * kKwh);
    REQUIRE(rig.read());
    CHECK(rig.import() == wrap + 4 * kKwh);
  }
}

TEST_CASE("a register that falls from its middle did not roll over") {
  Rig rig{meters::kEm340};
  rig.put(Quantity::energy_import, 500'000 * kKwh);
  REQUIRE(rig.read());
  rig.put(Quantity::energy_import, 400'000 * kKwh);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(rig.read());
  CHECK(rig.reader.health() == Health::backwards);
  CHECK(rig.import() == 500'000 * kKwh);
  rig.put(Quantity::energy_import, 500'001 * kKwh);
  REQUIRE(rig.read());
  CHECK(rig.latest().health == Health::good);
}

TEST_CASE("another meter is told by its serial number; nothing negative and nothing foreign is counted") {
  for (const std::int64_t stands_at : {0L, 700L, 90'000'000L}) {
    CAPTURE(stands_at);
    Rig rig;
    rig.reader.set_serial(serial_of("1001"));
    REQUIRE(rig.read());
    rig.put(Quantity::energy_import, stands_at * kKwh);
    rig.reader.set_serial(serial_of("1002"));
    REQUIRE(rig.read());
    CHECK(rig.import() == 1'500 * kKwh);
    CHECK(rig.latest().replaced == 1);
    rig.put(Quantity::energy_import, (stands_at + 8) * kKwh);
    REQUIRE(rig.read());
    CHECK(rig.import() == 1'508 * kKwh);
    CHECK(rig.latest().replaced == 1);
    CHECK(rig.latest().serial == serial_of("1002"));
  }
}

TEST_CASE("a reset is believed when the register stays near zero, one wrong zero is not") {
  Rig rig;
  rig.reader.set_serial(serial_of("1001"));
  REQUIRE(rig.read());
  rig.put(Quantity::energy_import, 0);
  CHECK_FALSE(rig.read());
  CHECK(rig.reader.health() == Health::backwards);
  CHECK(rig.reader.wants_serial());
  rig.put(Quantity::energy_import, 1'501 * kKwh);
  REQUIRE(rig.read());
  CHECK(rig.latest().replaced == 0);
  CHECK_FALSE(rig.reader.wants_serial());

  rig.put(Quantity::energy_import, 0);
  CHECK_FALSE(rig.read());
  CHECK_FALSE(rig.read());
  rig.put(Quantity::energy_import, kKwh / 2);
  REQUIRE(rig.read());
  CHECK(rig.latest().replaced == 1);
  CHECK(rig.import() == 1'501 * kKwh);
  CHECK(rig.latest().register_mwh == kKwh / 2);
}

TEST_CASE("a leap that no charging point can make is not counted, not even when it stays") {
  Rig rig;
  REQUIRE(rig.read());
  rig.put(Quantity::energy_import, 9'000'000 * kKwh);
  CHECK_FALSE(rig.read());
  CHECK(rig.reader.health() == Health::implausible);
  CHECK_FALSE(rig.read());
  REQUIRE(rig.read());
  CHECK(rig.import() == 1'500 * kKwh);
  CHECK(rig.latest().replaced == 1);
}

TEST_CASE("a long time out of reach explains a large rise") {
  Rig rig;
  REQUIRE(rig.read());
  rig.put(Quantity::energy_import, 3'000 * kKwh);
  REQUIRE(rig.read(1h));
  CHECK(rig.import() == 3'000 * kKwh);
}

TEST_CASE("a register that does not move while power flows is stuck, and good when it moves") {
  Rig rig;
  rig.put(Quantity::power_total, 11'000'000);
  REQUIRE(rig.read());
  // 11 kW make 100 Wh, and four steps of the register, in 33 s.
  for (int i = 0; i < 60; ++i) REQUIRE(rig.read());
  CHECK(rig.reader.health() == Health::good);
  for (int i = 0; i < 20; ++i) REQUIRE(rig.read());
  CHECK(rig.reader.health() == Health::stuck);
  rig.put(Quantity::energy_import, 1'501 * kKwh);
  REQUIRE(rig.read());
  CHECK(rig.reader.health() == Health::good);
}

TEST_CASE("without power, or with a coarse register, standing still is no fault") {
  Rig idle;
  for (int i = 0; i < 1000; ++i) REQUIRE(idle.read());
  CHECK(idle.reader.health() == Health::good);
  Rig coarse{meters::kEm340};  // 100 Wh a step
  coarse.put(Quantity::power_total, 11'000'000);
  for (int i = 0; i < 300; ++i) REQUIRE(coarse.read());
  CHECK(coarse.reader.health() == Health::good);
  for (int i = 0; i < 40; ++i) REQUIRE(coarse.read());
  CHECK(coarse.reader.health() == Health::stuck);
}

TEST_CASE("what a meter does not have is left out, what it must have makes the reading worthless") {
  Rig rig{meters::kSunspecInteger};
  for (const auto q : {Quantity::voltage_l2, Quantity::voltage_l3, Quantity::current_l2, Quantity::current_l3,
                       Quantity::power_l2, Quantity::power_l3, Quantity::frequency}) {
    rig.absent(q);
  }
  REQUIRE(rig.read());
  CHECK(rig.latest().lines.size == 1);
  CHECK(rig.latest().frequency_mhz == 0);
  rig.absent(Quantity::power_total);
  CHECK_FALSE(rig.read());
  CHECK(rig.reader.health() == Health::implausible);
}

TEST_CASE("a meter between the phases has currents without voltages") {
  Rig rig{meters::kSunspecInteger};
  for (const auto q : {Quantity::voltage_l1, Quantity::voltage_l2, Quantity::voltage_l3}) rig.absent(q);
  rig.put(Quantity::current_l2, 16'000);
  REQUIRE(rig.read());
  REQUIRE(rig.latest().lines.size == 3);
  CHECK(rig.latest().lines[1].current_ma == 16'000);
}

TEST_CASE("what is fed back is counted beside, over a roll-over too") {
  Rig rig{meters::kSunspecInteger};
  const auto wrap = meters::wrap(*meters::find_row(rig.map, Quantity::energy_export));
  rig.put(Quantity::energy_export, wrap - kKwh);
  REQUIRE(rig.read());
  rig.put(Quantity::energy_export, wrap + kKwh);
  REQUIRE(rig.read());
  CHECK(rig.latest().export_mwh == wrap + kKwh);
  rig.put(Quantity::energy_export, wrap / 2);
  REQUIRE(rig.read());
  CHECK(rig.latest().export_mwh >= wrap + kKwh);
}

TEST_CASE("an answer of the wrong length is garbled") {
  Rig rig;
  rig.reader.begin();
  CHECK_FALSE(rig.reader.take(0, std::span{rig.image}.first(3)));
  CHECK(enum_text(rig.reader.health()) == "garbled");
  CHECK(rig.reader.health() == Health::garbled);
}

TEST_CASE("a reading grows old and is then no reading") {
  Rig rig;
  REQUIRE(rig.read());
  rig.reader.failed(Health::silent);
  CHECK(rig.reader.latest(rig.now + 9s)->health == Health::silent);
  CHECK(rig.reader.latest(rig.now + 11s).error() == Error::meter_fault);
}

TEST_CASE("the serial number is part of every reading") {
  Rig rig;
  rig.reader.set_serial(serial_of("4711"));
  REQUIRE(rig.read());
  const auto serial = rig.reader.latest(rig.now)->serial;
  CHECK(serial[0] == std::byte{'4'});
  CHECK(serial[4] == std::byte{0});
}
