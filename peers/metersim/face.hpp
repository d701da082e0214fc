// What a simulated meter shows on Modbus: the registers of one model, made from values in thousandths. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocols/meters/read_plan.hpp"

namespace bulwatt::metersim {

/// Consecutive registers of one table.
struct Bank {
  std::uint16_t start = 0;
  std::vector<std::uint16_t> words;
};
struct Image {
  Bank input;
  Bank holding;
};

/// Values by quantity; one that is missing is shown as "no value".
using Values = std::array<std::optional<std::int64_t>, meters::kQuantityCount>;

/// A model of meter that can be simulated.
class Face {
 public:
  /// By name: sdm630, em340, sunspec201 to sunspec204, sunspec211 to sunspec214. Throws std::runtime_error with a sentence.
  static Face of(const std::string& model);
  static std::string names();

  const meters::RegisterMap& map() const { return *map_; }
  std::uint16_t words_max() const { return map_->words_max; }
  /// The registers that show these values and this serial number.
  Image image(const Values& values, std::uint32_t serial) const;
  /// What a client makes of a quantity in an image; nothing if it is no value.
  std::optional<std::int64_t> shown(const Image& image, meters::Quantity quantity) const;
  /// The register value at which the energy begins again at 0, in mWh; 0: it does not.
  std::int64_t wrap() const;

 private:
  explicit Face(const meters::RegisterMap& map) : map_(&map) {}
  Bank& bank(Image& image) const { return map_->table == meters::Table::input ? image.input : image.holding; }
  const Bank& bank(const Image& image) const {
    return map_->table == meters::Table::input ? image.input : image.holding;
  }
  void lay_out(Image& image, std::uint32_t serial) const;
  void lay_out_sunspec(Image& image, std::uint32_t serial) const;

  const meters::RegisterMap* map_;
  std::uint16_t sunspec_model_ = 0;  ///< 0: none
  std::uint16_t base_ = 0;           ///< where the map's addresses begin
};

}  // namespace bulwatt::metersim
