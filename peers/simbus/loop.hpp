// One epoll loop for a simulated peer: descriptors, one-shot timers, and a clean end on SIGTERM or SIGINT.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "peers/simbus/socket.hpp"

namespace bulwatt::simbus {

/// Milliseconds of the monotonic clock.
std::int64_t now_ms();

class Loop {
 public:
  using OnReady = std::function<void(std::uint32_t epoll_events)>;

  /// Takes SIGTERM and SIGINT of this process: run() returns when one comes.
  Loop();

  /// Calls `on_ready` whenever `fd` has one of `events` (EPOLLIN, EPOLLOUT). The descriptor stays the caller's.
  void watch(int fd, std::uint32_t events, OnReady on_ready);
  void change(int fd, std::uint32_t events);
  void forget(int fd);

  /// Runs until stop(), SIGTERM or SIGINT.
  void run();
  /// Waits for and serves one batch of events.
  void run_once();
  void stop() { running_ = false; }

 private:
  Fd epoll_;
  Fd signals_;
  std::map<int, std::shared_ptr<OnReady>> watched_;
  bool running_ = true;
};

/// Calls back once, `delay_ms` after arm(). Arming again moves it.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> on_time);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm(std::int64_t delay_ms);
  void disarm();
  bool armed() const { return armed_; }

 private:
  Loop& loop_;
  Fd fd_;
  bool armed_ = false;
};

}  // namespace bulwatt::simbus
