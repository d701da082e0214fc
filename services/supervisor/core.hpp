// Every decision of the supervisor: who is launched, started, killed, stopped and when. Pure: it has no descriptor and no
// clock; what happens is told to it, what it wants done goes through Hands. The shell is supervisor.hpp.
//
// Start: all services are launched at once; each gets its Start when every service it calls is READY (or after
// kStartPatience). Death: back-off, launch again. Too many deaths: the ladder (status.hpp, Step). Stop: callers first.
#pragma once
#include "libs/sandbox/table.hpp"
#include "services/supervisor/capsule.hpp"
#include "services/supervisor/restart.hpp"
#include "services/supervisor/slots.hpp"
#include "services/supervisor/status.hpp"

namespace bulwatt::supervisor {

inline constexpr Duration kStartPatience = std::chrono::seconds{2};  ///< waiting for a service one calls
inline constexpr Duration kReadyLimit = std::chrono::seconds{10};    ///< from Start to READY
inline constexpr Duration kStopGrace = std::chrono::seconds{1};      ///< from Stop to kill
inline constexpr Duration kHeldUp = std::chrono::milliseconds{50};   ///< the supervisor itself was late by this much
inline constexpr Duration kSlowRetry = std::chrono::seconds{5};      ///< a safety service that keeps dying
inline constexpr Duration kZoneRetry = std::chrono::seconds{1};
inline constexpr Duration kZoneRetryMost = std::chrono::seconds{60};
inline constexpr Duration kSafeRetry = std::chrono::seconds{60};
inline constexpr Duration kSafeRetryMost = std::chrono::minutes{16};
/// So many safe states without a healthy minute between them, and the other slot is asked for.
inline constexpr std::uint32_t kSafeStates = 3;

using Index = std::uint8_t;
/// Set of services, bit per index.
using Mask = std::uint32_t;

inline constexpr Index kNobody = 0xff;

/// What the core wants done. All return at once.
struct Hands {
  /// Fresh process with fresh conduits. False: could not be created; the reason is logged by the shell.
  virtual bool launch(Index service) = 0;
  virtual void kill(Index service) = 0;
  /// `with_capsule`: and what the service parked; otherwise that is forgotten.
  virtual void send_start(Index service, control::Phase phase, std::uint32_t restarts, bool with_capsule) = 0;
  virtual void send_stop(Index service) = 0;
  virtual void send_phase(Index service, control::Phase phase) = 0;
  virtual std::uint32_t chance() = 0;
  /// For the record. `service` may be kNobody: the station.
  virtual void record(control::ActKind kind, Index service, std::string_view word, std::int64_t amount) = 0;
  virtual SlotAnswer ask_other_slot() = 0;
  /// The station was whole for a minute: what runs now is good.
  virtual void confirm_slot() = 0;
  virtual void say(std::string_view line) = 0;

 protected:
  ~Hands() = default;
};

/// After an ordered stop of everything.
enum class Goal : std::uint8_t { none, end, restart, other_slot };

class Core {
 public:
  /// `run`: services to run; the others stay stopped.
  Core(const sandbox::SystemTable& table, Hands& hands, Mask run = ~Mask{0});

  void begin(Instant now);
  /// The process is gone. A cause the core gave itself (hang, violation …) goes before what the kernel says.
  void exited(Index service, Cause cause, int detail, Instant now);
  /// READY arrived; `refusal` is none, other_build or layer_missing as the shell found.
  void ready(Index service, Cause refusal, int detail, Instant now);
  void beat(Index service, std::uint64_t turns, Instant now);
  void waits(Index service, std::uint8_t conduit, std::uint8_t message, Instant now);
  /// `service` says that the other end of its conduit broke the rules.
  void accuse(Index service, std::uint8_t conduit, control::Reason reason, Instant now);
  /// What the service itself sent over the control conduit makes no sense, or asks for what it may not.
  void misbehaved(Index service, std::string_view what, Instant now);
  void phase_requested(Index service, control::Phase phase, Instant now);
  void restart_requested(Index service, Instant now);
  /// The service wants to park so many bytes. True: keep them.
  bool parks(Index service, std::size_t bytes);
  /// Ordered stop of everything; `done()` turns true when nothing runs.
  void stop(Goal goal, Instant now);

  void tick(Instant now);
  Instant next() const;
  bool done() const { return goal_ != Goal::none && stop_mask_ == 0; }
  Goal goal() const { return goal_; }

  /// The whole picture for people; the shell adds process ids and layers.
  Status& status() { return status_; }
  const Status& status() const { return status_; }
  ServiceStatus& shown(Index service) { return status_.services[service]; }
  bool started(Index service) const;
  /// Every service of the zone with the highest target is READY and has not missed its beats.
  bool safety_fresh(Instant now) const;

 private:
  struct Member {
    Instant due = kNever;  ///< next moment this service needs attention; what for follows from its state
    Cause killed_for = Cause::none;
    int killed_detail = 0;
    RestartRecord record{};
    CapsuleRecord capsule{};
    Mask callees = 0;  ///< services it calls
  };
  std::size_t count() const { return table_.services.size(); }
  State& state(Index service) { return status_.services[service].state; }
  State state(Index service) const { return status_.services[service].state; }
  bool alive(Index service) const;
  void set_state(Index service, State to);
  void launch(Index service, Instant now);
  void consider_start(Index service, Instant now);
  void consider_starts(Instant now);
  void kill_for(Index service, Cause cause, int detail, std::string_view why);
  void restart_later(Index service, Duration delay, Instant now);
  void refuse(Index service, Instant now);
  void judge_capsule(Index service, Instant now);
  void drop_capsule(Index service, std::string_view why);
  void show_step(Index service, std::int64_t wait_ms);
  void climb(Index service, Duration delay, Instant now);
  void kill_group(Mask group, Index leader, std::string_view why);
  void restart_zone(Index service, Instant now);
  void enter_safe_state(Index service, Instant now);
  void leave_safe_state(Instant now);
  void leave_the_rest(Index service, Instant now);
  void recover(Instant now);
  void advance_stop(Instant now);
  void set_phase(control::Phase phase);
  void judge_health(Instant now);
  void due(Index service, Instant now);
  void forgive(Instant now);
  Mask group(Index service) const;
  Mask zone_of(Index service) const;
  std::uint8_t sl_most() const;
  Index peer(Index service, std::uint8_t conduit) const;

  const sandbox::SystemTable& table_;
  Hands& hands_;
  Mask run_;
  Status status_{};
  std::array<Member, kMaxServices> members_{};
  Goal goal_ = Goal::none;
  bool safe_ = false;
  bool confirmed_ = false;  ///< the running software was whole for a minute
  Mask stop_mask_ = 0;      ///< still to be stopped, callers first
  Index stopping_ = 0xff;   ///< the one that got its Stop
  Instant safe_until_ = kNever;
  Instant up_since_ = kNever;
  Doubling zone_retry_{kZoneRetry, kZoneRetryMost};
  Doubling safe_retry_{kSafeRetry, kSafeRetryMost};
};

}  // namespace bulwatt::supervisor
