#include "services/session/records.hpp"

namespace bulwatt::session {
namespace {

template <class T>
std::optional<T> read(const journal::Entry& entry) {
  if (entry.version != T::kVersion) return std::nullopt;
  auto record = wire::decode<T>(entry.bytes);
  if (!record) return std::nullopt;
  return *std::move(record);
}

bool apply_event(Station& s, const TransactionEvent& event) {
  // Acknowledgements are stored late. The live queue never overflowed, so what does not fit here was acknowledged.
  if (s.outbox.room() == 0) s.outbox.acknowledge(s.outbox[0].number);
  s.outbox.push(event);
  s.outbox.set_durable(event.number);
  return true;
}

}  // namespace

bool apply(Station& s, const Config& config, const journal::Entry& entry) {
  switch (entry.kind) {
    case Ongoing::kRecord: {
      const auto record = read<Ongoing>(entry);
      if (!record) return false;
      s.ongoing = *record;
      s.outbox.acknowledge(record->acknowledged);
      s.outbox.set_durable(record->next_number - 1);
      return true;
    }
    case StoredEvent::kRecord: {
      const auto record = read<StoredEvent>(entry);
      return record && apply_event(s, record->event);
    }
    case StoredSettings::kRecord: {
      const auto record = read<StoredSettings>(entry);
      if (record) s.settings = record->settings;
      return record.has_value();
    }
    case CachedToken::kRecord: {
      const auto record = read<CachedToken>(entry);
      if (record) s.cache.put(*record, config.cache_entries);
      return record.has_value();
    }
    default: return false;
  }
}

bool write_all(const Station& s, journal::Snapshot& out) {
  if (!out.add(StoredSettings{s.settings})) return false;
  const auto tokens = s.cache.entries();
  for (auto i = tokens.size(); i-- > 0;) {
    if (!out.add(tokens[i])) return false;  // oldest first: replay puts the latest in front
  }
  for (std::size_t i = 0; i < s.outbox.size(); ++i) {
    if (!out.add(StoredEvent{s.outbox[i]})) return false;
  }
  return out.add(s.ongoing);
}

}  // namespace bulwatt::session
