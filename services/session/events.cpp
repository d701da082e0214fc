#include "services/session/events.hpp"

#include "libs/base/check.hpp"
#include "services/session/billing.hpp"
#include "services/session/limits.hpp"
#include "services/session/transaction.hpp"

namespace bulwatt::session {
namespace {

constexpr Duration kStateEventPause = std::chrono::seconds{1};  ///< a trembling pilot must not wear the flash
constexpr std::int32_t kPhaseInUseMa = 500;

bool wants_energy(power::Pilot pilot) {
  using power::Pilot;
  return pilot == Pilot::c1 || pilot == Pilot::c2 || pilot == Pilot::d1 || pilot == Pilot::d2;
}

//= OCPP-2.0.1 E02.FR.18
//= OCPP-2.0.1 E03.FR.13
std::optional<std::uint8_t> phases_in_use(const At& c) {
  if (!c.evse.meter_known || c.evse.meter_lost) return std::nullopt;
  const auto used =
      std::ranges::count_if(c.evse.meter.lines, [](const auto& line) { return line.current_ma >= kPhaseInUseMa; });
  return used == 0 ? std::nullopt : std::optional{static_cast<std::uint8_t>(used)};
}

}  // namespace

Sample sample_of(const meter::Reading& reading, SampleContext context) {
  Sample sample{
      .time = reading.time, .context = context, .import_mwh = reading.import_mwh, .power_mw = reading.power_mw};
  for (const auto& line : reading.lines) {
    static_cast<void>(sample.current_ma.push_back(line.current_ma));
    static_cast<void>(sample.voltage_mv.push_back(line.voltage_mv));
  }
  return sample;
}

//= OCPP-2.0.1 E01.FR.07
//= OCPP-2.0.1 E01.FR.16
//= OCPP-2.0.1 E02.FR.07
//= OCPP-2.0.1 E03.FR.06
//= OCPP-2.0.1 E05.FR.04
//= OCPP-2.0.1 E06.FR.14
//= OCPP-2.0.1 E07.FR.11
//= OCPP-2.0.1 E08.FR.07
//= OCPP-2.0.1 E08.FR.08
//= OCPP-2.0.1 E09.FR.04
//= OCPP-2.0.1 E10.FR.03
//= OCPP-2.0.1 E01.FR.15
//= OCPP-2.0.1 E02.FR.15
//= OCPP-2.0.1 E06.FR.15
//= OCPP-2.0.1 F01.FR.17
//= OCPP-2.0.1 F03.FR.09
TransactionEvent next_event(const At& c, EventType type, Trigger trigger) {
  auto& transaction = *c.transaction();
  TransactionEvent event{};
  event.number = c.state.kept.next_number++;
  event.evse = c.number;
  event.connector = transaction.connector;
  event.transaction = transaction.id;
  event.seq_no = transaction.next_seq++;
  event.type = type;
  event.trigger = trigger;
  event.time = c.moment.time;
  event.offline = !c.state.online;
  event.charging_state = transaction.charging;
  event.limit_ma = c.evse.permit.limit_ma;
  //= OCPP-2.0.1 E02.FR.19
  //= OCPP-2.0.1 E03.FR.14
  if (const auto phases = phases_in_use(c); phases && phases != transaction.phases)
    event.phases = transaction.phases = phases;
  if (transaction.connector != 0 && c.connector().power.cable_limit_ma != 0)
    event.cable_ma = c.connector().power.cable_limit_ma;
  transaction.seen = c.moment.time;
  return event;
}

void publish(const At& c, const TransactionEvent& event) {
  BULWATT_ASSERT(c.archive.outbox.push(event));  // room was checked by whoever made the event
  c.changed();
  c.actions.write_station = true;
  c.actions.work_available = true;
}

namespace {

bool is_sample(Trigger trigger) {
  return trigger == Trigger::meter_value_periodic || trigger == Trigger::meter_value_clock ||
         trigger == Trigger::trigger;
}

}  // namespace

//= OCPP-2.0.1 E02.FR.17
//= OCPP-2.0.1 E03.FR.12
//= OCPP-2.0.1 E02.FR.16
//= OCPP-2.0.1 F01.FR.18
bool update_transaction(const At& c, Trigger trigger, std::optional<SampleContext> sample,
                        const std::optional<IdToken>& token, const Grant* leave) {
  if (!c.transaction() || c.archive.outbox.room() <= Outbox::kKept) return false;
  auto event = next_event(c, EventType::updated, trigger);
  if (sample && c.evse.meter_known) static_cast<void>(event.samples.push_back(sample_of(c.evse.meter, *sample)));
  event.token = token;
  if (leave != nullptr) {
    event.remote_start_id = leave->remote_start_id;
    //= OCPP-2.0.1 E01.FR.13
    //= OCPP-2.0.1 E02.FR.03
    event.reservation_id = leave->reservation_id;
  }
  publish(c, event);
  // Samples may be told every second; they keep no change from being told.
  if (!is_sample(trigger)) c.evse.next_state_event = c.now() + kStateEventPause;
  c.evse.next_register = c.now() + seconds(c.config.register_interval_s);
  return true;
}

//= OCPP-2.0.1 F06.FR.07
bool trigger_event(const At& c) { return update_transaction(c, Trigger::trigger, SampleContext::trigger); }

namespace {

/// A car that wants energy says so within a moment of the offer; after this one it is the car that does not.
constexpr Duration kHesitation = std::chrono::seconds{5};

bool car_hesitates(const At& c) {
  if (!c.evse.offering_since) return false;
  const auto until = *c.evse.offering_since + kHesitation;
  if (c.now() >= until) return true;
  c.wake(until);
  return false;
}

}  // namespace

ChargingState charging_state(const At& c) {
  const auto& transaction = *c.transaction();
  if (!c.plugged()) return ChargingState::idle;
  if (!c.grant()) return ChargingState::ev_connected;
  if (c.evse.vehicle.waits) return transaction.has_charged ? ChargingState::suspended_ev : ChargingState::ev_connected;
  if (!c.evse.permit.energize) return ChargingState::suspended_evse;
  const auto& power = c.connector().power;
  const bool wants = wants_energy(power.pilot);
  if (wants && power.contactor_closed) return ChargingState::charging;
  // Between two offers the controller pauses; that the car wants energy then is no change worth telling.
  if (wants && transaction.charging == ChargingState::charging) return ChargingState::charging;
  if (transaction.has_charged || transaction.charging == ChargingState::suspended_ev)
    return ChargingState::suspended_ev;
  return car_hesitates(c) ? ChargingState::suspended_ev : ChargingState::ev_connected;
}

namespace {

/// Energy has stopped where EnergyTransfer is a stop point.
//= OCPP-2.0.1 E06.FR.07
Ending end_of_transfer(const At& c, ChargingState is) {
  if (!fault_name(c).empty()) return {Trigger::abnormal_condition, fault_reason(c), {}};
  if (c.transaction()->invalid) {
    if (c.state.settings.max_energy_on_invalid_id_wh)
      return {Trigger::energy_limit_reached, StoppedReason::energy_limit_reached, {}};
    return {Trigger::deauthorized, StoppedReason::de_authorized, {}};
  }
  const bool by_car = is == ChargingState::suspended_ev;
  return {Trigger::charging_state_changed, by_car ? StoppedReason::stopped_by_ev : StoppedReason::other, {}};
}

}  // namespace

//= OCPP-2.0.1 E01.FR.18
//= OCPP-2.0.1 E01.FR.19
//= OCPP-2.0.1 E02.FR.13
void tell_charging_state(const At& c) {
  auto& e = c.evse;
  if (!c.transaction() || c.transaction()->ending || e.recovering) return;
  const auto& connector = c.connector();
  if (e.active != 0 && (!connector.cable_known || connector.controller_lost)) return;
  auto& transaction = *c.transaction();
  const auto is = charging_state(c);
  if (is == transaction.charging) return;
  if (is == ChargingState::charging && !transaction.has_charged) {  // whether or not it is told in time
    transaction.has_charged = true;
    c.changed();
  }
  if (c.now() < e.next_state_event) {
    c.wake(e.next_state_event);
    return;
  }
  bill_now(c);
  const auto was = std::exchange(transaction.charging, is);
  if (was == ChargingState::charging && contains(c.state.settings.tx_stop, TxPoint::energy_transfer)) {
    end_transaction(c, end_of_transfer(c, is));
    return;
  }
  // What finds no room in the outbox is told as soon as there is some.
  if (!update_transaction(c, Trigger::charging_state_changed, SampleContext::other)) transaction.charging = was;
}

std::int64_t energy_mwh(const Evse& evse) {
  const auto& transaction = evse.kept.transaction;
  return transaction ? std::max<std::int64_t>(transaction->register_mwh - transaction->begin_mwh, 0) : 0;
}

}  // namespace bulwatt::session
