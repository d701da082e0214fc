// What happens in a transaction, as the backend is told.  Part of the session interface.
#pragma once
#include "interfaces/session_tokens.hpp"
#include "libs/tariff/failure.hpp"

namespace bulwatt::session {

/// What the driver needs to know, in one word.
enum class State : std::uint8_t {
  starting,
  available,
  connected,
  authorizing,
  waiting_for_car,
  charging,
  suspended_by_car,
  suspended_by_station,
  finishing,
  unavailable,
  faulted,
};
constexpr auto enum_names(State) {
  return names("starting", "available", "connected", "authorizing", "waiting_for_car", "charging", "suspended_by_car",
               "suspended_by_station", "finishing", "unavailable", "faulted");
}
enum class ConnectorStatus : std::uint8_t { available, occupied, reserved, unavailable, faulted };
constexpr auto enum_names(ConnectorStatus) {
  return names("Available", "Occupied", "Reserved", "Unavailable", "Faulted");
}
enum class ChargingState : std::uint8_t { charging, ev_connected, suspended_ev, suspended_evse, idle };
constexpr auto enum_names(ChargingState) {
  return names("Charging", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Idle");
}
enum class EventType : std::uint8_t { started, updated, ended };
constexpr auto enum_names(EventType) { return names("Started", "Updated", "Ended"); }
enum class Trigger : std::uint8_t {
  authorized,
  cable_plugged_in,
  charging_rate_changed,
  charging_state_changed,
  deauthorized,
  energy_limit_reached,
  ev_communication_lost,
  ev_connect_timeout,
  meter_value_clock,
  meter_value_periodic,
  time_limit_reached,
  trigger,
  unlock_command,
  stop_authorized,
  ev_departed,
  ev_detected,
  remote_stop,
  remote_start,
  abnormal_condition,
  signed_data_received,
  reset_command,
};
constexpr auto enum_names(Trigger) {
  return names("Authorized", "CablePluggedIn", "ChargingRateChanged", "ChargingStateChanged", "Deauthorized",
               "EnergyLimitReached", "EVCommunicationLost", "EVConnectTimeout", "MeterValueClock", "MeterValuePeriodic",
               "TimeLimitReached", "Trigger", "UnlockCommand", "StopAuthorized", "EVDeparted", "EVDetected",
               "RemoteStop", "RemoteStart", "AbnormalCondition", "SignedDataReceived", "ResetCommand");
}
enum class StoppedReason : std::uint8_t {
  de_authorized,
  emergency_stop,
  energy_limit_reached,
  ev_disconnected,
  ground_fault,
  immediate_reset,
  local,
  local_out_of_credit,
  master_pass,
  other,
  overcurrent_fault,
  power_loss,
  power_quality,
  reboot,
  remote,
  soc_limit_reached,
  stopped_by_ev,
  time_limit_reached,
  timeout,
};
constexpr auto enum_names(StoppedReason) {
  return names("DeAuthorized", "EmergencyStop", "EnergyLimitReached", "EVDisconnected", "GroundFault", "ImmediateReset",
               "Local", "LocalOutOfCredit", "MasterPass", "Other", "OvercurrentFault", "PowerLoss", "PowerQuality",
               "Reboot", "Remote", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout");
}
/// ReadingContextEnumType of OCPP, the part in use.
enum class SampleContext : std::uint8_t {
  transaction_begin,
  sample_periodic,
  transaction_end,
  trigger,
  sample_clock,
  other
};
constexpr auto enum_names(SampleContext) {
  return names("Transaction.Begin", "Sample.Periodic", "Transaction.End", "Trigger", "Sample.Clock", "Other");
}

struct Sample {
  Timestamp time{};
  SampleContext context{};
  std::int64_t import_mwh{};
  std::int64_t power_mw{};
  List<std::int32_t, 3> current_ma{};
  List<std::int32_t, 3> voltage_mv{};
  static constexpr auto fields() {
    return list(
        field<&Sample::time>("time"), field<&Sample::context>("context"),
        field<&Sample::import_mwh>("import", {.unit = "mWh"}), field<&Sample::power_mw>("power", {.unit = "mW"}),
        field<&Sample::current_ma>("current", {.unit = "mA"}), field<&Sample::voltage_mv>("voltage", {.unit = "mV"}));
  }
};

/// The last event carries the first and the last sample and those of the two TxEndedIntervals; every other one of these
/// goes when they are too many.
inline constexpr std::size_t kEventSamples = 10;
using TransactionId = Text<36>;  ///< random UUID, never reused

/// What a transaction costs by the local tariff. Millionths of the currency; each component is rounded once, to the smallest
/// coin. With a `failure` there are no amounts: they would be guessed.
struct Charge {
  struct Tax {
    std::uint32_t rate{};  ///< hundredths of a percent
    std::int64_t amount{};
    static constexpr auto fields() { return list(field<&Tax::rate>("rate"), field<&Tax::amount>("amount")); }
  };
  Text<3> currency{};
  std::optional<tariff::Failure> failure{};
  std::int64_t energy{};
  std::int64_t time{};      ///< while energy flowed or might
  std::int64_t standing{};  ///< time besides
  std::int64_t start{};
  std::int64_t adjusted{};  ///< what the least or the most of the tariff adds or takes
  List<Tax, tariff::kMaxTaxes> taxes{};
  std::int64_t total{};
  static constexpr auto fields() {
    using C = Charge;
    return list(field<&C::currency>("currency"), field<&C::failure>("failure"), field<&C::energy>("energy"),
                field<&C::time>("time"), field<&C::standing>("standing"), field<&C::start>("start"),
                field<&C::adjusted>("adjusted"), field<&C::taxes>("taxes"), field<&C::total>("total"));
  }
};

/// One transaction event, durable in session's journal until acknowledged.
//= OCPP-2.0.1 E01.FR.07
struct TransactionEvent {
  std::uint64_t number{};    ///< of all events of this station, gap-free from 1
  std::uint8_t evse{};       ///< from 1
  std::uint8_t connector{};  ///< from 1; 0: no cable yet
  TransactionId transaction{};
  std::uint32_t seq_no{};  ///< OCPP seqNo: per transaction, from 0, gap-free
  EventType type{};
  Trigger trigger{};
  Timestamp time{};
  bool offline{};
  ChargingState charging_state{};
  std::optional<StoppedReason> stopped{};
  std::optional<IdToken> token{};
  std::optional<std::int32_t> remote_start_id{};
  std::optional<std::int32_t> reservation_id{};
  std::uint32_t limit_ma{};
  std::optional<std::uint8_t> phases{};     ///< numberOfPhasesUsed
  std::optional<std::uint32_t> cable_ma{};  ///< cableMaxCurrent, as coded in the cable
  List<Sample, kEventSamples> samples{};
  std::optional<std::uint64_t> begin_record{};   ///< number of the signed meter record of the first sample
  std::optional<std::uint64_t> end_record{};     ///< of the last
  std::optional<std::uint64_t> middle_record{};  ///< of the only sample of an event in between
  std::optional<Charge> charge{};                ///< of the last event
  static constexpr auto fields() {
    using E = TransactionEvent;
    return list(field<&E::number>("number"), field<&E::evse>("evse"), field<&E::connector>("connector"),
                field<&E::transaction>("transaction"), field<&E::seq_no>("seq_no"), field<&E::type>("type"),
                field<&E::trigger>("trigger"), field<&E::time>("time"), field<&E::offline>("offline"),
                field<&E::charging_state>("charging_state"), field<&E::stopped>("stopped"), field<&E::token>("token"),
                field<&E::remote_start_id>("remote_start_id"), field<&E::reservation_id>("reservation_id"),
                field<&E::limit_ma>("limit", {.unit = "mA"}), field<&E::phases>("phases", {.max = 3}),
                field<&E::cable_ma>("cable", {.unit = "mA"}), field<&E::samples>("samples"),
                field<&E::begin_record>("begin_record"), field<&E::end_record>("end_record"),
                field<&E::middle_record>("middle_record"), field<&E::charge>("charge"));
  }
};

}  // namespace bulwatt::session
