// One record of the ledger as stored: the entry of the Merkle tree is exactly its encoding (libs/wire, one encoding per value).
#pragma once
#include "interfaces/ledger.hpp"
#include "libs/journal/frame.hpp"
#include "libs/merkle/hash.hpp"

namespace bulwatt::ledger {

using merkle::Hash;

/// When something was recorded.
struct Stamp {
  std::uint64_t monotonic_us{};  ///< since the machine started
  Timestamp time{};              ///< civil time as it was believed to be
};

struct Record {
  static constexpr std::uint8_t kRecord = 2;
  static constexpr std::uint8_t kVersion = 2;
  std::uint64_t sequence{};  ///< of all records of one log, gap-free from 1
  std::uint32_t boot{};      ///< starts of the station so far
  std::uint64_t monotonic_us{};
  Timestamp time{};
  Text<24> actor{};  ///< who said it, by the conduit it came from
  Subject subject{};
  Severity severity{};
  Text<50> event{};
  Text<kMaxDetail> detail{};
  static constexpr auto fields() {
    using R = Record;
    return list(field<&R::sequence>("sequence"), field<&R::boot>("boot"),
                field<&R::monotonic_us>("monotonic", {.unit = "us"}), field<&R::time>("time"),
                field<&R::actor>("actor"), field<&R::subject>("subject"), field<&R::severity>("severity"),
                field<&R::event>("event"), field<&R::detail>("detail"));
  }
};
inline constexpr std::int64_t kClockJumpMs =
    2'000;  ///< civil against monotonic time: more is recorded as a clock that was set
inline constexpr std::size_t kMaxRecord = wire::max_size<Record>();

/// What the ledger says of itself; the verifier knows these by name.
namespace own {
inline constexpr std::string_view kActor = "ledger";
inline constexpr std::string_view kStarted = "LedgerStarted";
inline constexpr std::string_view kTornTail = "TornTailDropped";
inline constexpr std::string_view kTornCheckpoint = "TornCheckpointRepaired";
inline constexpr std::string_view kDamaged = "LedgerDamaged";
inline constexpr std::string_view kLinked = "LedgerLinked";
inline constexpr std::string_view kPruned = "RecordsPruned";
inline constexpr std::string_view kNearlyFull = "MemoryExhaustion";     // OCPP's name
inline constexpr std::string_view kClockChanged = "SettingSystemTime";  // OCPP's name
inline constexpr std::string_view kSigningKey = "CheckpointKey";
inline constexpr std::string_view kWitnessAhead = "WitnessAhead";
inline constexpr std::string_view kWitnessRefuses = "WitnessRefuses";
inline constexpr std::string_view kMirrorRefuses = "MirrorRefuses";
inline constexpr std::string_view kReceiptsAgain = "ReceiptsAgain";
inline constexpr std::string_view kAnchored = "LedgerAnchored";
inline constexpr std::string_view kAnchorAhead = "AnchorAhead";
inline constexpr std::string_view kAnchorBehind = "AnchorBehind";
}  // namespace own

}  // namespace bulwatt::ledger
