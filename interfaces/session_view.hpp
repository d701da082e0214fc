// What others may see of the session.  Part of the session interface.
#pragma once
#include "interfaces/meter.hpp"
#include "interfaces/session_events.hpp"

namespace bulwatt::session {

/// One entry of the limit stack: who allows how much, and why. The least one rules.
enum class LimitSource : std::uint8_t { hardware, cable, installation, backend, temperature, local, fault };
constexpr auto enum_names(LimitSource) {
  return names("hardware", "cable", "installation", "backend", "temperature", "local", "fault");
}
struct Limit {
  LimitSource source{};
  std::uint32_t limit_ma{};
  Text<40> reason{};
  static constexpr auto fields() {
    return list(field<&Limit::source>("source"), field<&Limit::limit_ma>("limit", {.unit = "mA"}),
                field<&Limit::reason>("reason"));
  }
};

/// A change of the rule: from `time` on this entry was the least one.
struct Ruled {
  Timestamp time{};
  Limit limit{};
  static constexpr auto fields() { return list(field<&Ruled::time>("time"), field<&Ruled::limit>("limit")); }
};
inline constexpr std::size_t kLimitHistory = 32;  ///< of one EVSE, kept until the process ends

struct ConnectorView {
  std::uint8_t connector{};  ///< from 1
  ConnectorStatus status{};
  bool operative{};
  bool cable{};  ///< a vehicle is plugged in here
  power::Status power{};
  static constexpr auto fields() {
    using C = ConnectorView;
    return list(field<&C::connector>("connector"), field<&C::status>("status"), field<&C::operative>("operative"),
                field<&C::cable>("cable"), field<&C::power>("power"));
  }
};

/// What a car has told of itself by digital communication; what it did not say is absent.
enum class VehicleProtocol : std::uint8_t { none, din70121, iso15118_2, iso15118_20 };
constexpr auto enum_names(VehicleProtocol) { return names("none", "DIN 70121", "ISO 15118-2", "ISO 15118-20"); }
struct VehicleView {
  VehicleProtocol protocol{};  ///< none: not agreed yet
  Octets<8> evcc_id{};         ///< as the car names its controller; no proof of anything
  std::optional<std::uint8_t> soc_percent{};
  std::optional<std::int64_t> wanted_mwh{};
  std::optional<std::int64_t> capacity_mwh{};
  std::optional<std::uint32_t> departure_s{};  ///< from when it was said
  std::optional<std::int64_t> max_ma{};
  std::optional<std::int64_t> max_mv{};
  std::optional<std::int32_t> target_mv{};  ///< DC: what it asks for at the moment
  std::optional<std::int32_t> target_ma{};
  static constexpr auto fields() {
    using V = VehicleView;
    return list(
        field<&V::protocol>("protocol"), field<&V::evcc_id>("evcc_id", {.secret = true}),
        field<&V::soc_percent>("soc", {.unit = "%"}), field<&V::wanted_mwh>("wanted", {.unit = "mWh"}),
        field<&V::capacity_mwh>("capacity", {.unit = "mWh"}), field<&V::departure_s>("departure", {.unit = "s"}),
        field<&V::max_ma>("max_current", {.unit = "mA"}), field<&V::max_mv>("max_voltage", {.unit = "mV"}),
        field<&V::target_mv>("target_voltage", {.unit = "mV"}), field<&V::target_ma>("target_current", {.unit = "mA"}));
  }
};

struct Snapshot {
  std::uint8_t evse{};
  State state{};
  ConnectorStatus connector{};  ///< of the active connector, else of the EVSE as a whole
  bool operative{};             ///< station and EVSE are
  bool cable{};                 ///< a vehicle is plugged in
  power::Status power{};        ///< of the active connector, else of the first
  std::optional<TransactionId> transaction{};
  std::optional<IdToken> token{};
  std::optional<Timestamp> started{};
  ChargingState charging_state{};
  std::int64_t energy_mwh{};  ///< of this transaction
  std::int64_t power_mw{};
  std::int64_t register_mwh{};
  List<Limit, 8> limits{};                   ///< the whole stack
  std::uint32_t limit_ma{};                  ///< what rules now
  std::int64_t cost_micro{};                 ///< millionths of the currency, tax included; local tariff
  std::optional<tariff::Failure> no_cost{};  ///< why `cost_micro` is none
  std::optional<std::int64_t> per_kwh{};  ///< what energy costs now, in millionths and without tax; a transaction runs
  Text<3> currency{};
  std::uint32_t pending_events{};
  bool backend_online{};
  std::optional<StoppedReason> last_stop{};
  Text<64> notice{};  ///< one sentence for the driver when something is wrong
  List<ConnectorView, power::kMaxConnectors> connectors{};
  std::uint8_t active_connector{};            ///< in use by a car or a transaction; 0: none
  bool authorized{};                          ///< the transaction has been authorized and still is
  bool reserved{};                            ///< only for who holds a reservation
  std::optional<std::int32_t> reservation{};  ///< that holds this EVSE, when it names it
  std::optional<VehicleView> vehicle{};       ///< whose session runs by digital communication
  static constexpr auto fields() {
    using S = Snapshot;
    return list(field<&S::evse>("evse"), field<&S::state>("state"), field<&S::connector>("connector"),
                field<&S::operative>("operative"), field<&S::cable>("cable"), field<&S::power>("power"),
                field<&S::transaction>("transaction"), field<&S::token>("token", {.secret = true}),
                field<&S::started>("started"), field<&S::charging_state>("charging_state"),
                field<&S::energy_mwh>("energy", {.unit = "mWh"}), field<&S::power_mw>("power_now", {.unit = "mW"}),
                field<&S::register_mwh>("register", {.unit = "mWh"}), field<&S::limits>("limits"),
                field<&S::limit_ma>("limit", {.unit = "mA"}), field<&S::cost_micro>("cost"),
                field<&S::no_cost>("no_cost"), field<&S::per_kwh>("per_kwh"), field<&S::currency>("currency"),
                field<&S::pending_events>("pending_events"), field<&S::backend_online>("backend_online"),
                field<&S::last_stop>("last_stop"), field<&S::notice>("notice"), field<&S::connectors>("connectors"),
                field<&S::active_connector>("active_connector"), field<&S::authorized>("authorized"),
                field<&S::reserved>("reserved"), field<&S::reservation>("reservation"), field<&S::vehicle>("vehicle"));
  }
};
struct GetSnapshot {
  using Reply = Snapshot;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&GetSnapshot::evse>("evse")); }
};

