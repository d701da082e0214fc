#include "services/ocpp/event_sender.hpp"

namespace bulwatt::ocpp {
namespace {

v201::EventNotificationEnum notification_of(MonitorKind kind) {
  switch (kind) {
    case MonitorKind::hard_wired: return v201::EventNotificationEnum::hard_wired_monitor;
    case MonitorKind::preconfigured: return v201::EventNotificationEnum::preconfigured_monitor;
    default: return v201::EventNotificationEnum::custom_monitor;
  }
}

}  // namespace

/// Numbers are reserved on disk in advance, so that no start uses one again.
std::int32_t EventSender::next_number() {
  if (number_ >= reserved_) {
    const auto last = base_.store.monitoring().last_notice;
    const auto from = last > INT32_MAX - 2 * kNumbersAtOnce ? 0 : last;
    number_ = from;
    reserved_ = from + kNumbersAtOnce;
    base_.store.change_monitoring([&](StoredMonitoring& m) { m.last_notice = reserved_; });
  }
  return ++number_;
}

//= OCPP-2.0.1 N07.FR.04
//= OCPP-2.0.1 N08.FR.03
void EventSender::push(Notice notice, bool online) {
  notice.number = next_number();
  if (notice.severity <= base_.model.number(Var::monitoring_queue_severity)) return base_.store.push_notice(notice);
  if (!online) return;
  if (passing_.size() >= kMostPassing) passing_.pop_front();
  passing_.push_back(notice);
}

//= OCPP-2.0.1 N07.FR.06
//= OCPP-2.0.1 N07.FR.10
void EventSender::add(v201::NotifyEventRequest& request, const Notice& notice) {
  if (request.event_data.full()) return;
  const auto spots = base_.model.spots();
  const auto spot = std::ranges::find_if(spots, [&](const Spot& one) { return key_of(one) == notice.key; });
  static_cast<void>(sent_.push_back(notice.number));  // also what no longer exists: it leaves the queue
  if (spot == spots.end()) return;
  v201::EventData data{};
  data.event_id = notice.number;
  data.timestamp = notice.time;
  data.trigger = notice.trigger;
  data.actual_value = notice.value.view();
  data.component = component_of(*spot);
  data.variable = variable_of(*spot->row);
  data.event_notification_type = notification_of(notice.kind);
  data.variable_monitoring_id = notice.monitor;
  data.cleared = notice.cleared;
  if (notice.transaction) data.transaction_id = notice.transaction->view();
  static_cast<void>(request.event_data.push_back(data));
}

//= OCPP-2.0.1 N07.FR.07
//= OCPP-2.0.1 N08.FR.04
std::optional<std::string_view> EventSender::write(std::span<char> out, std::string_view id) {
  auto request = std::make_unique<v201::NotifyEventRequest>();
  request->generated_at = base_.stamp();
  request->seq_no = 0;
  sent_.clear();
  for (const auto* from : {&base_.store.notices(), &std::as_const(passing_)}) {
    for (const auto& notice : *from) {
      if (sent_.full()) break;
      add(*request, notice);
    }
  }
  if (request->event_data.empty()) {
    delivered();
    return std::nullopt;
  }
  return written(out, id, *request);
}

void EventSender::delivered() {
  const auto numbers = std::exchange(sent_, {});
  for (const auto number : numbers) {
    base_.store.remove_notice(number);
    std::erase_if(passing_, [&](const Notice& n) { return n.number == number; });
  }
  refusals_ = 0;
  retry_ = {};
}

void EventSender::failed(const CallFailure& why) {
  retry_ = base_.now() + kRetry;
  if (why.timed_out || ++refusals_ < kMostRefusals) return sent_.clear();
  base_.note(ledger::Subject::station, ledger::Severity::warning, "EventsNotTaken",
             Line<40>{"count=", sent_.size}.view());
  delivered();
}

}  // namespace bulwatt::ocpp
