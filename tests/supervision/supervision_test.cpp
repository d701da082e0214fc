// Scenarios on real processes, each as root (one user per service) and rootless (one user namespace per service).
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/supervision/station.hpp"

using namespace bulwatt;
using namespace bulwatt::probe;
using namespace std::chrono_literals;
using supervisor::Cause;
using supervisor::Health;
using supervisor::State;

namespace {

/// Runs the scenario in every mode this machine can do; says in one line which it cannot.
template <class F>
void in_each_mode(F&& scenario) {
  if (can_be_root()) {
    SUBCASE("root") { scenario(true); }
  } else {
    MESSAGE("root mode skipped: the tests do not run as root");
  }
  if (const auto why = why_not_rootless(); why.empty()) {
    SUBCASE("rootless") { scenario(false); }
  } else {
    MESSAGE("rootless mode skipped: ", why);
  }
}

int pid_of(const Station& s, std::string_view name) { return static_cast<int>(s.of(name).pid); }

bool ended_by(int process, Instant until) {
  pollfd ended{process, POLLIN, 0};
  const auto left = std::max(until - os::now(), Duration::zero());
  return ::poll(&ended, 1, static_cast<int>(left.count() / 1000)) == 1;
}

/// A listening socket of the test on any port.
struct Listener {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port = 0;
  Listener() {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
    REQUIRE(::listen(socket, 4) == 0);
    socklen_t size = sizeof a;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&a), &size);
    port = ntohs(a.sin_port);
  }
  ~Listener() { ::close(socket); }
};

std::string read_all(const std::string& path) {
  std::stringstream all;
  all << std::ifstream{path}.rdbuf();
  return all.str();
}

}  // namespace

TEST_CASE("a station comes up fully sandboxed and quickly, and stops callers first") {
  in_each_mode([](bool root) {
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    const auto status = s.status();
    CHECK(status.rootless == !root);
    CHECK_MESSAGE(status.all_ready_us - status.started_us < 500'000, "cold start ",
                  status.all_ready_us - status.started_us, " us");
    REQUIRE(s.wait([](const auto& now) { return now.heap_calls == 0 && Station::of(now, "edge").layers >> 19 & 1; }));
    for (const auto& service : s.status().services) {
      CAPTURE(std::string{service.name.view()});
      const auto allowed =
          root ? sandbox::Layers{0} : sandbox::bits(sandbox::Layer::realtime, sandbox::Layer::memory_locked);
      // A real-time group setting or an older kernel may withhold these; everything else must be there.
      const auto by_kernel = sandbox::bits(sandbox::Layer::realtime, sandbox::Layer::no_write_execute,
                                           sandbox::Layer::landlock_ports, sandbox::Layer::landlock_scopes,
                                           sandbox::Layer::landlock_files, sandbox::Layer::landlock_no_execute);
      CHECK((service.missing & ~allowed & ~by_kernel) == 0);
    }
    CHECK(s.status().heap_calls == 0);
    ::kill(s.pid(), SIGTERM);
    CHECK(s.wait_end() == 0);
    const auto log = s.log();
    const auto at = [&](const char* name) { return log.find(std::string{name} + ": stopping"); };
    CHECK(at("edge") < at("brain"));
    CHECK(at("brain") < at("store"));
    CHECK(at("store") < at("anchor"));
    CHECK(at("anchor") != std::string::npos);
  });
}

TEST_CASE("a service can do nothing that its entry does not grant") {
  in_each_mode([](bool root) {
    const Listener open;
    const Listener forbidden;
    const Config all{Mode::try_everything, open.port, forbidden.port, static_cast<std::uint32_t>(::getpid())};
    Station s{{.root = root, .configs = {{"store", all}, {"edge", all}, {"anchor", all}}, .outside_port = open.port}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    std::istringstream lines{s.log()};
    int tries = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.find(": try ") == std::string::npos) continue;
      ++tries;
      // The one thing that `edge` was granted and the others were not.
      const bool granted = line.find(" edge: try tcp: ") != std::string::npos;
      CAPTURE(line);
      CHECK((line.find("POSSIBLE") != std::string::npos) == granted);
    }
    CHECK(tries == 3 * (15 + 12 + 7));
  });
}

