// Submit / pulse / fetch: how a server answers what takes longer than any caller may wait. The server keeps a fixed number
// of places; a caller submits and gets a ticket, is pulsed when the result is there, and fetches it once.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "libs/os/clock.hpp"

namespace bulwatt::ipc {

/// At most N jobs in flight. A result that nobody fetches is dropped after `kKeep`.
template <class Result, std::size_t N>
class TicketTable {
 public:
  static constexpr Duration kKeep = std::chrono::seconds{10};
  enum class State : std::uint8_t { unknown, pending, done };

  /// A new ticket for a caller's conduit; nullopt when every place is taken.
  std::optional<std::uint32_t> submit(std::uint8_t conduit, Instant now) {
    for (auto& place : places_) {
      if (place.ticket != 0 && !(place.result && now - place.at > kKeep)) continue;
      place = {++last_, conduit, now, std::nullopt};
      return place.ticket;
    }
    return std::nullopt;
  }
  /// Stores the result; returns the conduit to pulse, nullopt when the ticket is no longer known.
  std::optional<std::uint8_t> finish(std::uint32_t ticket, const Result& result, Instant now) {
    auto* place = find(ticket);
    if (place == nullptr) return std::nullopt;
    place->result = result;
    place->at = now;
    return place->conduit;
  }
  /// Only the conduit that submitted may fetch. A fetched result is forgotten.
  State fetch(std::uint8_t conduit, std::uint32_t ticket, std::optional<Result>& out) {
    auto* place = find(ticket);
    if (place == nullptr || place->conduit != conduit) return State::unknown;
    if (!place->result) return State::pending;
    out = std::move(place->result);
    *place = {};
    return State::done;
  }
  /// The caller is gone: its jobs are nobody's.
  void forget(std::uint8_t conduit) {
    for (auto& place : places_) {
      if (place.conduit == conduit) place = {};
    }
  }

 private:
  struct Place {
    std::uint32_t ticket = 0;
    std::uint8_t conduit = 0;
    Instant at{};
    std::optional<Result> result{};
  };
  Place* find(std::uint32_t ticket) {
    for (auto& place : places_) {
      if (ticket != 0 && place.ticket == ticket) return &place;
    }
    return nullptr;
  }
  std::array<Place, N> places_{};
  std::uint32_t last_ = 0;
};

}  // namespace bulwatt::ipc
