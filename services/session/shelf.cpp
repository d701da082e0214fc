#include "services/session/shelf.hpp"

namespace bulwatt::session {
namespace {

constexpr std::uint32_t kFile = 0;
constexpr std::uint32_t kGeneration = 1;
static_assert(journal::kHeaderSize + journal::kEntryHeader + wire::max_size<KeptRecord>() + 2 * journal::kAlign <=
              Shelf::kPlace);

std::uint64_t offset_of(std::uint32_t place) { return std::uint64_t{place} * Shelf::kPlace; }

}  // namespace

std::expected<void, journal::Error> Shelf::open() { return storage_.reserve(kFile, offset_of(places_)); }

std::expected<void, journal::Error> Shelf::put(const KeptRecord& record) {
  batch_.clear();
  if (!batch_.add(record)) return std::unexpected(journal::Error::too_long);
  const auto bytes = batch_.frame_and_end(record.number, kGeneration, journal::Role::append);
  const auto written = storage_.write(kFile, offset_of(place_of(record.number)), bytes);
  return written ? storage_.sync(kFile) : written;
}

std::unique_ptr<KeptRecord> Shelf::get(std::uint64_t number) {
  auto record = at(place_of(number));
  return record && record->number == number ? std::move(record) : nullptr;
}

std::unique_ptr<KeptRecord> Shelf::at(std::uint32_t place) {
  BULWATT_UNINITIALIZED std::array<std::byte, kPlace> bytes;
  const auto got = storage_.read(kFile, offset_of(place), bytes);
  if (!got) return nullptr;
  const auto frame = journal::read_frame(std::span{bytes}.first(*got));
  if (!frame || frame->generation != kGeneration) return nullptr;
  auto body = frame->body;
  bool malformed = false;
  const auto entry = journal::next_entry(body, malformed);
  if (!entry || entry->kind != KeptRecord::kRecord || entry->version != KeptRecord::kVersion) return nullptr;
  const auto decoded = std::make_unique<std::expected<KeptRecord, wire::Error>>(wire::decode<KeptRecord>(entry->bytes));
  if (!*decoded || (*decoded)->number != frame->sequence) return nullptr;
  return std::make_unique<KeptRecord>(**decoded);
}

}  // namespace bulwatt::session
