// Anchors of a Store: a counter that only rises, in a TPM, is raised after a record says to what. So it can be behind by one (the power
// went in between) but never ahead of what the log says, unless the log is an older picture.
#include <charconv>

#include "libs/base/hex.hpp"
#include "libs/base/line.hpp"
#include "libs/base/try.hpp"
#include "services/ledger/store.hpp"

namespace bulwatt::ledger {
namespace {

constexpr std::string_view kCounter = "counter=";

std::optional<std::uint64_t> counter_in(std::string_view text) {
  std::uint64_t value = 0;
  if (!text.starts_with(kCounter)) return std::nullopt;
  const auto digits = text.substr(kCounter.size());
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc{} ? std::optional{value} : std::nullopt;
}

}  // namespace

void Store::note_anchor(const Record& record) {
  if (record.actor != own::kActor || record.event != own::kAnchored) return;
  anchor_ = counter_in(record.detail.view());
  anchored_records_ = record.sequence;
}

/// The record of it may stand in an earlier segment; then one of the two places has it.
void Store::take_anchor() {
  for (const std::uint32_t place : {0U, 1U}) {
    const auto text = notes_.read_anchor(place);
    const auto counter = text ? counter_in(*text) : std::nullopt;
    if (counter && *counter > anchor_.value_or(0)) anchor_ = counter;
  }
}

std::expected<Anchor::Anchored, Error> Store::anchor(std::uint64_t counter, const Stamp& stamp) {
  if (!fits()) TRY_VOID(flush());
  notice_clock(stamp);
  clock_known_ = true;
  if (!anchor_ || counter == *anchor_) {
    if (anchor_ && durable_.size() == anchored_records_) return Anchor::Anchored{counter, false};
    return say_anchor(counter + 1, stamp);
  }
  if (counter + 1 == *anchor_) return Anchor::Anchored{*anchor_, true};
  const bool ahead = counter > *anchor_;
  const Line<kMaxDetail> detail{kCounter, counter, " expected=", *anchor_};
  put(own::kActor,
      {Subject::security_event, Severity::critical, ahead ? own::kAnchorAhead : own::kAnchorBehind, detail.view()},
      stamp);
  return say_anchor(counter + 1, stamp);
}

std::expected<Anchor::Anchored, Error> Store::say_anchor(std::uint64_t next, const Stamp& stamp) {
  const auto root = hex_line<32>(durable_.root());
  const Line<kMaxDetail> detail{kCounter,        next,     " log=",     state_.log, " records=",
                                durable_.size(), " root=", root.view(), " first=",  anchor_ ? "no" : "yes"};
  put(own::kActor, {Subject::security_event, Severity::info, own::kAnchored, detail.view()}, stamp);
  const auto sequence = latest_.size();
  TRY_VOID(flush());
  anchor_ = next;
  anchored_records_ = sequence;
  // The record says it already; the place is for the day when its segment is not the newest any more.
  static_cast<void>(notes_.write_anchor(static_cast<std::uint32_t>(next % 2), Line<40>{kCounter, next}.view()));
  return Anchor::Anchored{next, true};
}

}  // namespace bulwatt::ledger
