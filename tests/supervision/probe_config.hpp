// What a test tells the probe service to do.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::probe {

enum class Mode : std::uint8_t {
  plain,             ///< lock down, say READY, echo and ping on its conduits, stop when told
  try_everything,    ///< plain, after trying what is forbidden and logging the outcome of each try
  other_build,       ///< says READY with another build number
  extra_descriptor,  ///< opens one more descriptor before it checks itself
  crash,             ///< ends at once
  ignore_stop,
  garbage,  ///< sends nonsense to the supervisor once it is READY
  ask_phase,
  ask_restart,  ///< once, in its first life
  flood_control,
  flood_log,
  accuse,  ///< reports a violation on conduit 0, in its first life
  park,    ///< parks 100 bytes once it is READY
  poison,  ///< the same, and ends at once when it is started with them
  // one forbidden system call after lock-down
  open_late,
  socket_late,
  exec_late,
  fork_late,
  allocate_code_late,
};
constexpr auto enum_names(Mode) {
  return names("plain", "try_everything", "other_build", "extra_descriptor", "crash", "ignore_stop", "garbage",
               "ask_phase", "ask_restart", "flood_control", "flood_log", "accuse", "park", "poison", "open_late",
               "socket_late", "exec_late", "fork_late", "allocate_code_late");
}

struct Config {
  Mode mode{};
  std::uint16_t open_port{};       ///< a port the station lets through
  std::uint16_t forbidden_port{};  ///< one it does not; somebody listens on both
  std::uint32_t foreign_pid{};     ///< a process outside
  static constexpr auto fields() {
    return list(field<&Config::mode>("mode"), field<&Config::open_port>("open_port"),
                field<&Config::forbidden_port>("forbidden_port"), field<&Config::foreign_pid>("foreign_pid"));
  }
};

}  // namespace bulwatt::probe
