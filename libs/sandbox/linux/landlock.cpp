#include "libs/sandbox/landlock.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace bulwatt::sandbox::landlock {
namespace {
constexpr unsigned kAskVersion = 1;
constexpr int kRulePath = 1;
constexpr int kRulePort = 2;

struct PathRule {
  std::uint64_t rights;
  std::int32_t parent;
} __attribute__((packed));
struct PortRule {
  std::uint64_t rights;
  std::uint64_t port;
};
}  // namespace

int version() {
  const auto v = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  return v < 0 ? 0 : static_cast<int>(v);
}

int create(const Handled& handled) {
  // An older kernel refuses members it does not know unless they are zero; then the size may still be ours.
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0U));
}

bool allow_below(int rules, int path, std::uint64_t rights) {
  const PathRule rule{rights, path};
  return ::syscall(SYS_landlock_add_rule, rules, kRulePath, &rule, 0U) == 0;
}

bool allow_connect(int rules, std::uint16_t port) {
  const PortRule rule{kConnectTcp, port};
  return ::syscall(SYS_landlock_add_rule, rules, kRulePort, &rule, 0U) == 0;
}

bool enter(int rules) {
  const bool done = ::syscall(SYS_landlock_restrict_self, rules, 0U) == 0;
  ::close(rules);
  return done;
}

}  // namespace bulwatt::sandbox::landlock
