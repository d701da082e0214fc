// One service of the simulated station: the real loop with real grants, driven by the world instead of epoll.
#pragma once
#include "libs/os/inprocess/world.hpp"
#include "libs/runtime/loop.hpp"
#include "libs/sandbox/table.hpp"

namespace bulwatt::simulation {

class Process : public os::Actor, protected runtime::Poller {
 public:
  /// `control` and `ends` are given away.
  Process(const runtime::ServiceFacts& facts, const sandbox::ServiceEntry& entry, os::Handle control,
          std::span<const os::Handle> ends);
  virtual ~Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int priority() const final { return entry_.priority; }
  Instant due() const final;
  void turn() final;

  /// As SIGSTOP and SIGCONT.
  void stall(Instant until) { stalled_until_ = until; }
  /// As SIGKILL, as far as the process itself is concerned: its ends are closed, nothing it does has an effect any more.
  virtual void die();
  std::optional<int> ended() const { return ended_; }  ///< by itself, with this exit status
  bool running() const { return running_ && !ended_; }
  /// Index of the conduit with this handle; nothing when it is not one of ours.
  std::optional<std::size_t> conduit_of(os::Handle handle) const;
  os::Handle handle_of(std::size_t conduit) const { return first_ + static_cast<int>(conduit); }
  bool owns(os::Handle handle) const { return handle == control_ || conduit_of(handle).has_value(); }
  const runtime::ServiceFacts& facts() const { return loop_.facts(); }

 protected:
  /// After Start: declares the ends. An exit status when it cannot work.
  virtual std::optional<int> set_up() = 0;
  /// A device of the service's own.
  virtual Instant device_due() const { return kNever; }
  virtual void device_ready() {}

  void add_link(std::size_t index, os::Handle) override { attached_ |= std::uint64_t{1} << index; }
  void remove_link(os::Handle handle) override;
  bool watch(int, std::size_t, bool, bool, bool) override { return false; }
  void unwatch(int) override {}

 private:
  void start();
  const sandbox::ServiceEntry& entry_;
  os::Handle control_;
  os::Handle first_;

 protected:
  runtime::Loop loop_;

 private:
  std::uint64_t attached_ = 0;
  bool running_ = false;
  std::optional<int> ended_{};
  Instant stalled_until_{};
};

}  // namespace bulwatt::simulation
