// A random value of any described type, within its facts.
#pragma once
#include <random>

#include "libs/fields/shape.hpp"

namespace bulwatt::exi_test {

/// Fills `value`, which must be an object of the shape's type. Texts and octets are never empty, because other encoders leave
/// empty values out.
void fill(const Shape& shape, void* value, std::mt19937_64& chance);

}  // namespace bulwatt::exi_test
