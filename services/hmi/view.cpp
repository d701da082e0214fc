#include "services/hmi/view.hpp"

#include "libs/tariff/coin.hpp"
#include "services/hmi/receipt.hpp"

namespace bulwatt::hmi {
namespace {

/// "••••1234": enough for the owner to recognise, not enough to copy.
Text<12> masked(std::string_view id) {
  constexpr std::size_t kShown = 4;
  Text<12> out{"****"};
  if (id.size() <= 2 * kShown) return out;
  for (const char c : id.substr(id.size() - kShown)) out.data[out.size++] = c;
  return out;
}

void add_faults(View& view, const power::Status& power) {
  constexpr auto kFaults = enum_names(power::Fault{});
  for (std::size_t f = 0; f < kFaults.size(); ++f) {
    if (((power.faults >> f) & 1U) != 0) (void)view.faults.push_back(kFaults[f]);
  }
}

ConnectorView connector_of(const session::ConnectorView& c) {
  return {.connector = c.connector,
          .type = {},
          .status = c.status,
          .cable = c.cable,
          .pilot = c.power.pilot,
          .pilot_high_mv = c.power.pilot_high_mv,
          .pilot_low_mv = c.power.pilot_low_mv,
          .duty_permille = c.power.duty_permille,
          .contactor = c.power.contactor_closed,
          .cable_limit_ma = c.power.cable_limit_ma,
          .temperature_dc = c.power.temperature_dc};
}

VehicleShown shown(const session::VehicleView& car) {
  VehicleShown out{.protocol = car.protocol,
                   .soc_percent = car.soc_percent,
                   .departure_s = car.departure_s,
                   .target_mv = car.target_mv,
                   .target_ma = car.target_ma};
  if (car.wanted_mwh) out.wanted_wh = *car.wanted_mwh / 1000;
  return out;
}

}  // namespace

View view_of(std::uint8_t evse, const std::optional<session::Snapshot>& snapshot, const Config& config, Timestamp now) {
  View view{};
  view.evse = evse;
  view.station = config.station;
  view.now = now;
  view.up = snapshot.has_value();
  if (!snapshot) return view;
  const auto& s = *snapshot;
  view.state = s.state;
  view.connector = s.connector;
  view.operative = s.operative;
  view.cable = s.cable;
  view.online = s.backend_online;
  view.reserved = s.reserved;
  view.energy_wh = s.energy_mwh / 1000;
  view.power_w = s.power_mw / 1000;
  view.register_wh = s.register_mwh / 1000;
  view.limit_ma = s.limit_ma;
  view.limits = s.limits;
  view.started = s.started;
  view.transaction = s.transaction;
  if (s.token) view.token = masked(s.token->id.view());
  if (!s.currency.empty() && !s.no_cost) view.cost = tariff::amount(s.cost_micro, s.currency.view());
  view.no_cost = s.no_cost;
  if (s.per_kwh && *s.per_kwh > 0) view.per_kwh = tariff::decimal(*s.per_kwh, 2);
  view.currency = s.currency;
  if (!s.notice.empty()) view.notice = s.notice;
  add_faults(view, s.power);
  for (const auto& connector : s.connectors) (void)view.connectors.push_back(connector_of(connector));
  view.pilot = s.power.pilot;
  view.contactor = s.power.contactor_closed;
  view.pending_events = s.pending_events;
  view.last_stop = s.last_stop;
  if (s.vehicle) view.vehicle = shown(*s.vehicle);
  return view;
}

void name_connectors(View& view, const session::EvseTopology& evse) {
  for (auto& connector : view.connectors) {
    for (const auto& known : evse.connectors) {
      if (known.connector == connector.connector) connector.type = known.type;
    }
  }
}

void History::add(const Point& point) {
  if (!points.empty() && points[points.size - 1U].t == point.t) {
    points[points.size - 1U] = point;
    return;
  }
  if (points.full()) points.erase(0);
  (void)points.push_back(point);
}

}  // namespace bulwatt::hmi
