// The first format of the ledger: records in a chain of hashes. It is read, so that a log may be linked to it; nothing is written.
#pragma once
#include "services/ledger/record.hpp"

namespace bulwatt::ledger::old {

inline constexpr std::uint8_t kVersion = 1;

/// As stored: the record's bytes, and SHA-256(hash of the record before || bytes).
struct Chained {
  static constexpr std::uint8_t kRecord = 2;
  static constexpr std::uint8_t kVersion = old::kVersion;
  Octets<kMaxRecord> record{};
  Hash hash{};
  static constexpr auto fields() { return list(field<&Chained::record>("record"), field<&Chained::hash>("hash")); }
};

struct SegmentHead {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = old::kVersion;
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
inline Hash chain(const Hash& before, std::span<const std::byte> record) {
  std::array<std::byte, sizeof(Hash) + kMaxRecord> bytes;
  std::ranges::copy(before, bytes.begin());
  std::ranges::copy(record, bytes.begin() + sizeof(Hash));
  return merkle::sha256(std::span{bytes}.first(sizeof(Hash) + record.size()));
}

}  // namespace bulwatt::ledger::old
