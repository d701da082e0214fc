#include "services/meter/reader.hpp"

#include <doctest/doctest.h>

#include "protocols/meters/codec.hpp"
#include "protocols/meters/sdm630.hpp"

using namespace bulwatt;
using namespace bulwatt::meter;
using namespace std::chrono_literals;
using meters::Quantity;

namespace {

/// Register image of a meter, and reading of it block by block.
struct Rig {
  Reader reader{meters::kSdm630, 10s};
  std::vector<std::uint16_t> image = std::vector<std::uint16_t>(0x200);
  Instant now{1h};
  Rig() {
    for (const auto q : {Quantity::voltage_l1, Quantity::voltage_l2, Quantity::voltage_l3}) put(q, 230'000);
    put(Quantity::frequency, 50'000);
    put(Quantity::energy_import, 1'500'000'000);
  }
  void put(Quantity quantity, std::int64_t value) {
    const auto* row = meters::find_row(meters::kSdm630, quantity);
    REQUIRE(meters::encode(*row, meters::kSdm630.order, value, std::span{image}.subspan(row->address, row->words())).has_value());
  }
  bool read() {
    reader.begin();
    for (std::size_t i = 0; i < reader.blocks().size(); ++i) {
      const auto block = reader.blocks()[i];
      if (!reader.take(i, std::span{image}.subspan(block.address, block.count))) return false;
    }
    return reader.finish(now, {1000});
  }
};

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

TEST_CASE("an answer of the wrong length is garbled") {
  Rig rig;
  rig.reader.begin();
  CHECK_FALSE(rig.reader.take(0, std::span{rig.image}.first(3)));
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
  rig.reader.set_serial(4711);
  REQUIRE(rig.read());
  const auto serial = rig.reader.latest(rig.now)->serial;
  CHECK(serial[0] == std::byte{'4'});
  CHECK(serial[4] == std::byte{0});
}
