// Register maps of Modbus energy meters as data: which quantity lies where, in which encoding and unit.
// Values leave this library as integers in thousandths of the SI unit: mV, mA, mW, mHz, and mWh for energy.
#pragma once
#include <span>

#include "libs/fields/fields.hpp"

namespace bulwatt::meters {

enum class Quantity : std::uint8_t {
  voltage_l1,
  voltage_l2,
  voltage_l3,
  current_l1,
  current_l2,
  current_l3,
  power_l1,
  power_l2,
  power_l3,
  power_total,
  frequency,
  energy_import,
  energy_export,
  energy_total,
};
constexpr auto enum_names(Quantity) {
  return names("voltage_l1", "voltage_l2", "voltage_l3", "current_l1", "current_l2", "current_l3", "power_l1",
               "power_l2", "power_l3", "power_total", "frequency", "energy_import", "energy_export", "energy_total");
}
inline constexpr std::size_t kQuantityCount = enum_names(Quantity{}).size();

enum class Encoding : std::uint8_t { float32, int16, uint16, int32, uint32, int64, uint64 };
constexpr auto enum_names(Encoding) {
  return names("float32", "int16", "uint16", "int32", "uint32", "int64", "uint64");
}

/// Registers of 16 bits one value takes.
constexpr std::size_t words_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::int16:
    case Encoding::uint16: return 1;
    case Encoding::int64:
    case Encoding::uint64: return 4;
    default: return 2;
  }
}
inline constexpr std::size_t kWordsMax = 4;

/// Order of the registers of one value; bytes within a register are big-endian, as Modbus says.
enum class WordOrder : std::uint8_t { high_first, low_first };
constexpr auto enum_names(WordOrder) { return names("high_first", "low_first"); }

/// Which table of the meter: function 4 reads input registers, function 3 holding registers.
enum class Table : std::uint8_t { input, holding };
constexpr auto enum_names(Table) { return names("input", "holding"); }

/// How a register says that it has no value. none: it cannot. sunspec: the least signed or greatest unsigned 16-bit value,
/// the least 32-bit one, NaN; an accumulator cannot. top: the highest word is 0x7FFF, "EEE" on the meter's display.
enum class Absence : std::uint8_t { none, sunspec, top };
constexpr auto enum_names(Absence) { return names("none", "sunspec", "top"); }

/// value in thousandths = register value * multiply / divide. A register in kWh has {1'000'000, 1}.
struct Scale {
  std::int32_t multiply = 1;
  std::int32_t divide = 1;
};

inline constexpr std::uint16_t kNoScale = 0xFFFF;

struct Row {
  Quantity quantity{};
  std::uint16_t address{};  ///< as on the wire, counted from 0; in a SunSpec model from its first register
  Encoding encoding{};
  Scale scale{};
  std::uint16_t scale_at = kNoScale;  ///< register with a power of ten that multiplies the value (SunSpec)
  std::uint64_t wraps_at = 0;         ///< counter: the register value that is shown as 0 again; 0: never
  constexpr std::size_t words() const { return words_of(encoding); }
};

/// Where the serial number lies: a number, or text of two characters a register (bytes that are no text are skipped).
struct SerialRow {
  Table table{};
  std::uint16_t address{};
  Encoding encoding{};         ///< of a number
  std::uint16_t text_words{};  ///< of text; 0: it is a number
  constexpr std::uint16_t words() const {
    return text_words != 0 ? text_words : static_cast<std::uint16_t>(words_of(encoding));
  }
};
/// The longest serial number that is kept; of a longer one the last characters, which differ from meter to meter.
inline constexpr std::size_t kSerialMax = 16;

/// Modbus carries at most this many registers in one answer; meters may allow fewer.
inline constexpr std::uint16_t kModbusWordsMax = 125;

struct RegisterMap {
  std::string_view model;
  Table table{};  ///< of all rows
  WordOrder order{};
  Absence absence{};
  std::uint16_t words_max{};  ///< registers the meter answers in one request, at most kModbusWordsMax
  std::uint16_t gap_max{};    ///< registers without a row that may be read along; 0 if the meter refuses them
  std::span<const Row> rows;  ///< by rising address, no overlap, each quantity once
  std::optional<SerialRow> serial;
};

/// The row of a quantity; null if the meter does not have it.
const Row* find_row(const RegisterMap& map, Quantity quantity);

/// Least and greatest value a sound meter at a charging station can show, in thousandths.
struct Range {
  std::int64_t least{};
  std::int64_t greatest{};
};
constexpr Range plausible_range(Quantity quantity) {
  if (quantity <= Quantity::voltage_l3) return {0, 500'000};
  if (quantity <= Quantity::current_l3) return {-200'000, 200'000};
  if (quantity <= Quantity::power_total) return {-150'000'000, 150'000'000};
  if (quantity == Quantity::frequency) return {40'000, 70'000};
  return {0, 1'000'000'000'000'000};  // one million MWh: no meter lives that long
}

/// What RegisterMap promises. Maps that are constants are checked when they are compiled. Values with a power of ten beside
/// them are of at most 32 bits, and both fit into one request, which is then the only one.
constexpr bool well_formed(const RegisterMap& map) {
  if (map.words_max < kWordsMax || map.words_max > kModbusWordsMax) return false;
  std::size_t free_from = 0;
  std::size_t scale_end = 0;
  std::array<bool, kQuantityCount> seen{};
  for (const Row& row : map.rows) {
    bool& quantity_seen = seen[static_cast<std::size_t>(row.quantity)];
    if (quantity_seen || row.address < free_from || row.scale.multiply < 1 || row.scale.divide < 1) return false;
    quantity_seen = true;
    free_from = row.address + row.words();
    if (free_from > 0x10000) return false;
    if (row.scale_at == kNoScale) continue;
    if (row.words() > 2 || row.encoding == Encoding::float32 || row.scale_at < map.rows.front().address) return false;
    scale_end = std::max<std::size_t>(scale_end, row.scale_at + 1);
  }
  return scale_end == 0 || std::max(scale_end, free_from) - map.rows.front().address <= map.words_max;
}

}  // namespace bulwatt::meters
