#include "tests/simulation/backend.hpp"

namespace bulwatt::simulation {
namespace {
using session::EventType;

std::string encode(const session::TransactionEvent& event) {
  std::string bytes(wire::max_size<session::TransactionEvent>(), '\0');
  bytes.resize(wire::encode(event, std::as_writable_bytes(std::span{bytes})));
  return bytes;
}

/// What the event says of its own moment: the last event repeats the first sample and those in between before it.
const session::Sample* own_sample(const session::TransactionEvent& event) {
  for (const auto& sample : event.samples) {
    if (event.type != EventType::ended || sample.context == session::SampleContext::transaction_end) return &sample;
  }
  return nullptr;
}

session::LocalEntry entry(std::string_view id, session::AuthorizationStatus status) {
  return {{id, session::TokenType::iso14443}, session::Authorization{.status = status}};
}
}  // namespace

// ---- transactions

void Backend::wrong(const session::TransactionEvent& event, std::string_view what) const {
  broken("event " + std::to_string(event.number) + " of EVSE " + std::to_string(event.evse) + ": " + std::string{what});
}

void Backend::commit(const session::TransactionEvent& event) {
  if (event.evse < 1 || event.evse > stories_.size()) return wrong(event, "there is no such EVSE");
  auto& story = stories_[event.evse - 1U];
  check_order(event, story);
  check_energy(event, story);
  check_reservation(event);
  story.last = event;
  encoded_.push_back(encode(event));
}

void Backend::check_order(const session::TransactionEvent& event, Story& story) {
  const auto* last = story.last ? &*story.last : nullptr;
  if (event.number != fetched() + 1) wrong(event, "its number does not follow the one before");
  if (event.type == EventType::started) {
    if (last != nullptr && last->type != EventType::ended) wrong(event, "a transaction started inside another one");
    if (event.seq_no != 0) wrong(event, "a transaction does not start with seqNo 0");
    if (!ids_.insert(std::string{event.transaction.view()}).second) wrong(event, "a transaction id was used twice");
    story.has_token = false;
  } else {
    if (last == nullptr || last->type == EventType::ended) wrong(event, "no transaction is running");
    else if (last->transaction != event.transaction) wrong(event, "it is of another transaction than the one running");
    else if (event.seq_no != last->seq_no + 1) wrong(event, "its seqNo does not follow the one before");
  }
  if (event.remote_start_id == kForgedStart) wrong(event, "session obeyed a message that was not granted");
  if (event.stopped.has_value() != (event.type == EventType::ended)) wrong(event, "only an end has a reason");
  if (event.token && event.type != EventType::ended) {
    if (!good_token(event.token->id.view())) wrong(event, "it names a token that nobody accepted");
    story.has_token = true;
  }
  if (event.charging_state == session::ChargingState::charging && !story.has_token)
    wrong(event, "it charges without an accepted token");
}

void Backend::check_energy(const session::TransactionEvent& event, Story& story) {
  const auto* own = own_sample(event);
  if (event.type == EventType::started) story.begin_mwh = own != nullptr ? own->import_mwh : 0;
  if (event.type == EventType::ended) ++story.ended;
  if (own == nullptr) return;
  if (own->import_mwh > register_mwh(event.evse)) wrong(event, "it bills energy that never flowed");
  if (own->import_mwh < story.latest_mwh) wrong(event, "the register runs backwards");
  story.latest_mwh = own->import_mwh;
  if (event.type == EventType::ended) story.billed_mwh += static_cast<std::uint64_t>(own->import_mwh - story.begin_mwh);
}

void Backend::compare(const session::TransactionEvent& event) {
  const auto at = static_cast<std::size_t>(event.number) - 1;
  if (at < encoded_.size() && encoded_[at] != encode(event))
    wrong(event, "it is not what it was when it was fetched before");
}

std::optional<session::TransactionId> Backend::running(std::uint8_t evse) const {
  const auto& last = stories_[evse - 1U].last;
  return last && last->type != EventType::ended ? std::optional{last->transaction} : std::nullopt;
}

// ---- reservations

void Backend::check_reservation(const session::TransactionEvent& event) {
  if (!event.reservation_id) return;
  const auto asked = asked_.find(*event.reservation_id);
  if (asked == asked_.end()) return wrong(event, "it names a reservation that nobody made");
  const auto& reservation = asked->second;  // of another EVSE when its owner plugged in elsewhere: used up all the same
  if (event.token && reservation.token != *event.token) wrong(event, "it uses the reservation of somebody else");
  held_.erase(*event.reservation_id);
}

void Backend::reserve(const session::Reserve& wish) {
  commands.emplace_back([this, wish](Client& session) {
    asked_[wish.id] = wish;
    const auto answer = session.call(wish);
    if (answer && answer->verdict == session::ReserveVerdict::accepted) held_[wish.id] = wish;
  });
}

void Backend::cancel_reservation(std::int32_t id) {
  commands.emplace_back([this, id](Client& session) {
    held_.erase(id);  // whatever comes of the call, it is not held against the station any more
    static_cast<void>(session.call(session::CancelReservation{id}));
  });
}

void Backend::take(const session::NextReservationUpdate::Update& update) {
  if (update.number != updates_ + 1) broken("the number of a reservation update does not follow the one before");
  if (!asked_.contains(update.reservation)) broken("a reservation that nobody made has ended");
  held_.erase(update.reservation);
  updates_ = update.number;
}

// ---- the local list

void Backend::send_list(std::size_t entries) {
  commands.emplace_back([this, entries](Client& session) {
    using session::AuthorizationStatus;
    session::UpdateLocalList head{.version = ++list_sent_, .full = true, .first = true};
    static_cast<void>(head.entries.push_back(entry(kListToken, AuthorizationStatus::accepted)));
    static_cast<void>(head.entries.push_back(entry(kBlockedToken, AuthorizationStatus::blocked)));
    session::UpdateLocalList tail{.version = head.version, .full = true, .last = true};
    for (std::size_t i = 0; i < entries; ++i)
      static_cast<void>(tail.entries.push_back(entry("05F00" + std::to_string(i), AuthorizationStatus::accepted)));
    const auto begun = session.call(head);
    if (!begun || begun->verdict != session::UpdateVerdict::accepted) return;
    const session::GetLocalList::Listed sent{head.version, static_cast<std::uint32_t>(2 + entries)};
    list_maybe_.push_back(sent);  // before: whoever calls may be killed while it waits
    const auto done = session.call(tail);
    // One that failed for want of storage may be found on the medium by the next process nevertheless.
    if (done && done->verdict == session::UpdateVerdict::accepted) list_ = sent, list_maybe_.clear();
  });
}

/// An update without an answer may come into effect as long as it is on its way: but never another one, never half of one.
void Backend::compare(const session::GetLocalList::Listed& listed) {
  const auto is = [&](const auto& sent) { return listed.version == sent.version && listed.entries == sent.entries; };
  if (is(list_)) return;
  const auto found = std::ranges::find_if(list_maybe_, is);
  if (found == list_maybe_.end()) {
    broken("the local list has version " + std::to_string(listed.version) + " with " + std::to_string(listed.entries) +
           " entries, not the one that was accepted");
    return;
  }
  list_ = *found;
  list_maybe_.erase(list_maybe_.begin(), found + 1);
}

}  // namespace bulwatt::simulation
