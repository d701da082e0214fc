// bulwatt-bench-deadline: how soon the contactor is commanded open after the vehicle leaves C, at the simulated board's port,
// with a whole station of real processes around it: undisturbed, under stress-ng, and with services killed all the time.
//
// What a figure of an edge holds: the scheduling of the board's process, its 1 ms cycle and its debouncing (12 ms for B and A,
// 3 ms for E and F). No Linux service is on that path: the controller decides alone. What a service is on is measured apart:
// from a driver's card to the signal's end (hmi, session, power, board) and on to the open contactor.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "services/supervisor/status.hpp"
#include "tools/bench/samples.hpp"

using namespace bulwatt;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kLimitNs = 100'000'000;
constexpr std::int64_t kKillPeriodNs =
    600'000'000;  ///< seven services in turn: each every 4.2 s, far from its restart budget
constexpr std::int64_t kQuietNs = 60 * kSecond;  ///< nothing measured for so long: something is wrong
constexpr std::uint32_t kDefaultEdges = 10'000;
constexpr int kWithdrawals = 20;
constexpr const char* kToken = "BENCH-TOKEN-1";

/// A child process; ended with us, or by us.
class Child {
 public:
  Child() = default;
  Child(const std::vector<std::string>& command, const fs::path& log, int in = -1, int out = -1, bool urgent = false) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (in >= 0) ::dup2(in, 0);
    ::dup2(out >= 0 ? out : file, 1);
    ::dup2(file, 2);
    if (urgent) {
      // A safety controller is a processor of its own; without the right to this it competes like anybody.
      const sched_param priority{.sched_priority = 85};
      (void)::sched_setscheduler(0, SCHED_FIFO, &priority);
    }
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  ~Child() { end(); }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept {
    end();
    pid_ = std::exchange(other.pid_, -1);
    return *this;
  }
  bool running() const { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }
  pid_t pid() const { return pid_; }

 private:
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid_ = -1;
};

