// Signed meter records of a transaction: one when its driver is known, one when its last energy was counted; in between when the
// price of energy changes, when the meter is another one, and by interval. The meter says what, the vault signs; here it is only
// asked for, waited for and told.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

inline constexpr Duration kRecordPatience = std::chrono::seconds{5};  ///< then a transaction ends without its record

struct WantedRecord {
  std::uint64_t number{};
  meter::Stage stage{};
  TransactionId transaction{};
};
/// The one that is on its way.
std::optional<WantedRecord> wanted_record(const At& c);
/// It is on the shelf.
void record_made(const At& c, std::uint64_t number, const meter::FetchRecord::Made& made);
/// What both records together say was drawn; nothing unless both are there.
std::optional<std::int64_t> signed_energy(const Transaction& transaction);

void ask_begin_record(const At& c);
void ask_middle_record(const At& c);
/// Whether an ending transaction, all of whose energy was counted, has to wait. Asks.
bool waits_for_end_record(const At& c);
/// Which records belong to the samples of the last event; what is missing is in the ledger.
void name_records(const At& c, TransactionEvent& event);

}  // namespace bulwatt::session
