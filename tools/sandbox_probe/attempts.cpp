#include "tools/sandbox_probe/attempts.hpp"

#include <elf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/socket.h>

namespace bulwatt::probe {
namespace {

constexpr int kLookedAt = 64;

int keep_capabilities(const Surroundings&) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return errno;
  std::uint32_t any = 0;
  for (const auto& d : data) any |= d.effective | d.permitted | d.inheritable;
  return found(any != 0);
}

int keep_bounding_set(const Surroundings&) {
  bool any = false;
  for (unsigned long cap = 0; cap < 64; ++cap) {
    const int left = ::prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
    if (left < 0 && errno != EINVAL) return errno;
    if (left < 0) break;
    any = any || left == 1;
  }
  return found(any);
}

int limit_left(int which) {
  rlimit limit{};
  if (::syscall(SYS_prlimit64, 0, which, nullptr, &limit) != 0) return errno;
  return found(limit.rlim_max != 0);
}

int left_descriptor(const Surroundings& here) {
  for (int fd = here.granted; fd < kLookedAt; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) return 0;
  }
  return errno;
}

int hidden_conduit(const Surroundings& here) {
  const char one = 1;
  int error = EBADF;
  for (int fd = here.granted; fd < kLookedAt; ++fd) {
    if (::send(fd, &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return 0;
    if (errno != EBADF) error = errno;
  }
  return error;
}

int start_words(const Surroundings& here) {
  const auto* path = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  const bool by_descriptor = path == nullptr || std::string_view{path}.starts_with("/dev/fd/");
  return found(here.words != 1 || !by_descriptor);
}

int keep_groups(const Surroundings&) {
  // Rootless, the kernel keeps the caller's groups and shows them as the overflow group; they name nothing in the view. The
  // caller's own may be among them; it gives nothing more than the process has by its number.
  constexpr gid_t kOverflow = 65534;
  std::array<gid_t, 64> groups{};
  const long n = ::syscall(SYS_getgroups, static_cast<int>(groups.size()), groups.data());
  if (n < 0) return errno;
  for (long i = 0; i < n; ++i) {
    if (const auto group = groups[static_cast<std::size_t>(i)]; group != kOverflow && group != ::getgid()) return 0;
  }
  return kNothing;
}

constexpr Attempt kLeftovers[] = {
    {"log_line", [](const Surroundings&) { return result(::write(2, "probe\n", 6)); }},
    {"tell_time",
     [](const Surroundings&) {
       timespec now{};
       return call(SYS_clock_gettime, CLOCK_REALTIME, &now);
     }},
    {"use_memory",
     [](const Surroundings&) {
       void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
       if (page == MAP_FAILED) return errno;
       ::munmap(page, 4096);
       return 0;
     }},
    {"random_bytes",
     [](const Surroundings&) {
       std::array<char, 8> bytes{};
       return call(SYS_getrandom, bytes.data(), bytes.size(), 0);
     }},
    {"read_environment", [](const Surroundings& here) { return found(here.environment[0] != nullptr); }},
    {"start_words", start_words},
    {"left_descriptor", left_descriptor},
    {"hidden_conduit", hidden_conduit},
    {"outer_process_number", [](const Surroundings&) { return found(::syscall(SYS_getpid) != 1); }},
    {"outer_parent",
     [](const Surroundings&) {
       const long parent = ::syscall(SYS_getppid);
       return parent < 0 ? errno : found(parent != 0);
     }},
    {"other_user",
     [](const Surroundings& here) {
       const long user = ::syscall(SYS_getuid);
       return user < 0 ? errno : found(user != static_cast<long>(here.facts.user));
     }},
    {"keep_groups", keep_groups},
    {"keep_capabilities", keep_capabilities},
    {"keep_bounding_set", keep_bounding_set},
    {"new_privileges",
     [](const Surroundings&) {
       const int set = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
       return set < 0 ? errno : found(set == 0);
     }},
    {"core_file", [](const Surroundings&) { return limit_left(RLIMIT_CORE); }},
    {"process_allowance", [](const Surroundings&) { return limit_left(RLIMIT_NPROC); }},
};

}  // namespace

std::span<const Attempt> leftover_attempts() { return kLeftovers; }

const Attempt* find_attempt(std::string_view operation) {
  for (const auto group :
       {leftover_attempts(), file_attempts(), network_attempts(), process_attempts(), kernel_attempts()}) {
    for (const auto& one : group) {
      if (one.operation == operation) return &one;
    }
  }
  return nullptr;
}

}  // namespace bulwatt::probe
