// A service that behaves, or misbehaves, as its configuration says. It speaks the control interface by hand, so that the
// supervisor is tested against more than the project's own loop.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "interfaces/control.hpp"
#include "libs/base/line.hpp"
#include "libs/os/conduit.hpp"
#include "libs/sandbox/self.hpp"
#include "libs/wire/wire.hpp"
#include "system_table.hpp"
#include "tests/supervision/probe_config.hpp"

using namespace bulwatt;
using probe::Mode;

namespace {

constexpr int kControl = 3;
constexpr int kFirstConduit = 4;
constexpr int kExitNoStart = 2;

const sandbox::ServiceEntry* self = nullptr;
probe::Config config;
bool first_life = true;
bool with_capsule = false;

template <class... Parts>
void log(const Parts&... parts) {
  const Line<300> line{parts..., "\n"};
  [[maybe_unused]] const auto n = ::write(2, line.c_str(), line.view().size());
}

void report(const control::FromService& body) {
  wire::Buffer<control::Report> frame{};
  os::send(kControl, std::span{frame}.first(wire::encode(control::Report{body}, frame)));
}

bool await_start() {
  static wire::Buffer<control::Order> frame{};
  if (!os::wait_readable(kControl, os::now() + std::chrono::seconds{10})) return false;
  const auto got = os::receive(kControl, frame);
  if (got.arrival != os::Arrival::frame) return false;
  const auto order = wire::decode<control::Order>(std::span<const std::byte>{frame}.first(got.size));
  if (!order || !std::holds_alternative<control::Start>(order->body)) return false;
  const auto& start = std::get<control::Start>(order->body);
  first_life = start.restarts == 0;
  with_capsule = start.capsule.has_value();
  if (with_capsule) log("started with a capsule of ", start.capsule->state.size, " bytes");
  const auto decoded = wire::decode<probe::Config>(start.config.view());
  if (decoded) config = *decoded;
  return decoded.has_value();
}

void outcome(std::string_view what, bool refused) {
  log("try ", what, ": ", std::string_view{refused ? "refused" : "POSSIBLE"}, " ", errno);
  errno = 0;
}

int execute() {
  char* const nothing[] = {nullptr};
  return ::execve("/bin/true", nothing, nothing);
}

bool connects(std::uint16_t port) {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0) return false;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool done = ::connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  const int error = errno;
  ::close(s);
  errno = error;
  return done;
}

void try_files() {
  struct stat facts{};
  for (const char* path :
       {"/etc/passwd", "/etc/shadow", "/proc/self/status", "/sys/kernel", "/dev/null", "/usr", "/home"}) {
    outcome(Line<80>{"open ", std::string_view{path}}.view(), ::open(path, O_RDONLY) < 0);
    outcome(Line<80>{"stat ", std::string_view{path}}.view(), ::stat(path, &facts) != 0);
  }
  outcome("write /", ::open("/new", O_WRONLY | O_CREAT, 0600) < 0);
}

