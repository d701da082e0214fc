// What the decoder and the encoder share: limits taken from the facts, and the path for error messages. Internal.
#pragma once
#include <span>

#include "libs/fields/shape.hpp"
#include "libs/json/error.hpp"
#include "libs/json/json.hpp"
#include "libs/json/raw.hpp"

namespace bulwatt::json::detail {

inline constexpr Facts kNoFacts{};

inline bool exists(const Facts& facts, std::uint8_t version) {
  return version == 0 || (version >= facts.since && version <= facts.until);
}

/// Most characters of a text or elements of a list by the standard; the storage when the facts do not say.
inline std::size_t most(const Shape& shape, const Facts& facts, std::uint8_t version) {
  if (version != 0 && version < facts.wider_since && facts.chars_before != 0) return facts.chars_before;
  return facts.max == LLONG_MAX ? shape.capacity : static_cast<std::size_t>(facts.max);
}

inline bool decimal_fits(const Facts& facts, Decimal value) {
  const std::int64_t whole = value.millionths / Decimal::kScale;
  const std::int64_t rest = value.millionths % Decimal::kScale;
  return (rest < 0 ? whole - 1 : whole) >= facts.min && (rest > 0 ? whole + 1 : whole) <= facts.max;
}

inline bool is_raw(const Shape& shape) { return shape.rows.size() == 1 && shape.rows[0].name == kRawName; }

/// A text of `chars` characters in `bytes` bytes: what is wrong with its size, if anything.
inline std::optional<ErrorKind> wrong_size(const Shape& shape, const Facts& facts, std::uint8_t version,
                                           std::size_t chars, std::size_t bytes) {
  if (chars > most(shape, facts, version)) return ErrorKind::too_long;
  if (chars < facts.at_least) return ErrorKind::too_short;
  if (bytes > shape.capacity) return ErrorKind::no_room;
  return std::nullopt;
}

/// Where the walk is. Every container adds at most one step, so kMaxDepth steps are enough.
class Path {
 public:
  void enter() { steps_[depth_++] = Step{}; }
  void leave() { --depth_; }
  bool full() const { return depth_ == kMaxDepth; }
  std::size_t depth() const { return depth_; }
  void member(std::string_view name) { steps_[depth_ - 1].name = name; }
  void element(std::size_t index) { steps_[depth_ - 1].index = index; }
  Text<Error::kWhereBytes> text() const;

 private:
  struct Step {
    std::string_view name{};
    std::size_t index = 0;
  };
  std::array<Step, kMaxDepth> steps_{};
  std::size_t depth_ = 0;
};

}  // namespace bulwatt::json::detail
