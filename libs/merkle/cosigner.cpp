#include "libs/merkle/cosigner.hpp"

#include <charconv>

namespace bulwatt::merkle {
namespace {

using Answer = Cosigner::Answer;

Answer plain(int status, std::string_view words) { return {status, "text/plain", std::string{words} + "\n"}; }
Answer size_answer(int status, std::uint64_t size) { return {status, kSizeType, std::to_string(size) + "\n"}; }

/// "station/12": where the number begins, and the number; 0: there is none.
std::pair<std::size_t, std::uint32_t> number_of(std::string_view origin) {
  const auto slash = origin.rfind('/');
  if (slash == std::string_view::npos) return {};
  const auto digits = origin.substr(slash + 1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size() && std::to_string(number) == digits;
  return whole ? std::pair{slash + 1, number} : std::pair<std::size_t, std::uint32_t>{};
}

std::optional<Offence> offence_of(Witnessed found) {
  switch (found) {
    case Witnessed::older: return Offence::rolled_back;
    case Witnessed::forked: return Offence::forked;
    case Witnessed::not_consistent: return Offence::not_consistent;
    case Witnessed::good:
    case Witnessed::malformed:
    case Witnessed::not_signed:
    case Witnessed::other_size: break;
  }
  return std::nullopt;
}

/// How many logs of one station may have ended between two that are known.
constexpr int kMostBetween = 16;

/// Both halves of what the station signs must be there: one algorithm alone may be broken.
bool signed_by_all(std::string_view body, std::span<const VerifierKey> keys) {
  const auto request = parse_add_checkpoint(body);
  const auto note = request ? parse_note(request->note) : std::unexpected(NoteError::no_signatures);
  return note && std::ranges::all_of(
                     keys, [&](const auto& key) { return check_signature(*note, key).verdict == Verdict::good; });
}

std::optional<Checkpoint> checkpoint_in(std::string_view whole) {
  const auto note = parse_note(whole);
  return note ? parse_checkpoint(note->text) : std::nullopt;
}

}  // namespace

std::optional<std::string> predecessor_of(std::string_view origin) {
  const auto [at, number] = number_of(origin);
  if (number < 2) return std::nullopt;
  return std::string{origin.substr(0, at)} + std::to_string(number - 1);
}

std::string Cosigner::lines_of(const std::vector<SoftwareKey>& keys, const Checkpoint& checkpoint,
                               std::uint64_t seconds) {
  std::string lines;
  for (const auto& key : keys) lines += key.line(checkpoint, seconds);
  return lines;
}

/// A log that goes on behind one that is known has the same keys, under its own name.
Cosigner::Log* Cosigner::log_of(std::string_view origin) {
  if (const auto known = logs_.find(origin); known != logs_.end()) return &known->second;
  auto keys = keeper_.keys_of(origin);
  auto before = predecessor_of(origin);
  for (int i = 0; i < kMostBetween && keys.empty() && before; ++i, before = predecessor_of(*before)) {
    const auto known = logs_.find(*before);
    keys = known != logs_.end() ? known->second.keys : keeper_.keys_of(*before);
    for (auto& key : keys) key.name = origin;
  }
  if (keys.empty()) return nullptr;
  auto& log = logs_[std::string{origin}];
  log.keys = std::move(keys);
  return &log;
}

bool Cosigner::superseded(std::string_view origin) const {
  const auto [at, number] = number_of(origin);
  return std::ranges::any_of(logs_, [&](const auto& one) {
    const auto [other_at, other] = number_of(one.first);
    return number != 0 && other > number && one.second.latest &&
           std::string_view{one.first}.substr(0, other_at) == origin.substr(0, at);
  });
}

bool Cosigner::restore(std::string_view origin, const Kept& kept) {
  auto* log = log_of(origin);
  if (log == nullptr) return false;
  log->note = kept.checkpoint;
  log->latest = checkpoint_in(kept.checkpoint);
  const auto receipt = checkpoint_in(kept.receipt);
  auto rest = std::as_bytes(std::span{kept.entries});
  for (std::uint64_t i = 0; receipt && i < receipt->size; ++i) {
    const auto entry = take_entry(rest);
    if (!entry) break;
    log->mirror.restore(*entry);
  }
  const bool noted = kept.checkpoint.empty() || (log->latest && log->latest->origin == origin);
  const bool mirrored = kept.receipt.empty() || (receipt && log->mirror.restored(*receipt));
  log->damaged = !noted || !mirrored;
  return !log->damaged;
}

Answer Cosigner::post(std::string_view path, std::string_view body, std::uint64_t seconds) {
  if (path == "add-checkpoint") return add_checkpoint(body, seconds);
  if (path == "add-entries" && !keys_.mirror.empty()) return add_entries(body, seconds);
  return plain(404, "there is nothing here");
}

Answer Cosigner::add_checkpoint(std::string_view body, std::uint64_t seconds) {
  const auto origin = origin_in(body);
  if (!origin) return plain(400, "this is no request to add a checkpoint");
  auto* log = log_of(origin->view());
  if (log == nullptr) return plain(404, "this log is not known here");
  if (log->damaged) return plain(500, "what is kept here of this log is damaged");
  auto judged = judge(body, log->keys, log->latest);
  const bool half = judged.found != Witnessed::malformed && !signed_by_all(body, log->keys);
  if (half) judged.found = Witnessed::not_signed;
  const auto known = log->latest ? log->latest->size : 0;
  const auto about = write_checkpoint(judged.checkpoint);
  if (judged.found == Witnessed::good && superseded(origin->view())) {
    blame(origin->view(), *log, Offence::superseded, about, body);
    return size_answer(409, known);
  }
  if (judged.found == Witnessed::good) return sign(std::string{origin->view()}, *log, body, judged, seconds);
  if (const auto offence = offence_of(judged.found)) blame(origin->view(), *log, *offence, about, body);
  const auto status = status_of(judged.found);
  return status == 409 ? size_answer(status, known) : plain(status, enum_text(judged.found));
}

Answer Cosigner::sign(const std::string& origin, Log& log, std::string_view body, const Judgement& judged,
                      std::uint64_t seconds) {
  const auto request = parse_add_checkpoint(body);
  const auto lines = lines_of(keys_.witness, judged.checkpoint, seconds);
  const auto note = std::string{request->note} + lines;
  if (!keeper_.keep_checkpoint(origin, note)) return plain(500, "the checkpoint could not be kept");
  log.latest = judged.checkpoint;
  log.note = note;
  return {200, "text/plain", lines};
}

Answer Cosigner::add_entries(std::string_view body, std::uint64_t seconds) {
  const auto request = parse_add_entries(body);
  if (!request) return plain(400, "this is no request to add entries");
  const auto known = logs_.find(request->origin);
  if (known == logs_.end() || !known->second.latest) return plain(404, "no checkpoint of this log was witnessed here");
  auto& log = known->second;
  if (log.damaged) return plain(500, "what is kept here of this log is damaged");
  const auto before = log.mirror;
  const auto found = log.mirror.take(*request, *log.latest);
  if (found == Mirrored::other_entries) {
    blame(known->first, log, Offence::other_entries, write_checkpoint(*log.latest), body);
    if (!keeper_.drop_entries(known->first, log.mirror.held().size())) log.damaged = true;
    return plain(status_of(found), enum_text(found));
  }
  if (found == Mirrored::other_index) return size_answer(status_of(found), log.mirror.held().size());
  if (found == Mirrored::beyond || found == Mirrored::malformed) return plain(status_of(found), enum_text(found));
  const bool kept = keeper_.keep_entries(known->first, request->bundle);
  const auto lines = found == Mirrored::complete ? lines_of(keys_.mirror, *log.latest, seconds) : std::string{};
  if (!kept || (!lines.empty() && !keeper_.keep_receipt(known->first, log.note + lines))) {
    log.mirror = before;
    log.damaged = !keeper_.drop_entries(known->first, before.held().size());
    return plain(500, "the entries could not be kept");
  }
  return found == Mirrored::complete ? Answer{200, "text/plain", lines}
                                     : size_answer(status_of(found), log.mirror.held().size());
}

void Cosigner::blame(std::string_view origin, Log& log, Offence offence, const std::string& about,
                     std::string_view request) {
  const auto key = std::string{enum_text(offence)} + "\n" + about;
  if (log.last_offence == key) return;
  log.last_offence = key;
  ++log.offences;
  keeper_.found({origin, offence, request, log.note});
}

std::map<std::string, Cosigner::State, std::less<>> Cosigner::states() const {
  std::map<std::string, State, std::less<>> out;
  for (const auto& [origin, log] : logs_)
    out[origin] = {log.latest ? log.latest->size : 0, log.mirror.receipted().size(), log.offences, log.damaged};
  return out;
}

}  // namespace bulwatt::merkle
