// How a station is kept alive, on real processes: hangs, crash loops, parked state, the record of it, and who is above.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
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

/// Fields of /proc/PID/stat after the name: [0] is the state.
std::vector<std::string> stat_of(int pid) {
  std::string line;
  std::getline(std::ifstream{"/proc/" + std::to_string(pid) + "/stat"}, line);
  std::istringstream rest{line.substr(std::min(line.size(), line.rfind(')') + 1))};
  std::vector<std::string> out;
  for (std::string word; rest >> word;) out.push_back(word);
  return out;
}

/// Processor time of a process and of its children that have ended.
Duration burnt_by(int pid) {
  const auto stat = stat_of(pid);
  REQUIRE(stat.size() > 15);
  long long ticks = 0;
  for (const std::size_t i : {11U, 12U, 13U, 14U}) ticks += std::stoll(stat[i]);
  return Duration{ticks * 1'000'000 / ::sysconf(_SC_CLK_TCK)};
}

/// Lets the station run for a while; it writes its status every second.
void let_run(Station& s, Duration time) {
  const auto until = (os::now() + time).time_since_epoch().count();
  REQUIRE(s.wait([&](const auto& now) { return now.written_us >= until; }, time + 5s));
}

}  // namespace

TEST_CASE("whoever is stopped is found within three beats") {
  in_each_mode([](bool root) {
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    constexpr std::int64_t kThreeBeats = 300'000;
    std::int64_t worst = 0;
    for (const char* name : {"anchor", "store", "brain", "edge"}) {
      CAPTURE(name);
      const auto stopped = os::now().time_since_epoch().count();
      ::kill(pid_of(s, name), SIGSTOP);
      REQUIRE_MESSAGE(
          s.wait([&](const auto& now) { return now.health == Health::up && Station::of(now, name).restarts == 1; }),
          s.log());
      const auto seen = s.of(name);
      CHECK(seen.last_cause == Cause::hang);
      CHECK(seen.hangs == 1);
      worst = std::max(worst, seen.died_us - stopped);
    }
    MESSAGE("three beats are ", kThreeBeats, " us; SIGSTOP to found, killed and reaped: at most ", worst, " us");
    CHECK(worst < kThreeBeats + 100'000);  // a loaded machine may schedule late
    CHECK(s.status().heap_calls == 0);
  });
}

TEST_CASE("a crash loop ends in the safe state, everybody else answers, and restarts cost next to nothing") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"store", {.mode = Mode::crash}}}}};
    const auto begun = os::now();
    s.start();
    REQUIRE_MESSAGE(s.wait([](const auto& now) { return now.health == Health::safe_state; }), s.log());
    CHECK(s.of("store").step == supervisor::Step::safe_state);
    for (const char* step : {"service_empty", "zone", "safe_state"}) {
      CHECK(s.wait_log(std::string{"store keeps ending; next step of the ladder: "} + step));
    }
    for (const char* other : {"anchor", "brain", "edge"}) {
      CHECK(s.wait([&](const auto& now) { return Station::of(now, other).state == State::ready; }));
      CHECK(s.of(other).restarts == 0);
    }
    // A new client gets its answer in the safe state.
    ::kill(pid_of(s, "edge"), SIGKILL);
    CHECK_MESSAGE(s.wait_log("edge: echo on conduit 0 epoch 0"), s.log());
    let_run(s, 4s);
    const auto share =
        100.0 * static_cast<double>(burnt_by(s.pid()).count()) / static_cast<double>((os::now() - begun).count());
    MESSAGE("processor for launches, restarts and watching since the start: ", share, " %");
    CHECK(share < 5);
    CHECK(s.status().heap_calls == 0);
  });
}

TEST_CASE("a crash loop that may go no further than its zone costs next to nothing either") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"edge", {.mode = Mode::crash}}}}};
    const auto begun = os::now();
    s.start();
    REQUIRE_MESSAGE(s.wait([](const auto& now) { return Station::of(now, "edge").step == supervisor::Step::zone; }),
                    s.log());
    let_run(s, 4s);
    const auto share =
        100.0 * static_cast<double>(burnt_by(s.pid()).count()) / static_cast<double>((os::now() - begun).count());
    MESSAGE("processor: ", share, " %");
    CHECK(share < 5);
    CHECK(s.status().health != Health::safe_state);
    for (const char* other : {"anchor", "store", "brain"}) CHECK(s.of(other).restarts == 0);
  });
}

