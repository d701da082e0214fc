#include "libs/runtime/loop.hpp"

#include "libs/base/check.hpp"
#include "libs/journal/crc32c.hpp"

namespace bulwatt::runtime {
namespace {
constexpr std::size_t kOrderBytes = wire::max_size<control::Order>();
constexpr std::size_t kReportBytes = wire::max_size<control::Report>();

/// Over the version too: bytes of one layout must not pass for another.
std::uint32_t check_of(std::uint16_t version, std::span<const std::byte> state) {
  BULWATT_UNINITIALIZED std::array<std::byte, 2 + control::kMaxCapsuleBytes> all;
  all[0] = static_cast<std::byte>(version & 0xff);
  all[1] = static_cast<std::byte>(version >> 8);
  std::ranges::copy(state, all.begin() + 2);
  return journal::crc32c(std::span<const std::byte>{all}.first(2 + state.size()));
}
}  // namespace

Loop::Loop(const ServiceFacts& facts, os::Handle control, int first_conduit) : facts_(facts), control_(control) {
  BULWATT_ASSERT(facts.ends.size() <= ends_.size());
  for (std::size_t i = 0; i < facts.ends.size(); ++i) {
    ends_[i].link = ipc::Link{*facts.ends[i], first_conduit + static_cast<int>(i)};
    ends_[i].link.observe_waits({&Loop::wait_noticed, this});
  }
  every(std::chrono::milliseconds{facts.watchdog_interval_ms}, Action::to<&Loop::beat>(*this));
}

Loop::End& Loop::declare(std::uint8_t index) {
  BULWATT_ASSERT(index < facts_.ends.size() && ends_[index].step == nullptr);
  order_[declared_++] = index;
  return ends_[index];
}

bool Loop::await_start(Duration patience) {
  BULWATT_UNINITIALIZED std::array<std::byte, kOrderBytes> frame;
  if (!os::wait_readable(control_, os::now() + patience)) return false;
  const auto got = os::receive(control_, frame);
  if (got.arrival != os::Arrival::frame) return false;
  const auto order = wire::decode<control::Order>(std::span<const std::byte>{frame}.first(got.size));
  if (!order || !std::holds_alternative<control::Start>(order->body)) return false;
  const auto& start = std::get<control::Start>(order->body);
  config_ = start.config;
  capsule_ = start.capsule;
  restarts_ = start.restarts;
  station_phase_ = start.phase;
  return true;
}

void Loop::report_ready(std::uint32_t layers) {
  control::Ready ready{};
  ready.build = facts_.build;
  ready.layers = layers;
  for (const auto hash : facts_.interfaces) BULWATT_ASSERT(ready.interfaces.push_back(hash));
  report(ready);
}

void Loop::attach(Poller& poller) {
  BULWATT_ASSERT(declared_ == facts_.ends.size());  // a granted conduit that nobody reads would fill up
  poller_ = &poller;
  for (std::size_t i = 0; i < facts_.ends.size(); ++i) {
    poller_->add_link(i, ends_[i].link.handle());
    ends_[i].attached = true;
  }
  for (std::size_t slot = 0; slot < watched_.size(); ++slot) {
    const auto& early = watched_[slot];
    if (early.fd >= 0) BULWATT_ASSERT(poller_->watch(early.fd, slot, early.readable, early.writable, true));
  }
}

void Loop::turn(bool control_ready, std::uint64_t ready_ends) {
  ++turns_;
  if (control_ready) take_control();
  for (std::size_t i = 0; i < declared_ && !stopped_; ++i) {
    const auto index = order_[i];
    if (((ready_ends >> index) & 1) != 0 || ends_[index].link.has_held()) step_end(index);
  }
  const auto now = os::now();
  for (auto& timer : timers_) {
    if (stopped_ || timer.id == kNoTimer || timer.due > now) continue;
    const auto action = timer.action;
    if (timer.interval > Duration::zero()) {
      timer.due += timer.interval;
      if (timer.due <= now) timer.due = now + timer.interval;
    } else {
      timer = {};
    }
    action();
  }
}

void Loop::finish_turn() {
  if (!stopped_) end_of_turn_();
}

bool Loop::wants_another_turn() const {
  for (std::size_t i = 0; i < declared_; ++i) {
    if (ends_[order_[i]].link.has_held()) return true;
  }
  return false;
}

void Loop::step_end(std::size_t index) {
  auto& end = ends_[index];
  if (!end.link.alive()) return;
  const auto outcome = end.step(end.link, end.impl, station_phase_);
  if (outcome.what == ipc::Outcome::What::violation) {
    report(control::Violation{static_cast<std::uint8_t>(index), outcome.reason, outcome.bytes});
    os::sever(end.link.handle());
    lost(index);
  } else if (outcome.what == ipc::Outcome::What::gone) {
    lost(index);
  }
}

void Loop::lost(std::size_t index) {
  auto& end = ends_[index];
  end.link.mark_gone();
  if (end.attached && poller_ != nullptr) poller_->remove_link(end.link.handle());
  end.attached = false;
  end.peer(false);
}

void Loop::take_control() {
  BULWATT_UNINITIALIZED std::array<std::byte, kOrderBytes> frame;
  const auto got = os::receive_with_handle(control_, frame);
  switch (got.arrival) {
    case os::Arrival::nothing: return;
    case os::Arrival::frame: break;
    default:
      stopped_ = true;  // without a supervisor a service has no authority to go on
      return;
  }
  const auto order = wire::decode<control::Order>(std::span<const std::byte>{frame}.first(got.size));
  if (!order) {
    stopped_ = true;
    return;
  }
  obey(*order, got.handle);
}

void Loop::obey(const control::Order& order, os::Handle attached) {
  if (const auto* bind = std::get_if<control::Rebind>(&order.body); bind != nullptr && attached != os::kNoHandle) {
    rebind(*bind, attached);
    return;
  }
  if (attached != os::kNoHandle) os::close(attached);
  if (const auto* set = std::get_if<control::SetPhase>(&order.body)) {
    station_phase_ = set->phase;
    phase_changed_(set->phase);
  } else if (const auto* act = std::get_if<control::Act>(&order.body)) {
    act_(*act);
  } else if (std::holds_alternative<control::Stop>(order.body)) {
    stop_();
    stopped_ = true;
  }
}

void Loop::rebind(const control::Rebind& order, os::Handle fresh) {
  if (order.conduit >= facts_.ends.size()) {
    os::close(fresh);
    return;
  }
  auto& end = ends_[order.conduit];
  if (end.attached && poller_ != nullptr) poller_->remove_link(end.link.handle());
  if (end.link.alive()) end.peer(false);
  BULWATT_ASSERT(os::replace(end.link.handle(), fresh));
  end.link.rebound();
  if (poller_ != nullptr) poller_->add_link(order.conduit, end.link.handle());
  end.attached = poller_ != nullptr;
  end.peer(true);
}

void Loop::report(const control::FromService& body) {
  BULWATT_UNINITIALIZED std::array<std::byte, kReportBytes> frame;
  const auto size = wire::encode(control::Report{body}, frame);
  os::send(control_, std::span{frame}.first(size));
}

void Loop::park_bytes(std::uint16_t version, std::span<const std::byte> bytes) {
  report(control::Park{{version, check_of(version, bytes), Octets<control::kMaxCapsuleBytes>{bytes}}});
}

std::optional<std::span<const std::byte>> Loop::parked_bytes(std::uint16_t version) const {
  if (!capsule_ || capsule_->version != version) return std::nullopt;
  const auto state = capsule_->state.view();
  if (check_of(version, state) != capsule_->check) return std::nullopt;
  return state;
}

void Loop::beat() { report(control::Beat{turns_}); }
void Loop::request_phase(control::Phase phase) { report(control::RequestPhase{phase}); }
void Loop::request_restart() { report(control::RequestRestart{}); }

void Loop::wait_noticed(void* self, std::uint8_t conduit, std::uint8_t message) {
  auto& loop = *static_cast<Loop*>(self);
  if (message != 0) loop.report(control::Waiting{conduit, message});
  else loop.beat();
}

TimerId Loop::set_timer(Instant due, Duration interval, Action action) {
  for (auto& timer : timers_) {
    if (timer.id != kNoTimer) continue;
    timer = {due, interval, action, ++last_timer_};
    return timer.id;
  }
  BULWATT_ASSERT(false && "all timers of the loop are taken");
}

Loop::Timer* Loop::find_timer(TimerId id) {
  for (auto& timer : timers_) {
    if (id != kNoTimer && timer.id == id) return &timer;
  }
  return nullptr;
}

TimerId Loop::every(Duration interval, Action action) {
  BULWATT_ASSERT(interval > Duration::zero());
  return set_timer(os::now() + interval, interval, action);
}

TimerId Loop::after(Duration delay, Action action) { return set_timer(os::now() + delay, Duration::zero(), action); }

void Loop::at(TimerId& timer, Instant when, Action action) {
  if (auto* found = find_timer(timer)) {
    found->due = when;
    found->action = action;
  } else {
    timer = set_timer(when, Duration::zero(), action);
  }
}

void Loop::cancel(TimerId& timer) {
  if (auto* found = find_timer(timer)) *found = {};
  timer = kNoTimer;
}

Instant Loop::next_timer() const {
  Instant next = kNever;
  for (const auto& timer : timers_) {
    if (timer.id != kNoTimer) next = std::min(next, timer.due);
  }
  return next;
}

bool Loop::watch(int fd, bool readable, bool writable, Watcher watcher) {
  std::size_t chosen = watched_.size();
  for (std::size_t slot = watched_.size(); slot-- > 0;) {
    if (watched_[slot].fd < 0) chosen = slot;
  }
  for (std::size_t slot = 0; slot < watched_.size(); ++slot) {
    if (watched_[slot].fd == fd) chosen = slot;
  }
  if (chosen == watched_.size()) return false;
  const bool is_new = watched_[chosen].fd != fd;
  watched_[chosen] = {fd, readable, writable, watcher};
  if (poller_ == nullptr || poller_->watch(fd, chosen, readable, writable, is_new)) return true;
  watched_[chosen] = {};
  return false;
}

void Loop::unwatch(int fd) {
  for (auto& watched : watched_) {
    if (watched.fd != fd) continue;
    if (poller_ != nullptr) poller_->unwatch(fd);
    watched = {};
  }
}

void Loop::watched_ready(std::size_t slot, Readiness readiness) {
  if (slot < watched_.size() && watched_[slot].fd >= 0) {
    const auto watcher = watched_[slot].watcher;
    watcher(readiness);
  }
}

}  // namespace bulwatt::runtime
