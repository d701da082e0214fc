// Every conduit of the station: makes the socket pairs, remembers ends that nobody holds yet and which surviving peer has
// to get a fresh one. Owns descriptors; decides nothing.
#pragma once
#include "libs/os/conduit.hpp"
#include "libs/sandbox/table.hpp"
#include "services/supervisor/core.hpp"

namespace bulwatt::supervisor {

inline constexpr std::size_t kMaxConduits = 64;  ///< of the station

class Plumbing {
 public:
  explicit Plumbing(const sandbox::SystemTable& table);

  /// Fills one descriptor per end of the service, in order, for its next process. `running(i)`: i has a process, which
  /// will get a fresh end by Rebind. False when the system has no more descriptors.
  template <class Running>
  bool prepare(Index service, std::span<os::Handle> out, Running&& running) {
    const auto& ends = table_.services[service].ends;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      auto& wire = wires_[ends[i].conduit];
      const auto mine = side(ends[i].is_client);
      const auto& entry = table_.conduits[ends[i].conduit];
      if (wire.held[mine] == os::kNoHandle &&
          !renew(wire, running(ends[i].is_client ? entry.server : entry.client), 1 - mine)) {
        return false;
      }
      wire.owed[mine] = false;
      out[i] = wire.held[mine];
    }
    return true;
  }
  /// The process has its copies: ours are closed.
  void delivered(Index service);
  /// Calls send(conduit index of the service, epoch, end) for every fresh end owed to it, and closes ours.
  template <class Send>
  void settle(Index service, Send&& send) {
    const auto& ends = table_.services[service].ends;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      auto& wire = wires_[ends[i].conduit];
      const auto mine = side(ends[i].is_client);
      if (!wire.owed[mine]) continue;
      send(static_cast<std::uint8_t>(i), wire.epoch, wire.held[mine]);
      drop(wire, mine);
    }
  }

 private:
  struct Wire {
    std::array<os::Handle, 2> held{os::kNoHandle, os::kNoHandle};  ///< client's end, server's end
    std::array<bool, 2> owed{};
    std::uint32_t epoch = 0;
  };
  static std::size_t side(bool is_client) { return is_client ? 0 : 1; }
  static bool renew(Wire& wire, bool peer_runs, std::size_t peer_side);
  static void drop(Wire& wire, std::size_t side);

  const sandbox::SystemTable& table_;
  std::array<Wire, kMaxConduits> wires_{};
};

}  // namespace bulwatt::supervisor