TEST_CASE("what a service parked is given back to it, but not a third time if it dies of it") {
  in_each_mode([](bool root) {
    SUBCASE("good") {
      Station s{{.root = root, .configs = {{"edge", {.mode = Mode::park}}}}};
      s.start();
      REQUIRE_MESSAGE(s.wait([](const auto& now) { return Station::of(now, "edge").capsule_bytes == 100; }), s.log());
      ::kill(pid_of(s, "edge"), SIGKILL);
      CHECK_MESSAGE(s.wait_log("edge: started with a capsule of 100 bytes"), s.log());
      CHECK(s.of("edge").capsules_dropped == 0);
    }
    SUBCASE("poison") {
      Station s{{.root = root, .configs = {{"edge", {.mode = Mode::poison}}}}};
      s.start();
      REQUIRE_MESSAGE(s.wait([](const auto& now) { return Station::of(now, "edge").capsule_bytes == 100; }), s.log());
      ::kill(pid_of(s, "edge"), SIGKILL);  // not the capsule's fault; the two deaths that follow are
      REQUIRE_MESSAGE(s.wait([](const auto& now) {
        const auto& edge = Station::of(now, "edge");
        return edge.state == State::ready && edge.restarts == 3;
      }),
                      s.log());
      CHECK(s.of("edge").capsules_dropped == 1);
      CHECK(s.wait_log(" capsule_dropped edge poison"));
    }
    SUBCASE("more than was granted") {
      Station s{{.root = root, .configs = {{"brain", {.mode = Mode::park}}}}};
      s.start();
      CHECK(s.wait([](const auto& now) { return Station::of(now, "brain").last_cause == Cause::violation; }));
    }
  });
}

TEST_CASE("what the supervisor does is handed to the service that keeps it, across that one's own death") {
  in_each_mode([](bool root) {
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    ::kill(pid_of(s, "edge"), SIGKILL);
    REQUIRE_MESSAGE(s.wait_log(" service_ended edge signal"), s.log());
    ::kill(pid_of(s, "store"), SIGKILL);
    REQUIRE_MESSAGE(s.wait_log(" service_ended store signal"), s.log());
    CHECK(s.wait([](const auto& now) { return now.acts_waiting == 0; }));
    CHECK(s.status().acts_lost == 0);
  });
}

TEST_CASE("software of another build in a service that matters: the other slot is asked for, the station ends for it") {
  in_each_mode([](bool root) {
    Station s{{.root = root, .configs = {{"store", {.mode = Mode::other_build}}}, .other_slot = true}};
    s.start();
    CHECK(s.wait_end() == 6);
    std::string first;
    std::getline(std::ifstream{s.folder() + "/state/other-slot"}, first);
    CHECK(first == "request=other-slot");
    // Once more, as the machine's next start would: the request is still there, so the other one was no better.
    s.start();
    REQUIRE_MESSAGE(s.wait([](const auto& now) { return now.step == supervisor::Step::stay_safe; }), s.log());
    CHECK(s.wait_log("other slot: already_tried"));
    for (const char* other : {"anchor", "brain", "edge"})
      CHECK(s.wait([&](const auto& now) { return Station::of(now, other).state == State::ready; }));
  });
}

