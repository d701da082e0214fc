#include "services/ledger/errands.hpp"

#include "libs/base/line.hpp"
#include "libs/base/try.hpp"

namespace bulwatt::ledger {
namespace {

constexpr std::string_view kWitnessPath = "add-checkpoint";
constexpr std::string_view kMirrorPath = "add-entries";
/// Beside the entries: two lines, of which the origin may be the longest.
constexpr std::size_t kEntriesRoom = kMaxErrand - 2 * merkle::kMaxOrigin;
constexpr std::size_t kLengthBytes = 2;  ///< before each entry of a bundle

std::string_view text_of(const SubmitErrand& answer) {
  return {reinterpret_cast<const char*>(answer.body.data.data()), answer.body.size};
}

}  // namespace

std::optional<std::vector<merkle::VerifierKey>> read_keys(std::string_view lines) {
  std::vector<merkle::VerifierKey> keys;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto key = merkle::parse_key(line);
    if (!key) return std::nullopt;
    keys.push_back(*key);
  }
  return keys;
}

std::expected<FetchErrand::Errand, Error> Errands::errand(Way way, std::string_view path, const std::string& body) {
  if (body.size() > kMaxErrand) return std::unexpected(Error::not_ready);
  way_ = way;
  FetchErrand::Errand out{++number_, path, {}};
  out.body = Octets<kMaxErrand>{std::as_bytes(std::span{body})};
  return out;
}

std::expected<FetchErrand::Errand, Error> Errands::fetch() {
  way_ = Way::none;
  if (others_.witness.empty() || store_.signed_records() == 0) return std::unexpected(Error::not_ready);
  const bool news = store_.signed_records() > store_.receipted(Receipt::witness);
  return news && store_.signed_records() != refused_at_ ? for_witness() : for_mirror();
}

std::expected<FetchErrand::Errand, Error> Errands::for_witness() {
  auto view = open_view(files_);
  if (!view || view->log != store_.log()) return std::unexpected(Error::not_ready);
  auto note = CheckpointFile{files_.checkpoints}.read(view->log);
  if (!note || !note->kept) return std::unexpected(Error::not_ready);
  told_ = std::move(*note->kept);
  const auto body = witness_.request(told_.note, view->nodes);
  if (!body) return std::unexpected(Error::not_ready);
  return errand(Way::witness, kWitnessPath, *body);
}

/// The mirror is given what the witness has seen, so that one record of ours is never told two ways.
std::expected<FetchErrand::Errand, Error> Errands::for_mirror() {
  if (others_.mirror.empty()) return std::unexpected(Error::not_ready);
  auto note = CheckpointFile{files_.witnessed}.read(store_.log());
  if (!note || !note->kept) return std::unexpected(Error::not_ready);
  told_ = std::move(*note->kept);
  const auto& upto = told_.checkpoint;
  const bool done = store_.receipted(Receipt::mirror) >= upto.size || mirror_refused_at_ == upto.size;
  if (done) return std::unexpected(Error::not_ready);
  const auto bundle = bundle_of(files_, store_.log(), mirror_next_, upto.size, kEntriesRoom);
  if (bundle.empty()) return std::unexpected(Error::not_ready);
  return errand(Way::mirror, kMirrorPath, merkle::write_add_entries({upto.origin.view(), mirror_next_, bundle}));
}

std::expected<SubmitErrand::Taken, Error> Errands::submit(const SubmitErrand& answer, const Stamp& stamp) {
  const auto way = std::exchange(way_, Way::none);
  if (way == Way::none || answer.number != number_) return std::unexpected(Error::refused);
  return way == Way::witness ? from_witness(answer, stamp) : from_mirror(answer, stamp);
}

