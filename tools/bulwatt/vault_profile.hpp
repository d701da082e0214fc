// bulwatt vault profile: looks at a crypto profile, tries it in a vault instance of its own, hands it in.
#pragma once
#include "tools/bulwatt/command.hpp"
#include "tools/bulwatt/station_file.hpp"

namespace bulwatt::cli {

int run_vault_profile(const station_file::File& file, Arguments arguments);

}  // namespace bulwatt::cli
