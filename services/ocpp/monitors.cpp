#include "services/ocpp/monitors.hpp"

#include "services/ocpp/built_in_monitors.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::EventTriggerEnum;
using v201::MonitorEnum;
using v201::SetMonitoringStatusEnum;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kGreatestWhole = 1'000'000'000'000;

/// A decimal number in the texts of the device model; nothing when it is none.
std::optional<Decimal> decimal_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = integer_of(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > kGreatestWhole) return std::nullopt;
  std::int64_t part = 0;
  std::int64_t scale = Decimal::kScale;
  for (const char c : text.substr(std::min(point + 1, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    scale /= 10;
    part += scale * (c - '0');
  }
  const auto value = *whole * Decimal::kScale + part;
  return Decimal{negative ? -value : value};
}

bool is_threshold(MonitorEnum type) {
  return type == MonitorEnum::upper_threshold || type == MonitorEnum::lower_threshold;
}
bool is_periodic(MonitorEnum type) {
  return type == MonitorEnum::periodic || type == MonitorEnum::periodic_clock_aligned;
}

StoredMonitor stored(const Monitor& m, const Model& model) {
  return {m.id, key_of(model.spots()[m.spot]), m.type, m.value, m.severity, m.transaction};
}

}  // namespace

Monitors::Monitors(Base& base, EventSender& events) : base_(base), events_(events) {
  load();
  for (auto& monitor : monitors_)
    monitor.raised =
        std::ranges::find(base_.store.monitoring().raised, monitor.id) != base_.store.monitoring().raised.end();
}

/// Built-in ones as the base says, then those of the backend, which may stand in the place of a preconfigured one. What
/// they have seen so far is kept.
//= OCPP-2.0.1 N07.FR.13
void Monitors::load() {
  const auto before = std::exchange(monitors_, {});
  const auto& settings = base_.store.monitoring();
  const auto spots = base_.model.spots();
  const auto own = [&](std::int32_t id) -> const StoredMonitor* {
    const auto found = std::ranges::find(base_.store.monitors(), id, &StoredMonitor::id);
    return found == base_.store.monitors().end() ? nullptr : &*found;
  };
  std::int32_t id = 0;
  for (const auto& built_in : kBuiltIn) {
    for (std::size_t i = 0; i < spots.size(); ++i) {
      if (spots[i].row->var != built_in.var) continue;
      ++id;
      const bool gone = built_in.kind == MonitorKind::preconfigured &&
                        (settings.base == v201::MonitoringBaseEnum::hard_wired_only || own(id) != nullptr ||
                         std::ranges::find(settings.disabled, id) != settings.disabled.end());
      if (gone) continue;
      monitors_.push_back({.id = id,
                           .kind = built_in.kind,
                           .spot = static_cast<std::uint16_t>(i),
                           .type = built_in.type,
                           .value = Decimal::from_whole(built_in.value),
                           .severity = built_in.severity});
    }
  }
  for (const auto& one : base_.store.monitors()) {
    const auto spot = std::ranges::find_if(spots, [&](const Spot& s) { return key_of(s) == one.key; });
    if (spot == spots.end()) continue;  // a variable that this station no longer has
    monitors_.push_back({.id = one.id,
                         .spot = static_cast<std::uint16_t>(spot - spots.begin()),
                         .type = one.type,
                         .value = one.value,
                         .severity = one.severity,
                         .transaction = one.transaction});
  }
  for (auto& monitor : monitors_) {
    const auto old = std::ranges::find(before, monitor.id, &Monitor::id);
    if (old == before.end() || old->type != monitor.type) continue;
    monitor.raised = old->raised;
    monitor.changed = old->changed;
    if (old->value != monitor.value) {
      monitor.changed = true;
      continue;
    }
    monitor.seen = old->seen;
    monitor.armed = old->armed;
    monitor.due = old->due;
  }
}

Monitor* Monitors::find(std::int32_t id) {
  const auto found = std::ranges::find(monitors_, id, &Monitor::id);
  return found == monitors_.end() ? nullptr : &*found;
}

std::int32_t Monitors::free_id() const {
  std::int32_t id = kFirstCustom;
  while (std::ranges::find(base_.store.monitors(), id, &StoredMonitor::id) != base_.store.monitors().end()) ++id;
  return id;
}

// ---- what the backend asks

