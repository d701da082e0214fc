// What happens to frames on their way, and the invariant about who may say what.
#include "system_table.hpp"
#include "tests/simulation/chance.hpp"
#include "tests/simulation/station.hpp"

namespace bulwatt::simulation {
namespace {
using namespace std::chrono_literals;
}  // namespace

os::Fate Station::fate(os::Handle from, std::span<std::byte> frame) {
  for (const auto& outlet : outside.outlets) {
    if (from == outlet.host_end || from == outlet.board_end) return line_fate(frame);
  }
  const bool rough = mood == Mood::rough;
  for (const auto& child : children_) {
    if (!child.process || !child.process->owns(from)) continue;
    const auto conduit = child.process->conduit_of(from);
    if (!conduit) break;
    watch_frame(*child.process, *conduit, frame);
    const bool pulse = static_cast<ipc::Kind>(frame[1]) == ipc::Kind::pulse;
    if (rough && pulse && one_in(6)) return {.full = true};
    if (rough && one_in(40)) return {.delay = between(1ms, pulse ? 2s : 120ms)};
    return {.delay = between(20us, 300us)};
  }
  return {.delay = between(20us, 200us)};  // control conduits
}

/// 115200 baud, about 40 bytes. In rough times frames get lost and bits flip.
os::Fate Station::line_fate(std::span<std::byte> frame) {
  if (mood == Mood::rough && one_in(20)) frame[pick(frame.size())] ^= static_cast<std::byte>(1U << pick(8));
  return {.delay = between(2ms, 5ms), .lost = mood == Mood::rough && one_in(20)};
}

/// A message that was not granted can only come from a process that was taken over, and is never answered.
void Station::watch_frame(const Process& from, std::size_t conduit, std::span<const std::byte> frame) {
  const auto& facts = *from.facts().ends[conduit];
  const auto id = std::to_integer<std::uint8_t>(frame[0]);
  const auto kind = static_cast<ipc::Kind>(frame[1]);
  const bool from_client = facts.role == ipc::Role::client;
  const auto may = from_client || kind != ipc::Kind::pulse ? facts.any_phase() : facts.pulses_to_client;
  const bool granted = id < ipc::kMaxMessages && ((may >> id) & 1) != 0;
  if (!granted && from_client) ++forged;
  if (!granted && !from_client) report(std::string{facts.server} + " said what was not granted, or answered it");
  if (facts.server != "ledger" || kind != ipc::Kind::reply || id != ledger::Ledger::id_of<ledger::Append>()) return;
  const auto reply = wire::decode<ledger::Append::Appended>(frame.subspan(ipc::kHeaderSize));
  if (reply) acknowledged_records_ = std::max(acknowledged_records_, reply->sequence);
}

}  // namespace bulwatt::simulation
