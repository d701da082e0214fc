// bulwatt-bench-restart: kill -9 of a sandboxed service to the supervisor's notice, and to READY again; and the cold start of
// the whole station. Each round starts a fresh station and kills every service once, so that no deliberate back-off is in
// the figures.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "libs/os/clock.hpp"
#include "services/supervisor/status.hpp"
#include "tools/bench/samples.hpp"

using namespace bulwatt;
namespace fs = std::filesystem;

namespace {

constexpr int kRounds = 15;  // times seven services: 105 kills
constexpr int kPatienceMs = 5000;

std::int64_t now_us() { return os::now().time_since_epoch().count(); }

/// The end of a pseudo terminal where the safety controller would be; nobody answers there.
class Line {
 public:
  explicit Line(const fs::path& link) : fd_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    if (fd_ < 0 || ::grantpt(fd_) != 0 || ::unlockpt(fd_) != 0) throw std::runtime_error("no pseudo terminal");
    fs::create_symlink(::ptsname(fd_), link);
    slave_ = ::open(::ptsname(fd_), O_RDWR | O_NOCTTY);
  }
  ~Line() {
    ::close(slave_);
    ::close(fd_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

 private:
  int fd_;
  int slave_ = -1;
};

class Station {
 public:
  explicit Station(const fs::path& folder) : status_(folder / "run" / "status") {
    const auto programs = fs::read_symlink("/proc/self/exe").parent_path();
    fs::create_directories(folder / "run");
    fs::create_directories(folder / "state");
    line_.emplace(folder / "run" / "mcu.tty");
    std::ofstream{folder / "station.toml"}
        << "[station]\nprofile = \"developer\"\nrun_folder = \"" << (folder / "run").string() << "\"\nstate_folder = \""
        << (folder / "state").string() << "\"\n[devices]\nmcu = \"" << (folder / "run" / "mcu.tty").string()
        << "\"\n[hmi]\nport = " << 20'000 + ::getpid() % 20'000
        << "\n[ocpp]\ncsms_url = \"ws://127.0.0.1:9\"\nidentity = \"BENCH\"\nsecurity_profile = 1\nbasic_auth_password "
           "= \"0123456789abcdef\"\n";
    const auto program = (programs / "bulwatt").string();
    const auto config = (folder / "station.toml").string();
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      const int log = ::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      ::dup2(log, 1);
      ::dup2(log, 2);
      ::execl(program.c_str(), "bulwatt", "run", "--config", config.c_str(), nullptr);
      ::_exit(127);
    }
  }
  ~Station() {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
  }
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  /// The first status for which `good` says true.
  template <class Good>
  supervisor::Status await(Good good) {
    for (int i = 0; i < kPatienceMs * 2; ++i) {
      if (const auto status = supervisor::read_status(status_.c_str()); status && good(*status)) return *status;
      if (::waitpid(child_, nullptr, WNOHANG) == child_) throw std::runtime_error("the station ended early");
      ::usleep(500);
    }
    throw std::runtime_error("the station did not get there in time");
  }

 private:
  fs::path status_;
  std::optional<Line> line_;
  pid_t child_ = -1;
};

const supervisor::ServiceStatus& service_named(const supervisor::Status& status, const supervisor::Name& name) {
  return *std::ranges::find(status.services, name, &supervisor::ServiceStatus::name);
}

bool all_ready(const supervisor::Status& status) {
  return status.all_ready_us != 0 && std::ranges::all_of(status.services, [](const auto& s) {
           return s.state == supervisor::State::ready || s.state == supervisor::State::absent;
         });
}

struct Measured {
  bench::Samples detect{200};
  bench::Samples ready{200};
  bench::Samples cold{20};
};

void round(const fs::path& folder, Measured& measured) {
  Station station{folder};
  const auto first = station.await(all_ready);
  measured.cold.add((first.all_ready_us - first.started_us) * 1000);
  for (const auto& victim : first.services) {
    if (victim.state == supervisor::State::absent) continue;
    const auto before = station.await(all_ready);
    const auto pid = static_cast<pid_t>(service_named(before, victim.name).pid);
    const auto killed = now_us();
    ::kill(pid, SIGKILL);
    const auto after = station.await([&](const supervisor::Status& s) {
      const auto& now = service_named(s, victim.name);
      return now.died_us >= killed && now.ready_us > now.died_us && now.state == supervisor::State::ready;
    });
    const auto& now = service_named(after, victim.name);
    measured.detect.add((now.died_us - killed) * 1000);
    measured.ready.add((now.ready_us - killed) * 1000);
  }
}

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

int measure() {
  std::string pattern = (fs::temp_directory_path() / "bulwatt-bench-restart-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  Measured measured;
  for (int i = 0; i < kRounds; ++i) {
    round(folder / std::to_string(i), measured);
    std::printf("round %d of %d: %zu kills\n", i + 1, kRounds, measured.ready.size());
    std::fflush(stdout);
  }
  fs::remove_all(folder);
  std::printf("restart: detect_p50_ms=%.2f ready_p50_ms=%.2f ready_p99_ms=%.2f cold_start_ms=%.1f kills=%zu\n",
              ms(measured.detect.percentile(0.5)), ms(measured.ready.percentile(0.5)),
              ms(measured.ready.percentile(0.99)), ms(measured.cold.percentile(0.5)), measured.ready.size());
  return 0;
}

}  // namespace

int main() {
  try {
    return measure();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bulwatt-bench-restart: %s\n", error.what());
    return 1;
  }
}
