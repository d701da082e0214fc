// What the page is told: snapshots in the units and words of people, without what a bystander must not see.
#pragma once
#include "services/hmi/config.hpp"
#include "services/hmi/findings.hpp"

namespace bulwatt::hmi {

/// One connector, for whoever installs or repairs.
struct ConnectorView {
  std::uint8_t connector{};
  Text<20> type{};
  session::ConnectorStatus status{};
  bool cable{};
  power::Pilot pilot{};
  std::int32_t pilot_high_mv{};
  std::int32_t pilot_low_mv{};
  std::uint16_t duty_permille{};
  bool contactor{};
  std::uint32_t cable_limit_ma{};
  std::int16_t temperature_dc{};  ///< tenths of a degree Celsius
  static constexpr auto fields() {
    using C = ConnectorView;
    return list(field<&C::connector>("connector"), field<&C::type>("type"), field<&C::status>("status"),
                field<&C::cable>("cable"), field<&C::pilot>("pilot"), field<&C::pilot_high_mv>("pilot_high_mv"),
                field<&C::pilot_low_mv>("pilot_low_mv"), field<&C::duty_permille>("duty_permille"),
                field<&C::contactor>("contactor"), field<&C::cable_limit_ma>("cable_limit_ma"),
                field<&C::temperature_dc>("temperature_dc"));
  }
};

/// What the car has told by digital communication. Its own number is nobody's business.
struct VehicleShown {
  session::VehicleProtocol protocol{};
  std::optional<std::uint8_t> soc_percent{};
  std::optional<std::int64_t> wanted_wh{};
  std::optional<std::uint32_t> departure_s{};
  std::optional<std::int32_t> target_mv{};  ///< direct current: what it asks for now
  std::optional<std::int32_t> target_ma{};
  static constexpr auto fields() {
    using V = VehicleShown;
    return list(field<&V::protocol>("protocol"), field<&V::soc_percent>("soc_percent"),
                field<&V::wanted_wh>("wanted_wh"), field<&V::departure_s>("departure_s"),
                field<&V::target_mv>("target_mv"), field<&V::target_ma>("target_ma"));
  }
};

/// One EVSE. What `/state` answers.
struct View {
  Text<48> station{};
  std::uint8_t evse{};
  bool up{};  ///< session answers
  session::State state{};
  session::ConnectorStatus connector{};
  bool operative{};
  bool cable{};
  bool online{};
  bool reserved{};
  std::int64_t energy_wh{};
  std::int64_t power_w{};
  std::int64_t register_wh{};
  std::uint32_t limit_ma{};
  List<session::Limit, 8> limits{};
  std::optional<Timestamp> started{};
  std::optional<Text<12>> token{};  ///< the end of it only
  std::optional<Text<36>> transaction{};
  std::optional<Text<24>>
      cost{};  ///< as the currency has decimals; absent without a tariff and when it cannot be calculated
  std::optional<tariff::Failure> no_cost{};
  std::optional<Text<24>> per_kwh{};  ///< what energy costs now, before tax
  Text<3> currency{};
  std::optional<Text<64>> notice{};
  List<Text<24>, 16> faults{};
  power::Pilot pilot{};
  bool contactor{};
  std::uint32_t pending_events{};
  std::optional<session::StoppedReason> last_stop{};
  List<ConnectorView, power::kMaxConnectors> connectors{};
  std::optional<VehicleShown> vehicle{};  ///< that speaks with the station now
  Timestamp now{};
  static constexpr auto fields() {
    using V = View;
    return list(field<&V::station>("station"), field<&V::evse>("evse"), field<&V::up>("up"), field<&V::state>("state"),
                field<&V::connector>("connector"), field<&V::operative>("operative"), field<&V::cable>("cable"),
                field<&V::online>("online"), field<&V::reserved>("reserved"), field<&V::energy_wh>("energy_wh"),
                field<&V::power_w>("power_w"), field<&V::register_wh>("register_wh"), field<&V::limit_ma>("limit_ma"),
                field<&V::limits>("limits"), field<&V::started>("started"), field<&V::token>("token"),
                field<&V::transaction>("transaction"), field<&V::cost>("cost"), field<&V::no_cost>("no_cost"),
                field<&V::per_kwh>("per_kwh"), field<&V::currency>("currency"), field<&V::notice>("notice"),
                field<&V::faults>("faults"), field<&V::pilot>("pilot"), field<&V::contactor>("contactor"),
                field<&V::pending_events>("pending_events"), field<&V::last_stop>("last_stop"),
                field<&V::connectors>("connectors"), field<&V::vehicle>("vehicle"), field<&V::now>("now"));
  }
};

/// The whole station. What `/station` answers and the stream of events carries.
struct StationView {
  Text<48> station{};
  bool up{};
  bool online{};
  Timestamp now{};
  List<View, power::kMaxEvses> evses{};
  Findings findings{};
  static constexpr auto fields() {
    using S = StationView;
    return list(field<&S::station>("station"), field<&S::up>("up"), field<&S::online>("online"), field<&S::now>("now"),
                field<&S::evses>("evses"), field<&S::findings>("findings"));
  }
};

/// `snapshot` absent: session does not answer.
View view_of(std::uint8_t evse, const std::optional<session::Snapshot>& snapshot, const Config& config, Timestamp now);

/// Names of connector types, where session has told what the station consists of.
void name_connectors(View& view, const session::EvseTopology& evse);

/// One point of the plot.
struct Point {
  std::int64_t t{};  ///< seconds since 1970
  std::int64_t power_w{};
  std::int64_t energy_wh{};
  static constexpr auto fields() {
    return list(field<&Point::t>("t"), field<&Point::power_w>("power_w"), field<&Point::energy_wh>("energy_wh"));
  }
};
inline constexpr std::size_t kPoints = 600;  ///< ten minutes, one a second
struct History {
  List<Point, kPoints> points{};
  static constexpr auto fields() { return list(field<&History::points>("points")); }
  /// The oldest goes when it is full; a second point of the same second replaces the first.
  void add(const Point& point);
};

}  // namespace bulwatt::hmi
