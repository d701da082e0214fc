// bulwatt doctor: what this host offers to the station, and what each missing thing costs.
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "libs/tls/policy.hpp"
#include "tools/bulwatt/command.hpp"
#include "tools/bulwatt/host_layers.hpp"

namespace bulwatt::cli {
namespace {

enum class Verdict : std::uint8_t { good, weaker, missing };

struct Finding {
  Verdict verdict;
  std::string what;
  std::string cost;  ///< empty when good
};

/// Runs a probe in a child, so that what it changes dies with it.
bool in_child(bool (*probe)()) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(probe() ? 0 : 1);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Finding kernel() {
  utsname name{};
  ::uname(&name);
  int major = 0;
  int minor = 0;
  std::sscanf(name.release, "%d.%d", &major, &minor);
  const bool good = major > 6 || (major == 6 && minor >= 1);
  return {good ? Verdict::good : Verdict::missing, std::string{"kernel "} + name.release,
          good ? "" : "Linux 6.1 is the oldest supported; launches will fail"};
}

Finding user_namespaces() {
  const bool good = in_child([] { return ::unshare(CLONE_NEWUSER) == 0; });
  return {good ? Verdict::good : Verdict::weaker, "user namespaces for this user",
          good ? "" : "rootless mode is not possible; run as root (root mode needs none)"};
}

Finding watchdog() {
  const bool good = ::access("/dev/watchdog", F_OK) == 0;
  return {good ? Verdict::good : Verdict::weaker, "hardware watchdog /dev/watchdog",
          good ? "" : "a hang of the whole computer is not reset by hardware"};
}

Finding tpm() {
  const bool good = ::access("/dev/tpmrm0", F_OK) == 0 || ::access("/dev/tpm0", F_OK) == 0;
  return {good ? Verdict::good : Verdict::weaker, "TPM 2.0",
          good ? "" : "keys are sealed in files; whoever copies the vault's folder copies the keys"};
}

Finding openssl() {
  const auto refused = tls::check_library();
  return {refused ? Verdict::missing : Verdict::good, OpenSSL_version(OPENSSL_VERSION),
          refused ? "3.5.6 or newer is needed; ./dev setup builds it" : ""};
}

Finding cgroups() {
  std::ifstream controllers{"/sys/fs/cgroup/cgroup.controllers"};
  std::string line;
  const bool unified = static_cast<bool>(std::getline(controllers, line));
  const bool good = unified && line.find("memory") != std::string::npos;
  return {good ? Verdict::good : Verdict::weaker, "control groups v2 with memory",
          good ? "" : "memory is bounded per process by rlimits only"};
}

Finding entropy() {
  const bool good = ::access("/dev/hwrng", F_OK) == 0;
  return {good ? Verdict::good : Verdict::weaker, "hardware random generator /dev/hwrng",
          good ? "" : "the kernel's generator is used alone; that is sound once it is seeded"};
}

}  // namespace

int run_doctor(const Arguments& arguments) {
  expect_no_more(arguments);
  bool can_run = true;
  for (const auto& finding : {kernel(), user_namespaces(), cgroups(), openssl(), tpm(), watchdog(), entropy()}) {
    constexpr std::array kMarks{"good   ", "weaker ", "MISSING"};
    std::printf("%s  %s\n", kMarks[static_cast<std::size_t>(finding.verdict)], finding.what.c_str());
    if (!finding.cost.empty()) std::printf("         without it: %s\n", finding.cost.c_str());
    can_run = can_run && finding.verdict != Verdict::missing;
  }
  std::printf("\nLayers of the sandbox that this user can have here (root mode needs root, rootless mode does not):\n");
  can_run = print_host_layers() && can_run;
  std::printf(can_run ? "This host can run a station.\n" : "This host cannot run a station yet.\n");
  return can_run ? kGood : kFailed;
}

}  // namespace bulwatt::cli
