// What a service could try against its sandbox, as data: the manifest compiler derives from it what must happen under each
// service's entry, bulwatt-sandbox-probe tries it, bulwatt-sandbox-proof compares. A row says what is tried, the deciding
// system call, what in the manifest would grant it, and what refuses it when the call filter does not.
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string_view>

namespace bulwatt::probe {

/// What a stage says about an operation: 0 allowed, an error number, or one of these.
using Outcome = std::int16_t;
inline constexpr Outcome kAllowed = 0;
inline constexpr Outcome kKilled = -1;    ///< the process is ended
inline constexpr Outcome kNotSaid = -2;   ///< not tried in this stage: only the filter holds it, or nothing has to
inline constexpr Outcome kAnyError = -3;  ///< refused; the error number depends on mode or kernel
/// The error of an operation that looks for something and finds nothing.
inline constexpr Outcome kNothing = ENODATA;

/// launch: from the first instruction to the lock-down. steady: after it. unfiltered: a launch without the call filter, to
/// see what the other layers hold on their own; never a product's state.
enum class Stage : std::uint8_t { launch, steady, unfiltered };
inline constexpr std::array<std::string_view, 3> kStageNames{"launch", "steady", "unfiltered"};
inline constexpr std::size_t kStages = kStageNames.size();

/// What must be in the manifest for an operation to be granted.
enum class Needs : std::uint8_t {
  nothing,
  impossible,
  state,
  resolver,
  writing,
  tcp,
  dns,
  listening,
  serial,
  daemon,
  lock_memory,
  startup,  ///< granted to every service, until the lock-down
  loader,   ///< granted to services with shared objects, until the lock-down
};

/// The named thing; in a view without it every try ends with ENOENT.
enum class Target : std::uint8_t { none, state, resolver, daemon };

/// What refuses it only on newer kernels; without that the operation is possible and said to be so.
enum class Kernel : std::uint8_t { any, landlock_ports, landlock_scopes, sealed_sockets };

struct Alone {
  Outcome isolated = kNotSaid;   ///< in a network namespace of its own
  Outcome networked = kNotSaid;  ///< in the host's, held by Landlock
};
constexpr Alone alone(int error) { return {static_cast<Outcome>(error), static_cast<Outcome>(error)}; }

struct Operation {
  std::string_view name;
  std::string_view words;    ///< what the probe tries
  std::string_view syscall;  ///< the deciding call, with arguments as far as filters look at them; empty: none is made
  std::array<std::uint64_t, 6> args{};
  Needs needs = Needs::impossible;
  Outcome refusal = kAllowed;  ///< the error when the filter passes it and nothing grants it
  Alone unfiltered{};          ///< the same without a filter, where that differs
  Target target = Target::none;
  Kernel kernel = Kernel::any;
  std::string_view after{};  ///< operation whose call comes first and decides as well
};

namespace detail {
inline constexpr std::uint64_t kRead = O_RDONLY | O_CLOEXEC;
inline constexpr std::uint64_t kFolder = kRead | O_DIRECTORY;
inline constexpr std::uint64_t kCreate = O_WRONLY | O_CREAT | O_CLOEXEC;
inline constexpr std::uint64_t kWrite = O_WRONLY | O_CLOEXEC;
inline constexpr std::uint64_t kReadWrite = PROT_READ | PROT_WRITE;
inline constexpr std::uint64_t kByDescriptor = AT_EMPTY_PATH;
inline constexpr std::uint64_t kSealedOption = 83;  // SO_PASSRIGHTS, Linux 6.16
}  // namespace detail

// clang-format off: one row a line reads better than one argument a line
inline constexpr Operation kOperations[] = {
    // What is always possible: the probe must not pass because nothing works at all.
    {"log_line", "write a line to the log", "write", {2}, Needs::nothing},
    {"tell_time", "read the clock", "clock_gettime", {}, Needs::nothing},
    {"use_memory", "map memory, readable and writable", "mmap", {0, 4096, detail::kReadWrite}, Needs::nothing},
    {"random_bytes", "ask the kernel for random bytes", "getrandom", {}, Needs::nothing},

    // What could have been left over.
    {"read_environment", "find an environment variable", "", {}, Needs::impossible, kNothing},
    {"start_words", "find a path or more words in what the program was started with", "", {}, Needs::impossible, kNothing},
    {"left_descriptor", "find an open descriptor beyond the manifest's", "fcntl", {999, F_GETFD}, Needs::impossible, EBADF},
    {"hidden_conduit", "send on a descriptor beyond the manifest's", "sendto", {}, Needs::impossible, EBADF},
    {"outer_process_number", "have a process number that others use too", "getpid", {}, Needs::impossible, kNothing},
    {"outer_parent", "see the supervisor's process number", "getppid", {}, Needs::impossible, kNothing},
    {"other_user", "run as another user than its own", "getuid", {}, Needs::impossible, kNothing},
    {"keep_groups", "keep a group of the supervisor", "getgroups", {}, Needs::impossible, kNothing},
    {"keep_capabilities", "keep a capability", "capget", {}, Needs::impossible, kNothing},
    {"keep_bounding_set", "keep a capability to be regained", "prctl", {PR_CAPBSET_READ}, Needs::impossible, kNothing},
    {"new_privileges", "gain privileges by a set-uid program", "prctl", {PR_GET_NO_NEW_PRIVS}, Needs::impossible, kNothing},
    {"core_file", "leave a core file", "prlimit64", {0, RLIMIT_CORE}, Needs::impossible, kNothing},
    {"process_allowance", "have an allowance of processes", "prlimit64", {0, RLIMIT_NPROC}, Needs::impossible, kNothing},

    // Files.
    {"open_own_folder", "open /state", "openat", {0, 0, detail::kFolder}, Needs::state, kAllowed, {}, Target::state},
    {"create_own_file", "create a file in /state", "openat", {0, 0, detail::kCreate}, Needs::writing, kAllowed, {}, Target::state},
    {"truncate_own_file", "cut a file in /state", "ftruncate", {}, Needs::writing, kAllowed, {}, Target::state, Kernel::any, "create_own_file"},
    {"rename_own_file", "rename a file in /state", "rename", {}, Needs::writing, kAllowed, {}, Target::state},
    {"remove_own_file", "remove a file in /state", "unlinkat", {}, Needs::writing, kAllowed, {}, Target::state},
    {"move_out", "move a file from /state to /", "rename", {}, Needs::impossible, EXDEV, {}, Target::state, Kernel::any, "create_own_file"},
    {"file_beyond_limit", "make a file longer than the limit", "ftruncate", {}, Needs::impossible, EFBIG, {}, Target::state, Kernel::any, "create_own_file"},
    {"run_own_file", "run a file written in /state", "execveat", {0, 0, 0, 0, detail::kByDescriptor}, Needs::impossible, EACCES, {}, Target::state, Kernel::any, "create_own_file"},
    {"read_resolver", "open /etc/resolv.conf", "openat", {0, 0, detail::kRead}, Needs::resolver, kAllowed, {}, Target::resolver},
    {"write_resolver", "open /etc/resolv.conf for writing", "openat", {0, 0, detail::kWrite}, Needs::impossible, EACCES, {}, Target::resolver},
    {"open_password_file", "open /etc/shadow", "openat", {0, 0, detail::kRead}, Needs::impossible, ENOENT},
    {"open_outside", "open a file of the host by its full path", "openat", {0, 0, detail::kRead}, Needs::impossible, ENOENT},
    {"look_outside", "look whether a file of the host is there", "newfstatat", {}, Needs::impossible, ENOENT},
    {"open_process_memory", "open /proc/1/mem", "openat", {0, 0, detail::kRead}, Needs::impossible, ENOENT},
    {"list_processes", "open /proc", "openat", {0, 0, detail::kFolder}, Needs::impossible, ENOENT},
    {"open_kernel_settings", "open /sys/kernel", "openat", {0, 0, detail::kFolder}, Needs::impossible, ENOENT},
    {"open_raw_disk", "open a block device", "openat", {0, 0, detail::kRead}, Needs::impossible, ENOENT},
    {"open_terminal", "open /dev/tty", "openat", {0, 0, detail::kRead}, Needs::impossible, ENOENT},
    {"climb_out", "open ../../etc/passwd", "openat", {0, 0, detail::kRead}, Needs::impossible, ENOENT},
    {"list_root", "list the root folder", "openat", {0, 0, detail::kFolder}, Needs::impossible, EACCES},
    {"create_in_root", "create a file in /", "openat", {0, 0, detail::kCreate}, Needs::impossible, EROFS},
    {"truncate_by_name", "cut a file by its name", "truncate", {}, Needs::impossible, kAllowed, alone(ENOENT)},
    {"make_device", "make a device node", "mknodat", {}, Needs::impossible, kAllowed, alone(EROFS)},
    {"make_link", "make a symbolic link", "symlinkat", {}, Needs::impossible, kAllowed, alone(EROFS)},
    {"make_hard_link", "make a hard link", "linkat", {}},
    {"give_away", "change the owner of a file", "fchownat", {}, Needs::impossible, kAllowed, alone(EROFS)},
    {"change_mode", "change the mode of a file by name", "fchmodat", {}, Needs::impossible, kAllowed, alone(EROFS)},
    {"open_by_handle", "open a file by its handle", "open_by_handle_at", {}},
    {"change_root", "change the root folder", "chroot", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"mount", "mount a file system", "mount", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"mount_new_way", "open a file system to mount it", "fsopen", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"unmount", "unmount a file system", "umount2", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"swap_root", "exchange the root mount", "pivot_root", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"quota", "read or set disk quotas", "quotactl", {}},

    // Network.
    {"tcp_socket", "make a TCP socket", "socket", {AF_INET, SOCK_STREAM}, Needs::tcp},
    {"connect_granted", "connect to the granted TCP port", "connect", {}, Needs::tcp, kAllowed, {}, Target::none, Kernel::any, "tcp_socket"},
    {"connect_other_port", "connect to a TCP port that is not granted", "connect", {}, Needs::impossible, EACCES, alone(EACCES), Target::none, Kernel::landlock_ports, "tcp_socket"},
    {"bind_port", "bind a socket to a port", "bind", {}, Needs::impossible, kAllowed, alone(EACCES), Target::none, Kernel::landlock_ports, "tcp_socket"},
    {"listen", "listen on a socket of its own", "listen", {}, Needs::impossible, kAllowed, {}, Target::none, Kernel::any, "tcp_socket"},
    {"accept", "take a connection from the socket handed in", "accept4", {}, Needs::listening},
    {"udp_socket", "make a UDP socket", "socket", {AF_INET, SOCK_DGRAM}, Needs::dns},
    {"udp_send", "send a datagram", "sendto", {}, Needs::dns, kAllowed, {ENETUNREACH, kNotSaid}, Target::none, Kernel::any, "udp_socket"},
    {"raw_socket", "make a raw socket", "socket", {AF_INET, SOCK_RAW}, Needs::impossible, kAllowed, alone(EPERM)},
    {"packet_socket", "make a packet socket", "socket", {AF_PACKET, SOCK_RAW}, Needs::impossible, kAllowed, alone(EPERM)},
    {"netlink_socket", "make a netlink socket", "socket", {AF_NETLINK, SOCK_RAW}},
    {"crypto_socket", "make a socket to the kernel's cipher code", "socket", {AF_ALG, SOCK_SEQPACKET}},
    {"vsock_socket", "make a socket to the hypervisor", "socket", {AF_VSOCK, SOCK_STREAM}},
    {"local_socket", "make a local socket", "socket", {AF_UNIX, SOCK_STREAM}, Needs::daemon},
    {"connect_daemon", "connect to the granted local daemon", "connect", {}, Needs::daemon, kAllowed, {}, Target::daemon, Kernel::any, "local_socket"},
    {"replace_daemon", "remove the granted daemon's socket", "unlinkat", {}, Needs::impossible, EROFS, {}, Target::daemon},
    {"abstract_socket", "connect to an abstract local socket of the host", "connect", {}, Needs::impossible, ECONNREFUSED, {ECONNREFUSED, EPERM}, Target::none, Kernel::landlock_scopes, "local_socket"},
    {"named_socket", "connect to a named local socket of the host", "connect", {}, Needs::impossible, ENOENT, alone(ENOENT), Target::none, Kernel::any, "local_socket"},
    {"socket_pair", "make a pair of sockets", "socketpair", {AF_UNIX, SOCK_SEQPACKET}},
    {"send_descriptor", "send a descriptor over a conduit", "sendmsg", {}, Needs::impossible, EPERM, alone(EPERM), Target::none, Kernel::sealed_sockets},
    {"send_descriptor_up", "send a descriptor to the supervisor", "sendmsg", {}, Needs::impossible, EPERM, alone(EPERM), Target::none, Kernel::sealed_sockets},
    {"take_descriptors", "let a conduit carry descriptors", "setsockopt", {0, SOL_SOCKET, detail::kSealedOption}},

    // Devices.
    {"line_settings", "read the settings of the granted serial line", "ioctl", {0, 0x5401}, Needs::serial, ENOTTY},
    {"type_into_terminal", "push characters into a terminal's input", "ioctl", {0, 0x5412}},
    {"line_discipline", "load a line discipline", "ioctl", {0, 0x5423}},

    // Other processes.
    {"fork", "make another process", "clone", {17}, Needs::impossible, kAllowed, alone(EAGAIN)},
    {"vfork", "make another process in the same memory", "vfork", {}},
    {"thread", "make a thread", "clone3", {}},
    {"run_program", "run a program by name", "execve", {}, Needs::impossible, kAllowed, alone(ENOENT)},
    {"run_relative", "run a program by name below a folder", "execveat", {}, Needs::impossible, kAllowed, alone(ENOENT)},
    {"run_descriptor", "run an open descriptor", "execveat", {0, 0, 0, 0, detail::kByDescriptor}, Needs::impossible, EACCES},
    {"run_memory", "make a file in memory to run it", "memfd_create", {}},
    {"signal_neighbour", "send a signal to another process", "kill", {}, Needs::impossible, kAllowed, alone(ESRCH)},
    {"abort_neighbour", "send the one allowed signal to another process", "tgkill", {0, 0, 6}, Needs::impossible, ESRCH},
    {"trace_neighbour", "trace another process", "ptrace", {0x4206}, Needs::impossible, kAllowed, alone(ESRCH)},
    {"be_traced", "ask to be traced", "ptrace", {0}},
    {"read_neighbour", "read another process's memory", "process_vm_readv", {}, Needs::impossible, kAllowed, alone(ESRCH)},
    {"write_neighbour", "write another process's memory", "process_vm_writev", {}, Needs::impossible, kAllowed, alone(ESRCH)},
    {"hold_neighbour", "open a process descriptor of another process", "pidfd_open", {}, Needs::impossible, kAllowed, alone(ESRCH)},
    {"steal_descriptor", "take a descriptor out of another process", "pidfd_getfd", {}},
    {"signal_by_descriptor", "send a signal through a process descriptor", "pidfd_send_signal", {}},
    {"compare_processes", "compare kernel objects of two processes", "kcmp", {}},
    {"share_memory", "make a System V shared memory", "shmget", {}},

    // Memory.
    {"memory_beyond_limit", "map more memory than the limit", "mmap", {0, ~std::uint64_t{0}, detail::kReadWrite}, Needs::impossible, kAnyError},
    {"descriptor_beyond_limit", "use a descriptor number beyond the limit", "dup3", {}, Needs::impossible, EBADF},
    {"lock_memory", "lock a page into memory", "mlock", {}, Needs::lock_memory, EPERM},
    {"write_execute_memory", "map memory writable and executable", "mmap", {0, 4096, PROT_WRITE | PROT_EXEC}},
    {"execute_memory", "map memory executable", "mmap", {0, 4096, PROT_READ | PROT_EXEC}, Needs::loader},
    {"make_executable", "make written memory executable", "mprotect", {0, 4096, PROT_READ | PROT_EXEC}, Needs::loader},
    {"make_dumpable", "make its memory readable by debuggers", "prctl", {PR_SET_DUMPABLE}, Needs::startup},
    {"page_faults", "handle page faults in user space", "userfaultfd", {}},

    // Privileges and the kernel itself.
    {"become_root", "become the super-user", "setresuid", {}, Needs::impossible, kAllowed, alone(kAnyError)},
    {"gain_capabilities", "raise capabilities", "capset", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"raise_limits", "raise the own limits", "prlimit64", {0, RLIMIT_NOFILE, 1}, Needs::impossible, kAllowed, alone(EPERM)},
    {"raise_priority", "ask for the highest real-time priority", "sched_setscheduler", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"raise_niceness", "ask for more of the processor", "setpriority", {}, Needs::impossible, kAllowed, alone(EACCES)},
    {"leave_filter", "change the filter mode", "prctl", {PR_SET_SECCOMP}},
    {"old_personality", "make readable memory executable", "personality", {}},
    {"new_user_namespace", "make a user namespace", "unshare", {0x10000000}},
    {"new_mount_namespace", "make a mount namespace", "unshare", {0x00020000}, Needs::impossible, kAllowed, alone(EPERM)},
    {"enter_namespace", "enter another namespace", "setns", {}},
    {"load_bpf", "load a kernel program", "bpf", {}},
    {"load_module", "load a kernel module", "init_module", {}, Needs::impossible, kAllowed, alone(kAnyError)},
    {"load_kernel", "load another kernel", "kexec_load", {}, Needs::impossible, kAllowed, alone(kAnyError)},
    {"kernel_log", "read the kernel's log", "syslog", {}},
    {"kernel_keys", "use the kernel's key store", "keyctl", {}},
    {"add_key", "put a key into the kernel's key store", "add_key", {}},
    {"io_uring", "make an io_uring", "io_uring_setup", {}},
    {"performance_counters", "open performance counters", "perf_event_open", {}},
    {"watch_files", "watch all files", "fanotify_init", {}},
    {"device_ports", "use I/O ports of the processor", "iopl", {}, Needs::impossible, kAllowed, alone(kAnyError)},
    {"set_clock", "set the clock", "clock_settime", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"set_host_name", "set the host name", "sethostname", {}, Needs::impossible, kAllowed, alone(EPERM)},
    {"swap_on", "swap to a file", "swapon", {}, Needs::impossible, kAllowed, alone(kAnyError)},
    {"reboot", "restart the machine", "reboot", {}, Needs::impossible, kAllowed, alone(EPERM)},
};
// clang-format on
inline constexpr std::size_t kOperationCount = std::size(kOperations);

constexpr const Operation* find_operation(std::string_view name) {
  for (const auto& one : kOperations) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

/// What must happen under one service's entry; emitted by the manifest compiler (generated/probe_expectations.hpp).
struct Expected {
  std::array<Outcome, kStages> at{};
};
struct ExpectedService {
  std::string_view service;
  std::array<Expected, kOperationCount> rows;
};

}  // namespace bulwatt::probe
