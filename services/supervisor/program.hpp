// The program around the supervisor: arguments, station configuration, lock, and starting over.
#pragma once
#include "libs/sandbox/table.hpp"

namespace bulwatt::supervisor {

inline constexpr int kExitStopped = 0;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitBadConfig = 3;
inline constexpr int kExitRunning = 4;      ///< another supervisor has this run folder
inline constexpr int kExitNotPossible = 5;  ///< mode, folders, devices or ports cannot be had
inline constexpr int kExitOtherSlot = 6;    ///< stopped for good: the machine is to start its other software

/// Runs the station of `table` until it is told to stop; returns the exit code. A requested restart executes the program
/// file anew with the same arguments and does not return.
int run_program(const sandbox::SystemTable& table, int argc, char** argv);

}  // namespace bulwatt::supervisor
