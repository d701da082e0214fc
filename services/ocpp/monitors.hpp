// Monitors on variables: the ones that are built in and the ones that the backend sets, what they have seen, and the events
// they make. The values are looked at whenever something has happened.
#pragma once
#include "services/ocpp/event_sender.hpp"

namespace bulwatt::ocpp {

struct Monitor {
  std::int32_t id{};
  MonitorKind kind = MonitorKind::custom;
  std::uint16_t spot{};  ///< of the model
  v201::MonitorEnum type{};
  Decimal value{};
  std::uint8_t severity{};
  bool transaction{};  ///< only while a transaction runs there

  // What it has seen.
  Text<kMaxValue> seen{};  ///< Delta: the value that was told last
  bool armed = false;      ///< `seen` or `due` is set
  bool raised = false;     ///< the threshold is exceeded, and that was told
  bool changed = false;    ///< set anew and not looked at since
  Instant due{};           ///< of the periodic ones
};

class Monitors {
 public:
  static constexpr std::int32_t kFirstCustom = 1000;  ///< ids below are built in
  static constexpr std::uint8_t kLeastSeverity = 9;   ///< 0 is the greatest

  Monitors(Base& base, EventSender& events);

  /// Looks at every value; `online` when events that are not to be queued may be sent.
  void look(bool online);
  /// When a periodic one is due.
  Instant due() const;

  const std::vector<Monitor>& all() const { return monitors_; }
  void set(const v201::SetVariableMonitoringRequest& request, v201::SetVariableMonitoringResponse& response);
  void clear(const v201::ClearVariableMonitoringRequest& request, v201::ClearVariableMonitoringResponse& response);
  /// False when the disk did not take it; then nothing has changed.
  bool set_base(v201::MonitoringBaseEnum base);
  bool set_level(std::uint8_t severity);

 private:
  void load();
  void set_one(const v201::SetMonitoringData& asked, v201::SetMonitoringResult& result);
  /// Why the monitor is not taken, as a reason code; empty when it is good.
  std::string_view refuse(const v201::SetMonitoringData& asked, std::uint16_t spot, const Monitor* replaced) const;
  v201::ClearMonitoringStatusEnum clear_one(std::int32_t id);
  bool keep_or(std::vector<Monitor>&& before, const StoredMonitoring& settings);
  Monitor* find(std::int32_t id);
  std::int32_t free_id() const;
  const session::Snapshot* place_of(const Monitor& monitor, const Live& live) const;
  void look_at(Monitor& monitor, const Live& live, bool online);
  void look_at_change(Monitor& monitor, const Text<kMaxValue>& value, const Live& live, bool online);
  void look_at_threshold(Monitor& monitor, const Text<kMaxValue>& value, const Live& live, bool online);
  void look_at_clock(Monitor& monitor, const Live& live, bool online);
  Instant next_of(const Monitor& monitor) const;
  void tell(const Monitor& monitor, v201::EventTriggerEnum trigger, std::optional<bool> cleared, const Live& live,
            bool online);
  void remember_raised();

  Base& base_;
  EventSender& events_;
  std::vector<Monitor> monitors_{};
};

}  // namespace bulwatt::ocpp
