// What the probe does for each operation. Every attempt is harmless where it succeeds, uses no call beyond the deciding ones
// and those every service has, and answers 0 (it worked) or the error number; kNothing when it looked and found nothing.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <string_view>

#include "libs/sandbox/table.hpp"
#include "tools/sandbox_probe/operations.hpp"
#include "tools/sandbox_probe/protocol.hpp"

namespace bulwatt::probe {

struct Surroundings {
  World facts{};
  const sandbox::ServiceEntry* service = nullptr;
  int granted = 0;  ///< first descriptor number beyond the granted ones
  int words = 0;    ///< argc
  char** environment = nullptr;
};

struct Attempt {
  std::string_view operation;
  int (*run)(const Surroundings&);
};

std::span<const Attempt> leftover_attempts();
std::span<const Attempt> file_attempts();
std::span<const Attempt> network_attempts();
std::span<const Attempt> process_attempts();
std::span<const Attempt> kernel_attempts();

/// Null when nobody wrote one, which the test forbids.
const Attempt* find_attempt(std::string_view operation);

// ---- for the attempts

inline int result(long value) { return value < 0 ? errno : 0; }
/// 0 (that is: possible) when the thing is there.
inline int found(bool there) { return there ? 0 : kNothing; }

template <class... Arguments>
int call(long number, Arguments... arguments) {
  return result(::syscall(number, arguments...));
}

/// For calls that make a descriptor: closed again.
template <class... Arguments>
int call_open(long number, Arguments... arguments) {
  const long fd = ::syscall(number, arguments...);
  if (fd < 0) return errno;
  ::close(static_cast<int>(fd));
  return 0;
}

}  // namespace bulwatt::probe
