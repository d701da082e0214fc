#include "tools/manifest/filter.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "tools/manifest/station_for_tests.hpp"

namespace bulwatt::manifest {
namespace {

using Program = std::vector<sandbox::Instruction>;

// What the kernel would do with a program: the part of classic BPF that libseccomp emits.
std::uint32_t run_filter(const Program& program, const seccomp_data& data) {
  std::uint32_t a = 0;
  for (std::size_t pc = 0; pc < program.size(); ++pc) {
    const auto& i = program[pc];
    const auto jump = [&](bool yes) { pc += yes ? i.if_true : i.if_false; };
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS: std::memcpy(&a, reinterpret_cast<const char*>(&data) + i.k, sizeof a); break;
      case BPF_ALU | BPF_AND | BPF_K: a &= i.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: jump(a == i.k); break;
      case BPF_JMP | BPF_JGT | BPF_K: jump(a > i.k); break;
      case BPF_JMP | BPF_JGE | BPF_K: jump(a >= i.k); break;
      case BPF_JMP | BPF_JSET | BPF_K: jump((a & i.k) != 0); break;
      case BPF_JMP | BPF_JA: pc += i.k; break;
      case BPF_RET | BPF_K: return i.k;
      default: FAIL("unexpected instruction ", i.code);
    }
  }
  FAIL("the program ends without an answer");
  return 0;
}

seccomp_data call_of(int number, std::array<std::uint64_t, 6> args = {}) {
  seccomp_data data{};
  data.nr = number;
  data.arch = seccomp_arch_native();
  std::ranges::copy(args, data.args);
  return data;
}

int number_of(std::string_view name) { return seccomp_syscall_resolve_name(std::string{name}.c_str()); }

bool allowed(const Program& program, const seccomp_data& data) {
  return run_filter(program, data) == SECCOMP_RET_ALLOW;
}

struct Stages {
  std::string name;
  const Service* service;
  Program launch;
  Program steady;
};

const std::vector<Stages>& all_stages() {
  static const auto kManifest = station();
  static const auto kAll = [] {
    std::vector<Stages> out;
    for (const auto& service : kManifest.services) {
      out.push_back({service.name, &service, compile_filter(launch_sets(service), Otherwise::unknown),
                     compile_filter(steady_sets(service), Otherwise::kill)});
    }
    return out;
  }();
  return kAll;
}

std::array<std::uint64_t, 6> satisfying(const sandbox::SyscallRule& rule) {
  std::array<std::uint64_t, 6> args{};
  for (const auto& when : rule.when) args[when.index] = when.value;
  return args;
}

// Calls worth trying: every number with plain arguments, and every rule's call with arguments that fit it.
std::vector<seccomp_data> interesting_calls() {
  std::vector<seccomp_data> out;
  for (int number = 0; number < 600; ++number) {
    out.push_back(call_of(number));
    out.push_back(call_of(number, {1, 1, 1, 1, 1, 1}));
    out.push_back(call_of(number, {2, 2, 2, 2, 2, 2}));
    out.push_back(call_of(number, {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL}));
  }
  for (const auto& set : sandbox::syscall_sets()) {
    for (const auto& rule : set.rules) {
      if (number_of(rule.name) >= 0) out.push_back(call_of(number_of(rule.name), satisfying(rule)));
    }
  }
  return out;
}

TEST_CASE("every rule names a system call and says why") {
  for (const auto& set : sandbox::syscall_sets()) {
    CHECK_FALSE(set.purpose.empty());
    for (const auto& rule : set.rules) {
      INFO(std::string{set.name}, ": ", std::string{rule.name});
      CHECK(number_of(rule.name) != __NR_SCMP_ERROR);
      CHECK_FALSE(rule.why.empty());
    }
  }
}

TEST_CASE("a call that a set allows passes both stages, whatever the upper half of its registers holds") {
  for (const auto& stages : all_stages()) {
    for (const auto* set : steady_sets(*stages.service)) {
      for (const auto& rule : set->rules) {
        if (number_of(rule.name) < 0) continue;
        INFO(stages.name, ": ", std::string{rule.name});
        auto args = satisfying(rule);
        CHECK(allowed(stages.launch, call_of(number_of(rule.name), args)));
        CHECK(allowed(stages.steady, call_of(number_of(rule.name), args)));
        for (const auto& when : rule.when) {
          if (when.mask == 0xffffffff) args[when.index] |= 0xabcd'0000'0000ULL;
        }
        CHECK(allowed(stages.steady, call_of(number_of(rule.name), args)));
      }
    }
  }
}

TEST_CASE("the steady state allows nothing that the launch does not") {
  for (const auto& stages : all_stages()) {
    for (const auto& data : interesting_calls()) {
      if (!allowed(stages.steady, data)) continue;
      CHECK_MESSAGE(allowed(stages.launch, data), stages.name, " call ", data.nr);
    }
  }
}

TEST_CASE("what no service may ever do is in neither stage") {
  constexpr std::string_view kNever[] = {"ptrace",
                                         "process_vm_readv",
                                         "process_vm_writev",
                                         "pidfd_getfd",
                                         "pidfd_send_signal",
                                         "io_uring_setup",
                                         "io_uring_enter",
                                         "keyctl",
                                         "add_key",
                                         "request_key",
                                         "userfaultfd",
                                         "perf_event_open",
                                         "bpf",
                                         "clone",
                                         "clone3",
                                         "fork",
                                         "vfork",
                                         "unshare",
                                         "setns",
                                         "mount",
                                         "umount2",
                                         "pivot_root",
                                         "chroot",
                                         "kill",
                                         "tkill",
                                         "execve",
                                         "setuid",
                                         "setgid",
                                         "setresuid",
                                         "capset",
                                         "personality",
                                         "kexec_load",
                                         "init_module",
                                         "finit_module",
                                         "delete_module",
                                         "reboot",
                                         "swapon",
                                         "sethostname",
                                         "socketpair",
                                         "bind",
                                         "listen",
                                         "open_by_handle_at",
                                         "name_to_handle_at",
                                         "chown",
                                         "fchownat",
                                         "mknodat",
                                         "symlinkat",
                                         "linkat",
                                         "modify_ldt"};
  for (const auto& stages : all_stages()) {
    for (const auto name : kNever) {
      INFO(stages.name, ": ", std::string{name});
      for (const auto arg : {0ULL, 1ULL, 0x10000000ULL, ~0ULL}) {
        const auto data = call_of(number_of(name), {arg, arg, arg, arg, arg, arg});
        CHECK(run_filter(stages.launch, data) == (SECCOMP_RET_ERRNO | ENOSYS));
        CHECK(run_filter(stages.steady, data) == SECCOMP_RET_KILL_PROCESS);
      }
    }
  }
}

TEST_CASE("another architecture ends the process in both stages") {
  for (const auto& stages : all_stages()) {
    for (const auto arch :
         std::to_array<std::uint32_t>({static_cast<std::uint32_t>(AUDIT_ARCH_I386), AUDIT_ARCH_ARM})) {
      auto data = call_of(number_of("read"));
      data.arch = arch;
      CHECK(run_filter(stages.launch, data) == SECCOMP_RET_KILL_PROCESS);
      CHECK(run_filter(stages.steady, data) == SECCOMP_RET_KILL_PROCESS);
    }
  }
  if (seccomp_arch_native() == AUDIT_ARCH_X86_64) {
    constexpr int kX32 = 0x40000000;
    for (const auto& stages : all_stages()) {
      CHECK(run_filter(stages.launch, call_of(number_of("read") | kX32)) == SECCOMP_RET_KILL_PROCESS);
      CHECK(run_filter(stages.steady, call_of(number_of("read") | kX32)) == SECCOMP_RET_KILL_PROCESS);
    }
  }
}

TEST_CASE("memory is never writable and executable, and executable only for the loader") {
  for (const auto& stages : all_stages()) {
    INFO(stages.name);
    for (const auto name : {"mmap", "mprotect"}) {
      const auto with = [&](std::uint64_t protection) {
        return call_of(number_of(name), {0, 4096, protection, 0, 0, 0});
      };
      CHECK(allowed(stages.steady, with(PROT_READ | PROT_WRITE)));
      CHECK_FALSE(allowed(stages.steady, with(PROT_READ | PROT_EXEC)));
      CHECK(allowed(stages.launch, with(PROT_READ | PROT_EXEC)) == !stages.service->libraries.empty());
      CHECK_FALSE(allowed(stages.launch, with(PROT_WRITE | PROT_EXEC)));
      CHECK_FALSE(allowed(stages.launch, with(PROT_READ | PROT_WRITE | PROT_EXEC)));
    }
  }
}

TEST_CASE("opening, sockets, running and filters end with the launch, except where the manifest says otherwise") {
  for (const auto& stages : all_stages()) {
    INFO(stages.name);
    const auto& service = *stages.service;
    const auto call = [](std::string_view name, std::array<std::uint64_t, 6> args) {
      return call_of(number_of(name), args);
    };
    constexpr std::uint64_t kCreate = 0x41;  // O_WRONLY | O_CREAT
    CHECK(allowed(stages.steady, call("openat", {0, 0, 0, 0, 0, 0})) == service.uses("files"));
    CHECK(allowed(stages.steady, call("openat", {0, 0, kCreate, 0, 0, 0})) == service.writes_files());
    CHECK(allowed(stages.launch, call("openat", {0, 0, kCreate, 0, 0, 0})) == service.writes_files());
    const auto is_module = [](const File& file) { return file.name.text == "token_module"; };
    CHECK(allowed(stages.steady, call("fcntl", {3, 7, 0, 0, 0, 0})) ==
          std::ranges::any_of(service.files, is_module));  // F_SETLKW
    CHECK(allowed(stages.steady, call("socket", {2, 1, 0, 0, 0, 0})) == service.uses("net_client"));
    CHECK(allowed(stages.steady, call("socket", {2, 2, 0, 0, 0, 0})) == service.network.udp_dns);
    CHECK_FALSE(allowed(stages.launch, call("socket", {2, 3, 0, 0, 0, 0})));  // raw
    CHECK(allowed(stages.launch, call("socket", {1, 1, 0, 0, 0, 0})) == service.uses("local_client"));
    CHECK_FALSE(allowed(stages.launch, call("socket", {16, 3, 0, 0, 0, 0})));  // netlink
    CHECK(allowed(stages.steady, call("accept4", {})) == service.uses("net_server"));
    CHECK(allowed(stages.launch, call("execveat", {3, 0, 0, 0, 0x1000, 0})));
    CHECK_FALSE(allowed(stages.launch, call("execveat", {3, 0, 0, 0, 0, 0})));
    CHECK_FALSE(allowed(stages.steady, call("execveat", {3, 0, 0, 0, 0x1000, 0})));
    CHECK_FALSE(allowed(stages.steady, call("seccomp", {1, 0, 0, 0, 0, 0})));
    CHECK_FALSE(
        allowed(stages.launch, call("setsockopt", {4, 1, 83, 0, 0, 0})));  // SO_PASSRIGHTS: take descriptors again
    CHECK(allowed(stages.steady, call("shutdown", {})));                   // cuts a peer off; must not kill
    CHECK_FALSE(allowed(stages.steady, call("ioctl", {0, 0x5412, 0, 0, 0, 0})));  // TIOCSTI types into a terminal
    CHECK(allowed(stages.steady, call("tgkill", {1, 1, SIGABRT, 0, 0, 0})));
    CHECK_FALSE(allowed(stages.steady, call("tgkill", {1, 1, SIGKILL, 0, 0, 0})));
  }
}

bool install(const Program& program) {
  auto* instructions = const_cast<sandbox::Instruction*>(program.data());
  const sock_fprog kernel{static_cast<unsigned short>(program.size()), reinterpret_cast<sock_filter*>(instructions)};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &kernel) == 0;
}

