// The durable part of the station as journal records, and back.
#pragma once
#include "libs/journal/journal.hpp"
#include "services/session/station.hpp"

namespace bulwatt::session {

struct StoredEvent {
  static constexpr std::uint8_t kRecord = 2;
  static constexpr std::uint8_t kVersion = 1;
  TransactionEvent event{};
  static constexpr auto fields() { return list(field<&StoredEvent::event>("event")); }
};
struct StoredSettings {
  static constexpr std::uint8_t kRecord = 3;
  static constexpr std::uint8_t kVersion = 1;
  Settings settings{};
  static constexpr auto fields() { return list(field<&StoredSettings::settings>("settings")); }
};

/// Replays one record; false when it is none of ours.
bool apply(Station& station, const Config& config, const journal::Entry& entry);
/// Adds the whole durable state.
bool write_all(const Station& station, journal::Snapshot& out);

/// Greatest size of write_all's result; the smallest journal file that may be configured holds it more than twice.
inline constexpr std::size_t kGreatestState =
    wire::max_size<Ongoing>() + wire::max_size<Settings>() +
    Outbox::kCapacity * (wire::max_size<StoredEvent>() + journal::kEntryHeader) +
    kCacheEntries * (wire::max_size<CachedToken>() + journal::kEntryHeader);
static_assert(2 * (kGreatestState + 2 * journal::kMaxFrame) < 512 * 1024);

}  // namespace bulwatt::session
