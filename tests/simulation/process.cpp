#include "tests/simulation/process.hpp"

namespace bulwatt::simulation {
namespace {
os::World& world() { return os::World::current(); }
constexpr int kExitNoStart = 2;
}  // namespace

Process::Process(const runtime::ServiceFacts& facts, const sandbox::ServiceEntry& entry, os::Handle control,
                 std::span<const os::Handle> ends)
    : entry_(entry), control_(world().reserve(ends.size() + 1)), first_(control_ + 1), loop_(facts, control_, first_) {
  os::replace(control_, control);
  for (std::size_t i = 0; i < ends.size(); ++i) os::replace(handle_of(i), ends[i]);
}

Instant Process::due() const {
  if (ended_) return kNever;
  auto when = world().readable_at(control_);
  if (running_) {
    when = std::min({when, loop_.next_timer(), device_due()});
    if (loop_.wants_another_turn()) when = world().now();
    for (std::size_t i = 0; i < facts().ends.size(); ++i) {
      if ((attached_ >> i & 1) != 0) when = std::min(when, world().readable_at(handle_of(i)));
    }
  }
  return std::max(when, stalled_until_);
}

void Process::turn() {
  if (!running_) return start();
  const auto ready = [&](os::Handle handle) { return world().readable_at(handle) <= world().now(); };
  std::uint64_t links = 0;
  for (std::size_t i = 0; i < facts().ends.size(); ++i) {
    if ((attached_ >> i & 1) != 0 && ready(handle_of(i))) links |= std::uint64_t{1} << i;
  }
  loop_.turn(ready(control_), links);
  if (!loop_.stopped() && device_due() <= world().now()) device_ready();
  loop_.finish_turn();
  if (loop_.stopped()) ended_ = 0;
}

void Process::start() {
  if (!loop_.await_start(Duration::zero())) {
    ended_ = kExitNoStart;
    return;
  }
  ended_ = set_up();
  if (ended_) return;
  loop_.attach(*this);
  loop_.report_ready(0);
  running_ = true;
}

void Process::die() {
  ended_ = ended_.value_or(0);
  for (int handle = control_; handle < handle_of(facts().ends.size()); ++handle) os::close(handle);
}

std::optional<std::size_t> Process::conduit_of(os::Handle handle) const {
  if (handle < first_ || handle >= handle_of(facts().ends.size())) return std::nullopt;
  return static_cast<std::size_t>(handle - first_);
}

void Process::remove_link(os::Handle handle) {
  if (const auto index = conduit_of(handle)) attached_ &= ~(std::uint64_t{1} << *index);
}

}  // namespace bulwatt::simulation
