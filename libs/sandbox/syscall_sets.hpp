// Named sets of system calls, the vocabulary of `syscalls = […]` in system/bulwatt.toml. Data for the manifest compiler,
// which turns them into seccomp programs at build time; no service and not the supervisor contains this code.
//
// In no set, and so impossible in every service: ptrace, process_vm_*, pidfd_getfd, io_uring_*, keyctl, userfaultfd,
// perf_event_open, bpf, clone, fork, unshare, setns, mount, kill; execve; and memory that is writable and executable.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bulwatt::sandbox {

/// A condition on one argument: (argument & mask) == value.
struct ArgumentIs {
  std::uint8_t index;
  std::uint64_t mask;
  std::uint64_t value;
};

/// Allows one system call, if all conditions hold. Several rules of one call are alternatives.
struct SyscallRule {
  std::string_view name;
  std::vector<ArgumentIs> when;
  std::string_view why;  ///< for people, who read the sets to know what a service can do
};

struct SyscallSet {
  std::string_view name;
  std::string_view purpose;
  bool in_manifest;  ///< may be named in `syscalls`; the others follow from something else in the manifest
  std::vector<SyscallRule> rules;
};

/// All sets:
///   base, serial, files, net_client, net_server, local_client   named by the manifest
///   files_write   follows from a file with rights "rw"
///   token_locks   follows from the file token_module
///   net_dns       follows from network.udp_dns
///   launch        stage 1 only: from the supervisor's execveat to the service's own lock-down
///   launch_ld     stage 1 only: the dynamic loader, for services with libraries
std::span<const SyscallSet> syscall_sets();

/// Null when there is no such set.
const SyscallSet* find_syscall_set(std::string_view name);

}  // namespace bulwatt::sandbox
