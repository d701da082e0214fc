#include "libs/os/inprocess/world.hpp"

#include <algorithm>

#include "libs/base/check.hpp"

namespace bulwatt::os {
namespace {
World* present = nullptr;
}  // namespace

World::World(std::uint64_t seed) : random_(seed) {
  BULWATT_ASSERT(present == nullptr);
  present = this;
}
World::~World() { present = nullptr; }

World& World::current() {
  BULWATT_ASSERT(present != nullptr);
  return *present;
}

// ---- actors and time

void World::add(Actor& actor) {
  const auto lower = [&](const Actor* other) { return other->priority() < actor.priority(); };
  actors_.insert(std::ranges::find_if(actors_, lower), &actor);
}

void World::remove(Actor& actor) {
  BULWATT_ASSERT(!busy(actor));
  std::erase(actors_, &actor);
}

bool World::busy(const Actor& actor) const {
  return std::ranges::any_of(stack_, [&](const Running& one) { return one.actor == &actor; });
}

void World::doom(Actor& actor) {
  std::erase(actors_, &actor);
  for (auto& running : stack_) running.doomed = running.doomed || running.actor == &actor;
}

void World::run(Duration time) {
  BULWATT_ASSERT(stack_.empty());
  const auto until = now_ + time;
  while (now_ < until) step(until);
}

void World::step(Instant limit) {
  const int floor = stack_.empty() ? std::numeric_limits<int>::min() : stack_.back().actor->priority();
  Actor* first = nullptr;
  Instant when = limit;
  for (auto* actor : actors_) {
    if (actor->priority() <= floor || busy(*actor)) continue;
    const auto due = actor->due();
    if (due < when || (due <= now_ && first == nullptr)) {
      first = actor;
      when = due;
    }
    if (due <= now_) break;
  }
  if (when > now_) turns_at_once_ = 0;
  now_ = std::max(now_, when);
  if (first == nullptr) return;
  BULWATT_ASSERT(++turns_at_once_ < kMostTurnsAtOnce);
  stack_.push_back({first});
  first->turn();
  stack_.pop_back();
}

bool World::wait(Handle conduit, Instant until) {
  for (;;) {
    if (caller_doomed()) return true;
    const auto readable = readable_at(conduit);
    if (readable <= now_) return true;
    if (now_ >= until) return false;
    step(std::min(until, readable));
  }
}

// ---- ends

std::shared_ptr<World::Side> World::held(Handle handle) const {
  const auto at = static_cast<std::size_t>(handle);
  return handle >= 0 && at < ends_.size() ? ends_[at] : nullptr;
}

World::Side* World::side(Handle handle) const {
  const auto at = static_cast<std::size_t>(handle);
  return handle >= 0 && at < ends_.size() ? ends_[at].get() : nullptr;
}

Handle World::reserve(std::size_t count) {
  const auto first = ends_.size();
  ends_.resize(first + count);
  return static_cast<Handle>(first);
}

Handle World::place(std::shared_ptr<Side> end) {
  const auto free = std::find(ends_.begin(), ends_.begin() + kFirstReserved, nullptr);
  const auto at = free - ends_.begin();
  BULWATT_ASSERT(at < static_cast<std::ptrdiff_t>(kFirstReserved));
  *free = std::move(end);
  return static_cast<Handle>(at);
}

Instant World::readable_at(Handle conduit) const {
  auto* const end = side(conduit);
  if (end == nullptr) return now_;
  if (!end->inbox().empty()) return end->inbox().front().at;
  return end->peer_gone() ? now_ : kNever;
}

Sent World::put(Handle from, std::span<const std::byte> frame, std::shared_ptr<Side> attached) {
  auto* const end = side(from);
  if (caller_doomed() || frame.empty() || end == nullptr || end->peer_gone()) return Sent::gone;
  auto& queue = end->channel->queue[1 - end->index];
  std::vector<std::byte> bytes(frame.begin(), frame.end());
  const auto fate = weather_ != nullptr ? weather_->fate(from, bytes) : Fate{};
  if (fate.full || queue.size() >= kMostQueued) return Sent::full;
  if (fate.lost) return Sent::ok;
  // Nothing overtakes on a conduit.
  const auto at = std::max(now_ + fate.delay, queue.empty() ? Instant::min() : queue.back().at);
  queue.push_back({at, std::move(bytes), std::move(attached)});
  return Sent::ok;
}

Received World::take(Handle conduit, std::span<std::byte> into, bool with_handle) {
  auto* const end = side(conduit);
  if (caller_doomed() || end == nullptr) return {Arrival::gone};
  auto& inbox = end->inbox();
  if (inbox.empty()) return {end->peer_gone() ? Arrival::gone : Arrival::nothing};
  if (inbox.front().at > now_) return {Arrival::nothing};
  const auto frame = std::move(inbox.front());
  inbox.pop_front();
  const auto size = frame.bytes.size();
  if (frame.attached && !with_handle) return {Arrival::ancillary, size};
  if (size > into.size()) return {Arrival::oversized, size};
  std::ranges::copy(frame.bytes, into.begin());
  return {Arrival::frame, size, frame.attached ? place(frame.attached) : kNoHandle};
}

}  // namespace bulwatt::os
