#include "services/ledger/checkpoints.hpp"

#include <charconv>

#include "libs/base/try.hpp"

namespace bulwatt::ledger {

std::expected<std::optional<CheckpointFile::Kept>, journal::Error> CheckpointFile::read(std::uint32_t log) {
  std::optional<Kept> greatest;
  for (std::uint32_t place = 0; place < 2; ++place) {
    TRY(text, read_text(place));
    const auto note = merkle::parse_note(text);
    const auto checkpoint = note ? merkle::parse_checkpoint(note->text) : std::nullopt;
    if (!checkpoint) continue;
    const auto of = log_of(checkpoint->origin.view());
    if (of == 0 || (log != 0 && of != log)) continue;
    const auto rank = [](const merkle::Checkpoint& c) { return std::pair{log_of(c.origin.view()), c.size}; };
    if (greatest && rank(greatest->checkpoint) > rank(*checkpoint)) continue;
    greatest = Kept{text, *checkpoint};
    next_ = 1 - place;
  }
  return greatest;
}

std::expected<void, journal::Error> CheckpointFile::write(std::string_view note) {
  TRY_VOID(write_text(next_, note));
  next_ = 1 - next_;
  return {};
}

std::expected<std::string, journal::Error> CheckpointFile::read_keys() { return read_text(kKeys); }
std::expected<void, journal::Error> CheckpointFile::write_keys(std::string_view lines) {
  return write_text(kKeys, lines);
}

std::expected<std::string, journal::Error> CheckpointFile::read_text(std::uint32_t file) {
  std::string text(kPlace, '\0');
  TRY(got, storage_.read(file, 0, std::as_writable_bytes(std::span{text})));
  text.resize(std::min(got, text.find('\0')));
  return text;
}

std::expected<void, journal::Error> CheckpointFile::write_text(std::uint32_t file, std::string_view text) {
  if (text.size() > kPlace) return std::unexpected(journal::Error::too_long);
  std::string padded{text};
  padded.resize(kPlace, '\0');
  TRY_VOID(storage_.reserve(file, kPlace));
  TRY_VOID(storage_.write(file, 0, std::as_bytes(std::span{padded})));
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
