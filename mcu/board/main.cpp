// bulwatt-board: the safety controller on simulated hardware, behind a pseudo terminal.
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdio>

#include "mcu/board/edges.hpp"
#include "mcu/board/line.hpp"
#include "mcu/board/world.hpp"
#include "peers/simbus/client.hpp"
#include "peers/simbus/loop.hpp"
#include "peers/simbus/options.hpp"

namespace {
using namespace bulwatt;
using simbus::Options;

constexpr long kCycleNs = mcu::kCycleUs * 1'000L;
/// Cycles the host's scheduler cost are made up for; a longer stop of the whole program is one long cycle.
constexpr std::uint64_t kMostCatchUp = 200;
constexpr std::uint32_t kSeed = 1;

mcu::Config config_of(const Options& options) {
  mcu::Config config;
  config.hardware_ma = static_cast<std::uint32_t>(options.integer("max-current", 6, 80)) * 1'000;
  config.ventilation = options.flag("ventilation");
  config.dc = options.flag("dc");
  config.most_mv = static_cast<std::int32_t>(options.integer("dc-max-voltage", 100, 1'000)) * 1'000;
  config.most_ma = static_cast<std::int32_t>(options.integer("dc-max-current", 1, 500)) * 1'000;
  config.test_mv = config.most_mv;
  config.socket = !config.dc && !options.flag("fixed-cable");
  config.lock = !options.flag("no-lock");
  if (options.flag("edges")) {
    // Only what lies between two edges is shortened; what an edge to open goes through is the station's.
    config.debounce.engage = iec61851::kSteadySamples;
    config.pause_us = 0;
  }
  return config;
}

board::Delays delays_of(const Options& options) {
  return options.flag("edges") ? board::Delays{.contactor_ms = 2, .rcd_ms = 1, .lock_ms = 2} : board::Delays{};
}

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

/// A timer that expires each cycle and counts the expirations that were missed.
simbus::Fd cycle_timer() {
  simbus::Fd timer{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
  const itimerspec each{.it_interval = {0, kCycleNs}, .it_value = {0, kCycleNs}};
  if (!timer || ::timerfd_settime(timer.get(), 0, &each, nullptr) != 0) simbus::throw_errno("cannot start the cycle");
  return timer;
}

class Shell {
 public:
  Shell(simbus::Loop& loop, const Options& options)
      : board_(config_of(options), delays_of(options)), line_(options.text("tty")), timer_(cycle_timer()) {
    loop.watch(timer_.get(), EPOLLIN, [this](std::uint32_t) { on_timer(); });
    if (options.flag("edges")) measure(loop);
    if (!options.text("bus").empty()) join(loop, options.text("bus"), options.flag("exit-with-bus"));
  }

 private:
  void join(simbus::Loop& loop, const std::string& path, bool exit_with_bus) {
    simbus::Handlers handlers;
    handlers.on_event = [this](const simbus::Json& event) { board::take_event(board_, event); };
    handlers.on_command = [this](const simbus::Command& command) { return board::take_command(board_, command); };
    handlers.on_link = [&loop, exit_with_bus](bool joined) {
      if (!joined && exit_with_bus) loop.stop();
    };
    bus_.emplace(path, "board", std::move(handlers));
    loop.watch(bus_->fd(), EPOLLIN, [this](std::uint32_t) { bus_->ready(); });
    tell(board_.view());
  }

  void measure(simbus::Loop& loop) {
    edges_.emplace(kSeed, [](const std::string& line) {
      std::printf("%s\n", line.c_str());
      std::fflush(stdout);
    });
    loop.watch(STDIN_FILENO, EPOLLIN, [this, &loop](std::uint32_t) {
      std::array<char, 256> bytes{};
      const auto size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
      if (size <= 0) return loop.stop();
      for (const char c : std::string_view{bytes.data(), static_cast<std::size_t>(size)}) {
        if (c != '\n') command_ += c;
        else if (!edges_->take(std::exchange(command_, {}))) loop.stop();
      }
    });
  }

  void on_timer() {
    std::uint64_t cycles = 0;
    if (::read(timer_.get(), &cycles, sizeof cycles) != static_cast<ssize_t>(sizeof cycles)) return;
    if (cycles > kMostCatchUp) {
      now_us_ += (cycles - kMostCatchUp) * mcu::kCycleUs;
      cycles = kMostCatchUp;
    }
    for (; cycles > 0; --cycles) cycle();
  }

  void cycle() {
    std::array<std::byte, 1024> buffer{};
    now_us_ += mcu::kCycleUs;
    if (edges_) edges_->before(board_, now_ns());
    board_.cycle(line_.read(buffer), now_us_, [this](std::span<const std::byte> frame) { line_.write(frame); });
    if (edges_) edges_->after(board_, now_ns());
    const auto view = board_.view();
    if (bus_ && board::worth_telling(view, told_, simbus::now_ms() - told_ms_)) tell(view);
  }

  void tell(const board::Board::View& view) {
    bus_->publish(board::board_event(view, simbus::now_ms()));
    told_ = view;
    told_ms_ = simbus::now_ms();
  }

  board::Board board_;
  board::Line line_;
  simbus::Fd timer_;
  std::optional<simbus::Client> bus_;
  board::Board::View told_{};
  std::int64_t told_ms_ = 0;
  std::uint64_t now_us_ = 0;
  std::optional<board::Edges> edges_;
  std::string command_;
};

void run(const Options& options) {
  simbus::Loop loop;
  const Shell shell(loop, options);
  loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  Options options("bulwatt-board", "The safety controller on simulated hardware, behind a pseudo terminal.",
                  {{"tty", "PATH", "make the serial line reachable here (a symbolic link)", "", true},
                   {"bus", "PATH", "socket of bulwatt-simbus; without it the board runs alone", ""},
                   {"max-current", "N", "what contactor and wiring carry, in A", "32"},
                   {"ventilation", "", "state D may be charged"},
                   {"fixed-cable", "", "the cable is part of the station: no proximity resistor"},
                   {"no-lock", "", "the socket has no connector lock"},
                   {"dc", "", "direct current: a supply, two main contactors and precharge behind a fixed cable"},
                   {"dc-max-voltage", "N", "what that carries, in V", "500"},
                   {"dc-max-current", "N", "and in A", "125"},
                   {"edges", "", "drive the pilot line from standard input and measure; see mcu/board/edges.hpp"},
                   {"exit-with-bus", "", "end when the bus closes"}});
  return simbus::run_program(argc, argv, std::move(options), run);
}
