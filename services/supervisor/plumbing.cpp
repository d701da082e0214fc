#include "services/supervisor/plumbing.hpp"

#include "libs/base/check.hpp"

namespace bulwatt::supervisor {

Plumbing::Plumbing(const sandbox::SystemTable& table) : table_(table) {
  BULWATT_ASSERT(table.conduits.size() <= kMaxConduits);
}

void Plumbing::drop(Wire& wire, std::size_t side) {
  if (wire.held[side] != os::kNoHandle) os::close(wire.held[side]);
  wire.held[side] = os::kNoHandle;
  wire.owed[side] = false;
}

bool Plumbing::renew(Wire& wire, bool peer_runs, std::size_t peer_side) {
  const auto fresh = os::make_conduit();
  if (!fresh) return false;
  drop(wire, 0);
  drop(wire, 1);
  wire.held = *fresh;
  wire.owed[peer_side] = peer_runs;
  ++wire.epoch;
  return true;
}

void Plumbing::delivered(Index service) {
  for (const auto& end : table_.services[service].ends) drop(wires_[end.conduit], side(end.is_client));
}

}  // namespace bulwatt::supervisor