// Runs `action` in a child under a filter; returns how the child ended. Exit 7: the action came back, 99: no filter.
template <class F>
int under_filter(const Program& program, F action) {
  const auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int nowhere = open("/dev/null", O_WRONLY);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, output);
    if (!install(program)) syscall(SYS_exit_group, 99);
    action();
    syscall(SYS_exit_group, 7);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

bool exited(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

const Stages& stages_of(std::string_view service) { return *std::ranges::find(all_stages(), service, &Stages::name); }

TEST_CASE("the kernel takes every program of the station") {
  for (const auto& stages : all_stages()) {
    CHECK(exited(under_filter(stages.launch, [] {}), 7));
    CHECK(exited(under_filter(stages.steady, [] {}), 7));
  }
}

TEST_CASE("the steady state ends a process at the first forbidden call, the launch answers that it does not exist") {
  const auto& power = stages_of("power");
  const auto trace = [] {
    if (syscall(SYS_ptrace, 0, 0, 0, 0) == -1 && errno == ENOSYS) syscall(SYS_exit_group, 3);
  };
  const auto caught = under_filter(power.steady, trace);
  CHECK(WIFSIGNALED(caught));
  CHECK(WTERMSIG(caught) == SIGSYS);
  CHECK(exited(under_filter(power.launch, trace), 3));
}

// The C library of this machine must be able to start a program under stage 1, as the supervisor starts it.
int start_under(const Program& filter, const char* program, const char* argument) {
  const int file = open(program, O_PATH);  // not closed on exec: that is what the launch does too
  REQUIRE_MESSAGE(file >= 0, program);
  const int status = under_filter(filter, [&] {
    const char* const arguments[] = {"service", argument, nullptr};
    const char* const environment[] = {nullptr};
    syscall(SYS_execveat, file, "", arguments, environment, AT_EMPTY_PATH);
  });
  close(file);
  return status;
}

TEST_CASE("programs start under the launch filter: static ones under every, dynamic ones where libraries are granted" *
          doctest::skip(BULWATT_SANITIZED)) {
  for (const auto& stages : all_stages()) {
    INFO(stages.name);
    CHECK(exited(start_under(stages.launch, BULWATT_STATIC_PROGRAM, "--help"), 0));
    const bool starts = exited(start_under(stages.launch, "/bin/true", "--help"), 0);
    CHECK(starts == !stages.service->libraries.empty());
  }
}

}  // namespace
}  // namespace bulwatt::manifest