//= OCPP-2.0.1 N04.FR.01
void Monitors::set(const v201::SetVariableMonitoringRequest& request, v201::SetVariableMonitoringResponse& response) {
  auto before = monitors_;
  const auto settings = base_.store.monitoring();
  for (const auto& element : request.set_monitoring_data) {
    v201::SetMonitoringResult result{};
    set_one(element, result);
    static_cast<void>(response.set_monitoring_result.push_back(result));
  }
  if (keep_or(std::move(before), settings)) return;
  for (auto& result : response.set_monitoring_result) {
    if (result.status != SetMonitoringStatusEnum::accepted) continue;
    result.status = SetMonitoringStatusEnum::rejected;
    result.status_info = v201::StatusInfo{"OutOfStorage", {}};
    result.id.reset();
  }
}

//= OCPP-2.0.1 N04.FR.02
//= OCPP-2.0.1 N04.FR.03
//= OCPP-2.0.1 N04.FR.04
//= OCPP-2.0.1 N04.FR.08
//= OCPP-2.0.1 N04.FR.10
//= OCPP-2.0.1 N04.FR.11
//= OCPP-2.0.1 N04.FR.12
//= OCPP-2.0.1 N04.FR.15
void Monitors::set_one(const v201::SetMonitoringData& asked, v201::SetMonitoringResult& result) {
  result.type = asked.type;
  result.component = asked.component;
  result.variable = asked.variable;
  result.severity = asked.severity;
  const auto found = base_.model.find(asked.component, asked.variable);
  if (!found.spot) {
    result.status =
        found.component ? SetMonitoringStatusEnum::unknown_variable : SetMonitoringStatusEnum::unknown_component;
    return;
  }
  const auto& row = *base_.model.spots()[*found.spot].row;
  if (!can_be_monitored(row) || (is_threshold(asked.type) && !is_numeric(row))) {
    result.status = SetMonitoringStatusEnum::unsupported_monitor_type;
    return;
  }
  const auto* replaced = asked.id ? find(*asked.id) : nullptr;
  if (const auto reason = refuse(asked, *found.spot, replaced); !reason.empty()) {
    result.status = SetMonitoringStatusEnum::rejected;
    result.status_info = v201::StatusInfo{reason, {}};
    return;
  }
  const auto same = std::ranges::find_if(monitors_, [&](const Monitor& m) {
    return m.spot == *found.spot && m.type == asked.type && m.severity == asked.severity && &m != replaced;
  });
  if (same != monitors_.end()) {
    result.status = SetMonitoringStatusEnum::duplicate;
    return;
  }
  const auto id = replaced != nullptr ? replaced->id : free_id();
  base_.store.set_monitor({id, key_of(base_.model.spots()[*found.spot]), asked.type, asked.value,
                           static_cast<std::uint8_t>(asked.severity), asked.transaction.value_or(false)});
  load();
  if (auto* monitor = find(id)) monitor->changed = true;
  result.status = SetMonitoringStatusEnum::accepted;
  result.id = id;
}

//= OCPP-2.0.1 N04.FR.06
//= OCPP-2.0.1 N04.FR.13
//= OCPP-2.0.1 N04.FR.14
//= OCPP-2.0.1 N04.FR.16
//= OCPP-2.0.1 N04.FR.18
std::string_view Monitors::refuse(const v201::SetMonitoringData& asked, std::uint16_t spot,
                                  const Monitor* replaced) const {
  if (asked.severity < 0 || asked.severity > kLeastSeverity) return "ValueOutOfRange";
  if (asked.id && replaced == nullptr) return "NotFound";
  if (replaced != nullptr && replaced->kind == MonitorKind::hard_wired) return "ReadOnly";
  if (replaced != nullptr && replaced->spot != spot) return "InvalidValue";
  if (!asked.id && monitors_.size() >= kMaxMonitors) return "OutOfMemory";
  if (asked.type == MonitorEnum::delta && asked.value < Decimal{}) return "ValuePositiveOnly";
  if (is_periodic(asked.type) && asked.value < Decimal::from_whole(1)) return "ValueTooLow";
  if (is_periodic(asked.type) && asked.value > Decimal::from_whole(kDayMs / 1000)) return "ValueTooHigh";
  if (!is_threshold(asked.type)) return {};
  const auto limits = base_.model.limits_of(*base_.model.spots()[spot].row);
  if (limits.least && asked.value < Decimal::from_whole(*limits.least)) return "ValueTooLow";
  if (limits.most && asked.value > Decimal::from_whole(*limits.most)) return "ValueTooHigh";
  return {};
}