TEST_CASE("another user can neither trace a service, nor signal it, nor connect to it") {
  in_each_mode([](bool root) {
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    const int pid = pid_of(s, "brain");
    // Its network namespace has no socket with a name.
    std::istringstream sockets{read_all("/proc/" + std::to_string(pid) + "/net/unix")};
    for (std::string line; std::getline(sockets, line);) CHECK(line.find_first_of("/@") == std::string::npos);
    if (!can_be_root()) {
      MESSAGE("tracing by another user skipped: the tests do not run as root");
      return;
    }
    constexpr unsigned kStranger = kOrdinaryUser - 1;
    const int stranger = ::fork();
    if (stranger == 0) {
      if (::setresgid(kStranger, kStranger, kStranger) != 0 || ::setresuid(kStranger, kStranger, kStranger) != 0)
        ::_exit(9);
      if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0) ::_exit(1);
      ::_exit(::kill(pid, 0) == 0 ? 2 : 0);
    }
    int status = 0;
    ::waitpid(stranger, &status, 0);
    CHECK(WEXITSTATUS(status) == 0);
  });
}

TEST_CASE("after lock-down a call outside the set ends the service, which comes back") {
  const Mode modes[] = {Mode::open_late, Mode::socket_late, Mode::exec_late, Mode::fork_late, Mode::allocate_code_late};
  in_each_mode([&](bool root) {
    for (const auto mode : modes) {
      CAPTURE(enum_text(mode));
      Station s{{.root = root, .configs = {{"brain", {.mode = mode}}}}};
      s.start();
      CHECK_MESSAGE(s.wait([](const auto& now) {
        return Station::of(now, "brain").last_cause == Cause::filter && Station::of(now, "brain").restarts > 1;
      }),
                    s.log());
      CHECK(s.of("anchor").restarts == 0);
    }
  });
}

TEST_CASE("a killed service is READY again at once, its peers are re-plumbed and stay the same processes") {
  in_each_mode([](bool root) {
    for (const std::string name : {"brain", "anchor", "store", "edge"}) {
      CAPTURE(name);
      Station s{{.root = root}};
      s.start();
      REQUIRE_MESSAGE(s.wait_up(), s.log());
      const auto before = s.status();
      ::kill(pid_of(s, name), SIGKILL);
      REQUIRE_MESSAGE(
          s.wait([&](const auto& now) { return now.health == Health::up && Station::of(now, name).restarts == 1; }),
          s.log());
      for (const auto& service : s.status().services) {
        CHECK((service.pid == Station::of(before, service.name.view()).pid) == (service.name.view() != name));
      }
      const auto gap = s.of(name).ready_us - s.of(name).died_us;
      MESSAGE(name, " READY ", gap, " us after its end was seen");
      CHECK(gap < 500'000);
      CHECK(s.of(name).last_cause == Cause::signal);
      // Whoever pings over a renewed conduit hears its echo.
      const std::string pinging = name == "edge"     ? "edge: echo on conduit 0 epoch 0"
                                  : name == "brain"  ? "edge: echo on conduit 0 epoch 2"
                                  : name == "anchor" ? "brain: echo on conduit 0 epoch 2"
                                                     : "brain: echo on conduit 1 epoch 2";
      CHECK_MESSAGE(s.wait_log(pinging), s.log());
    }
  });
}

TEST_CASE("a service that hangs is ended after its missed beats and comes back") {
  in_each_mode([](bool root) {
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    const auto stopped = os::now();
    ::kill(pid_of(s, "brain"), SIGSTOP);
    REQUIRE_MESSAGE(
        s.wait([](const auto& now) { return now.health == Health::up && Station::of(now, "brain").restarts == 1; }),
        s.log());
    const auto brain = s.of("brain");
    CHECK(brain.last_cause == Cause::hang);
    CHECK(brain.died_us - stopped.time_since_epoch().count() < 3 * 100'000 + 100'000);
  });
}

TEST_CASE("an unexpected descriptor keeps a service from running") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"edge", {.mode = Mode::extra_descriptor}}}}};
    s.start();
    CHECK_MESSAGE(s.wait_log("edge: a descriptor is open that the authority graph does not grant (20)"), s.log());
    CHECK(s.wait([](const auto& now) { return Station::of(now, "edge").cause_detail == 77; }));
    CHECK(s.of("edge").ready_us == 0);
  });
}

