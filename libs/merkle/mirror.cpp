#include "libs/merkle/mirror.hpp"

#include <charconv>

namespace bulwatt::merkle {
namespace {

constexpr std::string_view kLog = "log ";
constexpr std::string_view kFrom = "from ";

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::optional<std::string_view> take_line(std::string_view& rest, std::string_view beginning) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos || !rest.starts_with(beginning)) return std::nullopt;
  const auto line = rest.substr(beginning.size(), end - beginning.size());
  rest.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string write_add_entries(const AddEntries& request) {
  std::string out{kLog};
  out.append(request.origin).append("\n").append(kFrom) += std::to_string(request.from);
  return out.append("\n\n").append(request.bundle);
}

std::optional<AddEntries> parse_add_entries(std::string_view body) {
  if (body.size() > kMaxAddEntries) return std::nullopt;
  const auto origin = take_line(body, kLog);
  const auto from = origin ? take_line(body, kFrom) : std::nullopt;
  const auto index = from ? parse_number(*from) : std::nullopt;
  if (!index || origin->empty() || origin->size() > kMaxOrigin || !body.starts_with('\n')) return std::nullopt;
  body.remove_prefix(1);
  auto rest = std::as_bytes(std::span{body});
  std::size_t count = 0;
  while (take_entry(rest)) ++count;
  if (!rest.empty() || count == 0 || *index >= kMaxSize - count) return std::nullopt;
  return AddEntries{*origin, *index, body};
}

int status_of(Mirrored found) {
  switch (found) {
    case Mirrored::complete: return 200;
    case Mirrored::wants_more: return 202;
    case Mirrored::malformed: return 400;
    case Mirrored::other_index: return 409;
    case Mirrored::beyond:
    case Mirrored::other_entries: break;
  }
  return 422;
}

Mirrored MirrorTree::take(const AddEntries& request, const Checkpoint& witnessed) {
  if (request.from != held_.size()) return Mirrored::other_index;
  auto grown = held_;
  auto rest = std::as_bytes(std::span{request.bundle});
  while (const auto entry = take_entry(rest)) {
    if (grown.size() == witnessed.size) return Mirrored::beyond;
    grown.append(leaf_hash(*entry));
  }
  held_ = grown;
  if (held_.size() < witnessed.size) return Mirrored::wants_more;
  if (held_.root() != witnessed.root) {
    held_ = receipted_;
    return Mirrored::other_entries;
  }
  receipted_ = held_;
  return Mirrored::complete;
}

bool MirrorTree::restored(const Checkpoint& receipt) {
  if (held_.size() != receipt.size || held_.root() != receipt.root) return false;
  receipted_ = held_;
  return true;
}

std::optional<std::uint64_t> parse_size_line(std::string_view body) {
  return body.ends_with('\n') ? parse_number(body.substr(0, body.size() - 1)) : std::nullopt;
}

std::optional<std::string> cosigned_by_all(std::string_view body, const Checkpoint& checkpoint,
                                           std::span<const VerifierKey> keys) {
  const auto whole = write_checkpoint(checkpoint) + "\n" + std::string{body};
  const auto note = parse_note(whole);
  if (!note || keys.empty()) return std::nullopt;
  std::string lines;
  for (const auto& key : keys)
    if (check_signature(*note, key).verdict != Verdict::good) return std::nullopt;
  for (const auto& line : note->signatures) {
    const auto known = [&](const VerifierKey& key) { return key.name.view() == line.name && key.id() == line.key_id; };
    if (std::ranges::any_of(keys, known)) lines += signature_line(line.name, line.key_id, line.bytes.view());
  }
  return lines;
}

MirrorAnswer read_mirror_answer(int status, std::string_view type, std::string_view body, const Checkpoint& checkpoint,
                                std::span<const VerifierKey> keys) {
  using enum MirrorAnswer::Outcome;
  if (status == 200) {
    auto lines = cosigned_by_all(body, checkpoint, keys);
    return lines ? MirrorAnswer{complete, 0, std::move(*lines)} : MirrorAnswer{unusable};
  }
  if (status == 202 || status == 409) {
    const auto next = type == kSizeType ? parse_size_line(body) : std::nullopt;
    return next && *next < checkpoint.size ? MirrorAnswer{more, *next} : MirrorAnswer{unusable};
  }
  const bool no = status == 403 || status == 404 || status == 422;
  return {no ? refused : unusable};
}

}  // namespace bulwatt::merkle
