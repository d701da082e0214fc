#include "protocols/meters/sunspec.hpp"

namespace bulwatt::meters {

namespace {

constexpr Scale kUnits{1'000, 1};  // V, A, W, Hz, Wh
constexpr std::uint64_t kAcc32Wraps = std::uint64_t{1} << 32;

constexpr std::uint16_t kCurrentScale = 6;
constexpr std::uint16_t kVoltageScale = 15;
constexpr std::uint16_t kFrequencyScale = 17;
constexpr std::uint16_t kPowerScale = 22;
constexpr std::uint16_t kEnergyScale = 54;

constexpr auto kIntegerRows = std::to_array<Row>({
    {Quantity::current_l1, 3, Encoding::int16, kUnits, kCurrentScale},
    {Quantity::current_l2, 4, Encoding::int16, kUnits, kCurrentScale},
    {Quantity::current_l3, 5, Encoding::int16, kUnits, kCurrentScale},
    {Quantity::voltage_l1, 8, Encoding::int16, kUnits, kVoltageScale},
    {Quantity::voltage_l2, 9, Encoding::int16, kUnits, kVoltageScale},
    {Quantity::voltage_l3, 10, Encoding::int16, kUnits, kVoltageScale},
    {Quantity::frequency, 16, Encoding::int16, kUnits, kFrequencyScale},
    {Quantity::power_total, 18, Encoding::int16, kUnits, kPowerScale},
    {Quantity::power_l1, 19, Encoding::int16, kUnits, kPowerScale},
    {Quantity::power_l2, 20, Encoding::int16, kUnits, kPowerScale},
    {Quantity::power_l3, 21, Encoding::int16, kUnits, kPowerScale},
    {Quantity::energy_export, 38, Encoding::uint32, kUnits, kEnergyScale, kAcc32Wraps},
    {Quantity::energy_import, 46, Encoding::uint32, kUnits, kEnergyScale, kAcc32Wraps},
});

constexpr auto kFloatRows = std::to_array<Row>({
    {Quantity::current_l1, 4, Encoding::float32, kUnits},
    {Quantity::current_l2, 6, Encoding::float32, kUnits},
    {Quantity::current_l3, 8, Encoding::float32, kUnits},
    {Quantity::voltage_l1, 12, Encoding::float32, kUnits},
    {Quantity::voltage_l2, 14, Encoding::float32, kUnits},
    {Quantity::voltage_l3, 16, Encoding::float32, kUnits},
    {Quantity::frequency, 26, Encoding::float32, kUnits},
    {Quantity::power_total, 28, Encoding::float32, kUnits},
    {Quantity::power_l1, 30, Encoding::float32, kUnits},
    {Quantity::power_l2, 32, Encoding::float32, kUnits},
    {Quantity::power_l3, 34, Encoding::float32, kUnits},
    {Quantity::energy_export, 60, Encoding::float32, kUnits},
    {Quantity::energy_import, 68, Encoding::float32, kUnits},
});

constexpr RegisterMap kInteger{
    .model = "SunSpec 201 to 204",
    .table = Table::holding,
    .order = WordOrder::high_first,
    .absence = Absence::sunspec,
    .words_max = kModbusWordsMax,
    .gap_max = kModbusWordsMax,
    .rows = kIntegerRows,
    .serial = {},
};
static_assert(well_formed(kInteger));

constexpr RegisterMap kFloat{
    .model = "SunSpec 211 to 214",
    .table = Table::holding,
    .order = WordOrder::high_first,
    .absence = Absence::sunspec,
    .words_max = kModbusWordsMax,
    .gap_max = kModbusWordsMax,
    .rows = kFloatRows,
    .serial = {},
};
static_assert(well_formed(kFloat));

/// The least length of a model that holds every row of its map.
std::uint16_t least_length(const RegisterMap& map) { return &map == &kSunspecInteger ? kEnergyScale - 1 : 68; }

}  // namespace

constinit const RegisterMap kSunspecInteger = kInteger;
constinit const RegisterMap kSunspecFloat = kFloat;

const RegisterMap* sunspec_map(std::uint16_t model) {
  if (model >= 201 && model <= 204) return &kSunspecInteger;
  if (model >= 211 && model <= 214) return &kSunspecFloat;
  return nullptr;
}

Block SunspecSearch::next() const {
  switch (step_) {
    case Step::serial: return {static_cast<std::uint16_t>(at_ + sunspec::kSerialAt), sunspec::kSerialWords};
    case Step::header: return {at_, sunspec::kHeaderWords};
    default: return {sunspec::kBases[std::min(base_, std::size(sunspec::kBases) - 1)], std::size(sunspec::kMarker)};
  }
}

void SunspecSearch::refused() {
  if (step_ == Step::marker) return next_base();
  if (step_ == Step::serial) return pass(length_);  // a device without a serial number is still a meter
  step_ = Step::done;
}

void SunspecSearch::take(std::span<const std::uint16_t> words) {
  if (words.size() != next().count) {
    step_ = Step::done;
    return;
  }
  switch (step_) {
    case Step::marker:
      if (!std::ranges::equal(words, sunspec::kMarker)) return next_base();
      at_ = static_cast<std::uint16_t>(sunspec::kBases[base_] + std::size(sunspec::kMarker));
      step_ = Step::header;
      return;
    case Step::header: return take_header(words[0], words[1]);
    case Step::serial: {
      constexpr SerialRow kRow{Table::holding, sunspec::kSerialAt, Encoding::uint16, sunspec::kSerialWords};
      if (const auto serial = decode_serial(kRow, WordOrder::high_first, words)) found_.serial = *serial;
      return pass(length_);
    }
    case Step::done: return;
  }
}

void SunspecSearch::next_base() {
  if (++base_ >= std::size(sunspec::kBases)) step_ = Step::done;
}

void SunspecSearch::take_header(std::uint16_t model, std::uint16_t length) {
  const RegisterMap* map = sunspec_map(model);
  if (map != nullptr && length >= least_length(*map) && at_ + std::size_t{length} + sunspec::kHeaderWords <= 0x10000) {
    found_.map = map;
    found_.base = at_;
    found_.model = model;
    step_ = Step::done;
    return;
  }
  length_ = length;
  if (model == sunspec::kEnd) step_ = Step::done;
  else if (model == sunspec::kCommon && length >= sunspec::kSerialAt - sunspec::kHeaderWords + sunspec::kSerialWords)
    step_ = Step::serial;
  else pass(length);
}

void SunspecSearch::pass(std::uint16_t length) {
  const std::size_t following = std::size_t{at_} + sunspec::kHeaderWords + length;
  step_ = ++models_ < kModelsMax && following + sunspec::kHeaderWords <= 0x10000 ? Step::header : Step::done;
  if (step_ == Step::header) at_ = static_cast<std::uint16_t>(following);
}

}  // namespace bulwatt::meters
