#include "libs/sandbox/self.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>

#include "libs/sandbox/landlock.hpp"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65  // Linux 6.3
#endif

namespace bulwatt::sandbox {
namespace {
constexpr unsigned long kRefuseExecGain = 1;
constexpr int kFilterMode = 2;

std::unexpected<SelfError> fault(SelfFault what, int detail) { return std::unexpected(SelfError{what, detail}); }

std::expected<void, SelfError> check_descriptors(const Descriptors& expected) {
  for (int fd = 0; fd <= kHighestDescriptor; ++fd) {
    const bool open = ::fcntl(fd, F_GETFD) >= 0;
    const auto one = fd < 64 ? std::uint64_t{1} << fd : 0;
    if (open && ((expected.must | expected.may) & one) == 0) return fault(SelfFault::descriptor_unexpected, fd);
    if (!open && (expected.must & one) != 0) return fault(SelfFault::descriptor_missing, fd);
  }
  return {};
}

bool without_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
  for (const auto& d : data) {
    if (d.effective != 0 || d.permitted != 0 || d.inheritable != 0) return false;
  }
  return true;
}

bool deny_execution() {
  if (landlock::version() < 1) return false;
  const int rules = landlock::create({.files = landlock::kExecute});
  return rules >= 0 && landlock::enter(rules);
}

bool enter_filter(std::span<const Instruction> filter) {
  static_assert(sizeof(Instruction) == sizeof(sock_filter));
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           reinterpret_cast<sock_filter*>(const_cast<Instruction*>(filter.data()))};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}
}  // namespace

std::string_view explain(SelfFault what) {
  switch (what) {
    case SelfFault::descriptor_missing: return "a descriptor that the authority graph grants is not open";
    case SelfFault::descriptor_unexpected: return "a descriptor is open that the authority graph does not grant";
    case SelfFault::privileges_can_grow: return "no_new_privs is not set";
    case SelfFault::capabilities_left: return "capabilities are left";
    case SelfFault::dumpable: return "the process stays dumpable";
    case SelfFault::filter_refused: return "the kernel refused the steady-state filter";
    case SelfFault::layer_missing: return "a required sandbox layer is missing";
  }
  return "?";
}

std::expected<Layers, SelfError> check_start(const Descriptors& expected) {
  if (const auto fds = check_descriptors(expected); !fds) return std::unexpected(fds.error());
  Layers found = bit(Layer::descriptors_checked);
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return fault(SelfFault::privileges_can_grow, errno);
  found |= bit(Layer::no_new_privileges);
  if (!without_capabilities()) return fault(SelfFault::capabilities_left, 0);
  found |= bit(Layer::no_capabilities);
  if (::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == kFilterMode) found |= bit(Layer::filter_launch);
  return found;
}

std::expected<Layers, SelfError> lock_down(const LockDown& options) {
  Layers layers = options.found;
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return fault(SelfFault::dumpable, errno);
  }
  layers |= bit(Layer::not_dumpable);
  if (::prctl(PR_SET_MDWE, kRefuseExecGain, 0, 0, 0) == 0) layers |= bit(Layer::no_write_execute);
  if (options.lock_memory && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
    layers |= bit(Layer::memory_locked);
  if (deny_execution()) layers |= bit(Layer::landlock_no_execute);
  if (!options.filter.empty()) {
    if (!enter_filter(options.filter)) return fault(SelfFault::filter_refused, errno);
    layers |= bit(Layer::filter_steady);
  }
  const Layers missing = options.required & ~layers;
  if (missing != 0) return fault(SelfFault::layer_missing, std::countr_zero(missing));
  return layers;
}

}  // namespace bulwatt::sandbox
