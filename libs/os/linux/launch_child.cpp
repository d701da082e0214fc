#include "libs/os/linux/launch_child.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "libs/sandbox/landlock.hpp"

namespace bulwatt::os::detail {
namespace {

namespace landlock = sandbox::landlock;
using sandbox::Layer;
constexpr std::size_t kMaxDescriptors = 64;
constexpr int kGaveUp = 126;

class Child {
 public:
  Child(const Plan& plan, Birth birth) : plan_(plan), birth_(birth) {}

  [[noreturn]] void run() {
    pass_gate();
    forget_signals();
    if (plan_.mode == Mode::rootless && birth_.isolated) take_ids(Step::identity);
    if (birth_.isolated) {
      report_.layers |= bit(Layer::own_processes) | bit(Layer::own_names);
      if (plan_.own_network) report_.layers |= bit(Layer::no_network);
      if (plan_.mode == Mode::rootless) report_.layers |= bit(Layer::own_user);
      layer(Layer::mount_view, build_view(), Step::view);
    }
    place_descriptors();
    raise_limits();
    drop_privileges();
    layer(Layer::limits, lower_limits(), Step::limits);
    layer(Layer::no_new_privileges, ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, Step::no_new_privileges);
    enter_landlock();
    enter_filter();
    execute();
  }

 private:
  [[noreturn]] void give_up(Step step) {
    report_.error = errno;
    report_.failed = step;
    tell();
    ::_exit(kGaveUp);
  }
  void tell() { [[maybe_unused]] const auto n = ::write(birth_.report, &report_, sizeof report_); }

  void layer(Layer which, bool applied, Step step) {
    if (applied) report_.layers |= bit(which);
    else if ((plan_.required & bit(which)) != 0) give_up(step);
  }

  // The signal is asked for first and the gate read second: a parent that dies in between kills us, one that died before
  // leaves the gate closed.
  void pass_gate() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    ::close(birth_.gate_far);
    Pass pass;
    if (::read(birth_.gate, &pass, sizeof pass) != sizeof pass) ::_exit(kGaveUp);
    report_.layers = pass.layers;
  }

  // A change of user clears the parent-death signal, so it is asked for again; what happened in between shows as a hang-up
  // of the control conduit.
  void check_parent() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    pollfd control{plan_.control, 0, 0};
    if (::poll(&control, 1, 0) != 0) give_up(Step::parent_gone);
  }

  // Nothing of the supervisor's signal set-up or terminal may reach the service.
  static void forget_signals() {
    struct sigaction usual{};
    usual.sa_handler = SIG_DFL;
    for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) ::sigaction(number, &usual, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setsid();
    ::umask(077);
  }

  // ---- file view

