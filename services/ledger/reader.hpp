// Reads and verifies the stored ledger from outside: for `bulwatt log` and for tests. Never writes.
#pragma once
#include <functional>
#include <vector>

#include "services/ledger/segment.hpp"

namespace bulwatt::ledger {

enum class Finding : std::uint8_t {
  head_unreadable,
  head_mismatch,
  changed_bytes,
  chain_broken,
  sequence_gap,
  unreadable
};
constexpr auto enum_names(Finding) {
  return names("head_unreadable", "head_mismatch", "changed_bytes", "chain_broken", "sequence_gap", "unreadable");
}

/// Where the store is not what it was when it was written.
struct Problem {
  Finding finding{};
  std::uint32_t segment{};
  std::uint64_t after{};  ///< sequence of the last good record before it
};

struct Verified {
  std::uint64_t records = 0;  ///< sequence of the last good one
  Hash hash{};                ///< of it: to be compared with one kept elsewhere, which tells a cut-off end
  std::uint32_t segments = 0;
  bool torn = false;                 ///< remains of an unfinished write at the very end
  std::optional<Problem> problem{};  ///< the first one
};

/// Walks the whole store. `each` is called for every intact record in order, also behind a problem; false stops.
Verified verify(journal::Storage& storage, const std::function<bool(const Record&)>& each = {});

/// The last `count` records, oldest first.
std::vector<Record> tail(journal::Storage& storage, std::size_t count);

}  // namespace bulwatt::ledger
