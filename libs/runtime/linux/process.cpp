#include "libs/runtime/process.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libs/base/check.hpp"

namespace bulwatt::runtime {
namespace {

constexpr std::uint64_t kControlTag = 0;
constexpr std::uint64_t kTimerTag = 1;
constexpr std::uint64_t kLinkTag = 0x100;
constexpr std::uint64_t kWatchedTag = 0x200;
constexpr int kMaxEvents = 32;
constexpr Duration kStartPatience = std::chrono::seconds{10};

/// epoll and one timerfd; the timer is set only when the earliest moment changed.
class EpollPoller final : public Poller {
 public:
  EpollPoller()
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    BULWATT_ASSERT(epoll_ >= 0 && timer_ >= 0);
    add(timer_, kTimerTag, EPOLLIN);
  }
  void add_control(int fd) { add(fd, kControlTag, EPOLLIN); }
  void add_link(std::size_t index, os::Handle handle) override { add(handle, kLinkTag + index, EPOLLIN); }
  void remove_link(os::Handle handle) override { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, handle, nullptr); }
  bool watch(int fd, std::size_t slot, bool readable, bool writable, bool is_new) override {
    epoll_event event{};
    event.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
    event.data.u64 = kWatchedTag + slot;
    return ::epoll_ctl(epoll_, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0;
  }
  void unwatch(int fd) override { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

  void set_timer(Instant when) {
    if (when == set_for_) return;
    set_for_ = when;
    itimerspec spec{};
    if (when != kNever) {
      const auto us = std::max<std::int64_t>(when.time_since_epoch().count(), 1);
      spec.it_value = {us / 1'000'000, us % 1'000'000 * 1000};
    }
    ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr);
  }
  std::span<const epoll_event> wait(bool block) {
    const int n = ::epoll_wait(epoll_, events_.data(), kMaxEvents, block ? -1 : 0);
    BULWATT_ASSERT(n >= 0 || errno == EINTR);
    return {events_.data(), static_cast<std::size_t>(std::max(n, 0))};
  }
  void timer_fired() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto n = ::read(timer_, &count, sizeof count);
    set_for_ = kNever;
  }

 private:
  void add(int fd, std::uint64_t tag, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    BULWATT_ASSERT(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
  }
  int epoll_;
  int timer_;
  Instant set_for_ = kNever;
  std::array<epoll_event, kMaxEvents> events_{};
};

void one_turn(Loop& loop, EpollPoller& poller) {
  poller.set_timer(loop.next_timer());
  bool control = false;
  std::uint64_t links = 0;
  std::array<epoll_event, kMaxEvents> watched{};
  std::size_t watched_count = 0;
  for (const auto& event : poller.wait(!loop.wants_another_turn())) {
    const auto tag = event.data.u64;
    if (tag >= kWatchedTag) watched[watched_count++] = event;
    else if (tag >= kLinkTag) links |= std::uint64_t{1} << (tag - kLinkTag);
    else if (tag == kControlTag) control = true;
    else poller.timer_fired();
  }
  loop.turn(control, links);
  for (std::size_t i = 0; i < watched_count && !loop.stopped(); ++i) {
    const auto flags = watched[i].events;
    loop.watched_ready(watched[i].data.u64 - kWatchedTag,
                       {(flags & EPOLLIN) != 0, (flags & EPOLLOUT) != 0, (flags & (EPOLLERR | EPOLLHUP)) != 0});
  }
  loop.finish_turn();
}

}  // namespace

void log(std::string_view line) {
  constexpr std::size_t kMaxLine = 480;
  std::array<char, kMaxLine + 1> text;
  const auto size = std::min(line.size(), kMaxLine);
  std::copy_n(line.begin(), size, text.begin());
  text[size] = '\n';
  [[maybe_unused]] const auto written = ::write(ipc::kLogFd, text.data(), size + 1);
}

std::optional<sandbox::Layers> begin(Loop& loop, const ProcessFacts& facts) {
  const auto found = sandbox::check_start(facts.descriptors);
  if (!found) {
    log(sandbox::explain(found.error().fault));
    return std::nullopt;
  }
  if (loop.await_start(kStartPatience)) return *found;
  log("no start order on the control conduit; a service runs only under bulwatt-supervisor (use: bulwatt run)");
  return std::nullopt;
}

std::string_view say_bad_config(wire::Error error) {
  switch (error) {
    case wire::Error::truncated:
      return "configuration refused: it ends too early; this binary and `bulwatt run` are of different builds";
    case wire::Error::trailing_bytes:
      return "configuration refused: it is too long; this binary and `bulwatt run` are of different builds";
    default: return "configuration refused: a value is out of its range; check it with `bulwatt config check`";
  }
}

int run(Loop& loop, const ProcessFacts& facts, sandbox::Layers found) {
  EpollPoller poller;
  poller.add_control(loop.control_handle());
  loop.attach(poller);
  const auto layers = sandbox::lock_down({.filter = facts.filter, .lock_memory = facts.lock_memory, .found = found});
  if (!layers) {
    log(sandbox::explain(layers.error().fault));
    return sandbox::kExitNotSafe;
  }
  loop.report_ready(*layers);
  while (!loop.stopped()) one_turn(loop, poller);
  return kExitStopped;
}

}  // namespace bulwatt::runtime
