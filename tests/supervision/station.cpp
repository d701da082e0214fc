#include "tests/supervision/station.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bulwatt::probe {
namespace fs = std::filesystem;
namespace {
constexpr const char* kServices[] = {"anchor", "store", "brain", "edge"};

fs::path programs() { return fs::read_symlink("/proc/self/exe").parent_path(); }

void become_ordinary() {
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(kOrdinaryUser, kOrdinaryUser, kOrdinaryUser) != 0 ||
      ::setresuid(kOrdinaryUser, kOrdinaryUser, kOrdinaryUser) != 0) {
    ::_exit(99);
  }
}

/// In a user namespace of its own a process may set the limit of namespaces below it to none.
void forbid_namespaces() {
  if (::unshare(CLONE_NEWUSER) != 0) ::_exit(97);
  const int limit = ::open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
  if (limit < 0 || ::write(limit, "0", 1) != 1) ::_exit(96);
  ::close(limit);
}

/// As fork, but the child is process 1 of its own namespace and sees a /proc of it.
int fork_first_process() {
  const auto child = static_cast<int>(::syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0));
  if (child != 0) return child;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    ::_exit(95);
  }
  return 0;
}

/// The capabilities of the unit, by name, from the unit itself.
void keep_unit_capabilities() {
  constexpr std::pair<const char*, unsigned> kNames[] = {
      {"CAP_CHOWN", CAP_CHOWN},           {"CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE},
      {"CAP_FOWNER", CAP_FOWNER},         {"CAP_KILL", CAP_KILL},
      {"CAP_SETGID", CAP_SETGID},         {"CAP_SETUID", CAP_SETUID},
      {"CAP_SETPCAP", CAP_SETPCAP},       {"CAP_IPC_LOCK", CAP_IPC_LOCK},
      {"CAP_SYS_PTRACE", CAP_SYS_PTRACE}, {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
      {"CAP_SYS_NICE", CAP_SYS_NICE}};
  std::ifstream unit{BULWATT_SOURCE_DIR "/packaging/systemd/bulwatt.service"};
  std::string line;
  while (std::getline(unit, line) && !line.starts_with("CapabilityBoundingSet=")) {
  }
  std::istringstream words{line.substr(std::min(line.size(), line.find('=') + 1))};
  std::uint64_t kept = 0;
  for (std::string word; words >> word;) {
    bool known = false;
    for (const auto& [name, number] : kNames) {
      if (word != name) continue;
      kept |= std::uint64_t{1} << number;
      known = true;
    }
    if (!known) ::_exit(94);
  }
  if (kept == 0) ::_exit(94);
  for (unsigned c = 0; ::prctl(PR_CAPBSET_READ, c) >= 0; ++c) {
    if ((kept >> c & 1) == 0 && ::prctl(PR_CAPBSET_DROP, c) != 0) ::_exit(93);
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }
}  // namespace

bool can_be_root() { return ::geteuid() == 0; }

std::string why_not_rootless() {
  const int child = ::fork();
  if (child == 0) {
    become_ordinary();
    ::_exit(::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return exit_code(status) == 0 ? "" : "this kernel gives ordinary users no user namespace";
}

Station::Station(const Setup& setup) : setup_(setup) {
  char name[] = "/tmp/bulwatt-station-XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  folder_ = name;
  fs::create_directory(folder_ + "/programs");
  fs::create_directory(folder_ + "/run");
  fs::create_directory(folder_ + "/state");
  // An ordinary user may be kept out of the folder of the build.
  fs::copy_file(programs() / "probe-service", folder_ + "/programs/probe-service");
  fs::copy_file(programs() / (setup.without.empty() ? "probe-supervisor" : "mutant-supervisor"),
                folder_ + "/programs/supervisor");
  for (const char* service : kServices) fs::create_symlink("probe-service", folder_ + "/programs/bulwatt-" + service);
  if (!setup.root && ::geteuid() == 0) {
    for (const char* sub : {"", "/run", "/state"})
      REQUIRE(::chown((folder_ + sub).c_str(), kOrdinaryUser, kOrdinaryUser) == 0);
  }
  ::chmod(folder_.c_str(), 0755);

  auto station = std::make_unique<supervisor::Station>();
  station->profile = setup.production ? supervisor::ProfileChoice::production : supervisor::ProfileChoice::developer;
  station->mode = setup.root ? supervisor::ModeChoice::root : supervisor::ModeChoice::rootless;
  station->run_folder = std::string_view{folder_ + "/run"};
  station->state_folder = std::string_view{folder_ + "/state"};
  station->program_folder = std::string_view{folder_ + "/programs"};
  if (setup.other_slot) station->other_slot_request = std::string_view{folder_ + "/state/other-slot"};
  REQUIRE(station->ports.push_back({"outside", setup.outside_port}));
  for (const char* service : kServices) {
    const auto found = setup.configs.find(service);
    wire::Buffer<Config> bytes{};
    const auto size = wire::encode(found == setup.configs.end() ? Config{} : found->second, bytes);
    REQUIRE(station->configs.push_back(
        {service, Octets<supervisor::kMaxConfigBytes>{std::span<const std::byte>{bytes}.first(size)}}));
  }
  std::vector<std::byte> encoded(wire::max_size<supervisor::Station>());
  const auto size = wire::encode(*station, encoded);
  std::ofstream{folder_ + "/station.bin", std::ios::binary}.write(reinterpret_cast<const char*>(encoded.data()),
                                                                  static_cast<std::streamsize>(size));
  ::chmod((folder_ + "/station.bin").c_str(), 0644);
}

Station::~Station() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    if (wait_end() < 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  if (watch_ >= 0) ::close(watch_);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

int Station::spawn(int output) {
  const std::string config = folder_ + "/station.bin";
  const std::string program = folder_ + "/programs/supervisor";
  const int child = setup_.first_process ? fork_first_process() : ::fork();
  REQUIRE(child >= 0);
  if (child != 0) return child;
  ::dup2(output, 1);
  ::dup2(output, 2);
  if (!setup_.root) become_ordinary();
  if (setup_.no_namespaces) forbid_namespaces();
  if (setup_.unit_capabilities) keep_unit_capabilities();
  if (!setup_.notify.empty())
    ::setenv("NOTIFY_SOCKET", setup_.notify.c_str(), 1), ::setenv("WATCHDOG_USEC", "2000000", 1);
  if (setup_.without.empty()) ::execl(program.c_str(), "probe-supervisor", "--config", config.c_str(), nullptr);
  else ::execl(program.c_str(), "--without", setup_.without.c_str(), "--config", config.c_str(), nullptr);
  ::_exit(98);
}

void Station::start() {
  watch_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  REQUIRE(watch_ >= 0);
  const int output = ::open((folder_ + "/output").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0644);
  pid_ = spawn(output);
  ::close(output);
  REQUIRE(::inotify_add_watch(watch_, (folder_ + "/run").c_str(), IN_MODIFY | IN_CREATE) >= 0);
}

supervisor::Status Station::status() const {
  const auto read = supervisor::read_status((folder_ + "/run/status").c_str());
  return read ? *read : supervisor::Status{};
}

const supervisor::ServiceStatus& Station::of(const supervisor::Status& status, std::string_view name) {
  static const supervisor::ServiceStatus kNone{};
  for (const auto& one : status.services) {
    if (one.name.view() == name) return one;
  }
  return kNone;
}

bool Station::wait(const std::function<bool(const supervisor::Status&)>& fits, Duration most) {
  const auto until = os::now() + most;
  for (;;) {
    if (fits(status())) return true;
    const auto left = until - os::now();
    if (left <= Duration::zero()) return false;
    pollfd changed{watch_, POLLIN, 0};
    ::poll(&changed, 1, static_cast<int>(left.count() / 1000 + 1));
    std::array<char, 4096> events;
    while (::read(watch_, events.data(), events.size()) > 0) {
    }
  }
}

// The status file changes at least once a second, so this looks often enough.
bool Station::wait_log(const std::string& text, Duration most) {
  return wait([&](const auto&) { return log().find(text) != std::string::npos; }, most);
}

std::string Station::log() const {
  std::stringstream all;
  all << std::ifstream{folder_ + "/output"}.rdbuf();
  return all.str();
}

int Station::wait_end(Duration most) {
  const auto until = os::now() + most;
  const int process = static_cast<int>(::syscall(434, pid_, 0));  // pidfd_open
  pollfd ended{process, POLLIN, 0};
  const auto left = until - os::now();
  const int n = process < 0 ? 1 : ::poll(&ended, 1, static_cast<int>(left.count() / 1000));
  if (process >= 0) ::close(process);
  if (n == 0) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return exit_code(status);
}

std::pair<int, std::string> Station::start_second() {
  const std::string output = folder_ + "/second";
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC, 0644);
  const int child = spawn(file);
  ::close(file);
  int status = 0;
  ::waitpid(child, &status, 0);
  std::stringstream said;
  said << std::ifstream{output}.rdbuf();
  return {exit_code(status), said.str()};
}

}  // namespace bulwatt::probe
