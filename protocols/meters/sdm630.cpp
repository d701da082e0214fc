#include "protocols/meters/sdm630.hpp"

namespace bulwatt::meters {

const RegisterMap* find_map(std::string_view name) { return name == "sdm630" ? &kSdm630 : nullptr; }

}  // namespace bulwatt::meters
