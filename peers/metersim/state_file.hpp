// The meter's energy on disk, so that its register never falls over a restart.
#pragma once
#include <string>

#include "peers/metersim/meter.hpp"

namespace bulwatt::metersim {

/// Nothing if there is no such file yet. Throws std::runtime_error if there is one that makes no sense: a meter does not
/// quietly start again at zero.
std::optional<Energy> load_state(const std::string& path);

/// Replaces the file as a whole. Throws std::runtime_error with a sentence.
void save_state(const std::string& path, const Energy& energy);

}  // namespace bulwatt::metersim
