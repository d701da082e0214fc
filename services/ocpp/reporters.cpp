#include "services/ocpp/reporters.hpp"

#include <bit>

#include "protocols/ocpp/v201/availability.hpp"
#include "protocols/ocpp/v201/firmware.hpp"
#include "protocols/ocpp/v201/metering.hpp"
#include "protocols/ocpp/v201/security.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr Duration kAtLeastOnce = std::chrono::hours{24};  ///< the clock is followed at least so often
constexpr Duration kRetry = std::chrono::seconds{60};
constexpr Duration kStarting =
    std::chrono::seconds{3};  ///< safety controller and meter are heard within that, or they are missing
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

StatusReporter::StatusReporter(Base& base) : base_(base), looked_until_(base.now() + kStarting) {
  const auto& topology = base_.model.topology();
  for (std::uint8_t evse = 1; evse <= topology.evses(); ++evse) {
    for (std::uint8_t connector = 1; topology.has(evse, connector); ++connector)
      static_cast<void>(places_.push_back({evse, connector, {}, false}));
  }
}

std::optional<session::ConnectorStatus> StatusReporter::status(const Place& place) const {
  const auto* snapshot = base_.snapshot(place.evse);
  if (snapshot == nullptr) return std::nullopt;
  for (const auto& connector : snapshot->connectors) {
    if (connector.connector == place.connector) return connector.status;
  }
  return place.connector == 1 ? std::optional{snapshot->connector} : std::nullopt;
}

/// Available is for drivers: a card shown before the EVSE knows its own state would be refused.
bool StatusReporter::starting(const Place& place) const {
  const auto* snapshot = base_.snapshot(place.evse);
  return snapshot != nullptr && snapshot->state == session::State::starting;
}

/// What was asked for goes first.
const StatusReporter::Place* StatusReporter::next(Instant now, bool asked_only) const {
  const Place* changed = nullptr;
  for (const auto& place : places_) {
    const auto is = status(place);
    if (!is) continue;
    if (place.asked) return &place;
    if (now < looked_until_ && starting(place)) continue;
    if (changed == nullptr && !asked_only && now >= retry_ && place.told != is) changed = &place;
  }
  return changed;
}

bool StatusReporter::ask(std::uint8_t evse, std::uint8_t connector) {
  bool any = false;
  for (auto& place : places_) {
    const bool meant = (evse == 0 || place.evse == evse) && (connector == 0 || place.connector == connector);
    if (!meant || !status(place)) continue;
    place.asked = any = true;
  }
  return any;
}

void StatusReporter::repeat() {
  for (auto& place : places_) place.told.reset();
}

//= OCPP-2.0.1 B01.FR.05
//= OCPP-2.0.1 G01.FR.03
//= OCPP-2.0.1 G01.FR.04
//= OCPP-2.0.1 G01.FR.07
//= OCPP-2.0.1 E02.FR.05
//= OCPP-2.0.1 F06.FR.09
std::optional<std::string_view> StatusReporter::write(std::span<char> out, std::string_view id) {
  const auto* place = next(base_.now(), false);
  if (place == nullptr) return std::nullopt;
  sending_ = static_cast<std::size_t>(place - places_.data.data());
  places_[sending_].asked = false;
  sent_ = *status(*place);
  return written(out, id,
                 v201::StatusNotificationRequest{base_.stamp(), same_text<v201::ConnectorStatusEnum>(sent_),
                                                 place->evse, place->connector});
}

void StatusReporter::result(std::string_view) { places_[sending_].told = sent_; }

void StatusReporter::failed(const CallFailure& why) {
  // A backend that does not want to know is not asked again; one that was silent is.
  if (!why.timed_out) places_[sending_].told = sent_;
  retry_ = base_.now() + kRetry;
}

//= OCPP-2.0.1 L01.FR.25
//= OCPP-2.0.1 F06.FR.16
std::optional<std::string_view> FirmwareReporter::write(std::span<char> out, std::string_view id) {
  asked_ = false;
  return written(out, id, v201::FirmwareStatusNotificationRequest{.status = v201::FirmwareStatusEnum::idle});
}

void MeterReporter::ask(std::uint8_t evse) {
  const auto all = (1U << base_.model.topology().evses()) - 1;
  asked_ |= evse == 0 ? all : 1U << (evse - 1);
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

/// An EVSE with a transaction tells its values in the events of that. With SendDuringIdle nothing is told while any runs.
//= OCPP-2.0.1 J01.FR.19
//= OCPP-2.0.1 J01.FR.04
void MeterReporter::tick(Instant now, bool online) {
  if (now < next_) return;
  const auto busy = [](const session::Snapshot& s) { return s.transaction.has_value(); };
  const bool quiet = base_.model.flag(Var::aligned_during_idle) && std::ranges::any_of(base_.snapshots, busy);
  ready_ = 0;
  for (std::uint8_t evse = 1; online && !quiet && evse <= base_.model.topology().evses(); ++evse) {
    const auto* snapshot = base_.snapshot(evse);
    if (snapshot == nullptr || !busy(*snapshot)) ready_ |= 1U << (evse - 1);
  }
  reached_ = boundary_;
  plan();
}

//= OCPP-2.0.1 F06.FR.06
//= OCPP-2.0.1 F06.FR.09
/// Nothing when this meter cannot be read.
std::unique_ptr<v201::MeterValuesRequest> MeterReporter::read(std::uint8_t evse, bool asked) {
  const auto reading = base_.ports.call(meter::Read{evse});
  if (!reading || reading->health != meter::Health::good) return nullptr;
  const auto context = asked ? v201::ReadingContextEnum::trigger : v201::ReadingContextEnum::sample_clock;
  const auto value =
      meter_value(*reading, base_.model.text(Var::aligned_measurands), context, asked ? base_.stamp() : reached_);
  if (value.sampled_value.empty()) return nullptr;
  auto request = std::make_unique<v201::MeterValuesRequest>();
  request->evse_id = evse;
  static_cast<void>(request->meter_value.push_back(value));
  return request;
}

std::optional<std::string_view> MeterReporter::write(std::span<char> out, std::string_view id) {
  const bool asked = asked_ != 0;
  auto& waiting = asked ? asked_ : ready_;
  // A meter that cannot be read does not hold up the next one.
  while (waiting != 0) {
    const auto evse = static_cast<std::uint8_t>(std::countr_zero(waiting) + 1);
    waiting &= waiting - 1;
    if (const auto request = read(evse, asked)) return written(out, id, *request);
  }
  return std::nullopt;
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
