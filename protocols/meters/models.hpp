// The meters a station's configuration can name.
#pragma once
#include "protocols/meters/register_map.hpp"

namespace bulwatt::meters {

enum class Model : std::uint8_t { sdm630, em340, sunspec };
constexpr auto enum_names(Model) { return names("sdm630", "em340", "sunspec"); }

/// Its map; null for sunspec: which one and where is found by SunspecSearch.
const RegisterMap* map_of(Model model);

}  // namespace bulwatt::meters
