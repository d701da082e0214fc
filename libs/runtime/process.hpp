// How a service process runs its loop: wait for Start, lock down, say READY, then wait and turn until told to stop.
#pragma once
#include "libs/runtime/loop.hpp"
#include "libs/sandbox/self.hpp"

namespace bulwatt::runtime {

inline constexpr int kExitStopped = 0;
inline constexpr int kExitNoStart = 2;    ///< not started by the supervisor, or its first message was not understood
inline constexpr int kExitBadConfig = 3;  ///< the configuration does not decode or is refused by the service
inline constexpr int kExitSetUp = 5;      ///< a granted thing (device, file, socket) could not be used

/// What a service process must find and will lock itself into; generated as grants::<service>::kProcess.
struct ProcessFacts {
  sandbox::Descriptors descriptors{};
  std::span<const sandbox::Instruction> filter{};  ///< steady state
  bool lock_memory = false;
};

/// One line on the log conduit, prefixed by the supervisor with the service's name. Bounded; never blocks.
void log(std::string_view line);

/// First thing in main: checks what was inherited, then waits for Start. On failure says why on the log and returns
/// nothing; main then returns kExitNoStart. The value is for run().
std::optional<sandbox::Layers> begin(Loop& loop, const ProcessFacts& facts);

/// Decodes the service's configuration; on failure says why and returns nothing.
template <Described Config>
std::optional<Config> take_config(const Loop& loop);

/// Locks down, says READY and runs until Stop. Returns the process's exit code.
int run(Loop& loop, const ProcessFacts& facts, sandbox::Layers found);

// ---- details

std::string_view say_bad_config(wire::Error error);

template <Described Config>
std::optional<Config> take_config(const Loop& loop) {
  auto config = wire::decode<Config>(loop.config());
  if (config) return *std::move(config);
  log(say_bad_config(config.error()));
  return std::nullopt;
}

}  // namespace bulwatt::runtime
