// What happens in a new process between clone and exec. Everything here must be safe in a copy of the supervisor: system
// calls and the stack only, no allocation, no locks.
#pragma once
#include "libs/os/launch.hpp"

namespace bulwatt::os::detail {

/// Written through the gate when the parent has done its part.
struct Pass {
  sandbox::Layers layers = 0;
};

struct Birth {
  int gate = -1;      ///< read end
  int gate_far = -1;  ///< our copy of the write end, to be closed before waiting
  int report = -1;
  bool isolated = true;  ///< false: the kernel gave no namespaces
};

[[noreturn]] void become(const Plan& plan, Birth birth);

}  // namespace bulwatt::os::detail
