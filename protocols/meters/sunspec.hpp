// SunSpec meters: the models 201 to 204 (integers with powers of ten) and 211 to 214 (floats), and how one is found: behind
// the letters "SunS" at 40000, 50000 or 0 lies a chain of models, each led by its number and length.
// Facts: the SunSpec Alliance's information model reference.
#pragma once
#include "protocols/meters/read_plan.hpp"

namespace bulwatt::meters {

namespace sunspec {

inline constexpr std::uint16_t kMarker[2]{0x5375, 0x6E53};  // "SunS"
inline constexpr std::uint16_t kBases[3]{40'000, 50'000, 0};
inline constexpr std::uint16_t kCommon = 1;  ///< model of the device: maker, type, serial number
inline constexpr std::uint16_t kCommonLength = 66;
inline constexpr std::uint16_t kSerialAt = 50;  ///< from the common model's first register
inline constexpr std::uint16_t kSerialWords = 16;
inline constexpr std::uint16_t kEnd = 0xFFFF;
inline constexpr std::uint16_t kHeaderWords = 2;  ///< number and length of a model
inline constexpr std::uint16_t kIntegerLength = 105;
inline constexpr std::uint16_t kFloatLength = 124;

}  // namespace sunspec

/// Addresses count from the model's first register (its number).
extern const RegisterMap kSunspecInteger;
extern const RegisterMap kSunspecFloat;

/// The map of a model number; null if it is no three-phase, split-phase or single-phase meter.
const RegisterMap* sunspec_map(std::uint16_t model);

/// Finds the meter. Drive it: read next() (holding registers), then take() the answer or say refused(); until done().
class SunspecSearch {
 public:
  struct Found {
    const RegisterMap* map = nullptr;
    std::uint16_t base = 0;  ///< address of the model's first register
    std::uint16_t model = 0;
    Serial serial{};
  };

  bool done() const { return step_ == Step::done; }
  Block next() const;
  /// An answer of another length than asked for ends the search: nothing is found.
  void take(std::span<const std::uint16_t> words);
  /// The device answered next() with an exception: there is nothing.
  void refused();
  /// What was found, once done(); nothing if there is no meter.
  std::optional<Found> found() const { return found_.map != nullptr ? std::optional{found_} : std::nullopt; }

 private:
  enum class Step : std::uint8_t { marker, header, serial, done };
  /// A chain of more models than any device has is a loop of nonsense.
  static constexpr std::size_t kModelsMax = 64;

  void next_base();
  void take_header(std::uint16_t model, std::uint16_t length);
  void pass(std::uint16_t length);

  Step step_ = Step::marker;
  std::size_t base_ = 0;
  std::size_t models_ = 0;
  std::uint16_t at_ = 0;
  std::uint16_t length_ = 0;  ///< of the model at at_
  Found found_{};
};

}  // namespace bulwatt::meters
