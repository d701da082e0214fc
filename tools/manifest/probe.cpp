#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "tools/manifest/filter.hpp"
#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

/// What must be in the manifest for an operation to be granted.
enum class Needs : std::uint8_t { nothing, impossible, files, writing, tcp, dns, listening, serial };

struct Operation {
  std::string_view name;
  std::string_view words;    ///< what the probe tries
  std::string_view syscall;  ///< the deciding system call, with arguments as far as the filters look at them
  std::array<std::uint64_t, 6> args;
  Needs needs;
};

constexpr std::uint64_t kNewUser = 0x10000000;
constexpr std::uint64_t kRead = O_RDONLY | O_CLOEXEC;
constexpr std::uint64_t kCreate = O_WRONLY | O_CREAT | O_CLOEXEC;
constexpr std::uint64_t kTypeIntoTerminal = 0x5412;
constexpr std::uint64_t kReadLine = 0x5401;

constexpr Operation kOperations[] = {
    // What is always possible: the probe must not pass because nothing works at all.
    {"log_line", "write a line to the log", "write", {2}, Needs::nothing},
    {"tell_time", "read the clock", "clock_gettime", {}, Needs::nothing},
    {"use_memory", "map memory, readable and writable", "mmap", {0, 4096, PROT_READ | PROT_WRITE}, Needs::nothing},
    {"random_bytes", "ask the kernel for random bytes", "getrandom", {}, Needs::nothing},
    // Files.
    {"open_own_file", "open a file in /state for reading", "openat", {0, 0, kRead}, Needs::files},
    {"create_own_file", "create a file in /state", "openat", {0, 0, kCreate}, Needs::writing},
    {"remove_own_file", "remove it again", "unlinkat", {}, Needs::writing},
    {"open_password_file", "open /etc/shadow", "openat", {0, 0, kRead}, Needs::impossible},
    {"open_other_state", "open the state folder of another service", "openat", {0, 0, kRead}, Needs::impossible},
    {"open_process_memory", "open /proc/1/mem", "openat", {0, 0, kRead}, Needs::impossible},
    {"open_kernel_settings", "open /sys/kernel", "openat", {0, 0, kRead}, Needs::impossible},
    {"open_raw_disk", "open a block device", "openat", {0, 0, kRead}, Needs::impossible},
    {"create_in_root", "create a file in /", "openat", {0, 0, kCreate}, Needs::impossible},
    {"look_outside", "look whether /etc/passwd is there", "newfstatat", {}, Needs::impossible},
    {"climb_out", "open ../ of the own folder", "openat", {0, 0, kRead}, Needs::impossible},
    {"make_device", "make a device node", "mknodat", {}, Needs::impossible},
    {"make_link", "make a symbolic link", "symlinkat", {}, Needs::impossible},
    {"own_by_other", "change the owner of a file", "fchownat", {}, Needs::impossible},
    {"change_root", "change the root folder", "chroot", {}, Needs::impossible},
    {"mount", "mount a file system", "mount", {}, Needs::impossible},
    {"unmount", "unmount a file system", "umount2", {}, Needs::impossible},
    {"open_by_handle", "open a file by its handle", "open_by_handle_at", {}, Needs::impossible},
    // Network.
    {"tcp_socket", "make a TCP socket", "socket", {AF_INET, SOCK_STREAM}, Needs::tcp},
    {"udp_socket", "make a UDP socket", "socket", {AF_INET, SOCK_DGRAM}, Needs::dns},
    {"raw_socket", "make a raw socket", "socket", {AF_INET, SOCK_RAW}, Needs::impossible},
    {"packet_socket", "make a packet socket", "socket", {AF_PACKET, SOCK_RAW}, Needs::impossible},
    {"netlink_socket", "make a netlink socket", "socket", {AF_NETLINK, SOCK_RAW}, Needs::impossible},
    {"local_socket", "make a local socket", "socket", {AF_UNIX, SOCK_STREAM}, Needs::impossible},
    {"vsock_socket", "make a socket to the hypervisor", "socket", {AF_VSOCK, SOCK_STREAM}, Needs::impossible},
    {"socket_pair", "make a pair of sockets", "socketpair", {AF_UNIX, SOCK_SEQPACKET}, Needs::impossible},
    {"bind_port", "bind a socket to a port", "bind", {}, Needs::impossible},
    {"listen", "listen on a socket", "listen", {}, Needs::impossible},
    {"accept", "take a connection from the socket handed in", "accept4", {}, Needs::listening},
    {"connect_other_port", "connect to a TCP port that is not in the manifest", "connect", {}, Needs::impossible},
    // Devices.
    {"line_settings", "read the settings of the granted serial line", "ioctl", {0, kReadLine}, Needs::serial},
    {"type_into_terminal",
     "push characters into a terminal's input",
     "ioctl",
     {0, kTypeIntoTerminal},
     Needs::impossible},
    // Other processes.
    {"fork", "make another process", "clone", {17}, Needs::impossible},
    {"thread", "make a thread", "clone3", {}, Needs::impossible},
    {"run_program", "run a program by name", "execve", {}, Needs::impossible},
    {"run_relative", "run a program by name below a folder", "execveat", {0, 0, 0, 0, 0}, Needs::impossible},
    {"trace_parent", "trace the supervisor", "ptrace", {16, 1}, Needs::impossible},
    {"read_memory", "read another process's memory", "process_vm_readv", {}, Needs::impossible},
    {"write_memory", "write another process's memory", "process_vm_writev", {}, Needs::impossible},
    {"signal_parent", "send a signal to the supervisor", "kill", {1, 9}, Needs::impossible},
    {"signal_by_descriptor", "send a signal through a process descriptor", "pidfd_send_signal", {}, Needs::impossible},
    {"steal_descriptor", "take a descriptor out of another process", "pidfd_getfd", {}, Needs::impossible},
    {"use_unknown_descriptor", "use a descriptor beyond the manifest's", "fcntl", {999, F_GETFD}, Needs::impossible},
    {"send_descriptor", "send a descriptor over a conduit", "sendmsg", {}, Needs::impossible},
    {"send_ungranted_message", "send a message that is not granted", "sendmsg", {}, Needs::impossible},
    // The kernel itself.
    {"write_execute_memory",
     "map memory writable and executable",
     "mmap",
     {0, 4096, PROT_WRITE | PROT_EXEC},
     Needs::impossible},
    {"make_executable",
     "make written memory executable",
     "mprotect",
     {0, 4096, PROT_WRITE | PROT_EXEC},
     Needs::impossible},
    {"memory_beyond_limit",
     "map more memory than the limit",
     "mmap",
     {0, ~std::uint64_t{0}, PROT_READ | PROT_WRITE},
     Needs::impossible},
    {"new_user_namespace", "make a user namespace", "unshare", {kNewUser}, Needs::impossible},
    {"enter_namespace", "enter another namespace", "setns", {}, Needs::impossible},
    {"load_bpf", "load a kernel program", "bpf", {}, Needs::impossible},
    {"load_module", "load a kernel module", "finit_module", {}, Needs::impossible},
    {"kernel_keys", "use the kernel's key store", "keyctl", {}, Needs::impossible},
    {"io_uring", "make an io_uring", "io_uring_setup", {}, Needs::impossible},
    {"page_faults", "handle page faults in user space", "userfaultfd", {}, Needs::impossible},
    {"performance_counters", "open performance counters", "perf_event_open", {}, Needs::impossible},
    {"become_root", "become the super-user", "setresuid", {0, 0, 0}, Needs::impossible},
    {"gain_capabilities", "raise capabilities", "capset", {}, Needs::impossible},
    {"set_clock", "set the clock", "clock_settime", {}, Needs::impossible},
    {"reboot", "restart the machine", "reboot", {}, Needs::impossible},
    {"raise_limits", "raise the own limits", "prlimit64", {0, 7, 1, 0}, Needs::impossible},
    {"raise_priority", "ask for real-time scheduling", "sched_setscheduler", {}, Needs::impossible},
};

