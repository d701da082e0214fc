#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <cstring>
#include <ctime>

#include "tools/sandbox_probe/attempts.hpp"

namespace bulwatt::probe {
namespace {

int gain_capabilities(const Surroundings&) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> all{};
  all[0] = {1U << CAP_SYS_ADMIN, 1U << CAP_SYS_ADMIN, 0};
  return call(SYS_capset, &header, all.data());
}

int raise_limits(const Surroundings&) {
  const rlimit more{1 << 20, 1 << 20};
  return call(SYS_prlimit64, 0, RLIMIT_NOFILE, &more, nullptr);
}

int raise_priority(const Surroundings&) {
  const sched_param highest{99};
  return call(SYS_sched_setscheduler, 0, SCHED_FIFO, &highest);
}

/// The time it is: nothing changes where it is allowed.
int set_clock(const Surroundings&) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return call(SYS_clock_settime, CLOCK_REALTIME, &now);
}

int set_host_name(const Surroundings&) { return call(SYS_sethostname, "bulwatt-probe", 13UL); }

int performance_counters(const Surroundings&) {
  std::array<std::uint32_t, 32> attributes{1, sizeof attributes};
  return call_open(SYS_perf_event_open, attributes.data(), 0, -1, -1, 0UL);
}

/// Wrong magic numbers: the privilege is looked at first, and nothing restarts where it is there.
int reboot(const Surroundings&) {
  const int error = call(SYS_reboot, 0, 0, 0, nullptr);
  return error == EINVAL ? 0 : error;
}

int new_user_namespace(const Surroundings&) { return call(SYS_unshare, 0x10000000); }

int device_ports(const Surroundings&) {
#ifdef SYS_iopl
  return call(SYS_iopl, 3);
#else
  return ENOSYS;
#endif
}

constexpr Attempt kKernel[] = {
    {"become_root", [](const Surroundings&) { return call(SYS_setresuid, 0, 0, 0); }},
    {"gain_capabilities", gain_capabilities},
    {"raise_limits", raise_limits},
    {"raise_priority", raise_priority},
    {"raise_niceness", [](const Surroundings&) { return call(SYS_setpriority, PRIO_PROCESS, 0, -20); }},
    {"leave_filter", [](const Surroundings&) { return result(::prctl(PR_SET_SECCOMP, 0, 0, 0, 0)); }},
    {"old_personality", [](const Surroundings&) { return call(SYS_personality, 0x0400000UL); }},
    {"new_user_namespace", new_user_namespace},
    {"new_mount_namespace", [](const Surroundings&) { return call(SYS_unshare, 0x00020000); }},
    {"enter_namespace", [](const Surroundings&) { return call(SYS_setns, kControl, 0); }},
    {"load_bpf",
     [](const Surroundings&) {
       std::array<std::uint32_t, 16> attributes{2, 4, 4, 1};
       return call_open(SYS_bpf, 0, attributes.data(), sizeof attributes);
     }},
    {"load_module", [](const Surroundings&) { return call(SYS_init_module, nullptr, 0UL, ""); }},
    {"load_kernel", [](const Surroundings&) { return call(SYS_kexec_load, 0UL, 0UL, nullptr, 0UL); }},
    {"kernel_log", [](const Surroundings&) { return call(SYS_syslog, 10, nullptr, 0); }},
    {"kernel_keys", [](const Surroundings&) { return call(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -2, 0, 0, 0); }},
    {"add_key",
     [](const Surroundings&) { return call(SYS_add_key, "user", "probe", "x", 1UL, KEY_SPEC_PROCESS_KEYRING); }},
    {"io_uring",
     [](const Surroundings&) {
       std::array<std::uint32_t, 30> parameters{};
       return call_open(SYS_io_uring_setup, 1, parameters.data());
     }},
    {"performance_counters", performance_counters},
    {"watch_files", [](const Surroundings&) { return call_open(SYS_fanotify_init, 0, 0); }},
    {"device_ports", device_ports},
    {"set_clock", set_clock},
    {"set_host_name", set_host_name},
    {"swap_on", [](const Surroundings&) { return call(SYS_swapon, "/bulwatt-no-such-file", 0); }},
    {"reboot", reboot},
};

}  // namespace

std::span<const Attempt> kernel_attempts() { return kKernel; }

}  // namespace bulwatt::probe
