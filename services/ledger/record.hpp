// One record of the ledger as stored, and the chain over all of them.
#pragma once
#include "interfaces/ledger.hpp"
#include "libs/journal/frame.hpp"

namespace bulwatt::ledger {

using Hash = std::array<std::byte, 32>;  ///< SHA-256

/// When something was recorded.
struct Stamp {
  std::uint64_t monotonic_us{};  ///< since the machine started
  Timestamp time{};              ///< civil time as it was believed to be
};

struct Record {
  static constexpr std::uint8_t kRecord = 2;
  static constexpr std::uint8_t kVersion = 1;
  std::uint64_t sequence{};  ///< of all records, gap-free from 1
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

/// As stored: the record's exact bytes, and SHA-256(hash of the record before || bytes).
struct Chained {
  static constexpr std::uint8_t kRecord = 2;
  static constexpr std::uint8_t kVersion = 1;
  Octets<wire::max_size<Record>()> record{};
  Hash hash{};
  static constexpr auto fields() { return list(field<&Chained::record>("record"), field<&Chained::hash>("hash")); }
};

/// First entry of every segment: where the chain stood.
struct SegmentHead {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 1;
  std::uint32_t segment{};
  std::uint32_t boot{};
  std::uint64_t records{};  ///< before this segment
  Hash hash{};              ///< of the last of them; zeros at the very beginning
  static constexpr auto fields() {
    return list(field<&SegmentHead::segment>("segment"), field<&SegmentHead::boot>("boot"),
                field<&SegmentHead::records>("records"), field<&SegmentHead::hash>("hash"));
  }
};

/// The next link of the chain.
Hash chain(const Hash& before, std::span<const std::byte> record);

}  // namespace bulwatt::ledger
