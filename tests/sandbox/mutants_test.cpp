// A protection has a test that takes it away and expects failure: each layer of the sandbox removed in turn, and the proof
// must fail, by the right operation, in one clear line.
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/sandbox/removed.hpp"

namespace {

namespace fs = std::filesystem;

struct Run {
  int code = -1;
  std::string said;
};

fs::path programs() { return fs::read_symlink("/proc/self/exe").parent_path(); }

Run run(const std::string& command) {
  Run out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> part{};
  while (const auto n = std::fread(part.data(), 1, part.size(), pipe)) out.said.append(part.data(), n);
  const int status = ::pclose(pipe);
  out.code = status >= 0 && (status & 0x7f) == 0 ? (status >> 8) & 0xff : -1;
  return out;
}

Run prove(const std::string& without, const std::string& options, const std::string& probe = "") {
  const auto beside = probe.empty() ? (programs().parent_path() / "bin" / "bulwatt-sandbox-probe").string()
                                    : (programs() / probe).string();
  return run((programs() / "sandbox-mutant").string() + " --without " + without + " --probe " + beside + " " + options);
}

struct Mutation {
  const char* without;
  const char* options;  ///< which part of the proof shows it
  std::vector<const char*> lines;
};

std::vector<std::string> modes() {
  if (::geteuid() == 0) return {"root", "rootless"};
  MESSAGE("root mode skipped: the tests do not run as root");
  return {"rootless"};
}

void fails_by(const Mutation& m, const std::string& mode, const std::string& probe = "") {
  CAPTURE(std::string{m.without});
  CAPTURE(mode);
  const auto without = prove(m.without, std::string{m.options} + " --mode " + mode, probe);
  if (without.code == 3) {
    MESSAGE("skipped: ", without.said);
    return;
  }
  CHECK_MESSAGE(without.code == 1, without.said);
  for (const char* line : m.lines)
    CHECK_MESSAGE(without.said.find("different: " + std::string{line}) != std::string::npos, line, "\n", without.said);
}

}  // namespace

TEST_CASE("with every layer there the same parts of the proof have no difference") {
  for (const auto& mode : modes()) {
    for (const std::string options : {"--service ledger --stage launch", "--service ocpp --stage launch",
                                      "--service power --stage unfiltered", "--service hmi --stage steady"}) {
      const auto whole = prove("nothing", options + " --mode " + mode);
      CHECK_MESSAGE((whole.code == 0 || whole.code == 3), whole.said);
    }
  }
}

TEST_CASE("each layer of the launch, taken away, fails the proof by the operation it is there for") {
  const Mutation mutations[] = {
      {"mount_view",
       "--service ledger --stage launch",
       {"ledger at launch: look_outside (look whether a file of the host is there): allowed",
        "ledger at launch: open_own_folder (open /state): refused with ENOENT; the authority graph says allowed"}},
      {"network_namespace",
       "--service power --stage unfiltered",
       {"power without a filter: udp_send (send a datagram): allowed; the authority graph says refused with "
        "ENETUNREACH"}},
      {"network_namespace", "--service power --stage steady", {"power seen from outside: it shares our network"}},
      {"process_namespace",
       "--service session --stage launch",
       {"session at launch: outer_process_number (have a process number that others use too): allowed",
        "session at launch: abort_neighbour (send the one allowed signal to another process): refused with EPERM; the "
        "authority graph says refused with ESRCH"}},
      {"name_namespaces",
       "--service vault --stage steady",
       {"vault seen from outside: it shares our System V objects"}},
      {"capability_drop",
       "--service meter --stage launch",
       {"meter at launch: keep_bounding_set (keep a capability to be regained): allowed"}},
      {"no_new_privileges",
       "--service hmi --stage launch",
       {"hmi launch: not started: could not enter Landlock: Operation not permitted"}},
      {"no_new_privileges",
       "--service hmi --stage launch --profile developer",
       {"hmi at launch: new_privileges (gain privileges by a set-uid program): allowed"}},
      {"limits",
       "--service ledger --stage launch",
       {"ledger at launch: memory_beyond_limit (map more memory than the limit): allowed",
        "ledger at launch: descriptor_beyond_limit (use a descriptor number beyond the limit): allowed",
        "ledger at launch: file_beyond_limit (make a file longer than the limit): allowed"}},
      {"limits",
       "--service power --stage unfiltered",
       {"power without a filter: fork (make another process): allowed; the authority graph says refused with EAGAIN"}},
      {"landlock",
       "--service ocpp --stage launch",
       {"ocpp at launch: connect_other_port (connect to a TCP port that is not granted): allowed; the authority graph "
        "says refused with EACCES",
        "ocpp at launch: list_root (list the root folder): allowed"}},
      {"landlock", "--service power --stage launch", {"power at launch: list_root (list the root folder): allowed"}},
      {"launch_filter",
       "--service vault --stage launch",
       {"vault at launch: local_socket (make a local socket): allowed; the authority graph says refused with ENOSYS"}},
      {"close_range",
       "--service hmi --stage launch",
       {"hmi at launch: left_descriptor (find an open descriptor beyond the manifest's): allowed"}},
      {"empty_environment",
       "--service hmi --stage launch",
       {"hmi at launch: read_environment (find an environment variable): allowed"}},
  };
  for (const auto& mode : modes()) {
    for (const auto& mutation : mutations) fails_by(mutation, mode);
  }
}

// Rootless, the user namespace is the separation, and without it no other namespace can be had: the launch itself fails.
TEST_CASE("without a user of its own the proof fails as root") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: the tests do not run as root");
    return;
  }
  fails_by({"own_user",
            "--service power --stage launch",
            {"power at launch: other_user (run as another user than its own): allowed"}},
           "root");
}

TEST_CASE("each layer of the lock-down, taken away, fails the proof by the operation it is there for") {
  const Mutation filter{
      "nothing",
      "--service hmi --stage steady",
      {"hmi in steady state: fork (make another process): refused with ENOSYS; the authority graph says "
       "the end of the process",
       "hmi in steady state: open_password_file (open /etc/shadow): refused with ENOENT; the authority "
       "graph says the end of the process",
       "hmi seen from outside: fewer call filters than claimed"}};
  const Mutation dumpable{
      "nothing", "--service vault --stage steady", {"vault seen from outside: its memory can be dumped"}};
  const Mutation memory{"nothing", "--service vault --stage steady", {"vault seen from outside: no memory is locked"}};
  for (const auto& mode : modes()) {
    fails_by(filter, mode, "probe-without-steady_filter");
    fails_by(dumpable, mode, "probe-without-not_dumpable");
    fails_by(memory, mode, "probe-without-memory_lock");
  }
}
