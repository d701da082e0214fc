// How a service process runs its loop: wait for Start, lock down, say READY, then wait and turn until told to stop.
#pragma once
#include "libs/runtime/loop.hpp"

namespace bulwatt::runtime {

inline constexpr int kExitStopped = 0;
inline constexpr int kExitNoStart = 2;     ///< not started by the supervisor, or its first message was not understood
inline constexpr int kExitBadConfig = 3;   ///< the configuration does not decode or is refused by the service
inline constexpr int kExitNotLocked = 4;   ///< the sandbox could not be entered or is not what the manifest says
inline constexpr int kExitSetUp = 5;       ///< a granted thing (device, file, socket) could not be used

/// Enters the steady-state sandbox; returns the bits of the layers found active, or a sentence saying what is wrong.
using LockDown = std::expected<std::uint32_t, std::string_view> (*)();

/// One line on the log conduit, prefixed by the supervisor with the service's name. Bounded; never blocks.
void log(std::string_view line);

/// Waits for Start. On failure says why on the log and returns false; main then returns kExitNoStart.
bool await_start(Loop& loop);

/// Decodes the service's configuration; on failure says why and returns nothing.
template <Described Config>
std::optional<Config> take_config(const Loop& loop);

/// Runs until Stop. Returns the process's exit code.
int run(Loop& loop, LockDown lock_down);

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
