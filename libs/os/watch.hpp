// OS seam 4 of 4: who is alive, and waiting for whatever happens first. Nothing here allocates after construction.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "libs/os/clock.hpp"
#include "libs/os/conduit.hpp"

namespace bulwatt::os {

/// A child process. `watch` becomes readable when it has ended; the number cannot be reused before `reap`.
struct Process {
  int pid = -1;
  Handle watch = kNoHandle;
};

struct Ending {
  bool by_signal = false;
  int code = 0;  ///< exit status, or the signal's number
};

/// Ends the process at once; it cannot refuse.
void kill(const Process& process);
/// How the process ended, once it has; forgets it then. Empty while it still runs.
std::optional<Ending> reap(Process& process);

/// For the first process of a container, to which everybody's orphans fall: a child that has ended and was not reaped, of
/// whomever; 0: none. It stays until it is reaped, by `reap` if it is one of ours, else by forget_child.
int ended_child();
void forget_child(int pid);

/// Waits for many handles. The tag given at `add` comes back; a handle must be removed before it is closed.
class Waiter {
 public:
  Waiter();
  ~Waiter();
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  bool add(Handle handle, std::uint64_t tag);
  void remove(Handle handle);
  /// Waits until something is readable (or gone) or the moment has come; fills `tags` and returns the used part.
  std::span<std::uint64_t> wait(std::span<std::uint64_t> tags, Instant until);

 private:
  Handle handle_ = kNoHandle;
};

}  // namespace bulwatt::os
