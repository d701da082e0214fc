// The shell around the core: processes, descriptors, the log and the status file. One thread, one wait, no allocation.
#pragma once
#include "services/supervisor/acts.hpp"
#include "services/supervisor/core.hpp"
#include "services/supervisor/guardian.hpp"
#include "services/supervisor/log.hpp"
#include "services/supervisor/places.hpp"
#include "services/supervisor/plumbing.hpp"

namespace bulwatt::supervisor {

inline constexpr Duration kStatusInterval = std::chrono::seconds{1};
inline constexpr Duration kStatusSpacing = std::chrono::milliseconds{5};  ///< least time between two writes
inline constexpr int kPriority = 90;                                      ///< above every service
inline constexpr std::uint32_t kControlFramesPerSecond = 2000;            ///< of one service; more is a violation
inline constexpr std::uint32_t kLogBytesPerSecond = 256 * 1024;           ///< of one service; more is left in its pipe

/// What one service may cost the supervisor in a second.
class Budget {
 public:
  /// False: used up until the second is over.
  bool take(std::uint32_t amount, std::uint32_t most, Instant now) {
    if (now - since_ >= std::chrono::seconds{1}) {
      since_ = now;
      used_ = 0;
    }
    used_ += amount;
    return used_ <= most;
  }

 private:
  Instant since_{};
  std::uint32_t used_ = 0;
};

class Supervisor final : Hands {
 public:
  Supervisor(const sandbox::SystemTable& table, const Station& station, os::Mode mode, Mask run);

  /// Everything before the first process. Empty text: done.
  Problem prepare();
  /// Runs the station until it is told to stop.
  Goal run();

 private:
  enum class Source : std::uint8_t { signal, control, death, log };
  struct Child {
    os::Process process{};
    os::Handle control = os::kNoHandle;
    os::Handle report = os::kNoHandle;
    std::array<os::Handle, 2> log{os::kNoHandle, os::kNoHandle};  ///< read, write
    LineCutter cutter{};
    Budget control_budget{};
    Budget log_budget{};
    control::Capsule capsule{};  ///< what it parked last; whether it counts, the core knows
    bool muted = false;          ///< its log is not read until the next whole second of the status
    sandbox::Layers launch_layers = 0;
    sandbox::Layers said_missing = 0;
    sandbox::Layers recorded_missing = ~sandbox::Layers{0};  ///< nothing recorded yet: the first life always is
    sandbox::Layers said_denied = 0;
  };

  // Hands
  bool launch(Index service) override;
  void kill(Index service) override;
  void send_start(Index service, control::Phase phase, std::uint32_t restarts, bool with_capsule) override;
  void send_stop(Index service) override;
  void send_phase(Index service, control::Phase phase) override;
  std::uint32_t chance() override;
  void record(control::ActKind kind, Index service, std::string_view word, std::int64_t amount) override;
  SlotAnswer ask_other_slot() override { return slots_.ask(); }
  void confirm_slot() override { slots_.confirm(); }
  void say(std::string_view line) override;

  const sandbox::ServiceEntry& entry(Index service) const { return table_.services[service]; }
  sandbox::Profile profile() const;
  sandbox::Layers needed(Index service) const;
  bool make_log_pipes();
  void take_priority();
  Problem start_process(Index service, os::Handle control);
  void send(Index service, const control::ToService& body, os::Handle attached = os::kNoHandle);
  void settle(Index service);
  void settle_peers(Index service);
  void settle_acts();

  void handle(std::uint64_t tag, Instant now);
  void take_signal(Instant now);
  void reap_orphans(Instant now);
  Problem open_watchdogs();
  void tell_manager();
  void take_control(Index service, Instant now);
  void take(Index service, const control::FromService& report, Instant now);
  void take_ready(Index service, const control::Ready& ready, Instant now);
  void take_kept(Index service, const control::ActKept& kept, Instant now);
  Cause refusal(Index service, const control::Ready& ready, int& detail);
  void take_death(Index service, Instant now);
  void take_log(Index service, Instant now);
  void unmute();
  void read_launch_report(Index service, Cause& cause, int& detail);
  void show_layers(Index service, sandbox::Layers layers);
  sandbox::Layers look_from_outside(Index service, sandbox::Layers claimed);
  void warn_of_missing(Index service);
  void write_status(Instant now);

  const sandbox::SystemTable& table_;
  const Station& station_;
  os::Mode mode_;
  Mask run_;
  Core core_;
  Plumbing plumbing_;
  Log log_{};
  Acts acts_{};
  Slots slots_{};
  os::LinuxWatchdogLine watchdog_line_{};
  os::MachineWatchdog machine_{watchdog_line_};
  os::ServiceManager manager_{};
  Guardian guardian_{};
  std::optional<Health> told_{};  ///< what the service manager knows
  bool watchdog_failed_ = false;
  os::Waiter waiter_{};
  std::array<Places, kMaxServices> places_{};
  std::array<Child, kMaxServices> children_{};
  LongPath mount_point_{};
  os::Handle null_ = os::kNoHandle;
  os::Handle signals_ = os::kNoHandle;
  os::Handle status_file_ = os::kNoHandle;
  std::uint64_t generation_ = 0;
  Instant status_written_{};
  Instant unmuted_{};
  bool status_changed_ = true;
  StatusBuffer status_buffer_{};
};

/// Allocations since `begin`; see heap_count.cpp.
namespace heap {
void begin();
std::uint32_t calls();
}  // namespace heap

}  // namespace bulwatt::supervisor
