// The in-process back end of OS seams 1 and 2 (clock, conduit): several services' logic in one process, under virtual time
// and a seed. Conduits are queues, os::now() is virtual, os::random_bytes() comes from the seed.
//
//   os::World world{seed};                 // from here on the os:: functions speak to it; one at a time
//   world.add(power); world.add(session);  // actors: whatever has turns
//   world.run(std::chrono::seconds{10});   // virtual time passes; turns happen in order of moment, then priority
//
// A program is linked either to this or to `os` (Linux). Services, ipc and runtime are the same object code in both.
#pragma once
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "libs/os/conduit.hpp"

namespace bulwatt::os {

/// One process, or anything else that does something by itself. While it waits inside a call, only actors of higher
/// priority have turns: calls go only to higher priorities, so whoever it waits for is among them, and nobody who could
/// wait for it in turn is. This nests and cannot lock up.
class Actor {
 public:
  virtual int priority() const = 0;
  /// When it has something to do; a past moment: now. kNever: nothing.
  virtual Instant due() const = 0;
  virtual void turn() = 0;

 protected:
  ~Actor() = default;
};

/// What happens to one frame between two ends.
struct Fate {
  Duration delay{};
  bool full = false;  ///< the sender is told that there is no room
  bool lost = false;  ///< the sender is told nothing; for lines that may lose, not for conduits
};
class Weather {
 public:
  /// `from`: the sender's handle. The frame may be changed in place.
  virtual Fate fate(Handle from, std::span<std::byte> frame) = 0;

 protected:
  ~Weather() = default;
};

class World {
 public:
  static constexpr std::size_t kMostQueued = 256;      ///< frames in one direction; then the conduit is full
  static constexpr std::size_t kFirstReserved = 1024;  ///< numbers below are given out by make_conduit()
  static constexpr int kMostTurnsAtOnce = 100'000;     ///< without time passing; more is an endless loop

  explicit World(std::uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  static World& current();

  void add(Actor& actor);
  void remove(Actor& actor);  ///< not while it is inside a call
  void set_weather(Weather* weather) { weather_ = weather; }
  std::mt19937_64& random() { return random_; }

  /// Lets virtual time pass. Only from outside, not from a turn.
  void run(Duration time);
  Instant now() const { return now_; }
  void jump_civil_time(Duration by) { civil_offset_ += by; }

  /// True while the actor's turn is on the stack.
  bool busy(const Actor& actor) const;
  /// kill -9 of an actor that is inside a call: from now on everything it does through os:: fails and its waits end.
  void doom(Actor& actor);

  /// When receive() would give something; kNever while it is quiet.
  Instant readable_at(Handle conduit) const;
  /// The first of `count` numbers in a row that no other end will get, for replace().
  Handle reserve(std::size_t count);

 private:
  struct Side;
  struct Frame {
    Instant at{};
    std::vector<std::byte> bytes{};
    std::shared_ptr<Side> attached{};
  };
  struct Channel {
    std::array<std::deque<Frame>, 2> queue{};  ///< towards side 0, side 1
    std::array<bool, 2> open{true, true};
    bool severed = false;
  };
  /// One end; gone when nobody holds it any more, as a descriptor that was passed on.
  struct Side {
    std::shared_ptr<Channel> channel;
    std::size_t index;
    Side(std::shared_ptr<Channel> of, std::size_t at) : channel(std::move(of)), index(at) {}
    ~Side() { channel->open[index] = false; }
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;
    bool peer_gone() const { return channel->severed || !channel->open[1 - index]; }
    std::deque<Frame>& inbox() const { return channel->queue[index]; }
  };
  struct Running {
    Actor* actor;
    bool doomed = false;
  };
  friend std::expected<std::array<Handle, 2>, int> make_conduit();
  friend Sent send(Handle conduit, std::span<const std::byte> frame);
  friend Received receive(Handle conduit, std::span<std::byte> into);
  friend Received receive_soon(Handle conduit, std::span<std::byte> into);
  friend bool wait_readable(Handle conduit, Instant until);
  friend void close(Handle conduit);
  friend void sever(Handle conduit);
  friend bool replace(Handle old, Handle fresh);
  friend Sent send_with_handle(Handle conduit, std::span<const std::byte> frame, Handle attached);
  friend Received receive_with_handle(Handle conduit, std::span<std::byte> into);
  friend Timestamp civil_now();

  bool caller_doomed() const { return !stack_.empty() && stack_.back().doomed; }
  std::shared_ptr<Side> held(Handle handle) const;
  Side* side(Handle handle) const;
  Handle place(std::shared_ptr<Side> end);
  Sent put(Handle from, std::span<const std::byte> frame, std::shared_ptr<Side> attached);
  Received take(Handle conduit, std::span<std::byte> into, bool with_handle);
  bool wait(Handle conduit, Instant until);
  /// One turn of whoever is due, or time passes up to the next thing that happens, at most `limit`.
  void step(Instant limit);

  Instant now_{std::chrono::seconds{1000}};
  Duration civil_offset_{std::chrono::seconds{1'767'225'600}};
  std::mt19937_64 random_;
  Weather* weather_ = nullptr;
  std::vector<Actor*> actors_;  ///< highest priority first
  std::vector<Running> stack_;
  std::vector<std::shared_ptr<Side>> ends_{kFirstReserved};  ///< by handle
  int turns_at_once_ = 0;
};

}  // namespace bulwatt::os
