// What one TransactionEvent costs: an 800-byte message of a running charge, parsed with every limit checked, and written.
#pragma once
#include <cstdint>

namespace bulwatt::bench {

struct MessageCost {
  std::int64_t parse_ns = 0;
  std::int64_t write_ns = 0;
  std::uint64_t allocations = 0;  ///< of one parse and one write
};

/// The shortest of many rounds. Throws when the message does not come back as it was.
MessageCost measure_transaction_event();

}  // namespace bulwatt::bench
