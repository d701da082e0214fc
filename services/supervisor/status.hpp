// What the supervisor shows to people and benches: run/status, a file of fixed size, rewritten whole by one pwrite on each
// change and each second. Read it with read_status; `bulwatt ps` prints it.
#pragma once
#include <expected>
#include <optional>

#include "interfaces/control.hpp"
#include "libs/sandbox/layers.hpp"
#include "libs/wire/wire.hpp"
#include "services/supervisor/station.hpp"

namespace bulwatt::supervisor {

enum class State : std::uint8_t {
  waiting,   ///< launched; its Start waits for a service it calls
  starting,  ///< has its Start, has not said READY
  ready,
  backoff,  ///< ended; will be launched again
  stopping,
  stopped,  ///< ended on purpose
  refused,  ///< of another build, or a required layer is missing: not run again
  absent,   ///< optional, and this station is without it
};
constexpr auto enum_names(State) {
  return names("waiting", "starting", "ready", "backoff", "stopping", "stopped", "refused", "absent");
}

enum class Cause : std::uint8_t {
  none,
  exited,     ///< by itself; detail: exit status
  signal,     ///< detail: number
  filter,     ///< a system call outside its set (SIGSYS)
  hang,       ///< missed its heartbeats
  not_ready,  ///< said no READY in time
  violation,  ///< broke the rules of a conduit
  launch,     ///< could not be started; detail: error number
  other_build,
  layer_missing,  ///< detail: the Layer
  with_peer,      ///< restarted together with another service
  asked,          ///< stopped by the supervisor
};
constexpr auto enum_names(Cause) {
  return names("none", "exited", "signal", "filter", "hang", "not_ready", "violation", "launch", "other_build",
               "layer_missing", "with_peer", "asked");
}

enum class Health : std::uint8_t { starting, up, degraded, safe_state, stopping };
constexpr auto enum_names(Health) { return names("starting", "up", "degraded", "safe_state", "stopping"); }

/// The ladder, from the bottom. A service stands on one of the first five, the station on `none` or one of the last three.
enum class Step : std::uint8_t {
  none,
  service,        ///< restarted
  service_empty,  ///< restarted without what it had parked
  zone,           ///< restarted with its zone
  safe_state,     ///< no energy; tried again later
  other_slot,     ///< the machine is to start its other software
  stay_safe,      ///< there is no other, or it was tried: a person is needed
};
constexpr auto enum_names(Step) {
  return names("none", "service", "service_empty", "zone", "safe_state", "other_slot", "stay_safe");
}

enum class RestartClass : std::uint8_t { isolated, pair, zone, station };
constexpr auto enum_names(RestartClass) { return names("isolated", "pair", "zone", "station"); }

/// The machine's own watchdog, which resets it when nobody feeds it.
enum class Guard : std::uint8_t {
  none,  ///< not configured
  fed,
  starved,  ///< not fed because the safety zone is not fresh
  failed,   ///< configured, but it cannot be used
};
constexpr auto enum_names(Guard) { return names("none", "fed", "starved", "failed"); }

/// A call that has been running for more than a millisecond.
struct WaitingOn {
  Name peer{};
  std::uint8_t message{};
  std::int64_t since_us{};  ///< monotonic
  static constexpr auto fields() {
    return list(field<&WaitingOn::peer>("peer"), field<&WaitingOn::message>("message"),
                field<&WaitingOn::since_us>("since_us"));
  }
};

/// All `_us` are microseconds of the monotonic clock; zero: never.
struct ServiceStatus {
  Name name{};
  Name zone{};
  State state{};
  std::uint32_t pid{};
  std::uint32_t restarts{};
  std::int64_t launched_us{};
  std::int64_t died_us{};   ///< last detected end
  std::int64_t ready_us{};  ///< last READY; after died_us: how long the gap was
  Cause last_cause{};
  std::int32_t cause_detail{};
  std::uint64_t beats{};
  std::int64_t last_beat_us{};
  std::uint32_t violations{};  ///< reported against it
  std::uint32_t layers{};      ///< active (layers.hpp)
  std::uint32_t missing{};     ///< applicable and not active
  std::uint8_t exposure{};     ///< 0 closed … 100 open: libs/sandbox/exposure.hpp
  std::optional<WaitingOn> waiting_on{};
  RestartClass restart_class{};
  Step step{};
  std::uint32_t hangs{};             ///< times it missed its beats
  std::uint16_t capsule_bytes{};     ///< parked now
  std::uint32_t capsules_dropped{};  ///< not given back: poison, or the ladder asked for a start without
  static constexpr auto fields() {
    return list(field<&ServiceStatus::name>("name"), field<&ServiceStatus::zone>("zone"),
                field<&ServiceStatus::state>("state"), field<&ServiceStatus::pid>("pid"),
                field<&ServiceStatus::restarts>("restarts"), field<&ServiceStatus::launched_us>("launched_us"),
                field<&ServiceStatus::died_us>("died_us"), field<&ServiceStatus::ready_us>("ready_us"),
                field<&ServiceStatus::last_cause>("last_cause"), field<&ServiceStatus::cause_detail>("cause_detail"),
                field<&ServiceStatus::beats>("beats"), field<&ServiceStatus::last_beat_us>("last_beat_us"),
                field<&ServiceStatus::violations>("violations"), field<&ServiceStatus::layers>("layers"),
                field<&ServiceStatus::missing>("missing"), field<&ServiceStatus::exposure>("exposure"),
                field<&ServiceStatus::waiting_on>("waiting_on"), field<&ServiceStatus::restart_class>("restart_class"),
                field<&ServiceStatus::step>("step"), field<&ServiceStatus::hangs>("hangs"),
                field<&ServiceStatus::capsule_bytes>("capsule_bytes"),
                field<&ServiceStatus::capsules_dropped>("capsules_dropped"));
  }
};

struct Status {
  std::uint64_t build{};
  std::uint32_t pid{};
  Health health{};
  control::Phase phase{};
  ProfileChoice profile{};
  bool rootless{};
  Timestamp started{};
  std::int64_t started_us{};
  std::int64_t all_ready_us{};  ///< first moment all services were READY
  std::int64_t written_us{};
  Step step{};                  ///< of the ladder, above the single service
  std::uint32_t safe_states{};  ///< entered since the last healthy minute
  std::int64_t next_try_us{};   ///< when the safe state is left for a try; zero: not planned
  Guard guard{};
  std::uint32_t acts_waiting{};  ///< not yet confirmed by the service that keeps them
  std::uint32_t acts_lost{};
  std::uint32_t orphans{};     ///< processes of others that were reaped, as first process of a container
  std::uint32_t heap_calls{};  ///< allocations by the supervisor after start; always 0
  List<ServiceStatus, kMaxServices> services{};
  static constexpr auto fields() {
    return list(field<&Status::build>("build"), field<&Status::pid>("pid"), field<&Status::health>("health"),
                field<&Status::phase>("phase"), field<&Status::profile>("profile"),
                field<&Status::rootless>("rootless"), field<&Status::started>("started"),
                field<&Status::started_us>("started_us"), field<&Status::all_ready_us>("all_ready_us"),
                field<&Status::written_us>("written_us"), field<&Status::step>("step"),
                field<&Status::safe_states>("safe_states"), field<&Status::next_try_us>("next_try_us"),
                field<&Status::guard>("guard"), field<&Status::acts_waiting>("acts_waiting"),
                field<&Status::acts_lost>("acts_lost"), field<&Status::orphans>("orphans"),
                field<&Status::heap_calls>("heap_calls"), field<&Status::services>("services"));
  }
};

/// File layout, little-endian: magic (8), generation (8), size of the encoding (4), its CRC-32 (4), the encoding, zeros.
inline constexpr std::size_t kStatusHeader = 24;
inline constexpr std::size_t kStatusFileSize = kStatusHeader + wire::max_size<Status>();
using StatusBuffer = std::array<std::byte, kStatusFileSize>;

enum class StatusError : std::uint8_t { no_file, not_a_status_file, being_written, other_build };
constexpr auto enum_names(StatusError) { return names("no_file", "not_a_status_file", "being_written", "other_build"); }

/// Fills the whole buffer.
void encode_status(const Status& status, std::uint64_t generation, StatusBuffer& out);
/// `being_written`: the checksum does not fit; read again.
std::expected<Status, StatusError> decode_status(std::span<const std::byte> file);
/// Opens and reads the file, again when it was just being written.
std::expected<Status, StatusError> read_status(const char* path);

}  // namespace bulwatt::supervisor
