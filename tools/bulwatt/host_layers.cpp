#include "tools/bulwatt/host_layers.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <string>

#include "libs/sandbox/landlock.hpp"
#include "libs/sandbox/layers.hpp"

namespace bulwatt::cli {
namespace {

using sandbox::Layer;
namespace landlock = sandbox::landlock;

/// Runs a try in a child, so that what it changes dies with it.
bool in_child(bool (*attempt)()) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(attempt() ? 0 : 1);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// As root directly, otherwise inside a user namespace, as a launch does it.
bool can_unshare(int what) {
  const int flags = ::geteuid() == 0 ? what : what | CLONE_NEWUSER;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(flags) == 0 ? 0 : 1);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool can_filter() {
  return in_child([] {
    sock_filter allow{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    const sock_fprog program{1, &allow};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
  });
}

bool can_restrict() {
  return in_child([] {
    const int rules = landlock::create({.files = landlock::kExecute});
    return rules >= 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && landlock::enter(rules);
  });
}

bool offered(Layer layer) {
  const auto handled = landlock::handled(landlock::version());
  switch (layer) {
    case Layer::own_user: return ::geteuid() == 0 || can_unshare(0);
    case Layer::mount_view: return can_unshare(CLONE_NEWNS);
    case Layer::no_network: return can_unshare(CLONE_NEWNET);
    case Layer::own_processes: return can_unshare(CLONE_NEWPID);
    case Layer::own_names: return can_unshare(CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP);
    case Layer::no_new_privileges: return in_child([] { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; });
    case Layer::landlock_files:
    case Layer::landlock_no_execute: return can_restrict();
    case Layer::landlock_ports: return handled.network != 0;
    case Layer::landlock_scopes: return handled.scopes != 0;
    case Layer::filter_launch:
    case Layer::filter_steady: return can_filter();
    case Layer::realtime:
      return in_child([] {
        const sched_param wanted{10};
        return ::sched_setscheduler(0, SCHED_FIFO, &wanted) == 0;
      });
    case Layer::not_dumpable: return in_child([] { return ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0; });
    case Layer::no_write_execute: return in_child([] { return ::prctl(65 /* PR_SET_MDWE */, 1, 0, 0, 0) == 0; });
    case Layer::memory_locked: return in_child([] { return ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0; });
    case Layer::seen_from_outside: return ::access("/proc/self/mountinfo", R_OK) == 0;
    // These need nothing that a supported kernel could lack.
    case Layer::limits:
    case Layer::no_capabilities:
    case Layer::descriptors_checked: return true;
  }
  return false;
}

void print_landlock() {
  struct Feature {
    int version;
    const char* kernel;
    const char* what;
    const char* without;
  };
  constexpr Feature kFeatures[] = {
      {2, "5.19", "moving between folders", "moving files between granted folders is refused altogether"},
      {3, "6.2", "truncation", "a file that may only be read could be cut; mounts are read-only as well"},
      {4, "6.7", "TCP ports", "a network service may connect to any TCP port"},
      {5, "6.10", "device requests", "ioctl on named devices is held by the call filter and the mount view alone"},
      {6, "6.12", "signals and abstract sockets", "both are held by namespaces alone"},
  };
  const int version = landlock::version();
  std::printf("         Landlock interface version %d; used up to 7\n", version);
  for (const auto& feature : kFeatures) {
    if (version >= feature.version) continue;
    std::printf("weaker   Landlock: %s (version %d, Linux %s)\n         without it: %s\n", feature.what,
                feature.version, feature.kernel, feature.without);
  }
}

/// Not a layer of its own: where it is missing, a conduit that carries a descriptor is closed by the receiver.
void print_sealed_sockets() {
  constexpr int kPassRights = 83;
  std::array<int, 2> pair{-1, -1};
  const int off = 0;
  const bool good = ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) == 0 &&
                    ::setsockopt(pair[0], SOL_SOCKET, kPassRights, &off, sizeof off) == 0;
  for (const int end : pair) {
    if (end >= 0) ::close(end);
  }
  std::printf("%s  conduits that refuse descriptors (Linux 6.16)\n", good ? "good   " : "weaker ");
  if (!good)
    std::printf(
        "         without it: a descriptor sent over a conduit is refused by the receiver, not by the kernel\n");
}

}  // namespace

bool print_host_layers() {
  bool enough = true;
  for (std::size_t i = 0; i < sandbox::kLayerCount; ++i) {
    const auto layer = static_cast<Layer>(i);
    const auto& facts = sandbox::kLayerFacts[i];
    const bool good = offered(layer);
    const bool needed = (sandbox::kRequiredInProduction & bit(layer)) != 0;
    enough = enough && (good || !needed);
    std::printf("%s  %s\n", good ? "good   " : needed ? "MISSING" : "weaker ", std::string{facts.name}.c_str());
    if (!good) {
      std::printf("         without it: %s%s\n", std::string{facts.cost}.c_str(),
                  needed ? "; the production profile does not run a service" : "");
    }
  }
  print_landlock();
  print_sealed_sockets();
  return enough;
}

}  // namespace bulwatt::cli
