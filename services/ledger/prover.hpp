// An inclusion proof that travels: one record of the newest log, the hashes from it to the signed checkpoint, and that checkpoint
// (C2SP tlog-proof). Reads files only, so it works beside a running station and on a copy.
#pragma once
#include <string>

#include "services/ledger/reader.hpp"

namespace bulwatt::ledger {

enum class NoProof : std::uint8_t {
  no_log,         ///< there is no segment that can be read
  no_checkpoint,  ///< nothing is signed, so there is nothing a proof could lead to
  not_signed,     ///< the signed checkpoint ends before this record
  no_record,      ///< it is not there (any more)
  broken          ///< no proof leads from what is stored to what was signed
};
constexpr auto enum_names(NoProof) { return names("no_log", "no_checkpoint", "not_signed", "no_record", "broken"); }

std::expected<std::string, NoProof> prove(const Files& files, std::uint64_t sequence);

/// The entry with this number; empty when it is not there. Looks for its segment from the newest on.
std::vector<std::byte> find_entry(const Files& files, std::uint32_t log, std::uint64_t sequence);

}  // namespace bulwatt::ledger
