#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tools/sandbox_probe/attempts.hpp"

namespace bulwatt::probe {
namespace {

constexpr const char* kOwn = "/state/probe";
constexpr const char* kOwnProgram = "/state/probe-program";

template <std::uint64_t kFlags>
int open_named(const char* path) {
  return call_open(SYS_openat, AT_FDCWD, path, kFlags, 0600);
}

int create(const char* path, unsigned mode) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, mode));
}

int resize(std::int64_t length) {
  const int fd = create(kOwn, 0600);
  if (fd < 0) return errno;
  const int outcome = call(SYS_ftruncate, fd, length);
  if (outcome == 0) ::syscall(SYS_ftruncate, fd, 0L);
  ::close(fd);
  return outcome;
}

int rename_own(const char* to) {
  const int fd = create(kOwn, 0600);
  if (fd < 0) return errno;
  ::close(fd);
  const int outcome = call(SYS_rename, kOwn, to);
  if (outcome == 0) ::syscall(SYS_rename, to, kOwn);
  return outcome;
}

int remove_own(const Surroundings&) {
  const int fd = create(kOwn, 0600);
  if (fd < 0) return errno;
  ::close(fd);
  return call(SYS_unlinkat, AT_FDCWD, kOwn, 0);
}

// A program that would end with 0: the smallest script is enough to see whether execution is refused.
int run_own_file(const Surroundings&) {
  const int made = create(kOwnProgram, 0700);
  if (made < 0) return errno;
  const bool written = ::write(made, "#!/\n", 4) == 4;
  ::close(made);
  const long fd = ::syscall(SYS_openat, AT_FDCWD, kOwnProgram, O_RDONLY, 0);
  if (fd < 0 || !written) return errno;
  char* const nothing[] = {nullptr};
  const int outcome = call(SYS_execveat, static_cast<int>(fd), "", nothing, nothing, AT_EMPTY_PATH);
  ::close(static_cast<int>(fd));
  return outcome == EACCES ? EACCES : 0;  // any other error comes after the permission
}

int look_outside(const Surroundings& here) {
  struct stat facts{};
  return call(SYS_newfstatat, AT_FDCWD, here.facts.outside_file.data.data(), &facts, 0);
}

/// Mounting is decided before the file system is looked for; no name, so nothing is ever mounted.
int mount(const Surroundings&) {
  const int error = call(SYS_mount, "none", "/", "bulwatt-no-such-file-system", 0, nullptr);
  return error == ENODEV ? 0 : error;
}
int swap_root(const Surroundings&) {
  const int error = call(SYS_pivot_root, "/", "/");
  return error == EBUSY || error == EINVAL ? 0 : error;
}
int unmount(const Surroundings&) {
  const int error = call(SYS_umount2, "/", 0);
  return error == EBUSY || error == EINVAL ? 0 : error;
}
int open_by_handle(const Surroundings&) {
  std::array<std::uint32_t, 34> handle{128, 1};
  return call_open(SYS_open_by_handle_at, AT_FDCWD, handle.data(), O_RDONLY);
}

constexpr Attempt kFiles[] = {
    {"open_own_folder", [](const Surroundings&) { return open_named<detail::kFolder>("/state"); }},
    {"create_own_file", [](const Surroundings&) { return open_named<detail::kCreate>(kOwn); }},
    {"truncate_own_file", [](const Surroundings&) { return resize(0); }},
    {"rename_own_file", [](const Surroundings&) { return rename_own("/state/probe-renamed"); }},
    {"remove_own_file", remove_own},
    {"move_out", [](const Surroundings&) { return rename_own("/probe"); }},
    {"file_beyond_limit",
     [](const Surroundings& here) { return resize((std::int64_t{here.service->file_kib} + 1) * 1024); }},
    {"run_own_file", run_own_file},
    {"read_resolver", [](const Surroundings&) { return open_named<detail::kRead>("/etc/resolv.conf"); }},
    {"write_resolver", [](const Surroundings&) { return open_named<detail::kWrite>("/etc/resolv.conf"); }},
    {"open_password_file", [](const Surroundings&) { return open_named<detail::kRead>("/etc/shadow"); }},
    {"open_outside",
     [](const Surroundings& here) { return open_named<detail::kRead>(here.facts.outside_file.data.data()); }},
    {"look_outside", look_outside},
    {"open_process_memory", [](const Surroundings&) { return open_named<detail::kRead>("/proc/1/mem"); }},
    {"list_processes", [](const Surroundings&) { return open_named<detail::kFolder>("/proc"); }},
    {"open_kernel_settings", [](const Surroundings&) { return open_named<detail::kFolder>("/sys/kernel"); }},
    {"open_raw_disk", [](const Surroundings&) { return open_named<detail::kRead>("/dev/sda"); }},
    {"open_terminal", [](const Surroundings&) { return open_named<detail::kRead>("/dev/tty"); }},
    {"climb_out", [](const Surroundings&) { return open_named<detail::kRead>("../../../../../../etc/passwd"); }},
    {"list_root", [](const Surroundings&) { return open_named<detail::kFolder>("/"); }},
    {"create_in_root", [](const Surroundings&) { return open_named<detail::kCreate>("/bulwatt-probe"); }},
    {"truncate_by_name",
     [](const Surroundings& here) { return call(SYS_truncate, here.facts.outside_file.data.data(), 8L); }},
    {"make_device",
     [](const Surroundings&) {
       return call(SYS_mknodat, AT_FDCWD, "/bulwatt-probe", S_IFCHR | 0600, ::makedev(1, 3));
     }},
    {"make_link", [](const Surroundings&) { return call(SYS_symlinkat, "/", AT_FDCWD, "/bulwatt-probe"); }},
    {"make_hard_link",
     [](const Surroundings& here) {
       return call(SYS_linkat, AT_FDCWD, here.facts.outside_file.data.data(), AT_FDCWD, "/bulwatt-probe", 0);
     }},
    {"give_away",
     [](const Surroundings& here) { return call(SYS_fchownat, AT_FDCWD, "/", here.facts.user, here.facts.user, 0); }},
    {"change_mode", [](const Surroundings&) { return call(SYS_fchmodat, AT_FDCWD, "/", 0755); }},
    {"open_by_handle", open_by_handle},
    {"change_root", [](const Surroundings&) { return call(SYS_chroot, "/"); }},
    {"mount", mount},
    {"mount_new_way", [](const Surroundings&) { return call_open(SYS_fsopen, "tmpfs", 0); }},
    {"unmount", unmount},
    {"swap_root", swap_root},
    {"quota", [](const Surroundings&) { return call(SYS_quotactl, 0x80000100, "/dev/sda", 0, nullptr); }},
};

}  // namespace

std::span<const Attempt> file_attempts() { return kFiles; }

}  // namespace bulwatt::probe
