// What holds at every moment of every life of the station.
#include "services/ledger/reader.hpp"
#include "tests/simulation/station.hpp"

namespace bulwatt::simulation {
namespace {
using namespace std::chrono_literals;
/// Permit at power (2 s), lease (0.5 s), the time the vehicle has to stop (6 s), and the way of the last word.
constexpr Duration kLongestGrace = 9s;
/// Debouncing and the contactor's own movement.
constexpr Duration kVehicleGone = 150ms;
constexpr Duration kFaultOpens = 100ms;
constexpr Duration kMeterStale = 2s;
constexpr Duration kOverdrawn = 300ms;
}  // namespace

/// Once a millisecond.
void Station::each_cycle() {
  for (std::size_t i = 0; i < outside.outlets.size(); ++i) watch(outside.outlets[i], watched_[i]);
  for (std::uint8_t evse = 1; evse <= outside.evses(); ++evse) account(evse);
  watch_shared();
}

/// Contactor closed => the vehicle asks for energy, nothing is wrong, and a permit was there lately.
void Station::watch(const Outlet& outlet, Watched& watched) {
  using board::Break;
  const auto now = os::now();
  auto& [allowed_at, vehicle_at, faultless_at] = watched;
  if (const auto* state = session_state()) {
    const auto& evse = state->station().evses[outlet.evse - 1U];
    if (evse.permit.energize && evse.permit.connector == outlet.connector && evse.kept.grant) allowed_at = now;
  }
  if (!outlet.energized()) {
    allowed_at = std::max(allowed_at, now - kLongestGrace);
    vehicle_at = faultless_at = now;
    return;
  }
  if (outlet.asks() || outlet.broken(Break::pilot_stuck)) vehicle_at = now;
  if (outlet.view().faults == 0) faultless_at = now;
  if (outlet.broken(Break::weld)) {
    vehicle_at = faultless_at = allowed_at = now;  // no rule of ours opens a welded contact
    return;
  }
  if (now - allowed_at > kLongestGrace) report("a contactor is closed and nobody has permitted it");
  if (now - vehicle_at > kVehicleGone) report("a contactor is closed and no vehicle asks for energy");
  if (now - faultless_at > kFaultOpens) report("a contactor is closed in spite of a fault");
}

/// What no single outlet can see: one connector of an EVSE at a time, and all cars together within the building's supply.
void Station::watch_shared() {
  for (std::size_t i = 1; i < outside.outlets.size(); ++i) {
    const auto& one = outside.outlets[i - 1];
    const auto& next = outside.outlets[i];
    const bool both = one.evse == next.evse && one.energized() && next.energized();
    const bool welded = one.broken(board::Break::weld) || next.broken(board::Break::weld);
    if (both && !welded) report("two connectors of one EVSE are energized");
  }
  if (outside.drawn_ma() <= session_config_.installation_max_ma) within_at_ = os::now();
  if (os::now() - within_at_ > kOverdrawn) report("the cars draw more than the building supplies");
}

/// Energy that no transaction can have seen: none was running, or the meter could not be read.
void Station::account(std::uint8_t number) {
  auto& [counted_mwh, unexplained_mwh, metered_at] = accounts_[number - 1U];
  const auto* state = session_state();
  const auto* evse = state != nullptr ? &state->station().evses[number - 1U] : nullptr;
  const bool metered = outside.meter_answers[number - 1U] && mood == Mood::calm && evse != nullptr && !evse->meter_lost;
  if (!metered) metered_at = os::now();
  const auto flowed = outside.register_mwh(number) - counted_mwh;
  counted_mwh += flowed;
  const bool counted = evse != nullptr && evse->kept.transaction && os::now() - metered_at > kMeterStale;
  if (!counted) unexplained_mwh += flowed;
}

void Station::inspect() {
  inspect_ledger();
  const auto* state = session_state();
  if (state == nullptr) return;
  if (state->station().kept.next_number <= backend.fetched())
    report("session has forgotten an event that the backend has");
  if (state->archive().outbox.durable() < backend.fetched() && state->archive().outbox.size() > 0)
    report("an event was fetched that is not durable");
  for (std::uint8_t evse = 1; evse <= outside.evses(); ++evse) inspect_evse(*state, evse);
}

/// Who holds a place alone is not pushed aside.
void Station::inspect_evse(const session::Service& service, std::uint8_t number) {
  const auto& evse = service.station().evses[number - 1U];
  for (const auto& reservation : service.station().reservations.held) {
    if (reservation.evse != number || !evse.kept.grant) continue;
    if (evse.kept.grant->token != reservation.token) report("an EVSE that is reserved for one was given to another");
  }
}

void Station::inspect_ledger() {
  std::uint64_t count = 0;
  Mount mount{ledger_disk};
  ledger::SharedFiles shared{mount};
  const auto result = ledger::verify(shared.files(), {}, [&](const ledger::Seen& seen) {
    const auto& record = seen.record;
    const auto digest =
        std::hash<std::string_view>{}({reinterpret_cast<const char*>(seen.entry.data()), seen.entry.size()});
    if (seen.log != 1) report("the ledger took a power cut for tampering");
    const auto at = static_cast<std::size_t>(record.sequence) - 1;
    if (at < settled_records_ && known_records_[at] != digest) report("a record of the ledger was rewritten");
    if (at >= known_records_.size()) known_records_.resize(at + 1);
    known_records_[at] = digest;
    count = record.sequence;
    return true;
  });
  if (result.problem) report("the ledger does not verify: " + std::string{enum_text(result.problem->finding)});
  settled_records_ = acknowledged_records_;
  if (count < acknowledged_records_) report("the ledger lost a record that it had acknowledged");
}

}  // namespace bulwatt::simulation