  static bool seal(const char* path, std::uint64_t attributes) {
    mount_attr attr{};
    attr.attr_set = attributes;
    return ::syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &attr, sizeof attr) == 0;
  }
  static bool bind(const Bind& entry) {
    if (entry.folder) {
      if (::mkdir(entry.to, 0755) != 0) return false;
    } else {
      const int place = ::open(entry.to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
      if (place < 0) return false;
      ::close(place);
    }
    std::uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    if (entry.rights == sandbox::Rights::read) attributes |= MOUNT_ATTR_RDONLY;
    if (!entry.program) attributes |= MOUNT_ATTR_NOEXEC;
    return ::mount(entry.from, entry.to, nullptr, MS_BIND, nullptr) == 0 && seal(entry.to, attributes);
  }
  bool build_view() {
    ::umask(022);
    bool ok = ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
              ::mount("none", plan_.mount_point, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                      "size=64k,nr_inodes=64,mode=0755") == 0 &&
              ::chdir(plan_.mount_point) == 0;
    for (const auto& folder : plan_.folders) ok = ok && ::mkdir(folder.path, 0755) == 0;
    for (const auto& link : plan_.links) ok = ok && ::symlink(link.target, link.path) == 0;
    for (const auto& entry : plan_.binds) ok = ok && bind(entry);
    ok = ok && seal(".", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC) &&
         ::syscall(SYS_pivot_root, ".", ".") == 0 && ::umount2(".", MNT_DETACH) == 0 && ::chdir("/") == 0;
    ::umask(077);
    return ok;
  }

  // ---- descriptors

  // Every source is first copied above all targets, so that no target overwrites a source still needed.
  void place_descriptors() {
    const auto count = static_cast<int>(plan_.descriptors.size());
    if (plan_.descriptors.size() > kMaxDescriptors) give_up(Step::descriptors);
    const auto lift = [&](int fd) {
      const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, count + 2);
      if (copy < 0) give_up(Step::descriptors);
      return copy;
    };
    std::array<int, kMaxDescriptors> lifted{};
    for (std::size_t i = 0; i < plan_.descriptors.size(); ++i) {
      lifted[i] = plan_.descriptors[i] == kNoHandle ? -1 : lift(plan_.descriptors[i]);
    }
    const int program = lift(plan_.program);
    birth_.report = lift(birth_.report);
    for (int i = 0; i < count; ++i) {
      const int source = lifted[static_cast<std::size_t>(i)];
      if (source < 0) ::close(i);
      else if (::dup2(source, i) != i) give_up(Step::descriptors);
    }
    if (::dup3(program, count, O_CLOEXEC) < 0 || ::dup3(birth_.report, count + 1, O_CLOEXEC) < 0)
      give_up(Step::descriptors);
    program_ = count;
    birth_.report = count + 1;
    if (::syscall(SYS_close_range, static_cast<unsigned>(count) + 2, ~0U, 0U) != 0) give_up(Step::descriptors);
  }

  // ---- user, groups, capabilities

  bool take_ids(Step step) {
    const auto id = plan_.user;
    const bool done = ::syscall(SYS_setresgid, id, id, id) == 0 && ::syscall(SYS_setresuid, id, id, id) == 0;
    if (!done && (plan_.required & bit(Layer::own_user)) != 0) give_up(step);
    return done;
  }
  static bool empty_bounding_set() {
    bool all = true;
    for (unsigned long cap = 0; cap < 64; ++cap) {
      if (::prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0) break;
      all = ::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0 && all;
    }
    return all;
  }
  void drop_privileges() {
    constexpr unsigned long kLocked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
                                      SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                      SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    bool done = empty_bounding_set();
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    done = ::prctl(PR_SET_SECUREBITS, kLocked, 0, 0, 0) == 0 && done;
    if (plan_.mode == Mode::root) {
      const bool own = ::syscall(SYS_setgroups, 0, nullptr) == 0 && take_ids(Step::identity);
      layer(Layer::own_user, own, Step::identity);
    }
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, 2> none{};
    done = ::syscall(SYS_capset, &header, none.data()) == 0 && done;
    layer(Layer::no_capabilities, done, Step::capabilities);
    check_parent();
  }

  // ---- limits

  static bool limit(decltype(RLIMIT_AS) which, std::uint64_t value) {
    rlimit now{};
    if (::getrlimit(which, &now) != 0) return false;
    const rlimit wanted{std::min<rlim_t>(value, now.rlim_max), std::min<rlim_t>(value, now.rlim_max)};
    return ::setrlimit(which, &wanted) == 0;
  }
  // Locked memory is granted here, while we may still raise it.
  void raise_limits() {
    const rlim_t bytes = plan_.lock_memory ? rlim_t{plan_.memory_kib} * 1024 : 0;
    const rlimit wanted{bytes, bytes};
    if (::setrlimit(RLIMIT_MEMLOCK, &wanted) != 0) limit(RLIMIT_MEMLOCK, bytes);
  }
  bool lower_limits() {
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) &&
           limit(RLIMIT_AS, std::uint64_t{plan_.memory_kib} * 1024) &&
           limit(RLIMIT_FSIZE, std::uint64_t{plan_.file_kib} * 1024) && limit(RLIMIT_MSGQUEUE, 0) &&
           limit(RLIMIT_NOFILE, plan_.open_files);
  }

  // ---- Landlock and filter

  bool allow_entry(int rules, const Bind& entry, const landlock::Handled& handled) {
    const bool viewed = (report_.layers & bit(Layer::mount_view)) != 0;
    const int path = ::open(viewed ? entry.to : entry.from, O_PATH | O_CLOEXEC);
    if (path < 0) return false;
    const bool done =
        landlock::allow_below(rules, path, landlock::entry_rights(entry.rights, entry.folder, entry.program, handled));
    ::close(path);
    return done;
  }
  void enter_landlock() {
    const auto handled = landlock::handled(landlock::version());
    if (handled.files == 0) {
      layer(Layer::landlock_files, false, Step::landlock);
      layer(Layer::landlock_ports, false, Step::landlock);
      layer(Layer::landlock_scopes, false, Step::landlock);
      return;
    }
    const int rules = landlock::create(handled);
    bool done = rules >= 0 && landlock::allow_below(
                                  rules, program_, landlock::entry_rights(sandbox::Rights::read, false, true, handled));
    for (const auto& entry : plan_.binds) done = done && allow_entry(rules, entry, handled);
    if (handled.network != 0) {
      for (const auto port : plan_.tcp_connect) done = done && landlock::allow_connect(rules, port);
    }
    done = done && landlock::enter(rules);
    layer(Layer::landlock_files, done, Step::landlock);
    layer(Layer::landlock_ports, done && handled.network != 0, Step::landlock);
    layer(Layer::landlock_scopes, done && handled.scopes != 0, Step::landlock);
  }
  void enter_filter() {
    if (plan_.filter.empty()) {
      layer(Layer::filter_launch, false, Step::filter);
      return;
    }
    const sock_fprog program{static_cast<unsigned short>(plan_.filter.size()),
                             reinterpret_cast<sock_filter*>(const_cast<sandbox::Instruction*>(plan_.filter.data()))};
    layer(Layer::filter_launch, ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, Step::filter);
  }

  [[noreturn]] void execute() {
    tell();
    char* const arguments[] = {const_cast<char*>(plan_.name), nullptr};
    char* const environment[] = {nullptr};
    ::syscall(SYS_execveat, program_, "", arguments, environment, AT_EMPTY_PATH);
    give_up(Step::execute);
  }

  const Plan& plan_;
  Birth birth_;
  Report report_;
  int program_ = -1;
};

}  // namespace

void become(const Plan& plan, Birth birth) { Child{plan, birth}.run(); }

}  // namespace bulwatt::os::detail
