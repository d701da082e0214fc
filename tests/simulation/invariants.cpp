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
}  // namespace

/// Once a millisecond. Contactor closed => the vehicle asks for energy, nothing is wrong, and a permit was there lately.
void Station::each_cycle() {
  using board::Break;
  const auto now = os::now();
  const auto* state = session_state();
  if (state != nullptr && evse_of(*state).kept.transaction && evse_of(*state).permit.energize) allowed_at_ = now;
  if (!outside.energized()) {
    allowed_at_ = std::max(allowed_at_, now - kLongestGrace);
    vehicle_at_ = faultless_at_ = now;
    return;
  }
  account();
  const auto& ohm = outside.car.face().resistance_ohm;
  if ((ohm == ev::kResistanceC || ohm == ev::kResistanceD) || outside.broken(Break::pilot_stuck)) vehicle_at_ = now;
  if (outside.view().faults == 0) faultless_at_ = now;
  if (outside.broken(Break::weld)) {
    vehicle_at_ = faultless_at_ = allowed_at_ = now;  // no rule of ours opens a welded contact
    return;
  }
  if (now - allowed_at_ > kLongestGrace) report("the contactor is closed and nobody has permitted it");
  if (now - vehicle_at_ > kVehicleGone) report("the contactor is closed and no vehicle asks for energy");
  if (now - faultless_at_ > kFaultOpens) report("the contactor is closed in spite of a fault");
}

/// Energy that no transaction can have seen: none was running, or the meter could not be read.
void Station::account() {
  const auto* state = session_state();
  const bool metered = outside.meter_answers && mood == Mood::calm && state != nullptr && !evse_of(*state).meter_lost;
  if (!metered) metered_at_ = os::now();
  const auto flowed = outside.register_mwh() - counted_mwh_;
  counted_mwh_ += flowed;
  const bool counted = state != nullptr && evse_of(*state).kept.transaction && os::now() - metered_at_ > kMeterStale;
  if (!counted) unexplained_mwh_ += flowed;
}

void Station::inspect() {
  inspect_ledger();
  const auto* state = session_state();
  if (state == nullptr) return;
  if (state->station().kept.next_number <= backend.fetched()) report("session has forgotten an event that the backend has");
  if (state->archive().outbox.durable() < backend.fetched() && state->archive().outbox.size() > 0)
    report("an event was fetched that is not durable");
}

void Station::inspect_ledger() {
  std::uint64_t count = 0;
  const auto result = ledger::verify(*std::make_unique<Mount>(ledger_disk), [&](const ledger::Record& record) {
    wire::Buffer<ledger::Record> bytes{};
    const auto size = wire::encode(record, bytes);
    const auto digest = std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), size});
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