/// What the station consists of; it does not change while the process lives.
struct ConnectorTopology {
  std::uint8_t connector{};  ///< from 1
  Text<20> type{};           ///< ConnectorEnumType of OCPP, e.g. cType2, sType2
  static constexpr auto fields() {
    return list(field<&ConnectorTopology::connector>("connector"), field<&ConnectorTopology::type>("type"));
  }
};
struct EvseTopology {
  std::uint8_t evse{};  ///< from 1, without a gap
  std::uint8_t phases{};
  std::uint32_t max_ma{};  ///< what its hardware carries, per phase
  List<ConnectorTopology, power::kMaxConnectors> connectors{};
  static constexpr auto fields() {
    using E = EvseTopology;
    return list(field<&E::evse>("evse"), field<&E::phases>("phases"), field<&E::max_ma>("max", {.unit = "mA"}),
                field<&E::connectors>("connectors"));
  }
};
struct GetTopology {
  struct Topology {
    List<EvseTopology, power::kMaxEvses> evses{};
    bool meter_records{};  ///< what is measured in a transaction is signed
    static constexpr auto fields() {
      return list(field<&Topology::evses>("evses"), field<&Topology::meter_records>("meter_records"));
    }
  };
  using Reply = Topology;
  static constexpr auto fields() { return list(); }
};
/// The transaction that ended last at an EVSE, and the signed meter records that show what was measured.
struct Receipt {
  TransactionId transaction{};
  Timestamp begin{};
  Timestamp end{};
  std::int64_t energy_mwh{};
  std::optional<std::uint64_t> begin_record{};  ///< for GetMeterRecord
  std::optional<std::uint64_t> end_record{};
  std::uint64_t begin_in_ledger{};  ///< number of the record there; 0: none
  std::uint64_t end_in_ledger{};
  static constexpr auto fields() {
    using R = Receipt;
    return list(field<&R::transaction>("transaction"), field<&R::begin>("begin"), field<&R::end>("end"),
                field<&R::energy_mwh>("energy", {.unit = "mWh"}), field<&R::begin_record>("begin_record"),
                field<&R::end_record>("end_record"), field<&R::begin_in_ledger>("begin_in_ledger"),
                field<&R::end_in_ledger>("end_in_ledger"));
  }
};
/// A stretch of a transaction on which the same prices ruled, as the local tariff knows them: millionths, without tax.
struct BilledPeriod {
  Timestamp begin{};
  std::int64_t energy_mwh{};
  std::int64_t charging_ms{};
  std::int64_t standing_ms{};
  std::optional<std::int64_t> per_kwh{};
  std::optional<std::int64_t> per_minute{};  ///< of the time that is counted here
  bool mixed{};                              ///< the rest of the transaction: there were too many to list them all
  static constexpr auto fields() {
    using B = BilledPeriod;
    return list(field<&B::begin>("begin"), field<&B::energy_mwh>("energy", {.unit = "mWh"}),
                field<&B::charging_ms>("charging", {.unit = "ms"}), field<&B::standing_ms>("standing", {.unit = "ms"}),
                field<&B::per_kwh>("per_kwh"), field<&B::per_minute>("per_minute"), field<&B::mixed>("mixed"));
  }
};
struct GetReceipt {
  struct Last {
    std::optional<Receipt> receipt{};
    Charge charge{};
    List<BilledPeriod, tariff::kMaxPeriods> periods{};
    Text<250> tariff{};  ///< in words, as it was when the transaction began
    static constexpr auto fields() {
      return list(field<&Last::receipt>("receipt"), field<&Last::charge>("charge"), field<&Last::periods>("periods"),
                  field<&Last::tariff>("tariff"));
    }
  };
  using Reply = Last;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&GetReceipt::evse>("evse")); }
};

/// One part of a signed meter record, as the vault made it. The latest ones are kept; Error::unknown_record for others.
enum class RecordPart : std::uint8_t { payload, classical, twin, key };
constexpr auto enum_names(RecordPart) { return names("payload", "classical", "twin", "key"); }
struct GetMeterRecord {
  struct Part {
    Octets<meter::kMaxTwin> bytes{};
    static constexpr auto fields() { return list(field<&Part::bytes>("bytes")); }
  };
  using Reply = Part;
  std::uint64_t number{};
  RecordPart part{};
  static constexpr auto fields() {
    return list(field<&GetMeterRecord::number>("number"), field<&GetMeterRecord::part>("part"));
  }
};

/// What ruled when, oldest first. Idempotent.
struct GetLimitHistory {
  struct History {
    List<Ruled, kLimitHistory> rules{};
    static constexpr auto fields() { return list(field<&History::rules>("rules")); }
  };
  using Reply = History;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&GetLimitHistory::evse>("evse")); }
};

}  // namespace bulwatt::session
