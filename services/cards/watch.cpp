#include "services/cards/watch.hpp"

#include "libs/base/line.hpp"

namespace bulwatt::cards {
namespace {

std::string_view why_not_open(Trouble why) {
  switch (why) {
    case Trouble::no_daemon: return "the smart card daemon does not run; cards cannot be read until it does";
    case Trouble::not_allowed:
      return "the smart card daemon refuses this service; allow its user, for example by a polkit rule for "
             "org.debian.pcsc-lite.access_pcsc";
    default: return "the smart card daemon fails; cards cannot be read until it works";
  }
}

std::string_view why_no_token(NoToken why) {
  switch (why) {
    case NoToken::random_id:
      return "a card shows a random number that is another one every time; it identifies nobody and is not taken";
    case NoToken::no_uid: return "a card has no number that the reader can tell";
    case NoToken::bad_answer: break;
  }
  return "the reader's answer is no card number";
}

std::string_view why_not_read(Trouble why) {
  switch (why) {
    case Trouble::card_gone: return "a card was taken away before it was read";
    case Trouble::card_silent: return "a card does not answer; hold it still";
    case Trouble::reader_gone: return "the reader went away while a card was read";
    default: return "a card could not be read";
  }
}

}  // namespace

void Watch::say_once(std::string_view line) {
  if (said_ == Text<120>{line}) return;
  said_ = line;
  listener_.log(line);
}

Watch::Place* Watch::find(const ReaderName& name) {
  for (auto& place : places_.view()) {
    if (place.name == name) return &place;
  }
  return nullptr;
}

Instant Watch::tick(Instant now) {
  if (!open_ && now < next_open_) return next_open_;
  if (!open_) {
    if (const auto later = open(now); !open_) return later;
  }
  const auto readers = daemon_.look();
  if (!readers) return lost(readers.error(), now);
  retry_ = kFirstRetry;
  if (readers->empty()) {
    say_once(had_reader_ ? "the card reader is gone; cards can be read when it is back"
                         : "no card reader is plugged in");
  } else {
    if (!has_reader_) settled_ = now + kSettle;
    had_reader_ = true;
    say_once("the card reader is ready");
  }
  has_reader_ = !readers->empty();
  match(*readers, now);
  const bool settled = has_reader_ && now >= settled_;
  shown_before_ = shown_before_ && !settled;
  for (auto& place : places_.view()) {
    if (place.seen && !place.card && settled) place.stayed = false;
    if (place.card && !place.done && now >= place.next_try) read(place, now);
  }
  return now + (readers->empty() ? kLookIdle : kLook);
}

Instant Watch::open(Instant now) {
  const auto opened = daemon_.open();
  open_ = opened.has_value();
  return open_ ? now : lost(opened.error(), now);
}

/// A card that stays on its reader all the while is no new one afterwards: nobody wants to end a charge by a restart of something.
Instant Watch::lost(Trouble why, Instant now) {
  if (open_) daemon_.close();
  open_ = has_reader_ = false;
  say_once(why_not_open(why));
  for (auto& place : places_.view()) place.stayed = place.stayed || (place.card && place.done);
  match({}, now);
  next_open_ = now + retry_;
  retry_ = std::min(retry_ * 2, kLastRetry);
  return next_open_;
}

Watch::Place* Watch::place_for(const ReaderName& name) {
  if (auto* place = find(name)) return place;
  if (!places_.full()) {
    static_cast<void>(places_.push_back({}));
    return &places_[places_.size - 1U];
  }
  const auto unused = std::ranges::find_if(places_.view(), [](const Place& p) { return !p.card && !p.seen; });
  if (unused == places_.view().end()) return nullptr;
  *unused = {};
  return &*unused;
}

void Watch::match(const Readers& readers, Instant now) {
  for (auto& place : places_.view()) place.seen = false;
  for (const auto& view : readers) {
    auto* place = place_for(view.name);
    if (place == nullptr) continue;  // as many readers as before, all of them others: the next look has room
    place->name = view.name;
    place->seen = true;
    update(*place, view, now);
  }
  for (auto& place : places_.view()) {
    if (!place.seen) update(place, {.name = place.name, .card = false, .changes = 0}, now);
  }
}

void Watch::update(Place& place, const ReaderView& view, Instant now) {
  const bool other =
      view.card && place.card && view.changes != place.changes;  // one went and one came between two looks
  if (place.card && (!view.card || other)) {
    place.left = now;
    place.emptied = true;
  }
  if (view.card && (!place.card || other)) {
    place.done = shown_before_ && !place.emptied;
    place.tries = 0;
    place.next_try = now;
  }
  place.card = view.card;
  place.changes = view.changes;
}

void Watch::read(Place& place, Instant now) {
  const auto answer = daemon_.ask(place.name, kGetUid);
  if (answer) return take(place, answer->view(), now);
  failed(place, answer.error(), now);
}

void Watch::take(Place& place, std::span<const std::uint8_t> answer, Instant now) {
  place.done = true;
  const auto token = token_of(answer, config_.random_ids);
  if (!token) return listener_.log(why_no_token(token.error()));
  const bool again = place.last == *token && (place.stayed || now < place.left + kSameCard);
  place.stayed = false;
  place.last = *token;
  if (!again) listener_.shown(*token);
}

void Watch::failed(Place& place, Trouble why, Instant now) {
  if (why == Trouble::no_daemon) return;  // the next look says so, and the card is new then
  ++place.tries;
  place.next_try = now + kLook * (1 << place.tries);
  place.done = place.tries >= kTries;
  // The daemon asks its reader only now and then: what it still calls that card may be the next one already.
  const bool gone = why == Trouble::card_gone || why == Trouble::reader_gone;
  if (gone && place.tries == 1) listener_.log(why_not_read(why));
  if (!gone && place.done) listener_.log(Line<120>{why_not_read(why), "; given up until it is taken away"}.view());
}

}  // namespace bulwatt::cards