TEST_CASE("a service of another build is refused in one sentence and not run again") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"edge", {.mode = Mode::other_build}}}}};
    s.start();
    REQUIRE_MESSAGE(s.wait([](const auto& now) { return Station::of(now, "edge").state == State::refused; }), s.log());
    CHECK(s.wait_log(
        "binary bulwatt-edge is of another build than the supervisor; it is not run. Rebuild or reinstall both."));
    CHECK(s.of("edge").last_cause == Cause::other_build);
    CHECK(s.wait([](const auto& now) { return Station::of(now, "brain").state == State::ready; }));
  });
}

TEST_CASE("a crash loop climbs the ladder: zone for one, safe state for the other") {
  in_each_mode([](bool root) {
    SUBCASE("zone") {
      Station s{{.root = root, .configs = {{"edge", {.mode = Mode::crash}}}}};
      s.start();
      CHECK_MESSAGE(s.wait_log("zone backend is restarted in 1000 ms"), s.log());
      CHECK(s.status().health != Health::safe_state);
      CHECK(s.of("brain").state == State::ready);
      CHECK(s.of("brain").restarts == 0);
    }
    SUBCASE("safe state") {
      Station s{{.root = root, .configs = {{"store", {.mode = Mode::crash}}}}};
      s.start();
      REQUIRE_MESSAGE(s.wait([](const auto& now) { return now.health == Health::safe_state; }), s.log());
      CHECK(s.status().phase == control::Phase::safe);
      for (const char* other : {"anchor", "brain", "edge"}) {
        CHECK(s.wait([&](const auto& now) { return Station::of(now, other).state == State::ready; }));
        CHECK(s.of(other).restarts == 0);
      }
      CHECK(s.wait_log("anchor: phase safe"));
      CHECK(s.of("store").state == State::stopped);
    }
  });
}

TEST_CASE("the supervisor's death takes every service with it within 100 ms") {
  in_each_mode([](bool root) {
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    std::vector<int> pids;
    for (const auto& service : s.status().services) pids.push_back(static_cast<int>(service.pid));
    std::vector<int> handles;
    for (const int pid : pids) handles.push_back(static_cast<int>(::syscall(434, pid, 0)));
    const auto killed = os::now();
    ::kill(s.pid(), SIGKILL);
    for (const int handle : handles) CHECK(ended_by(handle, killed + 100ms));
    for (const int handle : handles) ::close(handle);
    CHECK(s.wait_end() == 128 + SIGKILL);
  });
}

TEST_CASE("a second supervisor on the same run folder is refused") {
  in_each_mode([](bool root) {
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    const auto [code, said] = s.start_second();
    CHECK(code == 4);
    CHECK(said == "bulwatt-supervisor: another supervisor runs in " + s.folder() + "/run\n");
    CHECK(s.status().health == Health::up);
  });
}

TEST_CASE("a service that ignores Stop is killed, the stop stays ordered") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"brain", {.mode = Mode::ignore_stop}}}}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    ::kill(s.pid(), SIGTERM);
    CHECK(s.wait_end() == 0);
    CHECK(s.log().find("brain is ended: it did not stop in time") != std::string::npos);
    CHECK(s.log().find("anchor: stopping") != std::string::npos);
  });
}

TEST_CASE("nonsense on the control conduit, or a request without the right, costs the service its life") {
  in_each_mode([](bool root) {
    for (const auto mode : {Mode::garbage, Mode::ask_phase, Mode::ask_restart}) {
      CAPTURE(enum_text(mode));
      Station s{{.root = root, .configs = {{"edge", {.mode = mode}}}}};
      s.start();
      REQUIRE_MESSAGE(s.wait([](const auto& now) { return Station::of(now, "edge").last_cause == Cause::violation; }),
                      s.log());
      CHECK(s.of("edge").violations >= 1);
      CHECK(s.status().phase == control::Phase::boot);
      CHECK(s.of("brain").restarts == 0);
    }
  });
}

