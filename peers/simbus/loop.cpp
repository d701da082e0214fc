#include "peers/simbus/loop.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace bulwatt::simbus {

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw_errno("cannot make an epoll instance");
  sigset_t ends{};
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  signals_ = Fd(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) throw_errno("cannot take signals");
  watch(signals_.get(), EPOLLIN, [this](std::uint32_t) { stop(); });
}

void Loop::watch(int fd, std::uint32_t events, OnReady on_ready) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw_errno("cannot watch a descriptor");
  watched_[fd] = std::make_shared<OnReady>(std::move(on_ready));
}

void Loop::change(int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) throw_errno("cannot watch a descriptor");
}

void Loop::forget(int fd) {
  if (watched_.erase(fd) > 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::run() {
  while (running_) run_once();
}

void Loop::run_once() {
  std::array<epoll_event, 32> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
  if (count < 0 && errno != EINTR) throw_errno("cannot wait for events");
  for (int i = 0; i < count && running_; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const auto found = watched_.find(event.data.fd);
    if (found == watched_.end()) continue;
    const auto on_ready = found->second;  // keeps it alive if it forgets itself
    (*on_ready)(event.events);
  }
}

Timer::Timer(Loop& loop, std::function<void()> on_time)
    : loop_(loop), fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (!fd_) throw_errno("cannot make a timer");
  loop_.watch(fd_.get(), EPOLLIN, [this, on_time = std::move(on_time)](std::uint32_t) {
    std::uint64_t expirations = 0;
    if (::read(fd_.get(), &expirations, sizeof expirations) != sizeof expirations) return;
    armed_ = false;
    on_time();
  });
}

Timer::~Timer() { loop_.forget(fd_.get()); }

void Timer::arm(std::int64_t delay_ms) {
  constexpr std::int64_t kNanosPerMs = 1'000'000;
  const std::int64_t delay = std::max<std::int64_t>(delay_ms, 0);
  itimerspec when{};
  when.it_value.tv_sec = delay / 1000;
  when.it_value.tv_nsec = std::max<std::int64_t>(delay % 1000 * kNanosPerMs, delay == 0 ? 1 : 0);  // zero would disarm
  ::timerfd_settime(fd_.get(), 0, &when, nullptr);
  armed_ = true;
}

void Timer::disarm() {
  const itimerspec never{};
  ::timerfd_settime(fd_.get(), 0, &never, nullptr);
  armed_ = false;
}

}  // namespace bulwatt::simbus