void try_others() {
  const auto pid = static_cast<pid_t>(config.foreign_pid);
  outcome("kill", ::kill(pid, 0) != 0);
  outcome("ptrace", ::ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) != 0);
  outcome("fork", ::syscall(SYS_fork) < 0);
  outcome("execve", execute() != 0);
  outcome("unshare", ::syscall(SYS_unshare, 0x10000000) != 0);
  outcome("mount", ::syscall(SYS_mount, "none", "/", "tmpfs", 0, nullptr) != 0);
  outcome("io_uring", ::syscall(425, 1, nullptr) < 0);
  outcome("bpf", ::syscall(SYS_bpf, 0, nullptr, 0) < 0);
  outcome("keyctl", ::syscall(SYS_keyctl, 0, 0) < 0);
  outcome("setuid 0", ::syscall(SYS_setresuid, 0, 0, 0) != 0);
  outcome("allocate beyond the limit",
          ::mmap(nullptr, 1ULL << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
  outcome("write and execute",
          ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

void try_sockets() {
  outcome("udp", ::socket(AF_INET, SOCK_DGRAM, 0) < 0);
  outcome("unix", ::socket(AF_UNIX, SOCK_SEQPACKET, 0) < 0);
  outcome("netlink", ::socket(AF_NETLINK, SOCK_RAW, 0) < 0);
  outcome("tcp", !connects(config.open_port));
  outcome("tcp to another port", !connects(config.forbidden_port));
  const int hidden = kFirstConduit + static_cast<int>(self->ends.size());
  const std::byte one{1};
  outcome("hidden conduit", os::send(hidden, {&one, 1}) != os::Sent::ok && ::fcntl(hidden, F_GETFD) < 0);
  if (!self->ends.empty())
    outcome("pass a descriptor", os::send_with_handle(kFirstConduit, {&one, 1}, 2) != os::Sent::ok);
}

void try_everything() {
  try_files();
  try_others();
  try_sockets();
  log("tried everything");
}

void misbehave_late() {
  switch (config.mode) {
    case Mode::open_late: ::open("/state", O_RDONLY); break;
    case Mode::socket_late: static_cast<void>(::socket(AF_UNIX, SOCK_STREAM, 0)); break;
    case Mode::exec_late: execute(); break;
    case Mode::fork_late: ::syscall(SYS_fork); break;
    case Mode::allocate_code_late:
      ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      break;
    case Mode::garbage: {
      const std::array<std::byte, 3> junk{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
      os::send(kControl, junk);
      break;
    }
    case Mode::ask_phase: report(control::RequestPhase{control::Phase::charging}); break;
    case Mode::ask_restart:
      if (first_life) report(control::RequestRestart{});
      break;
    case Mode::accuse:
      if (first_life) report(control::Violation{0, control::Reason::malformed, {}});
      break;
    case Mode::park:
    case Mode::poison: {
      control::Park park{};
      park.capsule.state.size = 100;
      report(park);
      break;
    }
    default: break;
  }
}

void flood() {
  for (int i = 0; config.mode == Mode::flood_control && i < 500; ++i) report(control::Waiting{0, 1});
  for (int i = 0; config.mode == Mode::flood_log && i < 500; ++i)
    log("all work and no play makes a service a dull process, all work and no play");
}

// Clients ping every turn, servers echo. A client logs the first echo of every epoch.
struct Talk {
  std::array<std::uint32_t, control::kMaxConduits> epoch{};
  std::array<bool, control::kMaxConduits> answered{};

  void ping() const {
    const std::byte one{1};
    for (std::size_t i = 0; i < self->ends.size(); ++i) {
      if (self->ends[i].is_client) os::send(fd(i), {&one, 1});
    }
  }
  void hear(std::size_t i) {
    std::array<std::byte, 16> frame{};
    const auto got = os::receive(fd(i), frame);
    if (got.arrival != os::Arrival::frame) return;
    if (!self->ends[i].is_client) os::send(fd(i), std::span<const std::byte>{frame}.first(got.size));
    else if (!std::exchange(answered[i], true)) log("echo on conduit ", i, " epoch ", epoch[i]);
  }
  static int fd(std::size_t i) { return kFirstConduit + static_cast<int>(i); }
};

/// False: stop.
bool obey(Talk& talk) {
  static wire::Buffer<control::Order> frame{};
  const auto got = os::receive_with_handle(kControl, frame);
  if (got.arrival == os::Arrival::nothing) return true;
  if (got.arrival != os::Arrival::frame) return false;
  const auto order = wire::decode<control::Order>(std::span<const std::byte>{frame}.first(got.size));
  if (!order) return false;
  if (const auto* bind = std::get_if<control::Rebind>(&order->body)) {
    os::replace(Talk::fd(bind->conduit), got.handle);
    talk.epoch[bind->conduit] = bind->epoch;
    talk.answered[bind->conduit] = false;
    log("rebind of conduit ", unsigned{bind->conduit}, " epoch ", bind->epoch);
  }
  if (const auto* act = std::get_if<control::Act>(&order->body)) {
    log("act ", act->number, " ", enum_text(act->kind), " ", act->service.view(), " ", act->word.view());
    report(control::ActKept{act->number});
  }
  if (const auto* phase = std::get_if<control::SetPhase>(&order->body)) log("phase ", enum_text(phase->phase));
  return !std::holds_alternative<control::Stop>(order->body) || config.mode == Mode::ignore_stop;
}

void serve() {
  Talk talk;
  std::array<pollfd, 1 + control::kMaxConduits> fds{};
  const auto count = self->ends.size() + 1;
  fds[0] = {kControl, POLLIN, 0};
  for (std::uint64_t turn = 1;; ++turn) {
    report(control::Beat{turn});
    flood();
    talk.ping();
    for (std::size_t i = 0; i < self->ends.size(); ++i) fds[i + 1] = {Talk::fd(i), POLLIN, 0};
    const auto until = os::now() + std::chrono::milliseconds{20};
    while (os::now() < until && ::poll(fds.data(), count, 20) > 0) {
      if (fds[0].revents != 0 && !obey(talk)) return;
      for (std::size_t i = 0; i < self->ends.size(); ++i) {
        if ((fds[i + 1].revents & POLLIN) != 0) talk.hear(i);
        if ((fds[i + 1].revents & POLLHUP) != 0) fds[i + 1].fd = -1;  // until the next turn, or the rebind
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const auto& service : kSystem.services) {
    if (argc == 1 && service.name == argv[0]) self = &service;
  }
  if (self == nullptr || !await_start()) return kExitNoStart;
  if (config.mode == Mode::crash || (config.mode == Mode::poison && with_capsule)) return 1;
  if (config.mode == Mode::extra_descriptor) log("opened ", ::dup3(2, 20, 0));
  const auto found = sandbox::check_start(sandbox::descriptors_of(*self));
  if (!found) {
    log(sandbox::explain(found.error().fault), " (", found.error().detail, ")");
    return sandbox::kExitNotSafe;
  }
  if (config.mode == Mode::try_everything) try_everything();
  const auto layers =
      sandbox::lock_down({.filter = self->filter_steady, .lock_memory = self->lock_memory, .found = *found});
  if (!layers) {
    log(sandbox::explain(layers.error().fault), " (", layers.error().detail, ")");
    return sandbox::kExitNotSafe;
  }
  control::Ready ready{config.mode == Mode::other_build ? kSystem.build + 1 : kSystem.build, {}, *layers};
  for (const auto& end : self->ends) {
    if (!ready.interfaces.push_back(end.interface_hash)) return kExitNoStart;
  }
  report(ready);
  misbehave_late();
  serve();
  log("stopping");
  return 0;
}
