#include "services/meter/rota.hpp"

#include <doctest/doctest.h>

#include <map>

#include "protocols/meters/codec.hpp"
#include "protocols/meters/em340.hpp"
#include "protocols/meters/sdm630.hpp"

using namespace bulwatt;
using namespace bulwatt::meter;
using namespace std::chrono_literals;
using meters::Quantity;

namespace {

enum class Manner : std::uint8_t { answers, silent, garbled, exception };

/// A device on a simulated line.
struct Device {
  Manner manner = Manner::answers;
  std::map<std::pair<meters::Table, std::uint32_t>, std::uint16_t> registers;
  int asked = 0;

  void put(meters::Table table, std::uint32_t address, std::span<const std::uint16_t> words) {
    for (const auto word : words) registers[{table, address++}] = word;
  }
  void show(const meters::RegisterMap& map, Quantity quantity, std::int64_t value, std::uint32_t base = 0) {
    const auto* row = meters::find_row(map, quantity);
    std::array<std::uint16_t, 4> words{};
    const auto some = std::span{words}.first(row->words());
    REQUIRE(meters::encode(*row, map.order, value, some));
    put(map.table, base + row->address, some);
  }
  /// Everything between first and last is there.
  void fill(meters::Table table, std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) registers[{table, first + i}] = 0;
  }
};

/// The transport under virtual time: an answer needs `think` and its way.
struct Wire final : Transport {
  std::map<std::uint8_t, Device> devices;
  bool opens = true;
  bool gone = false;
  Duration opening_takes{};
  Duration think = 20ms;
  Duration per_request = 30ms;
  Instant now{1h};

  bool open() override {
    ++opened_;
    opened_at_ = now;
    return opens;
  }
  Progress opened() override {
    return gone ? Progress::broken : now - opened_at_ >= opening_takes ? Progress::done : Progress::waiting;
  }
  void close() override { ++closed_; }
  bool ask(std::uint8_t unit, meters::Table table, meters::Block block) override {
    if (gone) return false;
    CHECK(now >= free_at_);  // one request at a time, and a gap between frames
    unit_ = unit;
    table_ = table;
    block_ = block;
    asked_at_ = now;
    ++devices[unit].asked;
    return true;
  }
  Progress heard() override {
    if (gone) return Progress::broken;
    if (devices[unit_].manner == Manner::silent || now - asked_at_ < think + travel(block_.count))
      return Progress::waiting;
    free_at_ = now + gap();
    return Progress::done;
  }
  std::expected<std::span<const std::uint16_t>, LinkError> answer() override {
    Device& device = devices[unit_];
    if (device.manner == Manner::garbled) return std::unexpected(LinkError::garbled);
    if (device.manner == Manner::exception) return std::unexpected(LinkError::exception);
    words_.clear();
    for (std::uint32_t i = 0; i < block_.count; ++i) {
      const auto found = device.registers.find({table_, block_.address + i});
      if (found == device.registers.end()) return std::unexpected(LinkError::exception);
      words_.push_back(found->second);
    }
    return std::span<const std::uint16_t>{words_};
  }
  Duration travel(std::uint16_t words) const override { return per_request + words * 100us; }
  Duration gap() const override { return 4ms; }

  int opened_ = 0;
  int closed_ = 0;

 private:
  Instant opened_at_{};
  Instant asked_at_{};
  Instant free_at_{};
  std::uint8_t unit_ = 0;
  meters::Table table_{};
  meters::Block block_{};
  std::vector<std::uint16_t> words_;
};

