// The real supervisor and the real ledger; `hmi` was taken over. What it sends beyond its grants is refused, is reported, and
// costs the one of lower trust its life. Nobody else notices.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>

#include "libs/os/clock.hpp"
#include "services/ledger/config.hpp"
#include "services/supervisor/status.hpp"
#include "tests/sandbox/taken_over.hpp"

using namespace bulwatt;
using namespace std::chrono_literals;
using takeover::Attack;
namespace fs = std::filesystem;

namespace {

fs::path built() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }

template <class Config>
supervisor::ServiceConfig configured(const char* service, const Config& config) {
  wire::Buffer<Config> bytes{};
  const auto size = wire::encode(config, bytes);
  return {service, Octets<supervisor::kMaxConfigBytes>{std::span<const std::byte>{bytes}.first(size)}};
}

class Station {
 public:
  explicit Station(Attack attack) {
    char name[] = "/tmp/bulwatt-takeover-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder_ = name;
    ::chmod(name, 0755);
    for (const char* sub : {"/programs", "/run", "/state"}) fs::create_directory(folder_ + sub);
    fs::copy_file(built() / "bin/bulwatt-ledger", folder_ + "/programs/bulwatt-ledger");
    fs::copy_file(built() / "test/taken-over-service", folder_ + "/programs/bulwatt-hmi");
    write_config(attack);
    start();
  }
  ~Station() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    ::close(watch_);
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  bool wait(const std::function<bool()>& fits) const {
    const auto until = os::now() + 10s;
    while (!fits()) {
      const auto left = until - os::now();
      if (left <= Duration::zero()) return false;
      pollfd changed{watch_, POLLIN, 0};
      ::poll(&changed, 1, static_cast<int>(left.count() / 1000 + 1));
      std::array<char, 4096> events;
      while (::read(watch_, events.data(), events.size()) > 0) {
      }
    }
    return true;
  }
  supervisor::ServiceStatus of(std::string_view name) const {
    const auto status = supervisor::read_status((folder_ + "/run/status").c_str());
    if (!status) return {};
    for (const auto& one : status->services) {
      if (one.name.view() == name) return one;
    }
    return {};
  }
  std::string log() const {
    std::stringstream all;
    all << std::ifstream{folder_ + "/output"}.rdbuf();
    return all.str();
  }

 private:
  void write_config(Attack attack) const {
    auto station = std::make_unique<supervisor::Station>();
    station->run_folder = std::string_view{folder_ + "/run"};
    station->state_folder = std::string_view{folder_ + "/state"};
    station->program_folder = std::string_view{folder_ + "/programs"};
    REQUIRE(station->ports.push_back({"hmi", free_port()}));
    REQUIRE(station->configs.push_back(configured("ledger", ledger::Config{.segment_kib = 64, .segments = 4})));
    REQUIRE(station->configs.push_back(configured("hmi", takeover::Config{attack})));
    std::vector<std::byte> encoded(wire::max_size<supervisor::Station>());
    const auto size = wire::encode(*station, encoded);
    std::ofstream{folder_ + "/station.bin", std::ios::binary}.write(reinterpret_cast<const char*>(encoded.data()),
                                                                    static_cast<std::streamsize>(size));
  }
  /// Differs by process, so that two tests at a time do not meet.
  static std::uint16_t free_port() { return static_cast<std::uint16_t>(20'000 + ::getpid() % 20'000); }
  void start() {
    watch_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    const auto program = (built() / "bin/bulwatt-supervisor").string();
    const auto config = folder_ + "/station.bin";
    const int output = ::open((folder_ + "/output").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    REQUIRE(::inotify_add_watch(watch_, (folder_ + "/run").c_str(), IN_MODIFY | IN_CREATE) >= 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::dup2(output, 1);
      ::dup2(output, 2);
      ::execl(program.c_str(), "bulwatt-supervisor", "--config", config.c_str(), "--only", "ledger,hmi", nullptr);
      ::_exit(98);
    }
    ::close(output);
  }

  std::string folder_;
  int pid_ = -1;
  int watch_ = -1;
};

}  // namespace

TEST_CASE("an ungranted, unknown, unasked or malformed message is refused, and its sender is restarted") {
  struct Case {
    Attack attack;
    const char* reason;
  };
  for (const auto& one : {Case{Attack::ungranted_call, "not_granted"}, Case{Attack::unknown_message, "not_granted"},
                          Case{Attack::reply_unasked, "wrong_kind"}, Case{Attack::malformed_call, "malformed"}}) {
    CAPTURE(enum_text(one.attack));
    const Station s{one.attack};
    REQUIRE_MESSAGE(s.wait([&] { return s.of("hmi").restarts == 1 && s.of("hmi").state == supervisor::State::ready; }),
                    s.log());
    CHECK(s.of("ledger").restarts == 0);
    CHECK(s.of("ledger").state == supervisor::State::ready);
    CHECK(s.of("hmi").violations == 1);
    const auto line = std::string{"violation: ledger refused a frame of hmi ("} + one.reason + ")";
    CHECK_MESSAGE(s.log().find(line) != std::string::npos, s.log());
  }
}

TEST_CASE("there is no conduit beyond the granted ones") {
  const Station s{Attack::hidden_conduit};
  REQUIRE_MESSAGE(s.wait([&] { return s.log().find("hmi: no hidden conduit") != std::string::npos; }), s.log());
  CHECK(s.log().find("A HIDDEN CONDUIT") == std::string::npos);
  CHECK(s.of("hmi").restarts == 0);
}
