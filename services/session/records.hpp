// The durable part of the station as journal records, and back.
#pragma once
#include "libs/journal/journal.hpp"
#include "services/session/context.hpp"

namespace bulwatt::session {

struct StoredEvent {
  static constexpr std::uint8_t kRecord = 2;
  static constexpr std::uint8_t kVersion = 4;
  TransactionEvent event{};
  static constexpr auto fields() { return list(field<&StoredEvent::event>("event")); }
};
struct StoredSettings {
  static constexpr std::uint8_t kRecord = 3;
  static constexpr std::uint8_t kVersion = 3;
  Settings settings{};
  static constexpr auto fields() { return list(field<&StoredSettings::settings>("settings")); }
};
/// Everything remembered before this record is forgotten.
struct ForgottenCache {
  static constexpr std::uint8_t kRecord = 8;
  static constexpr std::uint8_t kVersion = 1;
  static constexpr auto fields() { return list(); }
};
/// The local authorization list begins: its entries follow. Only part of a whole state, so that it changes as a whole.
struct StoredListHead {
  static constexpr std::uint8_t kRecord = 9;
  static constexpr std::uint8_t kVersion = 1;
  std::int32_t version{};
  static constexpr auto fields() { return list(field<&StoredListHead::version>("version")); }
};
struct StoredListEntry {
  static constexpr std::uint8_t kRecord = 10;
  static constexpr std::uint8_t kVersion = 1;
  LocalEntry entry{};
  static constexpr auto fields() { return list(field<&StoredListEntry::entry>("entry")); }
};

/// Replays one record; false when it is none of ours.
bool apply(Station& station, Archive& archive, const journal::Entry& entry);
/// Adds the whole durable state.
bool write_all(const Station& station, const Archive& archive, journal::Snapshot& out);

template <class T>
inline constexpr std::size_t kEntrySize = wire::max_size<T>() + journal::kEntryHeader + 8;  ///< and what aligns it
/// Greatest size of write_all's result; the smallest journal file that may be configured holds it more than twice. A frame
/// may be left by a quarter empty since no entry is larger than that.
inline constexpr std::size_t kGreatestState =
    kEntrySize<StationRecord> + kEntrySize<StoredSettings> + kEntrySize<Reservations> +
    power::kMaxEvses * (kEntrySize<EvseRecord> + kEntrySize<BillRecord>)+Outbox::kCapacity * kEntrySize<StoredEvent> +
    kCacheEntries * kEntrySize<CachedToken> + kEntrySize<StoredListHead> +
    kLocalListEntries * kEntrySize<StoredListEntry>;
static_assert(std::max({kEntrySize<EvseRecord>, kEntrySize<BillRecord>, kEntrySize<Reservations>}) <=
              journal::kMaxBody / 4);
static_assert(2 * (kGreatestState + kGreatestState / 3 + 2 * journal::kMaxFrame) <
              std::size_t{kLeastJournalKib} * 1024);

}  // namespace bulwatt::session
