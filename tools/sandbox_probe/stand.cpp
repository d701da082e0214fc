#include "tools/sandbox_probe/stand.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace bulwatt::probe {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kOrdinaryUser = 65534;
constexpr int kLeftOpen = 45;  ///< a descriptor that a careless library left open in the supervisor

void must(bool done, const std::string& what) {
  if (!done) throw CannotProve(what + ": " + std::strerror(errno));
}

int local_listener(const sockaddr_un& name, socklen_t size) {
  const int s = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(s >= 0 && ::bind(s, reinterpret_cast<const sockaddr*>(&name), size) == 0 && ::listen(s, 8) == 0,
       "cannot listen on a local socket");
  return s;
}

}  // namespace

Stand::Stand(const sandbox::SystemTable& table, StandOptions options)
    : table_(table), options_(std::move(options)), station_(std::make_unique<supervisor::Station>()) {
  if (options_.mode == os::Mode::root && ::geteuid() != 0) throw CannotProve("root mode needs root");
  make_folder();
  if (options_.mode == os::Mode::rootless) become_ordinary();
  make_station();
  start_neighbours();
  make_outside();
}

Stand::~Stand() {
  for (const int pid : neighbours_) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  for (const int fd : kept_) ::close(fd);
  for (const auto end : far_ends_) os::close(end);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Stand::make_folder() {
  char name[] = "/tmp/bulwatt-proof-XXXXXX";
  must(::mkdtemp(name) != nullptr, "cannot make a folder in /tmp");
  folder_ = name;
  mount_point_ = folder_ + "/view";
  must(::chmod(name, 0755) == 0, "cannot open the folder to all");
  for (const char* sub : {"/programs", "/state", "/view", "/pcscd"}) fs::create_directory(folder_ + sub);
  std::error_code error;
  fs::copy_file(options_.probe, folder_ + "/programs/probe", error);
  if (error) throw CannotProve("cannot read the probe " + options_.probe + ": " + error.message());
  fs::permissions(folder_ + "/programs/probe", static_cast<fs::perms>(0755));
  for (const auto& service : table_.services)
    fs::create_symlink("probe", folder_ + "/programs/" + std::string{service.binary});
  if (options_.mode == os::Mode::root || ::geteuid() != 0) return;
  for (const char* sub : {"", "/programs", "/state", "/view", "/pcscd"})  // also so that it can be taken away again
    must(::chown((folder_ + sub).c_str(), kOrdinaryUser, kOrdinaryUser) == 0, "cannot give the folder away");
}

void Stand::become_ordinary() const {
  if (::geteuid() != 0) return;
  must(::setgroups(0, nullptr) == 0 && ::setresgid(kOrdinaryUser, kOrdinaryUser, kOrdinaryUser) == 0 &&
           ::setresuid(kOrdinaryUser, kOrdinaryUser, kOrdinaryUser) == 0,
       "cannot become an ordinary user");
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // the change of user took the right to write the child's user map away
}

std::uint16_t Stand::listen_somewhere() {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof a;
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(s >= 0 && ::bind(s, reinterpret_cast<sockaddr*>(&a), size) == 0 && ::listen(s, 64) == 0 &&
           ::getsockname(s, reinterpret_cast<sockaddr*>(&a), &size) == 0,
       "cannot listen on a port");
  kept_.push_back(s);
  return ntohs(a.sin_port);
}

std::string Stand::make_terminal() {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  std::array<char, 64> name{};
  must(terminal >= 0 && ::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0 &&
           ::ptsname_r(terminal, name.data(), name.size()) == 0,
       "cannot make a terminal");
  kept_.push_back(terminal);
  return name.data();
}

/// Somebody who listens where the smart card daemon would.
void Stand::make_daemon() {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto path = folder_ + "/pcscd/pcscd.comm";
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  kept_.push_back(local_listener(name, sizeof name));
  must(::chmod(path.c_str(), 0666) == 0, "cannot open the daemon's socket to all");
}

void Stand::make_station() {
  auto& s = *station_;
  s.run_folder = std::string_view{folder_};
  s.state_folder = std::string_view{folder_ + "/state"};
  s.program_folder = std::string_view{folder_ + "/programs"};
  s.library_folder = "/lib/x86_64-linux-gnu";
  s.loader = "/lib64/ld-linux-x86-64.so.2";
  s.pcscd_folder = std::string_view{folder_ + "/pcscd"};
  make_daemon();
  bool fits = true;
  for (const auto& service : table_.services) {
    for (const auto& device : service.devices)
      fits = fits && s.devices.push_back({device.name, std::string_view{make_terminal()}});
    for (const auto port : service.tcp_connect) fits = fits && s.ports.push_back({port, listen_somewhere()});
    for (const auto port : service.tcp_listen) {
      fits = fits && s.ports.push_back({port, listen_somewhere()});
      ::close(kept_.back());  // free again, for the socket that the service is handed
      kept_.pop_back();
    }
  }
  const auto free_port = [&] {
    const auto port = listen_somewhere();
    ::close(kept_.back());
    kept_.pop_back();
    return port;
  };
  for (const auto& service : table_.services) {
    // A link on the machine's own interface: sockets of the kinds that cars are met with.
    if (!service.links.empty())
      fits = fits && s.links.push_back({service.links.front(), "lo", free_port(), free_port()});
  }
  if (!fits) throw CannotProve("the authority graph has more devices or ports than a station");
  for (supervisor::Index i = 0; i < table_.services.size(); ++i) {
    places_.push_back(std::make_unique<supervisor::Places>());
    const auto problem = supervisor::find_places(table_.services[i], i, s, *places_.back());
    if (!problem.view().empty()) throw CannotProve(std::string{problem.view()});
  }
  null_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  std::array<int, 2> log{};
  must(null_ >= 0 && ::pipe2(log.data(), O_CLOEXEC | O_NONBLOCK) == 0, "cannot make a log");
  log_ = log[1];
  kept_.insert(kept_.end(), {null_, log[0], log[1]});
}

// A process outside that nothing but process namespaces and filters keeps apart: same user, ready to be traced.
void Stand::start_neighbours() {
  for (const auto& place : places_) {
    const int child = ::fork();
    must(child >= 0, "cannot start a process");
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      std::signal(SIGABRT, SIG_IGN);
      if (options_.mode == os::Mode::root && (::setresgid(place->user, place->user, place->user) != 0 ||
                                              ::setresuid(place->user, place->user, place->user) != 0))
        ::_exit(1);
      ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      for (;;) ::pause();
    }
    neighbours_.push_back(child);
  }
}

