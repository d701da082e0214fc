// The single-threaded loop of a service: control first, then conduits in the order they were declared, then timers, then
// watched descriptors; one frame per ready conduit and turn. No allocation, no clock of its own (libs/os), no threads.
//
//   Loop loop{grants::meter::kService};
//   Service service{…};
//   loop.serve<grants::meter::session>(service);   // order of these lines = priority of the callers
//   loop.every(100ms, Action::to<&Service::poll>(service));
//   return runtime::run(loop);                     // libs/runtime/process.hpp: lock down, READY, wait and turn
#pragma once
#include "libs/ipc/endpoint.hpp"
#include "libs/runtime/delegate.hpp"

namespace bulwatt::runtime {

inline constexpr std::size_t kMaxTimers = 24;
inline constexpr std::size_t kMaxWatched = 64;

/// What the manifest compiler knows of a service; generated as grants::<service>::kService.
struct ServiceFacts {
  std::string_view name;
  std::span<const ipc::ConduitFacts* const> ends;  ///< in descriptor order
  std::span<const std::uint64_t> interfaces;       ///< hash of each end's interface
  std::uint16_t watchdog_interval_ms{};
  std::uint64_t build{};
};

/// Names one setting of a timer; stays harmless after it fired or was cancelled.
using TimerId = std::uint32_t;
inline constexpr TimerId kNoTimer = 0;

/// Readiness of a watched descriptor.
struct Readiness {
  bool readable = false;
  bool writable = false;
  bool broken = false;
};
using Watcher = Delegate<Readiness>;

/// How the loop asks the platform to watch descriptors; implemented by process.cpp and by the simulator.
struct Poller {
  virtual void add_link(std::size_t index, os::Handle handle) = 0;
  virtual void remove_link(os::Handle handle) = 0;
  virtual bool watch(int fd, std::size_t slot, bool readable, bool writable, bool is_new) = 0;
  virtual void unwatch(int fd) = 0;

 protected:
  ~Poller() = default;
};

class Loop {
 public:
  explicit Loop(const ServiceFacts& facts, os::Handle control = ipc::kControlFd,
                int first_conduit = ipc::kFirstConduitFd);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // -- before run --

  /// Serves a conduit whose server end we hold. Earlier lines go first in every turn.
  template <class Grant, class Impl>
  ipc::Server<Grant> serve(Impl& impl) {
    static_assert(Grant::kFacts.role == ipc::Role::server, "this service is the client of that conduit");
    auto& end = declare(Grant::kFacts.index);
    end.impl = &impl;
    end.step = [](ipc::Link& link, void* object, control::Phase phase) {
      return ipc::Server<Grant>::serve_one(link, *static_cast<Impl*>(object), phase);
    };
    return ipc::Server<Grant>{end.link};
  }
  /// Uses a conduit as its client; pulses from the server go to impl.on(...).
  template <class Grant, class Impl>
  ipc::Client<Grant> use(Impl& impl) {
    static_assert(Grant::kFacts.role == ipc::Role::client, "this service is the server of that conduit");
    auto& end = declare(Grant::kFacts.index);
    end.impl = &impl;
    end.step = [](ipc::Link& link, void* object, control::Phase) {
      return ipc::Client<Grant>::take_pulse(link, *static_cast<Impl*>(object));
    };
    return ipc::Client<Grant>{end.link};
  }
  /// Called with true when a conduit's other end was restarted and the fresh socket is in place, false when it died.
  template <class Grant>
  void on_peer(Delegate<bool> action) {
    ends_[Grant::kFacts.index].peer = action;
  }
  void on_stop(Action action) { stop_ = action; }
  void on_phase(Delegate<control::Phase> action) { phase_changed_ = action; }
  /// Only for the service that keeps the supervisor's acts; each is answered by act_kept once it is on disk.
  void on_act(Delegate<const control::Act&> action) { act_ = action; }
  /// After everything ready in a turn was handled: group commits, coalesced pulses.
  void at_end_of_turn(Action action) { end_of_turn_ = action; }

  // -- timers; may be set at any time --

  /// Repeats without drift; a late loop skips what it missed.
  TimerId every(Duration interval, Action action);
  TimerId after(Duration delay, Action action);
  /// Moves (or starts again) a one-shot timer; kNoTimer makes a new one.
  void at(TimerId& timer, Instant when, Action action);
  void cancel(TimerId& timer);

