#include "libs/os/watch.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "libs/base/check.hpp"

namespace bulwatt::os {
namespace {
constexpr auto kByDescriptor = static_cast<idtype_t>(3);  // P_PIDFD
constexpr std::size_t kAtOnce = 32;
}  // namespace

void kill(const Process& process) {
  if (process.watch != kNoHandle) ::syscall(SYS_pidfd_send_signal, process.watch, SIGKILL, nullptr, 0U);
}

std::optional<Ending> reap(Process& process) {
  if (process.watch == kNoHandle) return std::nullopt;
  siginfo_t info{};
  int result = 0;
  do {
    result = ::waitid(kByDescriptor, static_cast<id_t>(process.watch), &info, WEXITED | WNOHANG);
  } while (result != 0 && errno == EINTR);
  if (result != 0 || info.si_pid == 0) return std::nullopt;
  ::close(process.watch);
  process = {};
  return Ending{info.si_code != CLD_EXITED, info.si_status};
}

int ended_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid : 0;
}

void forget_child(int pid) {
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
}

Waiter::Waiter() : handle_(::epoll_create1(EPOLL_CLOEXEC)) { BULWATT_ASSERT(handle_ >= 0); }
Waiter::~Waiter() { ::close(handle_); }

bool Waiter::add(Handle handle, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  return ::epoll_ctl(handle_, EPOLL_CTL_ADD, handle, &event) == 0;
}

void Waiter::remove(Handle handle) { ::epoll_ctl(handle_, EPOLL_CTL_DEL, handle, nullptr); }

std::span<std::uint64_t> Waiter::wait(std::span<std::uint64_t> tags, Instant until) {
  std::array<epoll_event, kAtOnce> events{};
  int timeout = -1;
  if (until != kNever) {
    const auto left = std::max(until - now(), Duration::zero());
    timeout = static_cast<int>(std::min<std::int64_t>((left.count() + 999) / 1000, 60'000));
  }
  const auto most = static_cast<int>(std::min(tags.size(), events.size()));
  const int n = ::epoll_wait(handle_, events.data(), most, timeout);
  if (n <= 0) return {};
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) tags[i] = events[i].data.u64;
  return tags.first(static_cast<std::size_t>(n));
}

}  // namespace bulwatt::os
