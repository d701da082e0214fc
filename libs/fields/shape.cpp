#include "libs/fields/shape.hpp"

#include <cstring>

namespace bulwatt {
namespace {
template <class S, class U>
long long load_as(const Shape& shape, const void* value) {
  U bits{};
  std::memcpy(&bits, value, sizeof bits);
  return shape.is_signed ? static_cast<long long>(static_cast<S>(bits)) : static_cast<long long>(bits);
}
}  // namespace

long long load_integer(const Shape& shape, const void* value) {
  switch (shape.width) {
    case 1: return load_as<std::int8_t, std::uint8_t>(shape, value);
    case 2: return load_as<std::int16_t, std::uint16_t>(shape, value);
    case 4: return load_as<std::int32_t, std::uint32_t>(shape, value);
    default: return load_as<std::int64_t, std::uint64_t>(shape, value);
  }
}

void store_integer(const Shape& shape, void* value, long long number) {
  const auto bits = static_cast<std::uint64_t>(number);
  const auto b1 = static_cast<std::uint8_t>(bits);
  const auto b2 = static_cast<std::uint16_t>(bits);
  const auto b4 = static_cast<std::uint32_t>(bits);
  switch (shape.width) {
    case 1: std::memcpy(value, &b1, 1); break;
    case 2: std::memcpy(value, &b2, 2); break;
    case 4: std::memcpy(value, &b4, 4); break;
    default: std::memcpy(value, &bits, 8); break;
  }
}

bool integer_fits(const Shape& shape, const Facts& facts, long long number) {
  if (number < facts.min || number > facts.max) return false;
  if (shape.width == 8) return shape.is_signed || number >= 0;
  const long long span = 1LL << (8 * shape.width - (shape.is_signed ? 1 : 0));
  return number < span && number >= (shape.is_signed ? -span : 0);
}

}  // namespace bulwatt
