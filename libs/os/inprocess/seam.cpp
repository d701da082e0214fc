// The functions of libs/os/clock.hpp and conduit.hpp, spoken to the present World.
#include "libs/os/inprocess/world.hpp"

namespace bulwatt::os {

Instant now() { return World::current().now(); }

Timestamp civil_now() {
  const auto& world = World::current();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(world.now().time_since_epoch() + world.civil_offset_)
              .count()};
}

void random_bytes(std::span<std::byte> out) {
  for (auto& byte : out) byte = static_cast<std::byte>(World::current().random()());
}

std::expected<std::array<Handle, 2>, int> make_conduit() {
  auto& world = World::current();
  const auto channel = std::make_shared<World::Channel>();
  const auto first = world.place(std::make_shared<World::Side>(channel, 0));
  return std::array{first, world.place(std::make_shared<World::Side>(channel, 1))};
}

Sent send(Handle conduit, std::span<const std::byte> frame) { return World::current().put(conduit, frame, nullptr); }
Received receive(Handle conduit, std::span<std::byte> into) { return World::current().take(conduit, into, false); }

Received receive_soon(Handle conduit, std::span<std::byte> into) {
  auto& world = World::current();
  world.wait(conduit, world.now() + kSoon);
  return world.take(conduit, into, false);
}

bool wait_readable(Handle conduit, Instant until) { return World::current().wait(conduit, until); }

void close(Handle conduit) {
  auto& world = World::current();
  if (!world.caller_doomed() && world.side(conduit) != nullptr) world.ends_[static_cast<std::size_t>(conduit)].reset();
}

void sever(Handle conduit) {
  auto& world = World::current();
  if (auto* const end = world.side(conduit); end != nullptr && !world.caller_doomed()) end->channel->severed = true;
}

bool replace(Handle old, Handle fresh) {
  auto& world = World::current();
  const auto end = world.held(fresh);
  if (world.caller_doomed()) return true;  // nothing a dead process still does may end the program
  if (!end || old < 0) return false;
  const auto at = static_cast<std::size_t>(old);
  if (at >= world.ends_.size()) world.ends_.resize(at + 1);
  world.ends_[static_cast<std::size_t>(fresh)].reset();
  world.ends_[at] = end;
  return true;
}

Sent send_with_handle(Handle conduit, std::span<const std::byte> frame, Handle attached) {
  auto& world = World::current();
  return world.put(conduit, frame, world.held(attached));
}
Received receive_with_handle(Handle conduit, std::span<std::byte> into) {
  return World::current().take(conduit, into, true);
}
void allow_handles(Handle) {}  // the `ancillary` rule of the receiver is the guard here

}  // namespace bulwatt::os
