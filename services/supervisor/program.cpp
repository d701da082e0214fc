#include "services/supervisor/program.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <new>

#include "services/supervisor/options.hpp"
#include "services/supervisor/supervisor.hpp"

namespace bulwatt::supervisor {
namespace {

// Both are large and live as long as the process; the stack and the heap stay small.
constinit Station station;
constinit std::array<std::byte, wire::max_size<Station>()> station_bytes{};
alignas(Supervisor) std::array<std::byte, sizeof(Supervisor)> supervisor_place;

template <class... Parts>
int fail(int code, const Parts&... parts) {
  const Line<600> line{"bulwatt-supervisor: ", parts..., "\n"};
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.c_str(), line.view().size());
  return code;
}

/// A number is an open descriptor, read from its beginning so that a restart can read it again.
Problem read_station(const char* config) {
  const std::string_view text{config};
  int file = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), file);
  const bool number = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  if (!number) file = ::open(config, O_RDONLY | O_CLOEXEC);
  if (file < 0) return Problem{"cannot read the configuration ", text, ": ", std::strerror(errno)};
  std::size_t size = 0;
  ssize_t n = 0;
  while (size < station_bytes.size() &&
         (n = ::pread(file, station_bytes.data() + size, station_bytes.size() - size, static_cast<off_t>(size))) > 0) {
    size += static_cast<std::size_t>(n);
  }
  std::byte more{};
  const bool whole = n >= 0 && ::pread(file, &more, 1, static_cast<off_t>(size)) == 0;
  const int error = errno;
  if (!number) ::close(file);
  if (n < 0) return Problem{"cannot read the configuration ", text, ": ", std::strerror(error)};
  wire::Reader reader{std::span<const std::byte>{station_bytes}.first(size)};
  if (!whole || !reader.get(station) || !reader.done()) {
    return Problem{"the configuration ", text, " is not one of this build (", enum_text(reader.error()),
                   "); start it with 'bulwatt run'"};
  }
  for (const auto* path : {&station.run_folder, &station.state_folder, &station.program_folder}) {
    if (path->view().front() != '/')
      return Problem{"the configuration names the folder ", path->view(), ", which is not an absolute path"};
  }
  return Problem{};
}

bool may(unsigned capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
  return (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

/// Root mode needs to make namespaces and to become other users.
std::expected<os::Mode, Problem> choose_mode(ModeChoice choice) {
  const bool able = ::geteuid() == 0 && may(CAP_SYS_ADMIN) && may(CAP_SETUID) && may(CAP_SETGID) && may(CAP_SETPCAP);
  if (choice == ModeChoice::root && !able) {
    return std::unexpected(Problem{"root mode needs the super-user's rights; run as root, or with --mode rootless"});
  }
  return choice == ModeChoice::rootless || !able ? os::Mode::rootless : os::Mode::root;
}

Problem make_folders() {
  for (const auto* path : {&station.run_folder, &station.state_folder}) {
    if (!make_folder(LongPath{path->view()}.c_str(), 0755)) {
      return Problem{"cannot make the folder ", path->view(), ": ", std::strerror(errno)};
    }
  }
  return Problem{};
}

/// Keeps the lock as long as the process lives.
Problem take_run_folder() {
  const LongPath lock{station.run_folder.view(), "/supervisor.lock"};
  const int file = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) return Problem{"cannot make ", lock.view(), ": ", std::strerror(errno)};
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return Problem{"another supervisor runs in ", station.run_folder.view()};
  }
  return Problem{};
}

// The file at the same path, which may be a newer build by now. Descriptors close themselves; the signal mask is reset.
int start_over(const char* program, char** argv) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(program, argv);
  return fail(kExitNotPossible, "cannot start ", program, " again: ", std::strerror(errno));
}

}  // namespace

int run_program(const sandbox::SystemTable& table, int argc, char** argv) {
  const auto options = parse_options(table, {argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
  if (!options) return fail(kExitUsage, options.error().view(), "\n", kUsage);
  if (options->help) return ::write(STDOUT_FILENO, kUsage.data(), kUsage.size()) > 0 ? kExitStopped : kExitUsage;
  if (const auto problem = read_station(options->config); !problem.view().empty())
    return fail(kExitBadConfig, problem.view());
  if (options->run_folder) station.run_folder = *options->run_folder;
  if (options->profile) station.profile = *options->profile;
  if (options->mode) station.mode = *options->mode;
  const auto mode = choose_mode(station.mode);
  if (!mode) return fail(kExitNotPossible, mode.error().view());
  ::umask(022);
  if (const auto problem = make_folders(); !problem.view().empty()) return fail(kExitNotPossible, problem.view());
  if (const auto problem = take_run_folder(); !problem.view().empty()) return fail(kExitRunning, problem.view());
  std::array<char, kMaxPath> self{};
  if (::readlink("/proc/self/exe", self.data(), self.size() - 1) <= 0)
    return fail(kExitNotPossible, "/proc is not mounted");
  auto* supervisor =
      new (supervisor_place.data()) Supervisor{table, station, *mode, options->only & present_services(table, station)};
  if (const auto problem = supervisor->prepare(); !problem.view().empty())
    return fail(kExitNotPossible, problem.view());
  switch (supervisor->run()) {
    case Goal::restart: return start_over(self.data(), argv);
    case Goal::other_slot: return kExitOtherSlot;
    default: return kExitStopped;
  }
}

}  // namespace bulwatt::supervisor
