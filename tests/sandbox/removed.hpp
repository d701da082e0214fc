// One layer of the sandbox taken away: the kernel calls that would make it answer "done" and do nothing. Linked into test
// programs only (--wrap); the launch and the lock-down themselves are the product's, unchanged, and believe what they are told.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace bulwatt::mutant {

enum class Removed : std::uint8_t {
  nothing,
  mount_view,
  network_namespace,
  process_namespace,
  name_namespaces,
  own_user,
  capability_drop,
  no_new_privileges,
  limits,
  landlock,
  launch_filter,
  steady_filter,
  close_range,
  empty_environment,
  not_dumpable,
  memory_lock,
  count,
};
constexpr auto enum_names(Removed) {
  return std::array<std::string_view, static_cast<std::size_t>(Removed::count)>{
      "nothing",         "mount_view",        "network_namespace", "process_namespace",
      "name_namespaces", "own_user",          "capability_drop",   "no_new_privileges",
      "limits",          "landlock",          "launch_filter",     "steady_filter",
      "close_range",     "empty_environment", "not_dumpable",      "memory_lock"};
}

/// Set before anything is launched.
extern Removed removed;
/// By name; false when there is none of that name.
bool remove(std::string_view name);

}  // namespace bulwatt::mutant