//= OCPP-2.0.1 N06.FR.01
//= OCPP-2.0.1 N06.FR.05
void Monitors::clear(const v201::ClearVariableMonitoringRequest& request,
                     v201::ClearVariableMonitoringResponse& response) {
  auto before = monitors_;
  const auto settings = base_.store.monitoring();
  for (const auto id : request.id)
    static_cast<void>(response.clear_monitoring_result.push_back({clear_one(id), id, {}}));
  if (keep_or(std::move(before), settings)) return;
  for (auto& result : response.clear_monitoring_result) {
    if (result.status == v201::ClearMonitoringStatusEnum::accepted)
      result.status = v201::ClearMonitoringStatusEnum::rejected;
  }
}

/// No event of it follows, also not that its threshold is no longer exceeded.
//= OCPP-2.0.1 N06.FR.02
//= OCPP-2.0.1 N06.FR.03
//= OCPP-2.0.1 N07.FR.12
v201::ClearMonitoringStatusEnum Monitors::clear_one(std::int32_t id) {
  const auto* monitor = find(id);
  if (monitor == nullptr) return v201::ClearMonitoringStatusEnum::not_found;
  if (monitor->kind == MonitorKind::hard_wired) return v201::ClearMonitoringStatusEnum::rejected;
  base_.store.remove_monitor(id);
  base_.store.change_monitoring([&](StoredMonitoring& m) {
    if (id < kFirstCustom && std::ranges::find(m.disabled, id) == m.disabled.end())
      static_cast<void>(m.disabled.push_back(id));  // as many places as monitors
  });
  load();
  remember_raised();
  return v201::ClearMonitoringStatusEnum::accepted;
}

//= OCPP-2.0.1 N03.FR.03
//= OCPP-2.0.1 N03.FR.04
//= OCPP-2.0.1 N03.FR.05
bool Monitors::set_base(v201::MonitoringBaseEnum base) {
  auto before = monitors_;
  const auto settings = base_.store.monitoring();
  if (base != v201::MonitoringBaseEnum::all) {
    for (const auto& one : std::vector<StoredMonitor>{base_.store.monitors()}) base_.store.remove_monitor(one.id);
  }
  base_.store.change_monitoring([&](StoredMonitoring& m) {
    m.base = base;
    m.disabled.clear();
  });
  load();
  remember_raised();
  return keep_or(std::move(before), settings);
}

//= OCPP-2.0.1 N05.FR.01
bool Monitors::set_level(std::uint8_t severity) {
  const auto before = base_.store.monitoring();
  base_.store.change_monitoring([&](StoredMonitoring& m) { m.level = severity; });
  if (base_.store.commit()) return true;
  base_.store.change_monitoring([&](StoredMonitoring& m) { m = before; });
  return false;
}

/// Makes what was changed durable; otherwise all is as it was.
bool Monitors::keep_or(std::vector<Monitor>&& before, const StoredMonitoring& settings) {
  if (base_.store.commit()) return true;
  for (const auto& one : std::vector<StoredMonitor>{base_.store.monitors()}) base_.store.remove_monitor(one.id);
  for (const auto& monitor : before) {
    if (monitor.kind == MonitorKind::custom) base_.store.set_monitor(stored(monitor, base_.model));
  }
  base_.store.change_monitoring([&](StoredMonitoring& m) { m = settings; });
  monitors_ = std::move(before);
  return false;
}

// ---- what happens

void Monitors::look(bool online) {
  const auto live = base_.live();
  for (auto& monitor : monitors_) look_at(monitor, live, online);
}

Instant Monitors::due() const {
  auto next = kNever;
  for (const auto& monitor : monitors_) {
    if (monitor.armed && is_periodic(monitor.type)) next = std::min(next, monitor.due);
  }
  return next;
}

/// The EVSE whose transaction belongs to the variable; of the station's variables, the first that has one.
const session::Snapshot* Monitors::place_of(const Monitor& monitor, const Live& live) const {
  const auto evse = base_.model.spots()[monitor.spot].evse;
  if (evse != 0) return live.of(evse);
  const auto busy = std::ranges::find_if(live.snapshots, [](const auto& s) { return s.transaction.has_value(); });
  return busy == live.snapshots.end() ? nullptr : &*busy;
}