  // -- descriptors of the service's own --

  bool watch(int fd, bool readable, bool writable, Watcher watcher);
  void unwatch(int fd);

  // -- control --

  control::Phase phase() const { return station_phase_; }
  void request_phase(control::Phase phase);
  void request_restart();
  void act_kept(std::uint32_t number) { report(control::ActKept{number}); }
  std::uint32_t restarts() const { return restarts_; }
  /// Parks volatile state at the supervisor, which gives it back after a restart; replaces what was parked before. T has
  /// `static constexpr std::uint16_t kVersion`. Needs `capsule_bytes` in the authority graph.
  template <Described T>
  void park(const T& state) {
    static_assert(wire::max_size<T>() <= control::kMaxCapsuleBytes, "a capsule is small; park less");
    BULWATT_UNINITIALIZED std::array<std::byte, wire::max_size<T>()> bytes;
    park_bytes(T::kVersion, std::span<const std::byte>{bytes}.first(wire::encode(state, bytes)));
  }
  /// What was parked; nothing when there is none, or it is of another version or damaged.
  template <Described T>
  std::optional<T> parked() const {
    const auto bytes = parked_bytes(T::kVersion);
    if (!bytes) return std::nullopt;
    auto state = wire::decode<T>(*bytes);
    if (!state) return std::nullopt;
    return *std::move(state);
  }
  /// Bytes of the configuration that Start carried.
  std::span<const std::byte> config() const { return config_.view(); }

  // -- for the platform --

  /// Waits for Start on the control conduit. False when it did not come or was not understood.
  bool await_start(Duration patience);
  void report_ready(std::uint32_t layers);
  void attach(Poller& poller);
  /// First part of a turn: control when `control_ready`, each end flagged in `ready_ends` and held pulses, due timers.
  void turn(bool control_ready, std::uint64_t ready_ends);
  /// Second part, once per ready descriptor of the service's own.
  void watched_ready(std::size_t slot, Readiness readiness);
  /// Last part: the end-of-turn action.
  void finish_turn();
  Instant next_timer() const;
  bool wants_another_turn() const;
  bool stopped() const { return stopped_; }
  os::Handle control_handle() const { return control_; }
  const ServiceFacts& facts() const { return facts_; }
  std::uint64_t turns() const { return turns_; }

 private:
  struct End {
    ipc::Link link{};
    void* impl = nullptr;
    ipc::Outcome (*step)(ipc::Link&, void*, control::Phase) = nullptr;
    Delegate<bool> peer{};
    bool attached = false;
  };
  struct Timer {
    Instant due = kNever;
    Duration interval{};
    Action action{};
    TimerId id = kNoTimer;  ///< kNoTimer: free
  };
  struct Watched {
    int fd = -1;
    bool readable = false;
    bool writable = false;
    Watcher watcher{};
  };
  End& declare(std::uint8_t index);
  TimerId set_timer(Instant due, Duration interval, Action action);
  Timer* find_timer(TimerId id);
  void step_end(std::size_t index);
  void lost(std::size_t index);
  void take_control();
  void obey(const control::Order& order, os::Handle attached);
  void rebind(const control::Rebind& order, os::Handle fresh);
  void report(const control::FromService& body);
  void beat();
  void park_bytes(std::uint16_t version, std::span<const std::byte> bytes);
  std::optional<std::span<const std::byte>> parked_bytes(std::uint16_t version) const;
  static void wait_noticed(void* self, std::uint8_t conduit, std::uint8_t message);

  const ServiceFacts& facts_;
  os::Handle control_;
  Poller* poller_ = nullptr;
  std::array<End, control::kMaxConduits> ends_{};
  std::array<std::uint8_t, control::kMaxConduits> order_{};
  std::size_t declared_ = 0;
  std::array<Timer, kMaxTimers> timers_{};
  TimerId last_timer_ = kNoTimer;
  std::array<Watched, kMaxWatched> watched_{};
  Octets<control::kMaxConfigBytes> config_{};
  std::optional<control::Capsule> capsule_{};
  control::Phase station_phase_ = control::Phase::boot;
  std::uint32_t restarts_ = 0;
  std::uint64_t turns_ = 0;
  bool stopped_ = false;
  Action stop_{};
  Action end_of_turn_{};
  Delegate<control::Phase> phase_changed_{};
  Delegate<const control::Act&> act_{};
};

}  // namespace bulwatt::runtime
