// Seccomp programs from the named sets of libs/sandbox/syscall_sets, for the machine this tool runs on.
#pragma once
#include "libs/sandbox/syscall_sets.hpp"
#include "libs/sandbox/table.hpp"
#include "tools/manifest/model.hpp"

namespace bulwatt::manifest {

/// Sets in force in the steady state (stage 2): the named ones and those that follow from files and network.
std::vector<const sandbox::SyscallSet*> steady_sets(const Service& service);
/// Sets in force from execveat to the service's own lock-down (stage 1): the steady ones and what a start needs.
std::vector<const sandbox::SyscallSet*> launch_sets(const Service& service);

/// What happens to a call that no rule allows: errno ENOSYS, or the end of the process.
enum class Otherwise : std::uint8_t { unknown, kill };

/// Compiles the rules; another architecture's calls always end the process. Throws std::runtime_error.
std::vector<sandbox::Instruction> compile_filter(const std::vector<const sandbox::SyscallSet*>& sets,
                                                 Otherwise otherwise);

}  // namespace bulwatt::manifest
