#include "services/ocpp/records.hpp"

#include "libs/base/line.hpp"
#include "services/ocpp/security_events.hpp"

namespace bulwatt::ocpp {

using ledger::Severity;
using ledger::Subject;

bool is_critical(std::string_view security_event) {
  const auto* kind = find_security_event(security_event);
  return kind != nullptr && kind->critical;
}

void Records::note(Subject subject, Severity severity, std::string_view event, std::string_view detail) {
  if (records_.size() >= kCapacity) {
    records_.pop_front();
    ++lost_;
  }
  records_.push_back({subject, severity, event, detail});
}

//= OCPP-2.0.1 A04.FR.01
//= OCPP-2.0.1 A04.FR.02
//= OCPP-2.0.1 A04.FR.04
void Records::security(std::string_view type, Timestamp time, std::string_view info) {
  const bool critical = is_critical(type);
  note(Subject::security_event, critical ? Severity::critical : Severity::warning, type, info);
  store_.push_security_line({time, type, info});
  if (!critical || store_.push_security(type, time, info)) return;
  note(Subject::security_event, Severity::critical, "MemoryExhaustion",
       Line<120>{"more security events wait than can be kept; not queued: ", type}.view());
}

void Records::drain(Ports& ports) {
  const auto now = ports.moment().now;
  for (std::size_t i = 0; i < kPerTurn && !records_.empty() && now >= retry_at_; ++i) {
    const auto done = ports.call(records_.front());
    if (!done) {
      retry_at_ = now + (done.error().failure == ipc::Failure::none ? kRetryRefused : kRetry);
      return;
    }
    records_.pop_front();
  }
  if (lost_ == 0 || records_.size() >= kCapacity) return;
  note(Subject::station, Severity::warning, "RecordsLost", Line<40>{"count=", std::exchange(lost_, 0U)}.view());
}

}  // namespace bulwatt::ocpp