/// A card reader: a pseudo terminal on which this program shows cards.
class Reader {
 public:
  explicit Reader(const fs::path& link) : fd_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (fd_ < 0 || ::grantpt(fd_) != 0 || ::unlockpt(fd_) != 0) throw std::runtime_error("no pseudo terminal");
    fs::create_symlink(::ptsname(fd_), link);
    other_ = ::open(::ptsname(fd_), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  void show_card() const {
    const std::string line = std::string{kToken} + "\n";
    if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("the reader's line is full");
  }

 private:
  int fd_;
  int other_ = -1;
};

/// The board's lines, with the moment they were read.
class Board {
 public:
  Board(const fs::path& program, const fs::path& tty, const fs::path& log) {
    std::array<int, 2> in{}, out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    child_ = Child{{program.string(), "--tty", tty.string(), "--edges"}, log, in[0], out[1], true};
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
  }
  void command(const std::string& line) const {
    const auto text = line + "\n";
    if (::write(to_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("the board takes no commands");
  }
  /// The next line, or nothing when none comes within `patience_ms`.
  std::optional<std::string> line(int patience_ms) {
    for (;;) {
      if (const auto end = text_.find('\n'); end != std::string::npos) {
        auto line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      pollfd ready{from_, POLLIN, 0};
      if (::poll(&ready, 1, patience_ms) <= 0) return std::nullopt;
      std::array<char, 4096> bytes{};
      const auto size = ::read(from_, bytes.data(), bytes.size());
      if (size <= 0) throw std::runtime_error("the board ended early");
      text_.append(bytes.data(), static_cast<std::size_t>(size));
    }
  }

 private:
  Child child_;
  int to_ = -1, from_ = -1;
  std::string text_;
};

int number_in(const fs::path& file) {
  for (int i = 0; i < 500; ++i) {
    int number = 0;
    if (std::ifstream{file} >> number && number > 0) return number;
    ::usleep(10'000);
  }
  throw std::runtime_error("the meter did not start; see meter.log beside " + file.string());
}

void write_config(const fs::path& folder, int meter_port) {
  const auto at = [&](const char* name) { return (folder / name).string(); };
  std::ofstream{folder / "station.toml"}
      << "[station]\nprofile = \"developer\"\nrun_folder = \"" << at("run") << "\"\nstate_folder = \"" << at("state")
      << "\"\n[devices]\nmcu = \"" << at("mcu.tty") << "\"\nreader = \"" << at("reader.tty")
      << "\"\n[session]\nlocal_tokens = [\"" << kToken << "\"]\n[meter]\nport = " << meter_port
      << "\n[hmi]\nport = " << 20'000 + ::getpid() % 20'000
      << "\n[ocpp]\ncsms_url = \"ws://127.0.0.1:9\"\nidentity = \"BENCH\"\nsecurity_profile = 1\nbasic_auth_password = "
         "\"0123456789abcdef\"\n";
}

/// Kills the services of the station in turn.
class Killer {
 public:
  explicit Killer(fs::path status) : status_(std::move(status)) {}
  void work(std::int64_t now) {
    if (now < next_) return;
    next_ = now + kKillPeriodNs;
    const auto status = supervisor::read_status(status_.c_str());
    if (!status || status->services.empty()) return;
    const auto& victim = status->services[turn_++ % status->services.size];
    if (victim.state != supervisor::State::ready || victim.pid <= 0) return;
    if (::kill(static_cast<pid_t>(victim.pid), SIGKILL) == 0) ++kills_;
  }
  std::uint32_t kills() const { return kills_; }

 private:
  fs::path status_;
  std::int64_t next_ = 0;
  std::size_t turn_ = 0;
  std::uint32_t kills_ = 0;
};

struct Measured {
  bench::Samples all{kDefaultEdges};
  std::map<char, bench::Samples> ways{};
  std::uint32_t missed = 0;
  std::int64_t max = 0;
};

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

std::int64_t number_of(std::string_view text) {
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
    throw std::runtime_error("the board said something odd");
  return value;
}

class Bench {
 public:
  explicit Bench(const fs::path& folder)
      : programs_(fs::read_symlink("/proc/self/exe").parent_path()),
        folder_(folder),
        reader_(folder / "reader.tty"),
        board_(programs_ / "bulwatt-board", folder / "mcu.tty", folder / "board.log"),
        bus_({(programs_ / "bulwatt-simbus").string(), "--socket", (folder / "sim.sock").string()}, folder / "bus.log"),
        meter_({(programs_ / "bulwatt-metersim").string(), "--bus", (folder / "sim.sock").string(), "--port", "0",
                "--port-file", (folder / "meter.port").string()},
               folder / "meter.log") {
    fs::create_directories(folder / "run");
    fs::create_directories(folder / "state");
    write_config(folder, number_in(folder / "meter.port"));
    for (int i = 0; i < 500 && !fs::exists(folder / "mcu.tty"); ++i) ::usleep(10'000);
    station_ = Child{{(programs_ / "bulwatt").string(), "run", "--config", (folder / "station.toml").string()},
                     folder / "station.log"};
    await_ready();
  }

  Measured edges(std::uint32_t count, bool kill) {
    Measured measured;
    Killer killer{folder_ / "run" / "status"};
    board_.command("edges " + std::to_string(count));
    std::int64_t heard = bench::now_ns();
    for (;;) {
      const auto line = board_.line(100);
      const auto now = bench::now_ns();
      if (kill) killer.work(now);
      if (!line) {
        check(now - heard);
        continue;
      }
      if (*line == "done") break;
      if (*line == "idle") {
        reader_.show_card();
        check(now - heard);
        continue;
      }
      heard = now;
      take(*line, measured);
    }
    if (kill) std::printf("restarts: %u kills\n", killer.kills());
    return measured;
  }

  /// From showing the card that ends the charge to the end of the signal, and to the open contactor.
  void withdrawals(int count, bench::Samples& signal, bench::Samples& open) {
    board_.command("hold");
    std::int64_t shown = 0, heard = bench::now_ns();
    for (int done = 0; done < count;) {
      const auto line = board_.line(1'000);
      const auto now = bench::now_ns();
      if (!line) {
        check(now - heard);
        continue;
      }
      heard = now;
      if (*line == "idle") reader_.show_card();
      if (*line == "live") {
        ::usleep(300'000);  // The transaction is well under way, and its permit is renewed.
        shown = bench::now_ns();
        reader_.show_card();
      }
      if (line->starts_with("withdrawn ") && shown != 0)
        signal.add(number_of(std::string_view{*line}.substr(10)) - shown);
      if (line->starts_with("opened ") && shown != 0) {
        open.add(number_of(std::string_view{*line}.substr(7)) - shown);
        shown = 0;
        ++done;
      }
    }
  }

  bool power_allocated() const {
    std::ifstream log{folder_ / "station.log"};
    const std::string text{std::istreambuf_iterator<char>{log}, {}};
    return text.find("allocated after the start") != std::string::npos;
  }

 private:
  void await_ready() {
    for (int i = 0; i < 1'000; ++i) {
      const auto status = supervisor::read_status((folder_ / "run" / "status").c_str());
      if (status && status->all_ready_us != 0) return;
      if (!station_.running()) break;
      ::usleep(10'000);
    }
    throw std::runtime_error("the station did not start; see " + (folder_ / "station.log").string());
  }
  void check(std::int64_t quiet_ns) {
    if (!station_.running()) throw std::runtime_error("the station ended; see " + (folder_ / "station.log").string());
    if (quiet_ns > kQuietNs)
      throw std::runtime_error("nothing charges any more; see " + (folder_ / "station.log").string());
  }
  static void take(std::string_view line, Measured& measured) {
    if (line.starts_with("missed ")) {
      ++measured.missed;
      return;
    }
    if (!line.starts_with("edge ") || line.size() < 8) return;
    const auto ns = number_of(line.substr(7));
    measured.all.add(ns);
    measured.ways.try_emplace(line[5], bench::Samples{kDefaultEdges}).first->second.add(ns);
    measured.max = std::max(measured.max, ns);
  }

  fs::path programs_;
  fs::path folder_;
  Reader reader_;
  Board board_;
  Child bus_;
  Child meter_;
  Child station_;
};

/// Prints a phase; false when it breaks the deadline.
bool report(const char* phase, Measured& m) {
  std::printf("%-9s edges=%zu p50_ms=%.2f p99_ms=%.2f max_ms=%.2f missed=%u |", phase, m.all.size(),
              ms(m.all.percentile(0.5)), ms(m.all.percentile(0.99)), ms(m.max), m.missed);
  for (auto& [way, samples] : m.ways) {
    std::printf(" C-%c n=%zu p99=%.2f max=%.2f", way, samples.size(), ms(samples.percentile(0.99)),
                ms(samples.percentile(1)));
  }
  std::printf("\n");
  std::fflush(stdout);
  return m.missed == 0 && m.max < kLimitNs;
}

int measure(std::uint32_t edges) {
  std::string pattern = (fs::temp_directory_path() / "bulwatt-bench-deadline-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  Bench bench{folder};
  const auto each = std::max(edges / 3, 1U);
  auto idle = bench.edges(edges - 2 * each, false);
  bool good = report("idle", idle);
  Measured stressed;
  {
    const Child stress{{"stress-ng", "--quiet", "--cpu", "2", "--vm", "1", "--vm-bytes", "64M", "--hdd", "1",
                        "--hdd-bytes", "32M", "--sock", "1", "--temp-path", folder.string()},
                       folder / "stress.log"};
    ::usleep(1'000'000);
    if (!stress.running())
      throw std::runtime_error("stress-ng does not run; install it (./dev bench does) and see stress.log in " +
                               folder.string());
    stressed = bench.edges(each, false);
  }
  good = report("stress", stressed) && good;
  auto restarting = bench.edges(each, true);
  good = report("restarts", restarting) && good;
  ::sleep(3);
  bench::Samples signal{kWithdrawals}, open{kWithdrawals};
  bench.withdrawals(kWithdrawals, signal, open);
  std::printf(
      "lease path, card to end of signal: n=%zu p50_ms=%.2f max_ms=%.2f; to open by a vehicle that stops at once: "
      "p50_ms=%.2f max_ms=%.2f\n",
      signal.size(), ms(signal.percentile(0.5)), ms(signal.percentile(1)), ms(open.percentile(0.5)),
      ms(open.percentile(1)));
  if (bench.power_allocated()) {
    std::printf("power allocated memory after its start\n");
    good = false;
  }
  const auto stress_p99 = stressed.all.percentile(0.99);
  std::printf("deadline: idle_p99_ms=%.2f stress_p99_ms=%.2f max_ms=%.2f\n", ms(idle.all.percentile(0.99)),
              ms(stress_p99), ms(std::max({idle.max, stressed.max, restarting.max})));
  fs::remove_all(folder);
  return good ? 0 : 1;
}

std::optional<std::uint32_t> edges_of(int argc, char** argv) {
  if (argc == 1) return kDefaultEdges;
  std::uint32_t edges = 0;
  if (argc != 3 || std::string_view{argv[1]} != "--edges") return std::nullopt;
  const std::string_view text{argv[2]};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), edges);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || edges < 3) return std::nullopt;
  return edges;
}

}  // namespace

int main(int argc, char** argv) {
  const auto edges = edges_of(argc, argv);
  if (!edges) {
    std::fprintf(
        stderr, "usage: bulwatt-bench-deadline [--edges N]   N from 3 on, divided among three conditions; default %u\n",
        kDefaultEdges);
    return 2;
  }
  try {
    return measure(*edges);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bulwatt-bench-deadline: %s\n", error.what());
    return 1;
  }
}
