#include "tools/bulwatt/cable.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "tools/bulwatt/command.hpp"

namespace bulwatt::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto kAddressPatience = 10s;

std::string ip_program() {
  for (const char* path : {"/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  throw Failure("a car that speaks needs the program ip; install the package iproute2");
}

/// Its exit code; -1 when it did not run. `output` gets what it printed.
int run(const std::vector<std::string>& words, std::string* output = nullptr) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::array<char, 4096> bytes{};
  ssize_t n = 0;
  while (failed == 0 && (n = ::read(ends[0], bytes.data(), bytes.size())) > 0) {
    if (output != nullptr) output->append(bytes.data(), static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = -1;
  if (failed == 0) ::waitpid(pid, &status, 0);
  return failed == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Duplicate address detection would hold the addresses back for two seconds; on a cable of our own nobody else is.
void hurry(const std::string& interface) { std::ofstream{"/proc/sys/net/ipv6/conf/" + interface + "/accept_dad"} << 0; }

}  // namespace

Cable::Cable() {
  if (::geteuid() != 0) throw Failure("a car that speaks needs a virtual cable, and that needs root");
  ip_ = ip_program();
  const auto number = std::to_string(::getpid() % 100'000);
  namespace_ = "bwtcar" + number;
  station_ = "bwt" + number;
  try {
    make();
  } catch (...) {
    cut();
    throw;
  }
}

Cable::~Cable() { cut(); }

void Cable::make() {
  const std::vector<std::vector<std::string>> steps{
      {ip_, "netns", "add", namespace_},
      {ip_, "link", "add", station_, "type", "veth", "peer", "name", kCar, "netns", namespace_},
      inside({"sysctl", "-qw", std::string{"net.ipv6.conf."} + kCar + ".accept_dad=0"}),
      inside({"ip", "link", "set", kCar, "up"}),
      {ip_, "link", "set", station_, "up"}};
  for (const auto& step : steps) {
    std::string said;
    const bool may_fail = step.size() > 4 && step[4] == "sysctl";  // then it takes longer
    if (run(step, &said) != 0 && !may_fail) throw Failure("the virtual cable cannot be made: " + said);
    if (step[1] == "link" && step[2] == "add") hurry(station_);
  }
  const auto until = std::chrono::steady_clock::now() + kAddressPatience;
  while (!has_addresses()) {
    if (std::chrono::steady_clock::now() > until)
      throw Failure("the virtual cable got no addresses; is IPv6 switched off?");
    std::this_thread::sleep_for(20ms);
  }
}

bool Cable::has_addresses() const {
  const auto has = [](const std::vector<std::string>& show) {
    std::string said;
    run(show, &said);
    return said.contains("fe80") && !said.contains("tentative");
  };
  return has({ip_, "-6", "addr", "show", "dev", station_, "scope", "link"}) &&
         has(inside({"ip", "-6", "addr", "show", "dev", kCar, "scope", "link"}));
}

void Cable::cut() const {
  run({ip_, "link", "del", station_});
  run({ip_, "netns", "del", namespace_});
}

std::vector<std::string> Cable::inside(std::vector<std::string> words) const {
  std::vector<std::string> out{ip_, "netns", "exec", namespace_};
  out.insert(out.end(), words.begin(), words.end());
  return out;
}

}  // namespace bulwatt::cli
