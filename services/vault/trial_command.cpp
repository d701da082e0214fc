#include "services/vault/trial_command.hpp"

#include <fcntl.h>
#include <grp.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>

#include "grants/vault.hpp"
#include "libs/base/line.hpp"
#include "libs/os/clock.hpp"
#include "libs/sandbox/landlock.hpp"
#include "libs/sandbox/self.hpp"
#include "services/vault/files.hpp"
#include "services/vault/trial.hpp"

namespace bulwatt::vault {
namespace {

constexpr int kUsage = 64;
constexpr const char* kResultFile = "result.json";

int complain(const std::string& sentence, int code) {
  std::fprintf(stderr, "bulwatt-vault: %s\n", sentence.c_str());
  return code;
}

/// Whatever the library reads or keeps open, before the doors close.
bool warm_up() {
  std::array<unsigned char, 16> bytes{};
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  (void)os::civil_now();
  return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

/// As whom the folder is: started by root it gives up being that.
bool become_owner(const std::string& folder) {
  struct stat owner{};
  if (::stat(folder.c_str(), &owner) != 0) return false;
  if (::geteuid() != 0 || owner.st_uid == 0) return true;
  return ::setgroups(0, nullptr) == 0 && ::setgid(owner.st_gid) == 0 && ::setuid(owner.st_uid) == 0;
}

/// Nothing but its folder, no network, no programs, and the system calls of the vault that runs. A kernel without Landlock leaves the
/// files to the user that it runs as, and that is said.
bool close_doors(const std::string& folder) {
  namespace landlock = sandbox::landlock;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  const int version = landlock::version();
  if (version > 0) {
    const auto handled = landlock::handled(version);
    const int rules = landlock::create(handled);
    const int below = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    const bool allowed =
        rules >= 0 && below >= 0 &&
        landlock::allow_below(rules, below, landlock::entry_rights(sandbox::Rights::read_write, true, false, handled));
    if (below >= 0) ::close(below);
    if (!allowed || !landlock::enter(rules)) return false;
  } else {
    std::puts("note  this kernel has no Landlock: files are held by the user alone");
  }
  const auto locked =
      sandbox::lock_down({.filter = grants::vault::kFilterSteady,
                          .required = sandbox::bits(sandbox::Layer::not_dumpable, sandbox::Layer::filter_steady)});
  return locked.has_value();
}

struct Printer final : TrialListener {
  void step(const TrialStep& step) override {
    std::printf("%-5s %-44s %s\n", step.passed ? "good" : "BAD", Line<100>{step.what.view()}.c_str(),
                Line<200>{step.detail.view()}.c_str());
    std::fflush(stdout);
  }
};

}  // namespace

int try_profile_command(int count, char** arguments) {
  TrialOptions options;
  for (int i = 0; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const std::string_view value = arguments[i + 1];
    if (name == "--folder") options.folder = value;
    else if (name == "--host") options.host = value;
    else if (name == "--endpoint") std::from_chars(value.data(), value.data() + value.size(), options.endpoint);
    else if (const auto policy = enum_from_text<tls::Policy>(value); name == "--policy" && policy)
      options.policy = *policy;
    else return complain("what is " + std::string{name} + "?", kUsage);
  }
  if (count % 2 != 0 || options.folder.empty()) return complain("--folder is needed", kUsage);
  if (!warm_up()) return complain("the cryptographic library does not start", 1);
  std::printf("a vault of its own, policy %s\n", std::string{enum_text(options.policy)}.c_str());  // stdio looks once
  std::fflush(stdout);
  options.now_unix_s = os::civil_now().unix_ms / 1000;
  if (!become_owner(options.folder) || !close_doors(options.folder))
    return complain("the trial cannot be shut in, so it is not made", 1);
  Printer printer;
  const auto result = try_profile(options, printer);
  if (write_file(options.folder + "/" + kResultFile, trial_text(result)) != 0)
    return complain("the result cannot be written", 1);
  return result.passed ? 0 : 1;
}

}  // namespace bulwatt::vault
