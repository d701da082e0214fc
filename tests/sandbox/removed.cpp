#include "tests/sandbox/removed.hpp"

#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>

namespace bulwatt::mutant {

Removed removed = Removed::nothing;

bool remove(std::string_view name) {
  const auto names = enum_names(Removed{});
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return false;
  removed = static_cast<Removed>(found - names.begin());
  return true;
}

namespace {

std::uint64_t kept_out() {
  switch (removed) {
    case Removed::network_namespace: return CLONE_NEWNET;
    case Removed::process_namespace: return CLONE_NEWPID;
    case Removed::name_namespaces: return CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    default: return 0;
  }
}

/// True: the call answers 0 without being made.
bool swallowed(long number, long first, long second) {
  switch (removed) {
    case Removed::mount_view: return number == SYS_pivot_root;
    case Removed::own_user: return number == SYS_setresuid || number == SYS_setresgid || number == SYS_setgroups;
    case Removed::capability_drop: return number == SYS_capset;
    case Removed::landlock: return number == SYS_landlock_restrict_self;
    // Stage 1 is entered without a flag, stage 2 with one that would bind other threads too.
    case Removed::launch_filter: return number == SYS_seccomp && first == SECCOMP_SET_MODE_FILTER && second == 0;
    case Removed::steady_filter: return number == SYS_seccomp && first == SECCOMP_SET_MODE_FILTER && second != 0;
    case Removed::close_range: return number == SYS_close_range;
    default: return false;
  }
}

bool swallowed_option(int option) {
  switch (removed) {
    case Removed::capability_drop: return option == PR_CAPBSET_DROP || option == PR_SET_SECUREBITS;
    case Removed::no_new_privileges: return option == PR_SET_NO_NEW_PRIVS;
    case Removed::not_dumpable: return option == PR_SET_DUMPABLE || option == PR_GET_DUMPABLE;
    default: return false;
  }
}

}  // namespace
}  // namespace bulwatt::mutant

using namespace bulwatt::mutant;

extern "C" {

long __real_syscall(long number, ...);
int __real_prctl(int option, ...);
int __real_setrlimit(int which, const rlimit* limit);
int __real_umount2(const char* path, int flags);
int __real_chdir(const char* path);
int __real_mlockall(int flags);

long __wrap_syscall(long number, ...) {
  std::array<long, 6> a{};
  va_list list;
  va_start(list, number);
  for (auto& one : a) one = va_arg(list, long);
  va_end(list);
  if (swallowed(number, a[0], a[1])) return 0;
  if (number == SYS_clone3) reinterpret_cast<clone_args*>(a[0])->flags &= ~kept_out();
  if (number == SYS_execveat && removed == Removed::empty_environment) a[3] = reinterpret_cast<long>(environ);
  return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int __wrap_prctl(int option, ...) {
  std::array<unsigned long, 4> a{};
  va_list list;
  va_start(list, option);
  for (auto& one : a) one = va_arg(list, unsigned long);
  va_end(list);
  return swallowed_option(option) ? 0 : __real_prctl(option, a[0], a[1], a[2], a[3]);
}

int __wrap_setrlimit(int which, const rlimit* limit) {
  return removed == Removed::limits ? 0 : __real_setrlimit(which, limit);
}

// Without the change of root the process stays in the folder its view is built on, and / is the host's.
int __wrap_umount2(const char* path, int flags) {
  return removed == Removed::mount_view ? 0 : __real_umount2(path, flags);
}
int __wrap_chdir(const char* path) {
  const bool to_root = path[0] == '/' && path[1] == '\0';
  return removed == Removed::mount_view && to_root ? 0 : __real_chdir(path);
}

int __wrap_mlockall(int flags) { return removed == Removed::memory_lock ? 0 : __real_mlockall(flags); }

}  // extern "C"
