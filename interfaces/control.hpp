// Control interface: the conduit between the supervisor and each service (file descriptor 3). The only conduit that may
// carry descriptors, and only from the supervisor. No domain content.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::control {

/// What the whole station is doing; permits may differ by phase. Set by the one service the authority graph allows.
enum class Phase : std::uint8_t { boot, idle, charging, updating };
constexpr auto enum_names(Phase) { return names("boot", "idle", "charging", "updating"); }
inline constexpr std::size_t kPhases = 4;

inline constexpr std::size_t kMaxConduits = 12;        ///< of one service
inline constexpr std::size_t kMaxConfigBytes = 8192;   ///< a service's encoded configuration

/// Why a service closed a conduit.
enum class Reason : std::uint8_t { truncated, ancillary, malformed, unknown_message, not_granted, wrong_kind, flooded };
constexpr auto enum_names(Reason) {
  return names("truncated", "ancillary", "malformed", "unknown_message", "not_granted", "wrong_kind", "flooded");
}

// From the supervisor.

/// First message: the service's configuration (encoded by libs/wire from its Config type) and the station's phase.
struct Start {
  Phase phase{};
  std::uint32_t restarts{};  ///< how often this service was restarted since the station started
  Octets<kMaxConfigBytes> config{};
  static constexpr auto fields() {
    return list(field<&Start::phase>("phase"), field<&Start::restarts>("restarts"), field<&Start::config>("config"));
  }
};
/// A fresh socket for a conduit whose other end was restarted; the descriptor travels with the message.
struct Rebind {
  std::uint8_t conduit{};  ///< index in the service's own conduit list
  std::uint32_t epoch{};
  static constexpr auto fields() { return list(field<&Rebind::conduit>("conduit"), field<&Rebind::epoch>("epoch")); }
};
struct SetPhase {
  Phase phase{};
  static constexpr auto fields() { return list(field<&SetPhase::phase>("phase")); }
};
struct Stop {
  static constexpr auto fields() { return list(); }
};
using ToService = std::variant<Start, Rebind, SetPhase, Stop>;
struct Order {
  ToService body{};
  static constexpr auto fields() { return list(field<&Order::body>("body")); }
};

// From the service.

/// Locked down and about to read its conduits. Hashes are of the interfaces, in conduit order; a difference is fatal.
struct Ready {
  std::uint64_t build{};
  List<std::uint64_t, kMaxConduits> interfaces{};
  std::uint32_t layers{};  ///< bit per sandbox layer found active by the service itself, see libs/sandbox/layers.hpp
  static constexpr auto fields() {
    return list(field<&Ready::build>("build"), field<&Ready::interfaces>("interfaces"), field<&Ready::layers>("layers"));
  }
};
/// From the loop itself, once per watchdog interval; never from a helper thread.
struct Beat {
  std::uint64_t turns{};
  static constexpr auto fields() { return list(field<&Beat::turns>("turns")); }
};
/// A call on this conduit has taken longer than a millisecond; the next Beat ends it.
struct Waiting {
  std::uint8_t conduit{};
  std::uint8_t message{};
  static constexpr auto fields() { return list(field<&Waiting::conduit>("conduit"), field<&Waiting::message>("message")); }
};
/// The peer of this conduit broke the rules; the conduit is closed.
struct Violation {
  std::uint8_t conduit{};
  Reason reason{};
  Octets<16> bytes{};  ///< beginning of the offending frame
  static constexpr auto fields() {
    return list(field<&Violation::conduit>("conduit"), field<&Violation::reason>("reason"), field<&Violation::bytes>("bytes"));
  }
};
struct RequestPhase {
  Phase phase{};
  static constexpr auto fields() { return list(field<&RequestPhase::phase>("phase")); }
};
/// Stop every service in order and start the station again.
struct RequestRestart {
  static constexpr auto fields() { return list(); }
};
using FromService = std::variant<Ready, Beat, Waiting, Violation, RequestPhase, RequestRestart>;
struct Report {
  FromService body{};
  static constexpr auto fields() { return list(field<&Report::body>("body")); }
};

}  // namespace bulwatt::control
