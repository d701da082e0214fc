// What the page is told: a snapshot in the units and words of people, without what a bystander must not see.
#pragma once
#include "interfaces/session.hpp"
#include "services/hmi/config.hpp"

namespace bulwatt::hmi {

struct View {
  Text<48> station{};
  bool up{};  ///< session answers
  session::State state{};
  session::ConnectorStatus connector{};
  bool operative{};
  bool cable{};
  bool online{};
  std::int64_t energy_wh{};
  std::int64_t power_w{};
  std::int64_t register_wh{};
  std::uint32_t limit_ma{};
  List<session::Limit, 8> limits{};
  std::optional<Timestamp> started{};
  std::optional<Text<12>> token{};  ///< the end of it only
  std::optional<Text<36>> transaction{};
  std::optional<Text<16>> cost{};   ///< two decimals; absent without a tariff
  Text<3> currency{};
  std::optional<Text<64>> notice{};
  List<Text<24>, 12> faults{};
  power::Pilot pilot{};
  bool contactor{};
  std::uint32_t pending_events{};
  std::optional<session::StoppedReason> last_stop{};
  Timestamp now{};
  static constexpr auto fields() {
    using V = View;
    return list(field<&V::station>("station"), field<&V::up>("up"), field<&V::state>("state"), field<&V::connector>("connector"),
                field<&V::operative>("operative"), field<&V::cable>("cable"), field<&V::online>("online"),
                field<&V::energy_wh>("energy_wh"), field<&V::power_w>("power_w"), field<&V::register_wh>("register_wh"),
                field<&V::limit_ma>("limit_ma"), field<&V::limits>("limits"), field<&V::started>("started"),
                field<&V::token>("token"), field<&V::transaction>("transaction"), field<&V::cost>("cost"),
                field<&V::currency>("currency"), field<&V::notice>("notice"), field<&V::faults>("faults"),
                field<&V::pilot>("pilot"), field<&V::contactor>("contactor"), field<&V::pending_events>("pending_events"),
                field<&V::last_stop>("last_stop"), field<&V::now>("now"));
  }
};

/// `snapshot` absent: session does not answer.
View view_of(const std::optional<session::Snapshot>& snapshot, const Config& config, Timestamp now);

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
