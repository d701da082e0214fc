// Why calls go only upwards in priority: a client, a server and a process between them in urgency that burns the processor, on
// one core. By the rule the call is answered at once; against it the client waits for somebody less urgent than itself.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "libs/ipc/endpoint.hpp"

using namespace bulwatt;
using namespace std::chrono_literals;

namespace {

constexpr int kClient = 50;
constexpr int kHog = 40;
constexpr auto kBusy = 300ms;

enum class Error : std::uint8_t { none };
constexpr auto enum_names(Error) { return names("none"); }
struct Ask {
  struct Told {
    std::uint32_t value{};
    static constexpr auto fields() { return list(field<&Told::value>("value")); }
  };
  using Reply = Told;
  std::uint32_t value{};
  static constexpr auto fields() { return list(field<&Ask::value>("value")); }
};
using Asking = ipc::Interface<"asking", Error, ipc::Call<1, "Ask", Ask>>;
constexpr ipc::ConduitFacts facts(ipc::Role role) {
  ipc::ConduitFacts out{.client = "c", .server = "s", .role = role, .index = 0};
  out.requests.fill(2);
  out.deadline_ms = 2000;
  out.per_s = 1000;
  out.burst = 100;
  return out;
}
struct ClientGrant {
  using Interface = Asking;
  static constexpr auto kFacts = facts(ipc::Role::client);
};
struct ServerGrant {
  using Interface = Asking;
  static constexpr auto kFacts = facts(ipc::Role::server);
};
struct Server {
  std::expected<Ask::Told, Error> on(const Ask& ask) { return Ask::Told{ask.value + 1}; }
};

struct Shared {
  std::int64_t took_us = -1;
  bool right = false;
  bool refused = false;
};

/// On the same core as the others, with this priority. False: this machine does not permit it.
bool become(int core, int priority) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  const sched_param wanted{priority};
  return ::sched_setaffinity(0, sizeof one, &one) == 0 && ::sched_setscheduler(0, SCHED_FIFO, &wanted) == 0;
}

void wait_for_byte(int pipe) {
  char byte = 0;
  [[maybe_unused]] const auto n = ::read(pipe, &byte, 1);
}

[[noreturn]] void serve(os::Handle end, int core, int priority, Shared& shared) {
  shared.refused = shared.refused || !become(core, priority);
  ipc::Link link{ServerGrant::kFacts, end};
  Server server;
  while (os::wait_readable(end, os::now() + 10s)) {
    if (ipc::Server<ServerGrant>::serve_one(link, server, control::Phase::idle).what == ipc::Outcome::What::gone) break;
  }
  ::_exit(0);
}

[[noreturn]] void burn(int go, int core, Shared& shared) {
  shared.refused = shared.refused || !become(core, kHog);
  wait_for_byte(go);
  const auto until = os::now() + kBusy;
  while (os::now() < until) {
  }
  ::_exit(0);
}

[[noreturn]] void call(os::Handle end, int go, int core, Shared& shared) {
  shared.refused = shared.refused || !become(core, kClient);
  ipc::Link link{ClientGrant::kFacts, end};
  ipc::Client<ClientGrant> client{link};
  for (std::uint32_t i = 0; i < 20; ++i) static_cast<void>(client.call(Ask{i}));  // everything is mapped and warm
  [[maybe_unused]] const auto n = ::write(go, "g", 1);
  const timespec pause{0, 20'000'000};  // the hog has the core now
  ::nanosleep(&pause, nullptr);
  const auto begun = os::now();
  const auto told = client.call(Ask{41});
  shared.took_us = (os::now() - begun).count();
  shared.right = told && told->value == 42;
  ::_exit(0);
}

/// One call while the hog burns, with the server at this priority.
Shared measure(int server_priority) {
  auto* shared =
      static_cast<Shared*>(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(shared != MAP_FAILED);
  *shared = Shared{};
  const auto ends = *os::make_conduit();
  std::array<int, 2> go{};
  REQUIRE(::pipe(go.data()) == 0);
  cpu_set_t allowed;
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  int core = 0;
  for (int c = 0; c < CPU_SETSIZE; ++c) {
    if (CPU_ISSET(c, &allowed)) core = c;
  }
  std::array<pid_t, 3> children{};
  for (std::size_t i = 0; i < children.size(); ++i) {
    children[i] = ::fork();
    REQUIRE(children[i] >= 0);
    if (children[i] != 0) continue;
    if (i == 0) serve(ends[1], core, server_priority, *shared);
    if (i == 1) burn(go[0], core, *shared);
    call(ends[0], go[1], core, *shared);
  }
  ::waitpid(children[2], nullptr, 0);
  for (const auto child : {children[0], children[1]}) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  for (const int fd : go) ::close(fd);
  for (const auto end : ends) os::close(end);
  const auto out = *shared;
  ::munmap(shared, sizeof(Shared));
  return out;
}

}  // namespace

TEST_CASE("a call upwards is answered at once whatever burns the processor between; a call downwards waits for it") {
  std::array<std::int64_t, 3> upwards{};
  for (auto& took : upwards) {
    const auto seen = measure(kClient + 1);
    if (seen.refused) {
      MESSAGE("skipped: this machine does not permit SCHED_FIFO");
      return;
    }
    REQUIRE(seen.right);
    took = seen.took_us;
  }
  const auto downwards = measure(kHog - 10);
  std::ranges::sort(upwards);
  MESSAGE("upwards: ", upwards[0], ", ", upwards[1], ", ", upwards[2],
          " us; downwards, against the rule: ", downwards.took_us, " us");
  CHECK(upwards[1] < 1000);
  CHECK(downwards.right);
  CHECK(downwards.took_us > 100'000);
}
