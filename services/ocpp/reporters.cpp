#include "services/ocpp/reporters.hpp"

#include "protocols/ocpp/v201/availability.hpp"
#include "protocols/ocpp/v201/metering.hpp"
#include "protocols/ocpp/v201/security.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr Duration kAtLeastOnce = std::chrono::hours{24};  ///< the clock is followed at least so often
constexpr Duration kRetry = std::chrono::seconds{60};
constexpr std::uint32_t kMostRefusals = 3;
constexpr std::int64_t kDayMs = 86'400'000;

}  // namespace

//= OCPP-2.0.1 G02.FR.05
//= OCPP-2.0.1 G02.FR.07
Instant Heartbeat::due() const {
  return std::min(base_.last_sent + base_.model.seconds(Var::heartbeat_interval), last_ + kAtLeastOnce);
}

//= OCPP-2.0.1 G02.FR.02
std::optional<std::string_view> Heartbeat::write(std::span<char> out, std::string_view id) {
  asked_ = false;
  last_ = base_.now();
  return written(out, id, v201::HeartbeatRequest{});
}

void Heartbeat::result(std::string_view payload) {
  if (const auto response = understood<v201::HeartbeatResponse>(payload)) follow_clock(base_, response->current_time);
}

bool StatusReporter::wants(Instant now, bool asked_only) const {
  if (!base_.snapshot) return false;
  return asked_ || (!asked_only && now >= retry_ && told_ != base_.snapshot->connector);
}

//= OCPP-2.0.1 B01.FR.05
//= OCPP-2.0.1 G01.FR.03
//= OCPP-2.0.1 G01.FR.04
//= OCPP-2.0.1 G01.FR.07
std::optional<std::string_view> StatusReporter::write(std::span<char> out, std::string_view id) {
  asked_ = false;
  sending_ = base_.snapshot->connector;
  return written(out, id,
                 v201::StatusNotificationRequest{base_.stamp(), same_text<v201::ConnectorStatusEnum>(sending_),
                                                 base_.snapshot->evse, 1});
}

void StatusReporter::failed(const CallFailure& why) {
  // A backend that does not want to know is not asked again; one that was silent is.
  if (!why.timed_out) told_ = sending_;
  retry_ = base_.now() + kRetry;
}

//= OCPP-2.0.1 J01.FR.14
void MeterReporter::plan() {
  const auto interval = base_.model.number(Var::aligned_interval) * 1000;
  if (interval == 0) {
    next_ = kNever;
    return;
  }
  const auto time = base_.stamp().unix_ms;
  const auto midnight = time - (time % kDayMs + kDayMs) % kDayMs;
  const auto boundary = std::min(midnight + ((time - midnight) / interval + 1) * interval, midnight + kDayMs);
  boundary_ = {boundary};
  next_ = base_.now() + std::chrono::milliseconds{boundary - time};
}

//= OCPP-2.0.1 J01.FR.19
void MeterReporter::tick(Instant now, bool online) {
  if (now < next_) return;
  const bool busy = base_.snapshot && base_.snapshot->transaction;
  ready_ = online && !(busy && base_.model.flag(Var::aligned_during_idle));
  reached_ = boundary_;
  plan();
}

std::optional<std::string_view> MeterReporter::write(std::span<char> out, std::string_view id) {
  const bool asked = std::exchange(asked_, false);
  if (!asked) ready_ = false;
  const std::uint8_t evse = base_.snapshot ? base_.snapshot->evse : std::uint8_t{1};
  const auto reading = base_.ports.call(meter::Read{evse});
  if (!reading || reading->health != meter::Health::good) return std::nullopt;
  const auto context = asked ? v201::ReadingContextEnum::trigger : v201::ReadingContextEnum::sample_clock;
  auto value =
      meter_value(*reading, base_.model.text(Var::aligned_measurands), context, asked ? base_.stamp() : reached_);
  if (value.sampled_value.empty()) return std::nullopt;
  auto request = std::make_unique<v201::MeterValuesRequest>();
  request->evse_id = evse;
  static_cast<void>(request->meter_value.push_back(value));
  return written(out, id, *request);
}

std::optional<std::string_view> SecurityReporter::write(std::span<char> out, std::string_view id) {
  const auto& event = base_.store.security().front();
  if (event.number != number_) refusals_ = 0;
  number_ = event.number;
  v201::SecurityEventNotificationRequest request{event.type, event.time, {}};
  if (!event.info.empty()) request.tech_info = event.info;
  return written(out, id, request);
}

void SecurityReporter::delivered() {
  base_.store.remove_security(number_);
  retry_ = {};
}

//= OCPP-2.0.1 A04.FR.02
void SecurityReporter::failed(const CallFailure& why) {
  retry_ = base_.now() + kRetry;
  if (why.timed_out || ++refusals_ < kMostRefusals) return;
  base_.note(ledger::Subject::security_event, ledger::Severity::warning, "SecurityEventNotTaken",
             Line<60>{"number=", number_}.view());
  delivered();
}

}  // namespace bulwatt::ocpp
