#include "services/session/records.hpp"

namespace bulwatt::session {
namespace {

template <class T, class F>
bool read(const journal::Entry& entry, F&& take) {
  if (entry.version != T::kVersion) return false;
  const auto record = wire::decode<T>(entry.bytes);
  if (!record) return false;
  if constexpr (std::is_void_v<decltype(take(*record))>) {
    take(*record);
    return true;
  } else {
    return take(*record);
  }
}

void take_event(Archive& archive, const TransactionEvent& event) {
  // Acknowledgements are stored late. The live queue never overflowed, so what does not fit here was acknowledged.
  auto& outbox = archive.outbox;
  if (outbox.room() == 0) outbox.acknowledge(outbox[0].number);
  outbox.push(event);
  outbox.set_durable(event.number);
}

void take_station(Station& s, Archive& archive, const StationRecord& record) {
  s.kept = record;
  archive.outbox.acknowledge(record.acknowledged);
  archive.outbox.set_durable(record.next_number - 1);
}

/// What an EVSE that is configured no longer did is of no use any more.
void take_evse(Station& s, EvseRecord record) {
  if (record.evse < 1 || record.evse > s.evses.size) return;
  auto& evse = s.evses[record.evse - 1U];
  record.connectors.size = evse.connectors.size;
  evse.kept = record;
}

void take_bill(Station& s, const BillRecord& record) {
  if (record.evse < 1 || record.evse > s.evses.size) return;
  auto& bill = s.evses[record.evse - 1U].bill;
  bill = record;
  bill.account.used.size = tariff::kMaxElements;
}

}  // namespace

bool apply(Station& s, Archive& archive, const journal::Entry& entry) {
  switch (entry.kind) {
    case StationRecord::kRecord:
      return read<StationRecord>(entry, [&](const auto& record) { take_station(s, archive, record); });
    case EvseRecord::kRecord: return read<EvseRecord>(entry, [&](const auto& record) { take_evse(s, record); });
    case BillRecord::kRecord: return read<BillRecord>(entry, [&](const auto& record) { take_bill(s, record); });
    case Reservations::kRecord: return read<Reservations>(entry, [&](const auto& record) { s.reservations = record; });
    case StoredEvent::kRecord:
      return read<StoredEvent>(entry, [&](const auto& record) { take_event(archive, record.event); });
    case StoredSettings::kRecord:
      return read<StoredSettings>(entry, [&](const auto& record) { s.settings = record.settings; });
    //= OCPP-2.0.1 C10.FR.02
    case CachedToken::kRecord: return read<CachedToken>(entry, [&](const auto& record) { archive.cache.put(record); });
    case ForgottenCache::kRecord: return read<ForgottenCache>(entry, [&](const auto&) { archive.cache.clear(); });
    case StoredListHead::kRecord:
      return read<StoredListHead>(entry, [&](const auto& record) { archive.list.restore(record.version); });
    case StoredListEntry::kRecord:
      return read<StoredListEntry>(entry, [&](const auto& record) { return archive.list.restore(record.entry); });
    default: return false;
  }
}

bool write_all(const Station& s, const Archive& archive, journal::Snapshot& out) {
  bool all = out.add(StoredSettings{s.settings}) && out.add(s.reservations) && out.add(ForgottenCache{});
  const auto tokens = archive.cache.entries();
  for (auto i = tokens.size(); i-- > 0;)
    all = all && out.add(tokens[i]);  // oldest first: replay puts the latest in front
  all = all && out.add(StoredListHead{archive.list.version()});
  for (const auto& entry : archive.list.entries()) all = all && out.add(StoredListEntry{entry});
  for (std::size_t i = 0; i < archive.outbox.size(); ++i) all = all && out.add(StoredEvent{archive.outbox[i]});
  for (const auto& evse : s.evses) all = all && out.add(evse.kept) && out.add(evse.bill);
  return all && out.add(s.kept);
}

}  // namespace bulwatt::session
