#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tools/sandbox_probe/attempts.hpp"

namespace bulwatt::probe {
namespace {

char* const kNoWords[] = {nullptr};

int neighbour(const Surroundings& here) { return static_cast<int>(here.facts.neighbour); }

int fork_once(const Surroundings&) {
  const long child = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) ::_exit(0);
  return result(child);
}

/// Never let through to the end: it would need assembly to be safe, and its number alone decides.
int vfork_once(const Surroundings&) {
#ifdef SYS_vfork
  const long child = ::syscall(SYS_vfork);
  if (child == 0) ::_exit(0);
  return result(child);
#else
  errno = ENOSYS;
  return ENOSYS;
#endif
}

/// A size of zero is refused by the kernel itself, but only once the call got there.
int thread(const Surroundings&) {
  const int error = call(SYS_clone3, nullptr, 0UL);
  return error == EINVAL ? 0 : error;
}

int copy_memory(const Surroundings& here, long number) {
  char byte = 0;
  const iovec mine{&byte, 1};
  const iovec theirs{&byte, 1};
  return call(number, neighbour(here), &mine, 1UL, &theirs, 1UL, 0UL);
}

int shared_memory(const Surroundings&) {
  const long id = ::syscall(SYS_shmget, 0, 4096UL, 0600 | 01000);
  if (id < 0) return errno;
  ::syscall(SYS_shmctl, id, 0, nullptr);
  return 0;
}

int memory_beyond(const Surroundings& here) {
  const auto bytes = (std::size_t{here.service->memory_kib} + 1024) * 1024;
  void* place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return errno;
  ::munmap(place, bytes);
  return 0;
}

int descriptor_beyond(const Surroundings& here) {
  const int number = here.service->open_files + 1;
  if (::syscall(SYS_dup3, 2, number, O_CLOEXEC) < 0) return errno;
  ::close(number);
  return 0;
}

int map(int protection) {
  void* page = ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return errno;
  ::munmap(page, 4096);
  return 0;
}

int make_executable(const Surroundings&) {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return errno;
  *static_cast<volatile char*>(page) = 1;
  const int outcome = result(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
  ::munmap(page, 4096);
  return outcome;
}

int lock_page(const Surroundings&) {
  alignas(4096) static std::array<char, 4096> page;
  return call(SYS_mlock, page.data(), page.size());
}

int dumpable(const Surroundings&) {
  const int was = ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  return result(was);
}

constexpr Attempt kProcesses[] = {
    {"fork", fork_once},
    {"vfork", vfork_once},
    {"thread", thread},
    {"run_program", [](const Surroundings&) { return call(SYS_execve, "/bin/true", kNoWords, kNoWords); }},
    {"run_relative",
     [](const Surroundings&) { return call(SYS_execveat, AT_FDCWD, "bin/true", kNoWords, kNoWords, 0); }},
    {"run_descriptor",
     [](const Surroundings&) { return call(SYS_execveat, 2, "", kNoWords, kNoWords, AT_EMPTY_PATH); }},
    {"run_memory", [](const Surroundings&) { return call_open(SYS_memfd_create, "probe", 1U); }},
    {"signal_neighbour", [](const Surroundings& here) { return call(SYS_kill, neighbour(here), 0); }},
    {"abort_neighbour",
     [](const Surroundings& here) { return call(SYS_tgkill, neighbour(here), neighbour(here), SIGABRT); }},
    {"trace_neighbour",
     [](const Surroundings& here) {
       const int error = call(SYS_ptrace, PTRACE_SEIZE, neighbour(here), nullptr, nullptr);
       if (error == 0) ::syscall(SYS_ptrace, PTRACE_DETACH, neighbour(here), nullptr, nullptr);
       return error;
     }},
    {"be_traced", [](const Surroundings&) { return call(SYS_ptrace, PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"read_neighbour", [](const Surroundings& here) { return copy_memory(here, SYS_process_vm_readv); }},
    {"write_neighbour", [](const Surroundings& here) { return copy_memory(here, SYS_process_vm_writev); }},
    {"hold_neighbour", [](const Surroundings& here) { return call_open(SYS_pidfd_open, neighbour(here), 0); }},
    {"steal_descriptor", [](const Surroundings&) { return call_open(SYS_pidfd_getfd, kControl, 0, 0); }},
    {"signal_by_descriptor", [](const Surroundings&) { return call(SYS_pidfd_send_signal, kControl, 0, nullptr, 0); }},
    {"compare_processes",
     [](const Surroundings& here) { return call(SYS_kcmp, neighbour(here), neighbour(here), 0, 0UL, 0UL); }},
    {"share_memory", shared_memory},
    {"memory_beyond_limit", memory_beyond},
    {"descriptor_beyond_limit", descriptor_beyond},
    {"lock_memory", lock_page},
    {"write_execute_memory", [](const Surroundings&) { return map(PROT_WRITE | PROT_EXEC); }},
    {"execute_memory", [](const Surroundings&) { return map(PROT_READ | PROT_EXEC); }},
    {"make_executable", make_executable},
    {"make_dumpable", dumpable},
    {"page_faults", [](const Surroundings&) { return call_open(SYS_userfaultfd, 1); }},
};

}  // namespace

std::span<const Attempt> process_attempts() { return kProcesses; }

}  // namespace bulwatt::probe
