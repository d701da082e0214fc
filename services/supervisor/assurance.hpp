// The outside view: what the kernel says about a service, read from /proc once it is READY.
#pragma once
#include <optional>
#include <string_view>

#include "libs/sandbox/layers.hpp"

namespace bulwatt::supervisor {

struct Expected {
  sandbox::Layers layers{};         ///< what launch and service claim
  std::size_t granted_descriptors;  ///< fixed ones; the service may have opened up to `own_descriptors` of its own
  std::size_t own_descriptors;
};

struct Seen {
  std::string_view disagreement{};  ///< the first thing that is not as claimed; empty: nothing
  bool everything = false;          ///< false: something could not be seen (descriptors, without root before Linux 6.2)
};
Seen look_at(int pid, const Expected& expected);

/// Pure half: looks at the text of /proc/PID/status.
std::string_view status_disagreement(std::string_view status, sandbox::Layers claimed);

}  // namespace bulwatt::supervisor
