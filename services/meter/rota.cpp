#include "services/meter/rota.hpp"

namespace bulwatt::meter {

Point::Point(const Place& place, std::uint8_t evse, Duration stale) : reader(evse, stale), unit_(place.unit) {
  if (const auto* map = meters::map_of(place.model)) reader.use(*map);
  searched_ = !reader.ready();
}

bool Rota::add(const Place& place, std::uint8_t evse) {
  if (count_ == points_.size()) return false;
  points_[count_++] = Point{place, evse, stale_};
  return true;
}

Instant Rota::step(Instant now, Timestamp civil) {
  switch (state_) {
    case State::closed: return closed(now);
    case State::opening: return opening(now);
    case State::idle: return idle(now, civil);
    case State::asking: return asking(now);
  }
  return now;
}

Instant Rota::closed(Instant now) {
  if (now < retry_at_) return retry_at_;
  if (!transport_.open()) {
    lose(Health::unreachable, now);
    return retry_at_;
  }
  state_ = State::opening;
  deadline_ = now + patience_;
  return opening(now);
}

Instant Rota::opening(Instant now) {
  const auto progress = transport_.opened();
  if (progress == Progress::waiting && now < deadline_) return now + kLookEvery;
  if (progress != Progress::done) {
    lose(Health::unreachable, now);
    return retry_at_;
  }
  broken_ = false;
  state_ = State::idle;
  // Whoever is there now may be another meter than before.
  for (Point& point : points()) point.serial_at_.reset();
  return now;
}

Instant Rota::idle(Instant now, Timestamp civil) {
  if (now < quiet_until_) return quiet_until_;
  if (turn_ == nullptr) {
    Point* next = nullptr;
    for (Point& point : points()) {
      if (next == nullptr || point.due_ < next->due_) next = &point;
    }
    if (next == nullptr) return kNever;
    if (now < next->due_) return next->due_;
    begin_turn(*next, now);
  }
  return ask(now, civil) ? now + kLookEvery : retry_at_;
}

/// The one that waited longest goes first; by its due moment, so that nobody overtakes twice.
void Rota::begin_turn(Point& point, Instant now) {
  turn_ = &point;
  point.due_ = std::max(point.due_, now - poll_) + poll_;
  if (point.due_ <= now) point.due_ = now + poll_;
  point.reader.begin();
  point.block_ = 0;
  const bool look_who = point.reader.wants_serial() || !point.serial_at_ || now - *point.serial_at_ >= kSerialEvery;
  point.step_ = Point::Step::block;
  if (look_who) point.serial_at_ = now;
  if (point.searched_ && (look_who || !point.reader.ready())) {
    point.search_ = {};
    point.step_ = Point::Step::search;
  } else if (look_who && point.reader.map().serial) {
    point.step_ = Point::Step::serial;
  }
}

bool Rota::ask(Instant now, Timestamp civil) {
  Point& point = *turn_;
  auto table = meters::Table::holding;
  meters::Block block{};
  switch (point.step_) {
    case Point::Step::search: block = point.search_.next(); break;
    case Point::Step::serial:
      table = point.reader.map().serial->table;
      block = {point.reader.map().serial->address, point.reader.map().serial->words()};
      break;
    case Point::Step::block:
      table = point.reader.map().table;
      block = point.reader.block(point.block_);
      if (point.block_ > 0) break;
      point.asked_at_ = now;
      point.asked_civil_ = civil;
      break;
  }
  if (!transport_.ask(point.unit_, table, block)) {
    broken_ = true;
    lose(Health::unreachable, now);
    return false;
  }
  state_ = State::asking;
  deadline_ = now + patience_ + transport_.travel(block.count);
  return true;
}

Instant Rota::asking(Instant now) {
  switch (transport_.heard()) {
    case Progress::broken:
      broken_ = true;
      lose(Health::unreachable, now);
      return retry_at_;
    case Progress::waiting:
      if (now < deadline_) return now + kLookEvery;
      fail_turn(Health::silent, now);
      break;
    case Progress::done: answered(transport_.answer(), now); break;
  }
  quiet_until_ = std::max(quiet_until_, now + transport_.gap());
  if (state_ == State::closed) return retry_at_;
  return std::max(now, quiet_until_);
}

void Rota::answered(std::expected<std::span<const std::uint16_t>, LinkError> words, Instant now) {
  Point& point = *turn_;
  if (!words && words.error() == LinkError::garbled) return fail_turn(Health::garbled, now);
  switch (point.step_) {
    case Point::Step::search:
      if (!searched(words)) return fail_turn(Health::garbled, now);
      break;
    case Point::Step::serial:
      // A meter without a serial number register is still a meter.
      if (words) {
        const auto serial = meters::decode_serial(*point.reader.map().serial, point.reader.map().order, *words);
        if (serial) point.reader.set_serial(*serial);
      }
      point.step_ = Point::Step::block;
      break;
    case Point::Step::block:
      if (!words) return fail_turn(Health::refused, now);
      if (!point.reader.take(point.block_, *words)) return end_turn(now);
      if (++point.block_ < point.reader.block_count()) break;
      point.fresh = point.reader.finish(point.asked_at_, point.asked_civil_);
      return end_turn(now);
  }
  state_ = State::idle;  // the turn goes on, but frames keep their distance
}

/// False: there is no SunSpec meter.
bool Rota::searched(std::expected<std::span<const std::uint16_t>, LinkError> words) {
  Point& point = *turn_;
  if (words) point.search_.take(*words);
  else point.search_.refused();
  if (!point.search_.done()) return true;
  const auto found = point.search_.found();
  if (!found) return false;
  point.reader.use(*found->map, found->base);
  point.reader.set_serial(found->serial);
  point.step_ = Point::Step::block;
  return true;
}

void Rota::end_turn(Instant now) {
  turn_->failures_ = 0;
  turn_->asked_ = true;
  turn_->due_ = std::max(turn_->due_, now);
  turn_ = nullptr;
  state_ = State::idle;
}

void Rota::fail_turn(Health health, Instant now) {
  Point& point = *turn_;
  point.reader.failed(health);
  point.asked_ = true;
  point.failures_ = std::min(point.failures_ + 1, 8);
  turn_ = nullptr;
  if (!shared_ && health != Health::refused) return lose(health, now);
  const Duration pause = kReconnect * (1 << (point.failures_ - 1));
  point.due_ = now + std::max(poll_, std::min(pause, kLongestPause));
  // Half an answer, or a late one, must have passed before the next is asked.
  quiet_until_ =
      now + std::max<Duration>(transport_.gap(), health == Health::garbled ? patience_ / 2 : Duration::zero());
  state_ = State::idle;
}

/// Everybody on the line is out of reach.
void Rota::lose(Health health, Instant now) {
  transport_.close();
  turn_ = nullptr;
  state_ = State::closed;
  retry_at_ = now + kReconnect;
  for (Point& point : points()) {
    point.reader.failed(health);
    point.asked_ = true;
    point.due_ = retry_at_;
  }
}

}  // namespace bulwatt::meter
