#include "peers/metersim/face.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <stdexcept>

#include "protocols/meters/em340.hpp"
#include "protocols/meters/sdm630.hpp"
#include "protocols/meters/sunspec.hpp"

namespace bulwatt::metersim {

using meters::Quantity;

namespace {

constexpr std::uint16_t kSunspecBase = 40'000;
/// Registers of function 4 of the SDM630, as far as it has any.
constexpr std::size_t kSdm630Words = 0x17E;
/// The EM340 shows the same by functions 3 and 4: measured values from 0, its serial number from 0x5000.
constexpr std::size_t kEm340Words = 0x5007;
constexpr std::uint16_t kNoExponent = 0x8000;

/// Powers of ten a SunSpec meter of integers shows beside its values: mA would not fit, hundredths do.
struct Exponent {
  std::uint16_t at;
  int power;
};
constexpr Exponent kExponents[] = {{6, -2}, {15, -1}, {17, -2}, {22, 1}, {54, 0}};

int exponent_of(const meters::Row& row) {
  const auto* found = std::ranges::find(kExponents, row.scale_at, &Exponent::at);
  return found == std::end(kExponents) ? 0 : found->power;
}

void put_text(Bank& bank, std::size_t at, const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint16_t>(static_cast<unsigned char>(text[i]));
    std::uint16_t& word = bank.words.at(at + i / 2);
    word = static_cast<std::uint16_t>(i % 2 == 0 ? byte << 8 : word | byte);
  }
}

/// How many phases a model of the 20x and 21x row measures.
std::size_t phases_of(std::uint16_t model) { return model % 10 == 1 ? 1 : model % 10 == 2 ? 2 : 3; }

/// A register the map has no row for, in its own unit.
void put_float(Bank& bank, std::size_t address, double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  bank.words[address] = static_cast<std::uint16_t>(bits >> 16);
  bank.words[address + 1] = static_cast<std::uint16_t>(bits);
}

/// What other clients may look at: apparent power, power factors, averages. The load is taken as purely active.
void more_of_sdm630(Bank& bank, const Values& values) {
  const auto units = [&](Quantity first, std::size_t line) {
    return static_cast<double>(values[static_cast<std::size_t>(first) + line].value_or(0)) / 1000;
  };
  double volts = 0;
  double amperes = 0;
  for (std::size_t line = 0; line < 3; ++line) {
    put_float(bank, 0x0012 + 2 * line, units(Quantity::power_l1, line));
    put_float(bank, 0x001E + 2 * line, 1);
    volts += units(Quantity::voltage_l1, line);
    amperes += units(Quantity::current_l1, line);
  }
  put_float(bank, 0x002A, volts / 3);
  put_float(bank, 0x002E, amperes / 3);
  put_float(bank, 0x0030, amperes);
  put_float(bank, 0x0038, units(Quantity::power_total, 0));
  put_float(bank, 0x003E, 1);
}

}  // namespace

Face Face::of(const std::string& model) {
  if (model == "sdm630") return Face(meters::kSdm630);
  if (model == "em340") return Face(meters::kEm340);
  if (model.starts_with("sunspec") && model.size() == 10) {
    const auto number = static_cast<std::uint16_t>(std::atoi(model.c_str() + 7));
    if (const auto* map = meters::sunspec_map(number)) {
      Face face(*map);
      face.sunspec_model_ = number;
      face.base_ = kSunspecBase + 2 + 2 + meters::sunspec::kCommonLength;
      return face;
    }
  }
  throw std::runtime_error("there is no model '" + model + "'; models: " + names());
}

std::string Face::names() { return "sdm630, em340, sunspec201 to sunspec204, sunspec211 to sunspec214"; }

std::int64_t Face::wrap() const {
  const auto* row = meters::find_row(*map_, Quantity::energy_import);
  return meters::wrap(*row, exponent_of(*row));
}

void Face::lay_out(Image& image, std::uint32_t serial) const {
  if (sunspec_model_ != 0) return lay_out_sunspec(image, serial);
  if (map_ == &meters::kSdm630) {
    image.input.words.assign(kSdm630Words, 0);
    image.holding = {map_->serial->address,
                     {static_cast<std::uint16_t>(serial >> 16), static_cast<std::uint16_t>(serial)}};
    return;
  }
  image.input.words.assign(kEm340Words, 0);
  put_text(image.input, map_->serial->address, "SIM" + std::to_string(serial));
}

void Face::lay_out_sunspec(Image& image, std::uint32_t serial) const {
  namespace sunspec = meters::sunspec;
  const std::uint16_t length = sunspec_model_ < 210 ? sunspec::kIntegerLength : sunspec::kFloatLength;
  auto& words = image.holding.words;
  image.holding.start = kSunspecBase;
  words.assign(std::size_t{base_} - kSunspecBase + 2U + length + 2U, 0);
  std::ranges::copy(sunspec::kMarker, words.begin());
  words[2] = sunspec::kCommon;
  words[3] = sunspec::kCommonLength;
  put_text(image.holding, 4, "Bulwatt");
  put_text(image.holding, 20, "simulated meter");
  put_text(image.holding, 2U + sunspec::kSerialAt, "SIM" + std::to_string(serial));
  const std::size_t at = std::size_t{base_} - kSunspecBase;
  words[at] = sunspec_model_;
  words[at + 1] = length;
  words[at + 2 + length] = sunspec::kEnd;
  if (sunspec_model_ > 210) return;
  for (const auto& exponent : kExponents) words[at + exponent.at] = static_cast<std::uint16_t>(exponent.power);
}

Image Face::image(const Values& values, std::uint32_t serial) const {
  Image image;
  lay_out(image, serial);
  Bank& own = bank(image);
  for (const auto& row : map_->rows) {
    const auto words = std::span(own.words).subspan(std::size_t{base_} + row.address - own.start, row.words());
    auto value = values[static_cast<std::size_t>(row.quantity)];
    const bool per_phase = row.quantity <= Quantity::power_l3;
    if (per_phase && sunspec_model_ != 0 && static_cast<std::size_t>(row.quantity) % 3 >= phases_of(sunspec_model_))
      value.reset();
    if (value && meters::encode(row, map_->order, *value, words, exponent_of(row))) continue;
    // A counter cannot say that it has no value; the power of ten beside it can.
    if (!meters::encode_absent(row, map_->order, map_->absence, words) && row.scale_at != meters::kNoScale) {
      own.words[std::size_t{base_} + row.scale_at - own.start] = kNoExponent;
    }
  }
  if (map_ == &meters::kSdm630) more_of_sdm630(own, values);
  if (map_ == &meters::kEm340) image.holding = image.input;
  return image;
}

std::optional<std::int64_t> Face::shown(const Image& image, Quantity quantity) const {
  if (meters::find_row(*map_, quantity) == nullptr) return std::nullopt;
  const Bank& own = bank(image);
  const std::array one{quantity};
  const auto plan = meters::plan_reads(*map_, one);
  const auto block = plan->blocks()[0];
  const auto value =
      meters::pick(*map_, quantity, block,
                   std::span(own.words).subspan(std::size_t{base_} + block.address - own.start, block.count));
  if (!value) return std::nullopt;
  return *value;
}

}  // namespace bulwatt::metersim