Device sdm630(std::int64_t energy) {
  Device device;
  device.fill(meters::Table::input, 0, 0x50);
  device.put(meters::Table::holding, 0xFC00, std::array<std::uint16_t, 2>{0, 4711});
  device.show(meters::kSdm630, Quantity::frequency, 50'000);
  device.show(meters::kSdm630, Quantity::energy_import, energy);
  return device;
}

Device em340(std::int64_t energy) {
  Device device;
  device.fill(meters::Table::input, 0, 0x50);
  device.show(meters::kEm340, Quantity::frequency, 50'000);
  device.show(meters::kEm340, Quantity::energy_import, energy);
  return device;
}

Device sunspec(std::int64_t energy, std::uint16_t serial) {
  Device device;
  device.fill(meters::Table::holding, 40'000, 2 + 68 + 107 + 2);
  device.put(meters::Table::holding, 40'000, meters::sunspec::kMarker);
  device.put(meters::Table::holding, 40'002, std::array<std::uint16_t, 2>{1, 66});
  device.put(meters::Table::holding, 40'002 + 50, std::array<std::uint16_t, 1>{serial});
  device.put(meters::Table::holding, 40'070, std::array<std::uint16_t, 2>{203, 105});
  device.put(meters::Table::holding, 40'177, std::array<std::uint16_t, 2>{0xFFFF, 0});
  device.show(meters::kSunspecInteger, Quantity::frequency, 50'000, 40'070);
  device.show(meters::kSunspecInteger, Quantity::energy_import, energy, 40'070);
  return device;
}

struct Rig {
  Wire wire;
  Config config{};
  Rota line;
  std::map<std::uint8_t, int> readings;
  explicit Rig(bool shared) : line((config.poll_ms = 500, wire), config, shared) {}
  void add(std::uint8_t unit, meters::Model model, std::uint8_t evse) {
    REQUIRE(line.add({meter::Protocol::rtu, {"127.0.0.1"}, 502, unit, model}, evse));
  }
  void run(Duration time) {
    const Instant end = wire.now + time;
    while (wire.now < end) {
      const Instant next = line.step(wire.now, {1'000});
      for (Point& point : line.points()) {
        if (std::exchange(point.fresh, false)) ++readings[point.reader.evse()];
      }
      REQUIRE(next >= wire.now);
      if (next == wire.now) REQUIRE(++at_once_ < 100'000);
      wire.now = std::min(next, end);
    }
  }
  Reading latest(std::size_t index) { return *line.points()[index].reader.latest(wire.now); }
  Health health(std::size_t index) { return line.points()[index].reader.health(); }

 private:
  int at_once_ = 0;
};

}  // namespace

TEST_CASE("what a meter answered is as old as the question, however late the answer is looked at") {
  Rig rig{false};
  rig.wire.devices = {{1, sdm630(1'000'000)}};
  rig.add(1, meters::Model::sdm630, 1);
  rig.wire.think = 90ms;
  while (rig.readings[1] == 0) rig.run(1ms);
  CHECK(rig.latest(0).age_ms >= 90);
}

TEST_CASE("every meter of a shared line is read at its rate") {
  Rig rig{true};
  rig.wire.devices = {{1, sdm630(1'000'000)}, {2, em340(2'000'000)}, {3, sunspec(3'000'000, 0x4131)}};
  rig.add(1, meters::Model::sdm630, 1);
  rig.add(2, meters::Model::em340, 2);
  rig.add(3, meters::Model::sunspec, 3);
  rig.run(10s);
  for (std::uint8_t evse = 1; evse <= 3; ++evse) {
    CAPTURE(evse);
    CHECK(rig.readings[evse] >= 19);
    CHECK(rig.readings[evse] <= 21);
    CHECK(rig.latest(evse - 1U).evse == evse);
    CHECK(rig.latest(evse - 1U).import_mwh == evse * 1'000'000);
    CHECK(rig.latest(evse - 1U).health == Health::good);
  }
  CHECK(rig.latest(0).serial[0] == std::byte{'4'});
  CHECK(rig.latest(2).serial[0] == std::byte{'A'});
  CHECK(rig.wire.closed_ == 0);
}

TEST_CASE("meters that do not answer, or nonsense, do not keep the others from their turn") {
  for (const Manner manner : {Manner::silent, Manner::garbled, Manner::exception}) {
    CAPTURE(static_cast<int>(manner));
    Rig rig{true};
    rig.wire.devices = {{1, sdm630(1'000'000)}, {2, em340(2'000'000)}, {3, em340(0)}, {4, sunspec(0, 0)}};
    rig.wire.devices[3].manner = rig.wire.devices[4].manner = manner;
    rig.add(1, meters::Model::sdm630, 1);
    rig.add(2, meters::Model::em340, 2);
    rig.add(3, meters::Model::em340, 3);
    rig.add(4, meters::Model::sunspec, 4);
    rig.run(20s);
    CHECK(rig.readings[1] >= 38);
    CHECK(rig.readings[2] >= 38);
    CHECK(rig.readings[3] == 0);
    CHECK(rig.wire.devices[3].asked >= 5);
    CHECK(rig.wire.devices[3].asked <= 12);
    const Health expected = manner == Manner::silent    ? Health::silent
                            : manner == Manner::garbled ? Health::garbled
                                                        : Health::refused;
    CHECK(rig.health(2) == expected);
    rig.wire.devices[3].manner = Manner::answers;
    rig.run(5s);
    CHECK(rig.health(2) == Health::good);
  }
}

TEST_CASE("a slow line is shared fairly when there is more to ask than time") {
  Rig rig{true};
  rig.wire.per_request = 200ms;
  rig.wire.devices = {{1, em340(0)}, {2, em340(0)}, {3, em340(0)}, {4, em340(0)}};
  for (std::uint8_t unit = 1; unit <= 4; ++unit) rig.add(unit, meters::Model::em340, unit);
  rig.run(60s);
  for (std::uint8_t evse = 1; evse <= 4; ++evse) {
    CHECK(rig.readings[evse] >= 30);
    CHECK(std::abs(rig.readings[evse] - rig.readings[1]) <= 1);
  }
  CHECK_FALSE(rig.line.add({}, 1));
}

TEST_CASE("a connection of its own is closed and opened again when its meter falls silent") {
  Rig rig{false};
  rig.wire.devices = {{1, sdm630(1'000'000)}};
  rig.add(1, meters::Model::sdm630, 1);
  rig.run(2s);
  CHECK(rig.health(0) == Health::good);
  rig.wire.devices[1].manner = Manner::silent;
  rig.run(5s);
  CHECK(rig.health(0) == Health::silent);
  CHECK(rig.wire.closed_ >= 3);
  CHECK(rig.wire.closed_ <= 6);
  rig.wire.devices[1].manner = Manner::answers;
  rig.run(3s);
  CHECK(rig.health(0) == Health::good);
  CHECK(rig.wire.opened_ == rig.wire.closed_ + 1);
}

TEST_CASE("a meter that refuses keeps its connection") {
  Rig rig{false};
  rig.wire.devices = {{1, sdm630(1'000'000)}};
  rig.wire.devices[1].manner = Manner::exception;
  rig.add(1, meters::Model::sdm630, 1);
  rig.run(5s);
  CHECK(rig.health(0) == Health::refused);
  CHECK(rig.wire.closed_ == 0);
}

TEST_CASE("a line that cannot be opened, or never opens, is out of reach and tried every second") {
  for (const bool opens : {false, true}) {
    Rig rig{false};
    rig.wire.opens = opens;
    rig.wire.opening_takes = 1h;
    rig.wire.devices = {{1, sdm630(0)}};
    rig.add(1, meters::Model::sdm630, 1);
    rig.run(10s);
    CHECK(rig.health(0) == Health::unreachable);
    CHECK(rig.wire.opened_ >= 8);
    CHECK(rig.wire.opened_ <= 11);
    rig.wire.opens = true;
    rig.wire.opening_takes = 10ms;
    rig.run(3s);
    CHECK(rig.health(0) == Health::good);
  }
}

TEST_CASE("a line that goes away says so") {
  Rig rig{true};
  rig.wire.devices = {{1, em340(0)}};
  rig.add(1, meters::Model::em340, 1);
  rig.run(2s);
  CHECK_FALSE(rig.line.broken());
  rig.wire.gone = true;
  rig.run(1s);
  CHECK(rig.line.broken());
  CHECK(rig.health(0) == Health::unreachable);
}

TEST_CASE("a meter without a serial number is still a meter") {
  Rig rig{true};
  rig.wire.devices = {{1, sdm630(7'000'000)}};
  rig.wire.devices[1].registers.erase({meters::Table::holding, 0xFC00});
  rig.add(1, meters::Model::sdm630, 1);
  rig.run(2s);
  CHECK(rig.health(0) == Health::good);
  CHECK(rig.latest(0).serial[0] == std::byte{});
}

TEST_CASE("an exchanged meter is noticed without a new connection, SunSpec or not") {
  Rig rig{true};
  rig.wire.devices = {{1, sdm630(900'000'000)}, {2, sunspec(900'000'000, 0x4131)}};
  rig.add(1, meters::Model::sdm630, 1);
  rig.add(2, meters::Model::sunspec, 2);
  rig.run(2s);
  rig.wire.devices[1] = sdm630(500'000'000);
  rig.wire.devices[1].put(meters::Table::holding, 0xFC00, std::array<std::uint16_t, 2>{0, 4712});
  rig.wire.devices[2] = sunspec(500'000'000, 0x4231);
  rig.run(3s);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(rig.latest(i).replaced == 1);
    CHECK(rig.latest(i).import_mwh == 900'000'000);
    CHECK(rig.latest(i).register_mwh == 500'000'000);
  }
}

TEST_CASE("a device that is no SunSpec meter is garbled") {
  Rig rig{true};
  rig.wire.devices = {{1, em340(0)}};
  rig.add(1, meters::Model::sunspec, 1);
  rig.run(3s);
  CHECK(rig.health(0) == Health::garbled);
}
