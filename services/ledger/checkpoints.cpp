#include "services/ledger/checkpoints.hpp"

#include <algorithm>
#include <charconv>

#include "libs/base/hex.hpp"
#include "libs/base/try.hpp"
#include "libs/journal/crc32c.hpp"

namespace bulwatt::ledger {
namespace {

/// What stands at the end of a place whose first bytes are these.
Line<CheckpointFile::kTrailer> trailer_of(std::string_view filled) {
  const auto crc = journal::crc32c(std::as_bytes(std::span{filled}));
  std::array<std::byte, 4> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(crc >> (24 - 8 * i));
  return Line<CheckpointFile::kTrailer>{"crc32c=", hex_line<4>(bytes).view(), "\n"};
}

}  // namespace

std::pair<std::uint32_t, std::uint64_t> CheckpointFile::Place::rank() const {
  return checkpoint ? std::pair{log_of(checkpoint->origin.view()), checkpoint->size} : std::pair{0U, std::uint64_t{0}};
}

std::expected<CheckpointFile::Place, journal::Error> CheckpointFile::read_place(std::uint32_t file) {
  Place out;
  std::string bytes(kPlace, '\0');
  TRY(got, storage_.read(file, 0, std::as_writable_bytes(std::span{bytes})));
  bytes.resize(got);
  if (std::ranges::all_of(bytes, [](char c) { return c == '\0'; })) return out;
  const auto filled = std::string_view{bytes}.substr(0, kMostText);
  out.whole = got == kPlace && trailer_of(filled).view() == std::string_view{bytes}.substr(kMostText);
  if (out.whole) out.text = filled.substr(0, filled.find('\0'));
  return out;
}

std::expected<std::array<CheckpointFile::Place, CheckpointFile::kPlaces>, journal::Error>
CheckpointFile::read_places() {
  std::array<Place, kPlaces> places;
  for (std::uint32_t i = 0; i < kPlaces; ++i) {
    TRY(place, read_place(i));
    places[i] = place;
    const auto note = merkle::parse_note(place.text);
    const auto checkpoint = note ? merkle::parse_checkpoint(note->text) : std::nullopt;
    if (checkpoint && log_of(checkpoint->origin.view()) != 0) places[i].checkpoint = checkpoint;
  }
  return places;
}

/// Only one place is ever being written, and only checkpoints are written.
CheckpointFile::Condition CheckpointFile::condition_of(const std::array<Place, kPlaces>& places) {
  const auto foreign = [](const Place& p) { return p.whole && !p.empty() && !p.checkpoint; };
  const auto torn = std::ranges::count_if(places, [](const Place& p) { return !p.whole; });
  if (torn > 1 || std::ranges::any_of(places, foreign)) return Condition::damaged;
  return torn == 0 ? Condition::intact : Condition::torn;
}

std::expected<CheckpointFile::Found, journal::Error> CheckpointFile::read(std::uint32_t log) {
  TRY(places, read_places());
  const auto& greatest = places[places[0].rank() > places[1].rank() ? 0 : 1];
  next_ = &greatest == &places[0] ? 1 : 0;
  for (std::uint32_t i = 0; i < kPlaces; ++i)
    if (!places[i].whole) next_ = i;
  Found found{{}, condition_of(places)};
  for (const auto& place : places) {
    if (!place.checkpoint || (log != 0 && place.rank().first != log)) continue;
    const bool less = found.kept && place.rank() < Place{true, {}, found.kept->checkpoint}.rank();
    if (!less) found.kept = Kept{place.text, *place.checkpoint};
  }
  return found;
}

std::expected<void, journal::Error> CheckpointFile::write(std::string_view note) {
  TRY_VOID(write_text(next_, note));
  next_ = 1 - next_;
  return {};
}

std::expected<void, journal::Error> CheckpointFile::repair() {
  TRY(places, read_places());
  if (condition_of(places) != Condition::torn) return {};
  next_ = places[0].whole ? 1 : 0;
  return write_text(next_, places[1 - next_].text);
}

std::expected<void, journal::Error> CheckpointFile::set_aside() {
  std::string bytes(kPlace, '\0');
  for (std::uint32_t i = 0; i < kPlaces; ++i) {
    std::ranges::fill(bytes, '\0');
    TRY(got, storage_.read(i, 0, std::as_writable_bytes(std::span{bytes})));
    if (got != 0) TRY_VOID(write_whole(kAside + i, bytes));
  }
  for (std::uint32_t i = 0; i < kPlaces; ++i) TRY_VOID(write_text(i, {}));
  next_ = 0;
  return {};
}

std::expected<std::string, journal::Error> CheckpointFile::read_keys() {
  TRY(place, read_place(kKeys));
  return place.text;
}
std::expected<void, journal::Error> CheckpointFile::write_keys(std::string_view lines) {
  return write_text(kKeys, lines);
}

std::expected<std::string, journal::Error> CheckpointFile::read_anchor(std::uint32_t place) {
  TRY(found, read_place(kAnchor + place));
  return found.text;
}
std::expected<void, journal::Error> CheckpointFile::write_anchor(std::uint32_t place, std::string_view text) {
  return write_text(kAnchor + place, text);
}

std::expected<void, journal::Error> CheckpointFile::write_text(std::uint32_t file, std::string_view text) {
  if (text.size() > kMostText) return std::unexpected(journal::Error::too_long);
  std::string bytes{text};
  bytes.resize(kMostText, '\0');
  if (text.empty()) bytes.resize(kPlace, '\0');
  else bytes += trailer_of(bytes).view();
  return write_whole(file, bytes);
}

std::expected<void, journal::Error> CheckpointFile::write_whole(std::uint32_t file, std::string_view bytes) {
  TRY_VOID(storage_.reserve(file, bytes.size()));
  TRY_VOID(storage_.write(file, 0, std::as_bytes(std::span{bytes})));
  return storage_.sync(file);
}

std::string origin_of(std::string_view station, std::uint32_t log) {
  return std::string{station} + "/" + std::to_string(log);
}

std::uint32_t log_of(std::string_view origin) {
  const auto slash = origin.rfind('/');
  if (slash == std::string_view::npos) return 0;
  const auto digits = origin.substr(slash + 1);
  std::uint32_t log = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), log);
  return error == std::errc{} && end == digits.data() + digits.size() ? log : 0;
}

}  // namespace bulwatt::ledger
