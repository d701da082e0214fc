// Values of the messages (16 bits times a power of ten) and thousandths. No value of a message overflows 64 bits.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::secc {

namespace detail {
template <class T>
struct Bare {
  using Type = T;
};
template <class T>
struct Bare<std::optional<T>> {
  using Type = T;
};
}  // namespace detail
/// The unit's enumeration, whether or not the value may leave it out.
template <class Physical>
using UnitOf = typename detail::Bare<decltype(Physical::unit)>::Type;

constexpr std::int64_t power_of_ten(int exponent) {
  std::int64_t out = 1;
  for (int i = 0; i < exponent; ++i) out *= 10;
  return out;
}

/// Nothing when the unit is another one. DIN SPEC 70121 lets a car leave the unit out.
template <class Physical>
std::optional<std::int64_t> milli_of(const Physical& physical, UnitOf<Physical> unit) {
  const std::optional<UnitOf<Physical>> said{physical.unit};
  if (said && *said != unit) return std::nullopt;
  if (physical.multiplier < -3 || physical.multiplier > 3) return std::nullopt;
  return physical.value * power_of_ten(physical.multiplier + 3);
}

/// The most exact value, cut towards zero; what is larger than a message can say becomes the largest it can.
template <class Physical>
Physical physical_of(std::int64_t milli, UnitOf<Physical> unit) {
  constexpr std::int64_t kMost = 32'767;
  for (int multiplier = -3; multiplier <= 3; ++multiplier) {
    const std::int64_t value = milli / power_of_ten(multiplier + 3);
    if (value > kMost || value < -kMost) continue;
    return {static_cast<std::int8_t>(multiplier), unit, static_cast<std::int16_t>(value)};
  }
  return {3, unit, static_cast<std::int16_t>(milli < 0 ? -kMost : kMost)};
}

}  // namespace bulwatt::secc