SubmitErrand::Taken Errands::from_witness(const SubmitErrand& answer, const Stamp& stamp) {
  using Outcome = merkle::WitnessClient::Outcome;
  auto outcome = witness_.take(answer.status, answer.type.view(), text_of(answer));
  if (outcome == Outcome::again) return {true};
  const auto lines = outcome == Outcome::cosigned
                         ? merkle::cosigned_by_all(witness_.lines(), told_.checkpoint, others_.witness)
                         : std::nullopt;
  if (lines && store_.keep_receipt(Receipt::witness, told_.note + *lines)) {
    refused_at_ = 0;
    good(stamp);
    return {true};
  }
  refused_at_ = told_.checkpoint.size;
  const bool ahead = outcome == Outcome::ahead;
  const Line<kMaxDetail> detail{
      "records=",       told_.checkpoint.size,
      " http_status=",  answer.status,
      " witness_says=", ahead ? merkle::parse_size_line(text_of(answer)).value_or(0) : witness_.size()};
  trouble(ahead ? own::kWitnessAhead : own::kWitnessRefuses,
          ahead || outcome == Outcome::refused ? Severity::critical : Severity::warning, detail.view(), stamp);
  return {false};
}

SubmitErrand::Taken Errands::from_mirror(const SubmitErrand& answer, const Stamp& stamp) {
  using Outcome = merkle::MirrorAnswer::Outcome;
  const auto& upto = told_.checkpoint;
  const auto read =
      merkle::read_mirror_answer(answer.status, answer.type.view(), text_of(answer), upto, others_.mirror);
  if (read.outcome == Outcome::more) {
    // A mirror that wants the same again would be asked for ever.
    const bool moves = read.next != mirror_next_;
    mirror_next_ = read.next;
    if (moves) return {true};
  }
  if (read.outcome == Outcome::complete && store_.keep_receipt(Receipt::mirror, told_.note + read.lines)) {
    mirror_next_ = upto.size;
    mirror_refused_at_ = 0;
    good(stamp);
    return {false};
  }
  mirror_refused_at_ = upto.size;
  const Line<kMaxDetail> detail{"records=", upto.size, " http_status=", answer.status, " from=", mirror_next_};
  trouble(own::kMirrorRefuses, Severity::warning, detail.view(), stamp);
  return {false};
}

/// Once until it is another trouble: a record makes a new head, and that the next question.
void Errands::trouble(std::string_view event, Severity severity, std::string_view detail, const Stamp& stamp) {
  if (trouble_ == event || !store_.fits()) return;
  trouble_ = event;
  store_.add(own::kActor, {Subject::security_event, severity, event, detail}, stamp);
}

void Errands::good(const Stamp& stamp) {
  if (trouble_.empty() || !store_.fits()) return;
  // After a refusal by the mirror its own receipt is wanted, not that of the witness.
  if (trouble_ == own::kMirrorRefuses && mirror_refused_at_ != 0) return;
  const Line<kMaxDetail> detail{"after=", trouble_.view()};
  store_.add(own::kActor, {Subject::security_event, Severity::notice, own::kReceiptsAgain, detail.view()}, stamp);
  trouble_ = {};
}

std::string bundle_of(const Files& files, std::uint32_t log, std::uint64_t from, std::uint64_t until,
                      std::size_t most) {
  std::string out;
  const auto range = files.records.range();
  if (!range || !*range) return out;
  for (auto segment = (*range)->last + 1; segment-- > (*range)->first;) {
    std::vector<std::byte> bytes(journal::kMaxFrame);
    const auto part = files.records.read(segment, 0, bytes);
    if (!part) return out;
    const SegmentWalk first{std::span{bytes}.first(*part), segment};
    const auto* head = first.has_head() ? std::get_if<SegmentHead>(&first.head()) : nullptr;
    if (head == nullptr || head->log > log || (head->log == log && head->records > from)) continue;
    if (head->log != log) return out;
    auto number = head->records;
    bytes.resize(static_cast<std::size_t>(files.records.size(segment).value_or(0)));
    const auto whole = files.records.read(segment, 0, bytes);
    if (!whole) return out;
    SegmentWalk walk{std::span{bytes}.first(*whole), segment};
    while (const auto entry = walk.next()) {
      if (entry->kind != Record::kRecord || number++ < from) continue;
      if (number > until || out.size() + kLengthBytes + entry->bytes.size() > most) break;
      merkle::append_entry(out, entry->bytes);
    }
    return out;
  }
  return out;
}

}  // namespace bulwatt::ledger