bool granted(const Service& service, Needs needs) {
  switch (needs) {
    case Needs::nothing: return true;
    case Needs::impossible: return false;
    case Needs::files: return !service.files.empty();
    case Needs::writing: return service.writes_files();
    case Needs::tcp: return service.network.mode.text == "client";
    case Needs::dns: return service.network.udp_dns;
    case Needs::listening: return service.network.mode.text == "loopback";
    case Needs::serial: return !service.devices.empty();
  }
  return false;
}

bool passes(const std::vector<const sandbox::SyscallSet*>& sets, const Operation& operation) {
  const auto holds = [&](const sandbox::ArgumentIs& when) {
    return (operation.args[when.index] & when.mask) == when.value;
  };
  for (const auto* set : sets) {
    for (const auto& rule : set->rules) {
      if (rule.name == operation.syscall && std::ranges::all_of(rule.when, holds)) return true;
    }
  }
  return false;
}

std::string quoted(std::string_view text) { return cat("\"", text, "\""); }

// The filter decides first: what it does not pass fails in stage 1 and kills in stage 2. What it passes can still be
// refused by another layer: mount view, Landlock, namespaces, limits, the socket itself.
std::string expectation(const Service& service, const Operation& operation) {
  const bool is_granted = granted(service, operation.needs);
  const auto outcome = is_granted ? "allowed" : "refused";
  const auto launch = passes(launch_sets(service), operation) ? outcome : "refused";
  const auto steady = passes(steady_sets(service), operation) ? outcome : "killed";
  return cat("{\"operation\": ", quoted(operation.name), ", \"launch\": ", quoted(launch),
             ", \"steady\": ", quoted(steady), "}");
}

template <class Items, class Print>
std::string joined(const Items& items, std::string_view indent, Print print) {
  std::string out;
  for (const auto& item : items) out += cat(out.empty() ? "\n" : ",\n", indent, print(item));
  return out;
}

}  // namespace

std::string probe_matrix(const Layout& layout) {
  const auto describe = [](const Operation& o) {
    return cat("{\"name\": ", quoted(o.name), ", \"tries\": ", quoted(o.words), ", \"call\": ", quoted(o.syscall), "}");
  };
  const auto service = [](const Placed& placed) {
    const auto rows =
        joined(kOperations, "      ", [&](const Operation& o) { return expectation(*placed.service, o); });
    return cat("{\"service\": ", quoted(placed.service->name), ", \"expect\": [", rows, "]}");
  };
  return cat("{\n  \"build\": ", quoted(hexadecimal(layout.build)),
             ",\n  \"outcomes\": {\"allowed\": \"it works\", \"refused\": \"it fails with an error\", \"killed\": "
             "\"the process is ended\"},\n",
             "  \"operations\": [", joined(kOperations, "    ", describe), "],\n  \"services\": [",
             joined(layout.services, "    ", service), "]\n}\n");
}

}  // namespace bulwatt::manifest
