// For tests: a TPM emulator (swtpm) with a state folder of its own, and a line to it that can be slowed down, cut, or have its
// answers changed on the way, as a chip's bus can. Everything is torn down at the end.
#pragma once
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace bulwatt::vault::keys::tpm {

struct StateFolder {
  std::filesystem::path path;
  StateFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tpm-test-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;
  ~StateFolder() { std::filesystem::remove_all(path); }
};

class Emulator {
 public:
  explicit Emulator(std::filesystem::path folder) : folder_(std::move(folder)) {
    ::signal(SIGPIPE, SIG_IGN);  // as every service does
    start();
  }
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;
  ~Emulator() { kill(); }

  static bool there() { return ::access("/usr/bin/swtpm", X_OK) == 0; }

  void start() {
    const auto state = "dir=" + folder_.string() + ",mode=0600";
    const auto server = "type=unixio,path=" + socket_path();
    const auto control = "type=unixio,path=" + (folder_ / "control").string();
    std::filesystem::remove(socket_path());
    child_ = ::fork();
    if (child_ == 0) {
      const int nothing = ::open("/dev/null", O_WRONLY);
      ::dup2(nothing, 2);
      ::execl("/usr/bin/swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state.c_str(), "--server", server.c_str(),
              "--ctrl", control.c_str(), "--flags", "not-need-init,startup-clear", static_cast<char*>(nullptr));
      ::_exit(127);
    }
  }
  /// As if the power went: no time to save anything.
  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  std::string socket_path() const { return (folder_ / "socket").string(); }

  /// A fresh line to it; -1 when it does not come up within five seconds.
  int connect() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_path().c_str(), sizeof address.sun_path - 1);
    for (int i = 0; i < 500; ++i) {
      const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
      ::close(fd);
      ::usleep(10'000);
    }
    return -1;
  }

 private:
  std::filesystem::path folder_;
  pid_t child_ = -1;
};

/// Sits on the bus between the vault and the emulator.
class Bus {
 public:
  using Change = std::function<void(std::vector<unsigned char>& frame)>;
  explicit Bus(int emulator) : emulator_(emulator) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) std::abort();
    inner_ = pair[0];
    outer_ = pair[1];
    to_device_ = std::thread{[this] { run(inner_, emulator_, false); }};
    from_device_ = std::thread{[this] { run(emulator_, inner_, true); }};
  }
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;
  ~Bus() {
    cut();
    to_device_.join();
    from_device_.join();
    ::close(inner_);
    ::close(outer_);
    ::close(emulator_);
  }
  /// The end for the vault.
  int vault_end() const { return outer_; }
  void cut() {
    ::shutdown(inner_, SHUT_RDWR);
    ::shutdown(emulator_, SHUT_RDWR);
  }
  std::atomic<int> delay_ms = 0;      ///< before each answer
  std::atomic<bool> swallow = false;  ///< commands never arrive
  std::atomic<int> commands = 0;
  Change on_command{};  ///< set before the first command
  Change on_answer{};

 private:
  void run(int from, int to, bool answers) {
    std::vector<unsigned char> frame(8192);
    for (;;) {
      frame.resize(8192);
      const auto n = ::read(from, frame.data(), frame.size());
      if (n <= 0) break;
      frame.resize(static_cast<std::size_t>(n));
      if (answers && delay_ms > 0) ::usleep(static_cast<useconds_t>(delay_ms) * 1000);
      if (!answers) ++commands;
      if (!answers && swallow) continue;
      if (const auto& change = answers ? on_answer : on_command) change(frame);
      if (::write(to, frame.data(), frame.size()) != static_cast<ssize_t>(frame.size())) break;
    }
    ::shutdown(to, SHUT_RDWR);
  }
  int emulator_;
  int inner_ = -1;
  int outer_ = -1;
  std::thread to_device_;
  std::thread from_device_;
};

}  // namespace bulwatt::vault::keys::tpm
