#include "libs/sandbox/syscall_sets.hpp"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

namespace bulwatt::sandbox {
namespace {

// The kernel reads int arguments as 32 bits; what a caller leaves in the upper half of the register must not matter.
constexpr std::uint64_t kInt = 0xffffffff;
constexpr unsigned kSetMdwe = 65;  // PR_SET_MDWE, PR_GET_MDWE: Linux 6.3, newer than some headers
constexpr unsigned kGetMdwe = 66;
constexpr unsigned kSocketType = 0xf;  // without SOCK_CLOEXEC and SOCK_NONBLOCK

ArgumentIs is(std::uint8_t index, std::uint64_t value) { return {index, kInt, value}; }
ArgumentIs without(std::uint8_t index, std::uint64_t bits) { return {index, bits, 0}; }

// What the one-threaded loop of every service needs, the C library's memory and its way to die included.
SyscallSet base() {
  SyscallSet set{"base", "the loop, conduits, timers, memory that is not executable", true, {}};
  set.rules = {
      {"recvmsg", {}, "frames of conduits"},
      {"sendmsg", {}, "frames of conduits"},
      {"recvfrom", {}, "recv() on a descriptor already held"},
      {"sendto", {}, "send() on a descriptor already held"},
      {"epoll_wait", {}, "the loop waits"},
      {"epoll_pwait", {}, "the loop waits, on machines without epoll_wait"},
      {"poll", {}, "a call waits for its reply, with a deadline"},
      {"ppoll", {}, "the same, on machines without poll"},
      {"read", {}, "timers, event counters, devices"},
      {"write", {}, "log lines on descriptor 2, devices"},
      {"writev", {}, "the C library's last words before abort()"},
      {"epoll_ctl", {}, "conduits come back after a peer's restart"},
      {"timerfd_settime", {}, "the loop's one timer"},
      {"clock_gettime", {}, "time, where the vDSO cannot tell it"},
      {"gettimeofday", {}, "time, where the vDSO cannot tell it"},
      {"time", {}, "time, where the vDSO cannot tell it"},
      {"clock_nanosleep", {}, "libraries that wait for hardware; own code never sleeps"},
      {"close", {}, "a dead conduit"},
      {"shutdown", {}, "a peer that broke the rules is cut off"},
      {"dup3", {}, "a fresh socket takes the descriptor number of the dead conduit"},
      {"fcntl", {is(1, F_GETFD)}, "self-check of the descriptor table"},
      {"fcntl", {is(1, F_SETFD)}, "close-on-exec"},
      {"fcntl", {is(1, F_GETFL)}, "non-blocking mode"},
      {"fcntl", {is(1, F_SETFL)}, "non-blocking mode"},
      {"brk", {}, "heap of the C library"},
      {"mmap", {without(2, PROT_EXEC)}, "memory, never executable"},
      {"mprotect", {without(2, PROT_EXEC)}, "memory, never executable"},
      {"munmap", {}, "memory"},
      {"mremap", {}, "growing a large block; keeps its protection"},
      {"madvise", {}, "memory given back; secrets kept out of core files"},
      {"futex", {}, "locks of the C library, uncontended in one thread"},
      {"getrandom", {}, "randomness"},
      {"getpid", {}, "abort()"},
      {"gettid", {}, "abort()"},
      {"tgkill", {is(2, SIGABRT)}, "abort(); nobody else is visible in the process's own pid namespace"},
      {"rt_sigaction", {is(0, SIGABRT)}, "abort()"},
      {"rt_sigprocmask", {}, "abort()"},
      {"rt_sigreturn", {}, "return from a signal handler"},
      {"restart_syscall", {}, "the kernel continues a wait after a stop"},
      {"sysinfo", {}, "qsort() asks once how much memory there is"},
      {"exit_group", {}, "the end"},
      {"exit", {}, "the end"},
  };
  return set;
}

// Terminal lines by exact request: no TIOCSTI, no line discipline, no console.
SyscallSet serial() {
  SyscallSet set{"serial", "settings of a serial line already open", true, {}};
  constexpr struct {
    std::uint64_t request;
    std::string_view why;
  } kRequests[] = {{TCGETS, "isatty()"},
                   {TCGETS2, "read the line's settings"},
                   {TCSETS, "set them"},
                   {TCSETSW, "set them"},
                   {TCSETSF, "set them"},
                   {TCSETS2, "set them, any baud rate"},
                   {TCSETSW2, "set them, any baud rate"},
                   {TCSETSF2, "set them, any baud rate"},
                   {TCFLSH, "drop what was received before a restart"},
                   {TCSBRK, "wait until everything is sent"},
                   {TIOCMGET, "modem lines"},
                   {TIOCMBIS, "modem lines"},
                   {TIOCMBIC, "modem lines"},
                   {FIONREAD, "how much is there"},
                   {TIOCOUTQ, "how much is still to be sent"}};
  for (const auto& request : kRequests) set.rules.push_back({"ioctl", {is(1, request.request)}, request.why});
  return set;
}

// Reading below the folders in the service's own view. What may be named is Landlock's and the mount view's business.
SyscallSet files() {
  SyscallSet set{"files", "files in the service's own view", true, {}};
  set.rules = {
      {"openat", {without(2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_PATH | O_ASYNC)}, "open for reading"},
      {"pread64", {}, "read at a place"},
      {"readv", {}, "read into several pieces"},
      {"lseek", {}, "stdio, and finding the end of a journal"},
      {"fstat", {}, "size and kind of an open file"},
      {"newfstatat", {}, "size and kind of a named file"},
      {"statx", {}, "the same, from newer C libraries"},
      {"faccessat", {}, "is it there"},
      {"faccessat2", {}, "is it there"},
      {"access", {}, "is it there"},
      {"getdents64", {}, "list the segments of a journal"},
      {"fadvise64", {}, "will read through"},
  };
  return set;
}

SyscallSet files_write() {
  SyscallSet set{"files_write", "changing files in the service's own view", false, {}};
  set.rules = {
      {"openat", {without(2, O_PATH | O_ASYNC)}, "open for writing, create"},
      {"pwrite64", {}, "write at a place"},
      {"pwritev", {}, "write several pieces at a place"},
      {"fdatasync", {}, "durable before it is acknowledged"},
      {"fsync", {}, "durable folder entries"},
      {"ftruncate", {}, "cut a torn tail"},
      {"fallocate", {}, "room reserved before it is needed"},
      {"fstatfs", {}, "the same, by the C library, where the file system cannot reserve"},
      {"rename", {}, "replace a file whole"},
      {"renameat", {}, "replace a file whole"},
      {"renameat2", {}, "replace a file whole"},
      {"unlink", {}, "drop what is acknowledged"},
      {"unlinkat", {}, "drop what is acknowledged"},
      {"mkdir", {}, "a folder of its own"},
      {"mkdirat", {}, "a folder of its own"},
      {"flock", {}, "one writer at a time"},
      {"fcntl", {is(1, F_OFD_SETLK)}, "one writer at a time"},
      {"fchmod", {}, "key files for the owner only"},
  };
  return set;
}

// Record locks. A token's module keeps its store in files and locks each object that it looks at; the vault's own code does not.
SyscallSet token_locks() {
  SyscallSet set{"token_locks", "locks of a token's module on files it has opened", false, {}};
  set.rules = {
      {"fcntl", {is(1, F_SETLK)}, "an object of the token is looked at or changed"},
      {"fcntl", {is(1, F_SETLKW)}, "the same, after whoever has it"},
  };
  return set;
}

// What both network sets do with a socket they have. Options by number: SO_PASSRIGHTS, which keeps descriptors from being
// sent to a conduit, and everything else that is not listed stays as the supervisor set it.
void add_socket_rules(SyscallSet& set) {
  constexpr struct {
    std::uint64_t level;
    std::uint64_t option;
    std::string_view why;
  } kOptions[] = {
      {SOL_SOCKET, SO_KEEPALIVE, "a dead peer is noticed"},
      {SOL_SOCKET, SO_LINGER, "how long a close waits"},
      {SOL_SOCKET, SO_REUSEADDR, "from libraries"},
      {SOL_SOCKET, SO_RCVTIMEO, "time limit, from libraries"},
      {SOL_SOCKET, SO_SNDTIMEO, "time limit, from libraries"},
      {SOL_SOCKET, SO_RCVBUF, "bounded memory"},
      {SOL_SOCKET, SO_SNDBUF, "bounded memory"},
      {IPPROTO_TCP, TCP_NODELAY, "no waiting for more to send"},
      {IPPROTO_TCP, TCP_USER_TIMEOUT, "unacknowledged data ends the connection"},
      {IPPROTO_TCP, TCP_KEEPIDLE, "a dead peer is noticed"},
      {IPPROTO_TCP, TCP_KEEPINTVL, "a dead peer is noticed"},
      {IPPROTO_TCP, TCP_KEEPCNT, "a dead peer is noticed"},
      {IPPROTO_IP, IP_TOS, "type of service, from libraries"},
      {IPPROTO_IPV6, IPV6_V6ONLY, "from libraries"},
  };
  for (const auto& option : kOptions) {
    set.rules.push_back({"setsockopt", {is(1, option.level), is(2, option.option)}, option.why});
  }
  const std::vector<SyscallRule> others{
      {"getsockopt", {}, "result of a connect, state of the connection"},
      {"getsockname", {}, "own address, for the log"},
      {"getpeername", {}, "address of the peer, for the log"},
      {"ioctl", {is(1, FIONBIO)}, "non-blocking mode, from libraries"},
      {"select", {}, "libraries that wait with select()"},
      {"pselect6", {}, "libraries that wait with select()"},
  };
  set.rules.insert(set.rules.end(), others.begin(), others.end());
}

// Outgoing TCP. Ports are narrowed by Landlock where the kernel can.
SyscallSet net_client() {
  SyscallSet set{"net_client", "TCP connections to the outside", true, {}};
  set.rules = {
      {"socket", {is(0, AF_INET), {1, kSocketType, SOCK_STREAM}}, "TCP over IPv4"},
      {"socket", {is(0, AF_INET6), {1, kSocketType, SOCK_STREAM}}, "TCP over IPv6"},
      {"connect", {}, "the one thing such a service does with its sockets"},
  };
  add_socket_rules(set);
  return set;
}

SyscallSet net_dns() {
  SyscallSet set{"net_dns", "asking a name server over UDP", false, {}};
  set.rules = {
      {"socket", {is(0, AF_INET), {1, kSocketType, SOCK_DGRAM}}, "UDP over IPv4"},
      {"socket", {is(0, AF_INET6), {1, kSocketType, SOCK_DGRAM}}, "UDP over IPv6"},
  };
  return set;
}

// Incoming TCP on a listening socket that the supervisor made: no socket(), no bind(), no listen(), no connect().
SyscallSet net_server() {
  SyscallSet set{"net_server", "TCP connections from the same machine, on a socket handed in", true, {}};
  set.rules = {
      {"accept4", {}, "take a connection"},
      {"accept", {}, "take a connection"},
  };
  add_socket_rules(set);
  return set;
}

// A daemon of the host on a named local socket. Which names there are is the mount view's business; nothing is bound, so nobody
// can be made to connect to the service.
SyscallSet local_client() {
  SyscallSet set{"local_client", "connections to a local daemon that is in the view", true, {}};
  set.rules = {
      {"socket", {is(0, AF_UNIX), {1, kSocketType, SOCK_STREAM}}, "a local stream socket"},
      {"connect", {}, "the one thing such a service does with it"},
      {"newfstatat", {}, "libraries look whether the daemon's socket is there"},
      {"ioctl", {is(1, TCGETS)}, "libraries ask whether the log is a terminal"},
  };
  return set;
}

void add_prctl_rules(SyscallSet& set) {
  constexpr struct {
    std::uint64_t option;
    std::string_view why;
  } kOptions[] = {{PR_SET_NO_NEW_PRIVS, "before the second filter"},
                  {PR_GET_NO_NEW_PRIVS, "self-check"},
                  {PR_GET_SECCOMP, "self-check"},
                  {PR_SET_DUMPABLE, "no core file, no tracing"},
                  {PR_GET_DUMPABLE, "self-check"},
                  {PR_SET_NAME, "name in process lists"},
                  {PR_CAPBSET_READ, "self-check"},
                  {PR_GET_SECUREBITS, "self-check"},
                  {PR_SET_PDEATHSIG, "dies with the supervisor"},
                  {PR_GET_PDEATHSIG, "self-check"},
                  {PR_SET_TIMERSLACK, "timers as exact as asked"},
                  {kSetMdwe, "memory never writable and executable"},
                  {kGetMdwe, "self-check"}};
  for (const auto& option : kOptions) set.rules.push_back({"prctl", {is(0, option.option)}, option.why});
}

// Stage 1. Checked against static and dynamic programs of glibc 2.36 and 2.41; what is unknown answers ENOSYS, so that a
// C library falls back to what an older kernel has.
SyscallSet launch() {
  SyscallSet set{
      "launch",
      "from the supervisor's execveat to the service's own lock-down",
      false,
      {
          {"execveat", {is(4, AT_EMPTY_PATH)}, "the supervisor starts the service binary; by descriptor only"},
          {"arch_prctl", {}, "start of the C library: thread pointer"},
          {"set_tid_address", {}, "start of the C library"},
          {"set_robust_list", {}, "start of the C library"},
          {"rseq", {}, "start of the C library"},
          {"prlimit64", {without(2, ~std::uint64_t{0})}, "start of the C library reads the stack limit; sets nothing"},
          {"readlinkat", {}, "start of the C library: own path"},
          {"readlink", {}, "start of the C library: own path"},
          {"uname", {}, "start of the C library: kernel release"},
          {"openat",
           {without(2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_PATH | O_ASYNC)},
           "optional files of libraries"},
          {"fstat", {}, "kind of an open file"},
          {"newfstatat", {}, "kind of a file"},
          {"pread64", {}, "read at a place"},
          {"lseek", {}, "stdio"},
          {"sched_getaffinity", {}, "number of processors"},
          {"sched_getscheduler", {}, "self-check"},
          {"sched_getparam", {}, "self-check"},
          {"getrlimit", {}, "self-check"},
          {"getuid", {}, "self-check"},
          {"geteuid", {}, "self-check"},
          {"getgid", {}, "self-check"},
          {"getegid", {}, "self-check"},
          {"getresuid", {}, "self-check"},
          {"getresgid", {}, "self-check"},
          {"getgroups", {}, "self-check"},
          {"getppid", {}, "self-check"},
          {"capget", {}, "self-check"},
          {"rt_sigaction", {}, "signals to their defaults, SIGPIPE ignored"},
          {"sigaltstack", {}, "a stack for the report of a crash"},
          {"umask", {}, "files for the owner only"},
          {"epoll_create1", {}, "the loop"},
          {"timerfd_create", {}, "the loop's one timer"},
          {"eventfd2", {}, "wake-ups inside a library"},
          {"pipe2", {}, "wake-ups inside a library"},
          {"mlockall", {}, "no page of a safety service is ever swapped"},
          {"mlock", {}, "keys are never swapped"},
          {"mlock2", {}, "keys are never swapped"},
          {"munlock", {}, "keys are never swapped"},
          {"memfd_secret", {}, "keys out of the kernel's own sight"},
          {"landlock_create_ruleset", {}, "second rule set: nothing may be executed any more"},
          {"landlock_add_rule", {}, "second rule set"},
          {"landlock_restrict_self", {}, "second rule set"},
          {"close_range", {}, "descriptors that are not in the manifest"},
          {"seccomp", {is(0, SECCOMP_SET_MODE_FILTER)}, "enters stage 2"},
          {"seccomp", {is(0, SECCOMP_GET_ACTION_AVAIL)}, "asks what the kernel can"},
      }};
  add_prctl_rules(set);
  return set;
}

SyscallSet launch_ld() {
  SyscallSet set{"launch_ld", "the dynamic loader", false, {}};
  set.rules = {
      {"mmap", {without(2, PROT_WRITE)}, "code of shared objects, never writable"},
      {"mprotect", {without(2, PROT_WRITE)}, "code of shared objects, never writable"},
      {"access", {}, "is there a preload list"},
      {"faccessat", {}, "is there a preload list"},
      {"getcwd", {}, "search path"},
  };
  return set;
}

}  // namespace

std::span<const SyscallSet> syscall_sets() {
  static const std::vector<SyscallSet> kSets{base(),         serial(),     files(),    files_write(),
                                             token_locks(),  net_client(), net_dns(),  net_server(),
                                             local_client(), launch(),     launch_ld()};
  return kSets;
}

const SyscallSet* find_syscall_set(std::string_view name) {
  const auto sets = syscall_sets();
  const auto found = std::ranges::find(sets, name, &SyscallSet::name);
  return found == sets.end() ? nullptr : &*found;
}

}  // namespace bulwatt::sandbox