void Stand::make_outside() {
  std::ofstream{folder_ + "/outside"} << "nobody inside may read this\n";
  ::chmod((folder_ + "/outside").c_str(), 0666);
  other_port_ = listen_somewhere();
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto path = folder_ + "/socket";
  std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  kept_.push_back(local_listener(name, sizeof name));
  ::chmod(path.c_str(), 0777);
  abstract_ = "bulwatt-proof-" + std::to_string(::getpid());
  name.sun_path[0] = '\0';
  std::memcpy(name.sun_path + 1, abstract_.data(), abstract_.size());
  kept_.push_back(local_listener(name, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + abstract_.size())));
  // What a careless supervisor would hand down: an open file without close-on-exec, and an environment.
  const int left = ::open((folder_ + "/outside").c_str(), O_RDONLY | O_CLOEXEC);
  must(left >= 0 && ::dup2(left, kLeftOpen) == kLeftOpen, "cannot leave a descriptor open");
  ::close(left);
  kept_.push_back(kLeftOpen);
  ::setenv("BULWATT_PROOF", "left over", 1);
}

/// The process's ends; ours are held until the next process, so that they are not seen to be gone.
std::vector<os::Handle> Stand::make_conduits(std::size_t count) {
  for (const auto end : far_ends_) os::close(end);
  far_ends_.clear();
  std::vector<os::Handle> ends;
  for (std::size_t i = 0; i < count; ++i) {
    const auto pair = os::make_conduit();
    if (!pair) throw CannotProve("no more conduits: " + std::string{std::strerror(pair.error())});
    far_ends_.push_back((*pair)[0]);
    ends.push_back((*pair)[1]);
  }
  return ends;
}

std::expected<Stand::Launched, std::string> Stand::launch(supervisor::Index service, bool filtered) {
  const auto& entry = table_.services[service];
  const auto pair = os::make_conduit();
  if (!pair) throw CannotProve("no more conduits: " + std::string{std::strerror(pair.error())});
  os::allow_handles((*pair)[1]);
  const auto ends = make_conduits(entry.ends.size());
  Launched out{.control = (*pair)[0]};
  supervisor::DescriptorTable descriptors;
  const auto problem = descriptors.fill(entry, *places_[service], {null_, log_, (*pair)[1]}, ends);
  const int program = ::open(places_[service]->program.c_str(), O_PATH | O_CLOEXEC);
  if (!problem.view().empty() || program < 0)
    throw CannotProve("cannot prepare the probe: " + std::string{problem.view()});
  auto required = sandbox::required(options_.profile, entry, 0);
  if (!filtered) required &= ~bit(sandbox::Layer::filter_launch);
  auto plan =
      make_plan(entry, *places_[service], {options_.mode, mount_point_.c_str(), required, program}, descriptors.view());
  if (!filtered) plan.filter = {};
  const auto started = os::launch(plan);
  ::close(program);
  os::close((*pair)[1]);
  for (const auto end : ends) os::close(end);
  if (!started) {
    os::close(out.control);
    return std::unexpected("could not " + std::string{os::step_text(started.error().step)} + ": " +
                           std::strerror(started.error().error));
  }
  out.process = started->process;
  out.report = started->report;
  return out;
}

World Stand::facts(supervisor::Index service) const {
  World facts;
  facts.service = static_cast<std::uint8_t>(service);
  facts.user = places_[service]->user;
  facts.neighbour = static_cast<std::uint32_t>(neighbours_[service]);
  facts.granted_port = places_[service]->connect.size > 0 ? places_[service]->connect[0] : other_port_;
  facts.other_port = other_port_;
  facts.outside_file = std::string_view{folder_ + "/outside"};
  facts.outside_socket = std::string_view{folder_ + "/socket"};
  facts.abstract_socket = std::string_view{abstract_};
  return facts;
}

}  // namespace bulwatt::probe
