// Everything a meter can answer. First byte: which part.
// * one value: what decodes is plausible, and survives encoding and decoding again;
// * every map: answers of any words to every request of its plan, through a Reader: the count never falls;
// * SunSpec: a device of any words and exceptions: the search ends, and what it finds can be read.
#include <cstdlib>

#include "protocols/meters/codec.hpp"
#include "protocols/meters/em340.hpp"
#include "protocols/meters/sdm630.hpp"
#include "protocols/meters/sunspec.hpp"
#include "services/meter/reader.hpp"

using namespace bulwatt;
using namespace bulwatt::meters;

namespace {

struct Input {
  std::span<const unsigned char> bytes;
  bool empty() const { return bytes.empty(); }
  std::uint8_t byte() {
    if (bytes.empty()) return 0;
    const auto value = bytes.front();
    bytes = bytes.subspan(1);
    return value;
  }
  std::uint16_t word() {
    const auto high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
};

void require(bool good) {
  if (!good) std::abort();
}

void one_value(Input in) {
  const Row row{
      static_cast<Quantity>(in.byte() % kQuantityCount), 0,        static_cast<Encoding>(in.byte() % 7),
      {1 + in.byte() * in.byte() * 16, 1 + in.byte()},   kNoScale, std::uint64_t{in.word()} << in.byte() % 48};
  const WordOrder order = in.byte() % 2 == 0 ? WordOrder::high_first : WordOrder::low_first;
  const auto absence = static_cast<Absence>(in.byte() % 3);
  const int exponent = static_cast<std::int8_t>(in.byte()) % 16;
  std::array<std::uint16_t, kWordsMax> words{};
  const std::size_t count = std::min(in.bytes.size() / 2, kWordsMax);
  for (std::size_t i = 0; i < count; ++i) words[i] = in.word();
  const auto value = decode(row, order, std::span(words).first(count), absence, exponent);
  if (!value) return;
  const Range range = plausible_range(row.quantity);
  require(*value >= range.least && *value <= range.greatest);
  require(resolution(row, *value, exponent) >= 1 && wrap(row, exponent) >= 0);
  // Rounding may go past the register's end, and a counter past its wrap is another value.
  if (row.wraps_at != 0 || !encode(row, order, *value, std::span(words).first(count), exponent)) return;
  const auto again = decode(row, order, std::span(words).first(count), Absence::none, exponent);
  require(!again || std::abs(*again - *value) <= 1);
}

void every_map(Input in) {
  const RegisterMap* maps[] = {&kSdm630, &kEm340, &kSunspecInteger, &kSunspecFloat};
  const RegisterMap& map = *maps[in.byte() % std::size(maps)];
  meter::Reader reader{1, std::chrono::hours{1}};
  reader.use(map, in.word() & 0x7FFF);
  Instant now{std::chrono::hours{1}};
  std::array<std::uint16_t, kModbusWordsMax> words{};
  std::int64_t counted = 0;
  while (!in.empty()) {
    now += std::chrono::milliseconds{in.word()};
    if (const auto serial = in.byte(); serial < 16) reader.set_serial({static_cast<std::byte>(serial)});
    reader.begin();
    bool good = true;
    for (std::size_t i = 0; i < reader.block_count() && good; ++i) {
      // Most words stay as they were, so that long runs are cheap to make.
      for (auto changes = in.byte() % 16; changes > 0; --changes) words[in.byte() % words.size()] = in.word();
      good = reader.take(i, std::span(words).first(reader.block(i).count));
    }
    if (good) good = reader.finish(now, {1});
    const auto reading = reader.latest(now);
    if (!reading) continue;
    require(reading->import_mwh >= counted && reading->import_mwh >= 0 && reading->export_mwh >= 0);
    counted = reading->import_mwh;
  }
}

void sunspec_device(Input in) {
  SunspecSearch search;
  int asked = 0;
  while (!search.done()) {
    require(++asked < 200);
    const Block block = search.next();
    require(block.count > 0 && block.count <= kModbusWordsMax && block.address + block.count <= 0x10000);
    std::array<std::uint16_t, kModbusWordsMax> words{};
    switch (in.byte() % 4) {
      case 0: search.refused(); continue;
      case 1: std::ranges::copy(sunspec::kMarker, words.begin()); break;
      default:
        for (std::size_t i = 0; i < block.count; ++i) words[i] = in.word();
    }
    search.take(std::span(words).first(block.count - (in.byte() == 0xFF ? 1U : 0U)));
  }
  const auto found = search.found();
  if (!found) return;
  meter::Reader reader{1, {}};
  reader.use(*found->map, found->base);
  for (std::size_t i = 0; i < reader.block_count(); ++i)
    require(reader.block(i).address + reader.block(i).count <= 0x10000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  Input in{{data, size}};
  switch (in.byte() % 3) {
    case 0: one_value(in); break;
    case 1: every_map(in); break;
    default: sunspec_device(in);
  }
  return 0;
}
