// The outside view: what the kernel says about a service, read from /proc when it says READY. What it contradicts counts as
// a missing layer, whoever claimed it.
#pragma once
#include "services/supervisor/outside_view.hpp"
#include "services/supervisor/places.hpp"

namespace bulwatt::supervisor {

struct Claim {
  sandbox::Layers layers{};  ///< what launch and service claim
  const sandbox::ServiceEntry& service;
  const Places& places;
  os::Mode mode{};
};

struct Seen {
  Denial denial{};
  bool everything = false;  ///< false: something could not be seen (descriptors, without root before Linux 6.2)
};
/// A process that is ending or gone is neither confirmed nor accused. Landlock cannot be seen from outside; the proof of the sandbox
/// tries it.
Seen look_at(int pid, const Claim& claim);

}  // namespace bulwatt::supervisor
