// OS seam 3 of 4: starts one service with exactly what it was granted. The plan is complete before the process exists;
// the new process only applies it, step by step, and reports where it stopped. See docs/rationale/0010-launch-order.md.
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "libs/os/watch.hpp"
#include "libs/sandbox/layers.hpp"
#include "libs/sandbox/table.hpp"

namespace bulwatt::os {

/// root: one user id per service. rootless: one user namespace per service. The rest is the same.
enum class Mode : std::uint8_t { root, rootless };
constexpr auto enum_names(Mode) { return std::array<std::string_view, 2>{"root", "rootless"}; }

/// One entry of the service's private file view.
struct Bind {
  const char* from = nullptr;  ///< absolute path outside
  const char* to = nullptr;    ///< path inside, relative to the new root: "state", "lib/libc.so.6"
  sandbox::Rights rights{};
  bool folder = false;
  bool program = false;  ///< may be mapped executable
};
struct Folder {
  const char* path = nullptr;
};
struct Link {
  const char* path = nullptr;
  const char* target = nullptr;
};

/// Steps of a launch, in order; a report names the one that failed.
enum class Step : std::uint8_t {
  clone,
  user_map,
  gate,
  parent_gone,
  network,
  view,
  descriptors,
  identity,
  capabilities,
  limits,
  no_new_privileges,
  landlock,
  filter,
  execute,
  done,
};
std::string_view step_text(Step step);

struct Plan {
  const char* name = nullptr;           ///< the only argument the program gets
  Handle program = kNoHandle;           ///< the binary, opened
  std::span<const Handle> descriptors;  ///< entry i becomes descriptor i; kNoHandle leaves a hole
  int control = 3;                      ///< the entry whose far end is ours; its loss means we are gone
  Mode mode{};
  std::uint32_t user = 0;                      ///< user and group id inside
  bool own_network = true;                     ///< an empty network namespace
  std::span<const std::uint16_t> tcp_connect;  ///< ports Landlock lets through
  const char* mount_point = nullptr;           ///< an existing folder to build the view on; nothing is written there
  std::span<const Folder> folders;
  std::span<const Link> links;
  std::span<const Bind> binds;
  sandbox::Policy policy{};
  int priority = 0;
  bool lock_memory = false;
  std::uint32_t memory_kib = 0;
  std::uint32_t open_files = 0;
  std::uint32_t file_kib = 0;
  std::span<const sandbox::Instruction> filter;
  sandbox::Layers required = 0;  ///< a failing layer outside this set is skipped and missing in the report
};

struct Launched {
  Process process;
  Handle report = kNoHandle;  ///< read with read_report once the service spoke or died
};
struct LaunchError {
  Step step{};
  int error = 0;
};
/// What the new process wrote just before it became the service, or when it gave up (failed != done).
struct Report {
  sandbox::Layers layers = 0;
  Step failed = Step::done;
  int error = 0;
};

/// Starts the service. Never blocks on the new process. The plan may be forgotten afterwards; handles stay the caller's.
std::expected<Launched, LaunchError> launch(const Plan& plan);
/// Empty when the process ended before it could write (killed). Closes the handle.
std::optional<Report> read_report(Handle& report);

}  // namespace bulwatt::os
