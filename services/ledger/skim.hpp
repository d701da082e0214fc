// What verification needs of a record, taken out of its encoding where it lies: reading every record into its greatest size would
// take longer than hashing it. Takes exactly what wire::decode<Record> takes.
#pragma once
#include "services/ledger/record.hpp"

namespace bulwatt::ledger {

struct Skimmed {
  std::uint64_t sequence{};
  Timestamp time{};
  std::string_view actor{};
  std::string_view event{};
  std::string_view detail{};
};
/// Nothing when the bytes are not the encoding of a record.
std::optional<Skimmed> skim(std::span<const std::byte> bytes);

}  // namespace bulwatt::ledger