void Monitors::look_at(Monitor& monitor, const Live& live, bool online) {
  const auto* place = place_of(monitor, live);
  if (monitor.transaction && (place == nullptr || !place->transaction)) {
    monitor.armed = false;
    return;
  }
  if (is_periodic(monitor.type)) return look_at_clock(monitor, live, online);
  const auto value = base_.model.trace(monitor.spot, live);
  if (value.empty()) return;  // not known
  if (is_threshold(monitor.type)) return look_at_threshold(monitor, value, live, online);
  look_at_change(monitor, value, live, online);
}

//= OCPP-2.0.1 N07.FR.18
//= OCPP-2.0.1 N07.FR.19
void Monitors::look_at_change(Monitor& monitor, const Text<kMaxValue>& value, const Live& live, bool online) {
  if (!std::exchange(monitor.armed, true)) {
    monitor.seen = value;
    return;
  }
  if (value == monitor.seen) return;
  const auto now = is_numeric(*base_.model.spots()[monitor.spot].row) ? decimal_of(value.view()) : std::nullopt;
  const auto then = decimal_of(monitor.seen.view());
  if (now && then && std::abs(now->millionths - then->millionths) <= monitor.value.millionths) return;
  monitor.seen = value;
  tell(monitor, EventTriggerEnum::delta, {}, live, online);
}

//= OCPP-2.0.1 N07.FR.02
//= OCPP-2.0.1 N07.FR.11
//= OCPP-2.0.1 N07.FR.14
//= OCPP-2.0.1 N07.FR.16
//= OCPP-2.0.1 N07.FR.17
void Monitors::look_at_threshold(Monitor& monitor, const Text<kMaxValue>& value, const Live& live, bool online) {
  const auto number = decimal_of(value.view());
  if (!number) return;
  const bool exceeded =
      monitor.type == MonitorEnum::upper_threshold ? *number > monitor.value : *number < monitor.value;
  const bool changed = std::exchange(monitor.changed, false);
  if (exceeded == monitor.raised && !(changed && exceeded)) return;
  monitor.raised = exceeded;
  remember_raised();
  tell(monitor, EventTriggerEnum::alerting, !exceeded, live, online);
}

void Monitors::remember_raised() {
  base_.store.change_monitoring([&](StoredMonitoring& m) {
    m.raised.clear();
    for (const auto& monitor : monitors_) {
      if (monitor.raised) static_cast<void>(m.raised.push_back(monitor.id));  // as many places as monitors
    }
  });
}

/// Clock-aligned ones count from midnight UTC.
Instant Monitors::next_of(const Monitor& monitor) const {
  const auto interval = monitor.value.milli();
  if (monitor.type == MonitorEnum::periodic) return base_.now() + std::chrono::milliseconds{interval};
  const auto time = base_.stamp().unix_ms;
  const auto since_midnight = (time % kDayMs + kDayMs) % kDayMs;
  const auto next = std::min((since_midnight / interval + 1) * interval, kDayMs);
  return base_.now() + std::chrono::milliseconds{next - since_midnight};
}

//= OCPP-2.0.1 N08.FR.05
//= OCPP-2.0.1 N08.FR.06
//= OCPP-2.0.1 N08.FR.07
void Monitors::look_at_clock(Monitor& monitor, const Live& live, bool online) {
  if (!std::exchange(monitor.armed, true)) {
    monitor.due = next_of(monitor);
    return;
  }
  if (base_.now() < monitor.due) return;
  monitor.due = next_of(monitor);
  tell(monitor, EventTriggerEnum::periodic, {}, live, online);
}

//= OCPP-2.0.1 N05.FR.03
//= OCPP-2.0.1 N07.FR.15
void Monitors::tell(const Monitor& monitor, EventTriggerEnum trigger, std::optional<bool> cleared, const Live& live,
                    bool online) {
  if (monitor.severity > base_.store.monitoring().level) return;
  Notice notice{};
  notice.time = base_.stamp();
  notice.trigger = trigger;
  notice.kind = monitor.kind;
  notice.monitor = monitor.id;
  notice.severity = monitor.severity;
  notice.key = key_of(base_.model.spots()[monitor.spot]);
  notice.value = base_.model.value(monitor.spot, live);
  notice.cleared = cleared;
  if (const auto* place = place_of(monitor, live)) notice.transaction = place->transaction;
  events_.push(notice, online);
}

}  // namespace bulwatt::ocpp
