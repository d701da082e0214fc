#include "libs/merkle/witness.hpp"

#include <charconv>

namespace bulwatt::merkle {
namespace {

constexpr std::string_view kOld = "old ";

bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

/// Decimal without leading zeroes.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::optional<Checkpoint> checkpoint_in(std::string_view whole) {
  const auto note = parse_note(whole);
  return note ? parse_checkpoint(note->text) : std::nullopt;
}

/// Unknown keys are not looked at; a line of a known one that does not hold spoils the note.
bool is_signed(const Note& note, std::span<const VerifierKey> keys) {
  std::size_t good = 0;
  for (const auto& key : keys) {
    const auto verdict = check_signature(note, key).verdict;
    if (verdict == Verdict::bad) return false;
    good += verdict == Verdict::good ? 1 : 0;
  }
  return good != 0;
}

Witnessed compare(const AddCheckpoint& request, const Checkpoint& now, const std::optional<Checkpoint>& latest) {
  if (request.old_size > now.size) return Witnessed::malformed;
  const auto known = latest ? latest->size : 0;
  if (latest && now.size == known && now.root != latest->root) return Witnessed::forked;
  if (request.old_size != known) return now.size < known ? Witnessed::older : Witnessed::other_size;
  const auto root = latest ? latest->root : empty_root();
  const bool follows = verify_consistency(known, root, now.size, now.root, request.hashes.view());
  return follows ? Witnessed::good : Witnessed::not_consistent;
}

}  // namespace

std::string write_add_checkpoint(const AddCheckpoint& request) {
  std::string out{kOld};
  out += std::to_string(request.old_size) + "\n";
  for (const auto& hash : request.hashes) out += write_hash(hash) + "\n";
  return out.append("\n").append(request.note);
}

std::optional<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  std::string_view line;
  if (body.size() > 2 * kMaxNote || !take_line(body, line) || !line.starts_with(kOld)) return std::nullopt;
  const auto old_size = parse_size(line.substr(kOld.size()));
  if (!old_size) return std::nullopt;
  AddCheckpoint out;
  out.old_size = *old_size;
  while (take_line(body, line)) {
    if (line.empty()) {
      out.note = body;
      return out;
    }
    const auto hash = parse_hash(line);
    if (!hash || out.hashes.size == kMaxProofLines || !out.hashes.push_back(*hash)) return std::nullopt;
  }
  return std::nullopt;
}

int status_of(Witnessed found) {
  switch (found) {
    case Witnessed::good: return 200;
    case Witnessed::malformed: return 400;
    case Witnessed::not_signed: return 403;
    case Witnessed::other_size:
    case Witnessed::older:
    case Witnessed::forked: return 409;
    case Witnessed::not_consistent: break;
  }
  return 422;
}

std::optional<Text<kMaxOrigin>> origin_in(std::string_view body) {
  const auto request = parse_add_checkpoint(body);
  const auto checkpoint = request ? checkpoint_in(request->note) : std::nullopt;
  return checkpoint ? std::optional{checkpoint->origin} : std::nullopt;
}

Judgement judge(std::string_view body, std::span<const VerifierKey> keys, const std::optional<Checkpoint>& latest) {
  const auto request = parse_add_checkpoint(body);
  const auto note = request ? parse_note(request->note) : std::unexpected(NoteError::no_signatures);
  const auto checkpoint = note ? parse_checkpoint(note->text) : std::nullopt;
  if (!checkpoint || checkpoint->size >= kMaxSize) return {Witnessed::malformed, {}};
  if (!is_signed(*note, keys)) return {Witnessed::not_signed, *checkpoint};
  return {compare(*request, *checkpoint, latest), *checkpoint};
}

std::optional<std::string> WitnessClient::request(std::string_view note, NodeSource& source) {
  const auto checkpoint = checkpoint_in(note);
  if (!checkpoint || size_ > checkpoint->size) return std::nullopt;
  const auto proof = prove_consistency(source, size_, checkpoint->size);
  if (!proof) return std::nullopt;
  note_ = note;
  asked_ = checkpoint->size;
  lines_.clear();
  AddCheckpoint out;
  out.old_size = size_;
  out.hashes = *proof;
  out.note = note;
  return write_add_checkpoint(out);
}

WitnessClient::Outcome WitnessClient::take(int status, std::string_view type, std::string_view body) {
  if (body.size() > kMaxNote) return Outcome::unusable;
  if (status == 200) return take_lines(body);
  if (status == 409 && type == kSizeType) return take_size(body);
  const bool refused = status == 403 || status == 404 || status == 409 || status == 422;
  return refused ? Outcome::refused : Outcome::unusable;
}

WitnessClient::Outcome WitnessClient::take_lines(std::string_view body) {
  const auto checkpoint = checkpoint_in(note_);
  if (!checkpoint) return Outcome::unusable;
  // Without the log's own lines: what counts here are the witness's.
  const auto whole = write_checkpoint(*checkpoint) + "\n" + std::string{body};
  const auto note = parse_note(whole);
  if (!note || !is_signed(*note, keys_)) return Outcome::unusable;
  for (const auto& line : note->signatures) {
    const auto known = [&](const VerifierKey& key) { return key.name.view() == line.name && key.id() == line.key_id; };
    if (std::ranges::any_of(keys_, known)) lines_ += signature_line(line.name, line.key_id, line.bytes.view());
  }
  size_ = asked_;
  return Outcome::cosigned;
}

WitnessClient::Outcome WitnessClient::take_size(std::string_view body) {
  const auto size = body.ends_with('\n') ? parse_size(body.substr(0, body.size() - 1)) : std::nullopt;
  if (!size) return Outcome::unusable;
  if (*size > asked_) return Outcome::ahead;
  // The size that was asked with: it says no for another reason, which is that it signed other entries.
  if (*size == size_) return Outcome::refused;
  if (*size < size_) return Outcome::unusable;  // a witness that forgets is none
  size_ = *size;
  return Outcome::again;
}

}  // namespace bulwatt::merkle
