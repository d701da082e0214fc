// The proof of the sandbox: every service's entry, every operation, every stage, on real processes.
#pragma once
#include <span>
#include <string_view>
#include <vector>

namespace bulwatt::probe {

inline constexpr int kProved = 0;
inline constexpr int kDifferences = 1;
inline constexpr int kWrongUse = 2;
inline constexpr int kNotPossible = 3;

/// The command line of bulwatt-sandbox-proof, without its name.
int run_proof(std::vector<std::string_view> arguments);

}  // namespace bulwatt::probe
