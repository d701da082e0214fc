// The parent's half of a launch, and what both halves share. The child's half is launch_child.cpp.
#include "libs/os/launch.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "libs/base/line.hpp"
#include "libs/os/linux/launch_child.hpp"

namespace bulwatt::os {
namespace {

using sandbox::Layer;
constexpr sandbox::Layers kByNamespaces =
    sandbox::bits(Layer::mount_view, Layer::no_network, Layer::own_processes, Layer::own_names);

bool write_proc(int pid, std::string_view what, std::string_view content) {
  const int fd = ::open(Line<64>{"/proc/", pid, "/", what}.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  const int error = errno;
  ::close(fd);
  errno = error;
  return done;
}

bool write_map(int pid, std::string_view what, std::uint32_t inside, std::uint32_t outside) {
  return write_proc(pid, what, Line<48>{inside, " ", outside, " 1\n"}.view());
}

/// One user inside, and outside either ourselves or, when we are root, the service's own.
bool map_user(int pid, const Plan& plan) {
  const bool privileged = ::geteuid() == 0;
  const auto user = privileged ? plan.user : ::geteuid();
  const auto group = privileged ? plan.user : ::getegid();
  return write_proc(pid, "setgroups", "deny") && write_map(pid, "uid_map", plan.user, user) &&
         write_map(pid, "gid_map", plan.user, group);
}

std::uint64_t namespaces(const Plan& plan) {
  std::uint64_t flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (plan.own_network) flags |= CLONE_NEWNET;
  if (plan.mode == Mode::rootless) flags |= CLONE_NEWUSER;
  return flags;
}

int clone_with(std::uint64_t flags, int& watch) {
  clone_args args{};
  args.flags = CLONE_PIDFD | flags;
  args.pidfd = reinterpret_cast<std::uint64_t>(&watch);
  args.exit_signal = SIGCHLD;
  return static_cast<int>(::syscall(SYS_clone3, &args, sizeof args));
}

/// Both ends of a pipe, closed when they go out of scope unless taken.
struct Pipe {
  std::array<int, 2> end{-1, -1};
  explicit Pipe(int flags) {
    if (::pipe2(end.data(), O_CLOEXEC | flags) != 0) end = {-1, -1};
  }
  ~Pipe() {
    drop(0);
    drop(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  bool made() const { return end[0] >= 0; }
  void drop(std::size_t i) {
    if (end[i] >= 0) ::close(end[i]);
    end[i] = -1;
  }
  int take(std::size_t i) { return std::exchange(end[i], -1); }
};

/// Real-time priority is given from outside: the service has no right to take it. Fails with EPERM without CAP_SYS_NICE and
/// also, as root, inside a version-1 `cpu` control group whose cpu.rt_runtime_us is 0.
sandbox::Layers schedule(int pid, const Plan& plan) {
  if (plan.policy != sandbox::Policy::fifo) return 0;
  const sched_param wanted{plan.priority};
  return ::sched_setscheduler(pid, SCHED_FIFO, &wanted) == 0 ? bit(Layer::realtime) : 0;
}

/// The process has not passed the gate: it ends at once. Waited for without spinning, because the caller may have a
/// priority that would keep it from ever running.
std::unexpected<LaunchError> give_up(Launched& started, Step step) {
  const int error = errno;
  kill(started.process);
  siginfo_t info{};
  while (::waitid(static_cast<idtype_t>(3) /* P_PIDFD */, static_cast<id_t>(started.process.watch), &info, WEXITED) !=
             0 &&
         errno == EINTR) {
  }
  ::close(started.process.watch);
  return std::unexpected(LaunchError{step, error});
}

}  // namespace

std::string_view step_text(Step step) {
  constexpr std::string_view kTexts[] = {"create the process",
                                         "map its user",
                                         "open the gate",
                                         "find its supervisor alive",
                                         "prepare its network",
                                         "build its file view",
                                         "place descriptors",
                                         "become its own user",
                                         "drop capabilities",
                                         "set limits",
                                         "forbid new privileges",
                                         "enter Landlock",
                                         "enter the call filter",
                                         "execute the program",
                                         "done"};
  return kTexts[static_cast<std::size_t>(step)];
}

std::expected<Launched, LaunchError> launch(const Plan& plan) {
  Pipe gate{0};
  Pipe report{O_NONBLOCK};
  if (!gate.made() || !report.made()) return std::unexpected(LaunchError{Step::clone, errno});
  Launched started;
  bool isolated = true;
  int pid = clone_with(namespaces(plan), started.process.watch);
  if (pid < 0 && (plan.required & kByNamespaces) == 0) {
    isolated = false;
    pid = clone_with(0, started.process.watch);
  }
  if (pid < 0) return std::unexpected(LaunchError{Step::clone, errno});
  if (pid == 0) detail::become(plan, {gate.end[0], gate.end[1], report.end[1], isolated});

  started.process.pid = pid;
  if (isolated && plan.mode == Mode::rootless && !map_user(pid, plan)) return give_up(started, Step::user_map);
  const detail::Pass pass{schedule(pid, plan)};
  if ((plan.required & bit(Layer::realtime)) != 0 && pass.layers == 0) return give_up(started, Step::gate);
  if (::write(gate.end[1], &pass, sizeof pass) != sizeof pass) return give_up(started, Step::gate);
  started.report = report.take(0);
  return started;
}

std::optional<Report> read_report(Handle& handle) {
  // There are two when the last step failed: one from just before it, one about it.
  std::optional<Report> last;
  for (Report report; ::read(handle, &report, sizeof report) == sizeof report;) last = report;
  ::close(handle);
  handle = kNoHandle;
  return last;
}

}  // namespace bulwatt::os
