// Control interface: the conduit between the supervisor and each service (file descriptor 3). The only conduit that may
// carry descriptors, and only from the supervisor. No domain content.
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::control {

/// What the whole station is doing; permits may differ by phase. Set by the one service the authority graph allows.
/// `safe` is set and ended by the supervisor alone: restarting did not help, no energy is to be offered.
enum class Phase : std::uint8_t { boot, idle, charging, updating, safe };
constexpr auto enum_names(Phase) { return names("boot", "idle", "charging", "updating", "safe"); }
inline constexpr std::size_t kPhases = 5;

inline constexpr std::size_t kMaxConduits = 12;        ///< of one service
inline constexpr std::size_t kMaxConfigBytes = 8192;   ///< a service's encoded configuration
inline constexpr std::size_t kMaxCapsuleBytes = 4096;  ///< what a service may park, encoded

/// Why a service closed a conduit.
enum class Reason : std::uint8_t { truncated, ancillary, malformed, unknown_message, not_granted, wrong_kind, flooded };
constexpr auto enum_names(Reason) {
  return names("truncated", "ancillary", "malformed", "unknown_message", "not_granted", "wrong_kind", "flooded");
}

/// Volatile state that a service parks at the supervisor and gets back when it is started again. Nobody else reads it. What
/// must not be lost does not belong here.
struct Capsule {
  std::uint16_t version{};  ///< of the service's own layout
  std::uint32_t check{};    ///< CRC-32C of the version and the state, made and looked at by the service
  Octets<kMaxCapsuleBytes> state{};
  static constexpr auto fields() {
    return list(field<&Capsule::version>("version"), field<&Capsule::check>("check"), field<&Capsule::state>("state"));
  }
};

// From the supervisor.

/// First message: the service's configuration (encoded by libs/wire from its Config type) and the station's phase.
struct Start {
  Phase phase{};
  std::uint32_t restarts{};  ///< how often this service was restarted since the station started
  Octets<kMaxConfigBytes> config{};
  std::optional<Capsule> capsule{};  ///< what it parked; absent when there is none or it is not trusted any more
  static constexpr auto fields() {
    return list(field<&Start::phase>("phase"), field<&Start::restarts>("restarts"), field<&Start::config>("config"),
                field<&Start::capsule>("capsule"));
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
/// What an act of the supervisor was; `word` and `amount` say more.
enum class ActKind : std::uint8_t {
  service_ended,    ///< not on purpose; word: cause, amount: its detail
  step,             ///< of the ladder; word: which, amount: milliseconds until the next try
  recovered,        ///< a healthy minute: the ladder begins anew
  capsule_dropped,  ///< the service is started without what it parked; word: why
  safe_state_left,  ///< a new try
  other_slot,       ///< word: what became of the request
  assurance,        ///< word: layers that are missing, amount: as bits
  acts_lost,        ///< amount: how many there was no room for
};
constexpr auto enum_names(ActKind) {
  return names("service_ended", "step", "recovered", "capsule_dropped", "safe_state_left", "other_slot", "assurance",
               "acts_lost");
}
/// One act of the supervisor, for the service that keeps its acts. Sent until ActKept answers; so it may come twice, with
/// the same number.
struct Act {
  std::uint32_t number{};  ///< from 1 since the supervisor started
  Timestamp time{};
  ActKind kind{};
  Text<32> service{};  ///< empty: the station
  Text<48> word{};
  std::int64_t amount{};
  static constexpr auto fields() {
    return list(field<&Act::number>("number"), field<&Act::time>("time"), field<&Act::kind>("kind"),
                field<&Act::service>("service"), field<&Act::word>("word"), field<&Act::amount>("amount"));
  }
};
using ToService = std::variant<Start, Rebind, SetPhase, Stop, Act>;
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
    return list(field<&Ready::build>("build"), field<&Ready::interfaces>("interfaces"),
                field<&Ready::layers>("layers"));
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
  static constexpr auto fields() {
    return list(field<&Waiting::conduit>("conduit"), field<&Waiting::message>("message"));
  }
};
/// The peer of this conduit broke the rules; the conduit is closed.
struct Violation {
  std::uint8_t conduit{};
  Reason reason{};
  Octets<16> bytes{};  ///< beginning of the offending frame
  static constexpr auto fields() {
    return list(field<&Violation::conduit>("conduit"), field<&Violation::reason>("reason"),
                field<&Violation::bytes>("bytes"));
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
/// Replaces what was parked before. Only for services with `capsule_bytes` in the authority graph.
struct Park {
  Capsule capsule{};
  static constexpr auto fields() { return list(field<&Park::capsule>("capsule")); }
};
/// The acts up to this number are on disk.
struct ActKept {
  std::uint32_t number{};
  static constexpr auto fields() { return list(field<&ActKept::number>("number")); }
};
using FromService = std::variant<Ready, Beat, Waiting, Violation, RequestPhase, RequestRestart, Park, ActKept>;
struct Report {
  FromService body{};
  static constexpr auto fields() { return list(field<&Report::body>("body")); }
};

}  // namespace bulwatt::control
