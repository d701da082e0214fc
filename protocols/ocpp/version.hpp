// Protocol versions of OCPP, in the numbers that Facts::since and Facts::until use.
#pragma once
#include <cstdint>

namespace bulwatt::ocpp {

enum class Version : std::uint8_t { v16 = 1, v201 = 2, v21 = 3 };

}  // namespace bulwatt::ocpp
