// A station of probe services for one test: folders, configuration, the supervisor's process, its status and log. Waits on
// the status file's changes, never on time alone.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "libs/os/clock.hpp"
#include "services/supervisor/status.hpp"
#include "tests/supervision/probe_config.hpp"

namespace bulwatt::probe {

struct Setup {
  bool root = false;
  bool production = true;
  bool no_namespaces = false;               ///< as on a kernel that gives ordinary users none
  std::map<std::string, Config> configs{};  ///< services not named are plain
  std::uint16_t outside_port = 1;           ///< where `edge` may connect
  std::string without{};           ///< a layer of tests/sandbox/removed.hpp that the launch lacks and believes to have
  bool first_process = false;      ///< of a process namespace of its own; only as root
  bool unit_capabilities = false;  ///< only what packaging/systemd/bulwatt.service leaves; only as root
  bool other_slot = false;         ///< the machine has one; the request goes to <folder>/state/other-slot
  std::string notify{};            ///< the service manager's socket
};

class Station {
 public:
  explicit Station(const Setup& setup);
  ~Station();
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  void start();
  /// Waits until the status fits; false when it did not within the time.
  bool wait(const std::function<bool(const supervisor::Status&)>& fits, Duration most = std::chrono::seconds{10});
  bool wait_up() {
    return wait([](const auto& s) { return s.health == supervisor::Health::up; });
  }
  /// Waits until the log has a line with this text; false when it did not within the time.
  bool wait_log(const std::string& text, Duration most = std::chrono::seconds{10});
  std::string log() const;
  supervisor::Status status() const;
  static const supervisor::ServiceStatus& of(const supervisor::Status& status, std::string_view name);
  supervisor::ServiceStatus of(std::string_view name) const { return of(status(), name); }

  int pid() const { return pid_; }
  /// Exit code once it ended, or -1 after `most`; 128 + signal when killed.
  int wait_end(Duration most = std::chrono::seconds{10});
  /// Starts one more supervisor on the same folders; returns its exit code and what it said.
  std::pair<int, std::string> start_second();
  const std::string& folder() const { return folder_; }

 private:
  int spawn(int output);
  std::string folder_;
  Setup setup_;
  int pid_ = -1;
  int watch_ = -1;
};

/// The user that rootless scenarios run as when the tests run as root.
inline constexpr unsigned kOrdinaryUser = 65534;
bool can_be_root();
/// Empty: rootless scenarios can run here; otherwise why not.
std::string why_not_rootless();

}  // namespace bulwatt::probe
