// `bulwatt-vault --try-profile`: a vault of its own for the trial of a crypto profile (trial.hpp).
#pragma once

namespace bulwatt::vault {

int try_profile_command(int count, char** arguments);

}  // namespace bulwatt::vault
