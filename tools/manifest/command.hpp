// The verbs of bulwatt-manifest, also behind `bulwatt manifest`.
#pragma once
#include <string_view>
#include <vector>

namespace bulwatt::manifest {

inline constexpr int kExitGood = 0;
inline constexpr int kExitRefused = 1;  ///< the manifest has faults; each is one line on standard error
inline constexpr int kExitUsage = 2;    ///< the command line, or a file that cannot be read or written

/// Runs one verb. The result goes to standard output, faults to standard error. Returns the exit code.
int run_command(const std::vector<std::string_view>& arguments);

}  // namespace bulwatt::manifest