TEST_CASE("a service that floods the supervisor or its log harms only itself") {
  in_each_mode([](bool root) {
    Station s{
        {.root = root, .configs = {{"edge", {.mode = Mode::flood_control}}, {"store", {.mode = Mode::flood_log}}}}};
    s.start();
    CHECK_MESSAGE(s.wait_log("edge is ended: it floods the supervisor"), s.log().substr(0, 2000));
    CHECK(s.wait_log("store writes too much to the log"));
    CHECK(s.of("anchor").restarts == 0);
    CHECK(s.of("brain").restarts == 0);
    CHECK(s.of("store").restarts == 0);
  });
}

TEST_CASE("the one with the right changes the phase for all") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"brain", {.mode = Mode::ask_phase}}}}};
    s.start();
    REQUIRE_MESSAGE(s.wait([](const auto& now) { return now.phase == control::Phase::charging; }), s.log());
    CHECK(s.wait_log("anchor: phase charging"));
  });
}

TEST_CASE("a report of a violation restarts the end of lower trust") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"edge", {.mode = Mode::accuse}}}}};  // accuses brain, which is trusted more
    s.start();
    REQUIRE_MESSAGE(
        s.wait([](const auto& now) { return Station::of(now, "edge").restarts == 1 && now.health == Health::up; }),
        s.log());
    CHECK(s.of("brain").restarts == 0);
    CHECK(s.of("brain").violations == 1);
    CHECK(s.log().find("violation: edge refused a frame of brain (malformed)") != std::string::npos);
  });
}

TEST_CASE("the one with the right restarts the station: stopped in order, begun afresh") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"brain", {.mode = Mode::ask_restart}}}}};
    s.start();
    // A fresh station has a fresh brain that asks again; seeing the second start is enough.
    REQUIRE_MESSAGE(s.wait([&](const auto&) {
      const auto log = s.log();
      const auto first = log.find("station starts");
      return first != std::string::npos && log.find("station starts", first + 1) != std::string::npos;
    }),
                    s.log());
    CHECK(s.log().find("all services have stopped") != std::string::npos);
  });
}

TEST_CASE("without namespaces production refuses to run, development runs and says what is missing") {
  if (const auto why = why_not_rootless(); !why.empty()) {
    MESSAGE("skipped: ", why);
    return;
  }
  SUBCASE("production") {
    Station s{{.production = true, .no_namespaces = true}};
    s.start();
    REQUIRE_MESSAGE(s.wait_log("anchor was not started: could not create the process: "), s.log());
    CHECK(s.wait([](const auto& now) { return Station::of(now, "anchor").last_cause == Cause::launch; }));
    CHECK(s.of("anchor").ready_us == 0);
  }
  SUBCASE("development") {
    Station s{{.production = false, .no_namespaces = true}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    CHECK(s.wait_log("WARNING: brain runs without mount_view: the service sees the names and attributes of all files"));
    CHECK((s.of("brain").missing & bit(sandbox::Layer::no_network)) != 0);
    CHECK((s.of("brain").layers & bit(sandbox::Layer::filter_steady)) != 0);
    CHECK(s.of("brain").exposure > 0);
  }
}

TEST_CASE("nineteen deaths in a row are all survived, and how long each took is in the status") {
  in_each_mode([](bool root) {
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    std::vector<std::int64_t> seen;
    std::vector<std::int64_t> ready;
    // Twenty in a window is what `brain` may; one less keeps it below its limit.
    for (std::uint32_t i = 1; i < 20; ++i) {
      const auto killed = os::now();
      ::kill(pid_of(s, "brain"), SIGKILL);
      REQUIRE_MESSAGE(
          s.wait([&](const auto& now) { return now.health == Health::up && Station::of(now, "brain").restarts == i; }),
          s.log());
      const auto brain = s.of("brain");
      seen.push_back(brain.died_us - killed.time_since_epoch().count());
      ready.push_back(brain.ready_us - killed.time_since_epoch().count());
    }
    std::ranges::sort(seen);
    std::ranges::sort(ready);
    MESSAGE("kill to seen: median ", seen[9], " us, worst ", seen.back(), " us; kill to READY: median ", ready[9],
            " us, worst ", ready.back(), " us");
    CHECK(s.status().heap_calls == 0);
    CHECK(s.of("anchor").restarts == 0);
    CHECK(s.of("edge").restarts == 0);
  });
}