namespace {

/// Runs f in the process namespace of `pid`, in a child of this process. What it leaves behind there becomes an orphan.
void inside(int pid, void (*f)()) {
  const int child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int space = ::open(("/proc/" + std::to_string(pid) + "/ns/pid").c_str(), O_RDONLY | O_CLOEXEC);
    if (space < 0 || ::setns(space, CLONE_NEWPID) != 0) ::_exit(1);
    const int within = ::fork();
    if (within == 0) {
      f();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(within, &status, 0);
    ::_exit(status == 0 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}

/// Ends once its parent has.
void leave_an_orphan() {
  int alive[2];
  if (::pipe(alive) != 0) ::_exit(1);
  if (::fork() != 0) return;
  ::close(alive[1]);
  char byte = 0;
  [[maybe_unused]] const auto n = ::read(alive[0], &byte, 1);
  ::_exit(7);
}

std::vector<int> children_of(int parent, bool zombies_only = false) {
  std::vector<int> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto stat = stat_of(std::stoi(name));
    if (stat.size() < 2 || stat[1] != std::to_string(parent)) continue;
    if (!zombies_only || stat[0] == "Z") out.push_back(std::stoi(name));
  }
  return out;
}

}  // namespace

TEST_CASE(
    "as first process of a container it reaps orphans, restarts services, stops on a signal, and ends all with "
    "itself") {
  if (!can_be_root()) {
    MESSAGE("skipped: a process namespace of one's own needs root");
    return;
  }
  Station s{{.root = true, .first_process = true}};
  s.start();
  REQUIRE_MESSAGE(s.wait_up(), s.log());
  CHECK(s.status().pid == 1);
  for (std::uint32_t i = 1; i <= 5; ++i) {
    inside(s.pid(), leave_an_orphan);
    CHECK_MESSAGE(s.wait([&](const auto& now) { return now.orphans == i; }), s.log());
  }
  CHECK(children_of(s.pid(), true).empty());
  // A service that dies is a service still, not an orphan. Its number outside is not the one in the status.
  const auto before = s.status();
  inside(s.pid(), [] { ::kill(1, SIGUSR1); });  // no handler: the kernel keeps it from the first process
  for (const int child : children_of(s.pid())) ::kill(child, SIGKILL);
  REQUIRE_MESSAGE(s.wait([](const auto& now) {
    return now.health == Health::up &&
           std::ranges::all_of(now.services, [](const auto& service) { return service.restarts == 1; });
  }),
                  s.log());
  CHECK(s.status().orphans == before.orphans);
  CHECK(s.status().heap_calls == 0);
  SUBCASE("told to stop") {
    ::kill(s.pid(), SIGTERM);
    CHECK(s.wait_end() == 0);
    CHECK(s.log().find("anchor: stopping") != std::string::npos);
  }
  SUBCASE("told to stop as systemd-nspawn does") {
    ::kill(s.pid(), SIGRTMIN + 3);
    CHECK(s.wait_end() == 0);
  }
  SUBCASE("killed") {
    const auto handles = children_of(s.pid());
    CHECK(handles.size() == 4);
    ::kill(s.pid(), SIGKILL);
    CHECK(s.wait_end() == 128 + SIGKILL);
    for (const int pid : handles) CHECK_FALSE(std::filesystem::exists("/proc/" + std::to_string(pid)));
  }
}

TEST_CASE("the capabilities that the systemd unit leaves are enough for root mode, in production") {
  if (!can_be_root()) {
    MESSAGE("skipped: root mode needs root");
    return;
  }
  Station s{{.root = true, .unit_capabilities = true}};
  s.start();
  REQUIRE_MESSAGE(s.wait_up(), s.log());
  CHECK_FALSE(s.status().rootless);
  ::kill(pid_of(s, "edge"), SIGKILL);
  CHECK(s.wait([](const auto& now) { return now.health == Health::up && Station::of(now, "edge").restarts == 1; }));
  ::kill(s.pid(), SIGTERM);
  CHECK(s.wait_end() == 0);
}

TEST_CASE("the service manager is told when the station is ready and that it lives, until the safety zone does not") {
  in_each_mode([](bool root) {
    const std::string name = "@bulwatt-care-" + std::to_string(::getpid()) + (root ? "r" : "u");
    const int manager = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::copy(name.begin() + 1, name.end(), at.sun_path + 1);
    REQUIRE(::bind(manager, reinterpret_cast<sockaddr*>(&at),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0);
    const auto heard = [&] {
      std::vector<std::string> out;
      std::array<char, 200> text{};
      for (ssize_t n = 0; (n = ::recv(manager, text.data(), text.size(), MSG_DONTWAIT)) > 0;)
        out.emplace_back(text.data(), static_cast<std::size_t>(n));
      return out;
    };
    // A safety service that keeps ending is not fresh, so nobody is fed.
    SUBCASE("up") {
      Station s{{.root = root, .notify = name}};
      s.start();
      REQUIRE_MESSAGE(s.wait_up(), s.log());
      let_run(s, 2s);
      const auto said = heard();
      CHECK(std::ranges::count(said, "READY=1\nSTATUS=station up") == 1);
      CHECK(std::ranges::count(said, "WATCHDOG=1") >= 3);
      CHECK(s.status().guard == supervisor::Guard::fed);
      ::kill(s.pid(), SIGTERM);
      CHECK(s.wait_end() == 0);
      CHECK(std::ranges::count(heard(), "STOPPING=1\nSTATUS=station stopping") == 1);
    }
    SUBCASE("starved") {
      Station s{{.root = root, .configs = {{"anchor", {.mode = Mode::crash}}}, .notify = name}};
      s.start();
      REQUIRE_MESSAGE(s.wait([](const auto& now) { return Station::of(now, "anchor").restarts > 3; }), s.log());
      CHECK(s.status().guard == supervisor::Guard::starved);
      CHECK(std::ranges::count(heard(), "WATCHDOG=1") == 0);
    }
    ::close(manager);
  });
}
