#include "services/ocpp/core.hpp"

#include "services/ocpp/certificates.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr Duration kComplaintInterval = std::chrono::seconds{60};
constexpr Duration kExhaustionInterval = std::chrono::hours{1};
constexpr Duration kStorageRetry = std::chrono::seconds{1};

v201::BootReasonEnum boot_reason(const Store& store, bool first_start) {
  switch (store.facts().reset) {
    case PlannedReset::immediate: return v201::BootReasonEnum::remote_reset;
    case PlannedReset::on_idle: return v201::BootReasonEnum::scheduled_reset;
    default: return first_start ? v201::BootReasonEnum::power_up : v201::BootReasonEnum::application_reset;
  }
}

}  // namespace

//= OCPP-2.0.1 B01.FR.03
Core::Core(const Config& config, Ports& ports, Store& store, Network& network, bool first_start)
    : store_(store),
      model_(config, store, network),
      records_(store),
      base_{config, ports, store, network, model_, records_},
      boot_(base_, boot_reason(store, first_start)) {
  network.start(model_.text(Var::network_priority));
  if (store.damaged()) base_.security("SecurityLogWasCleared", "the journal was damaged; what could be read was kept");
  if (!first_start) return;
  base_.security("StartupOfTheDevice", config.hardware.firmware_version.view());
  store.change_facts([](StoredFacts& f) { f.reset = PlannedReset::none; });
  const auto& before = store.network().firmware_version;
  if (before == config.hardware.firmware_version) return;
  if (!before.empty())
    base_.security("FirmwareUpdated", Line<110>{before.view(), " to ", config.hardware.firmware_version.view()}.view());
  store.change_network([&](StoredNetwork& n) { n.firmware_version = config.hardware.firmware_version; });
}

void Core::start() {
  meter_.plan();
  settle();
}

/// What was set with the profile that the connection was made with counts now.
void Core::network_connected() {
  const auto raised = base_.network.connected();
  const auto& profile = base_.network.current();
  if (profile.url != base_.config.csms_url) model_.set(Var::message_timeout, profile.message_timeout_s);
  if (!raised.changed) return;
  model_.keep(Var::network_priority, raised.order.view());
  base_.security("ReconfigurationOfSecurityParameters",
                 Line<80>{"security profile raised to ", base_.network.security_profile()}.view());
}

void Core::link_up() {
  open_ = true;
  network_connected();
  count_certificates(base_);
  outgoing_.link_up();
  const auto now = base_.now();
  //= OCPP-2.0.1 B04.FR.01
  //= OCPP-2.0.1 B04.FR.02
  if (offline_since_ && now - *offline_since_ > model_.seconds(Var::offline_threshold)) status_.repeat();
  offline_since_.reset();
  settle();
}

void Core::link_down() {
  if (open_) offline_since_ = base_.now();
  open_ = false;
  outgoing_.link_down();
  requests_.link_down();
  events_.link_down();
  settle();
}

void Core::received(std::string_view text) {
  const auto frame = parse_frame(text, Version::v201);
  if (!frame) {
    const auto& error = frame.error();
    invalid(enum_text(error.fault));
    if (error.answer) requests_.refuse(error.id, error.code, "the message is not a CALL of OCPP-J");
    else outgoing_.unreadable(error.id);
  } else if (frame->type == MessageType::call) {
    requests_.take(*frame, text);
  } else if (frame->type == MessageType::result || frame->type == MessageType::error) {
    // A late answer is no violation; it is just of no use any more.
    static_cast<void>(outgoing_.answered(*frame));
  }
  settle();
}

void Core::work_available() {
  session_.work_available();
  settle();
}

void Core::snapshot_changed() {
  session_.snapshot_changed();
  requests_.look_at_lock();
  settle();
}

void Core::session_peer(bool alive) {
  session_.restarted();
  if (alive) settle();
}

void Core::ledger_peer(bool alive) {
  records_.retry_now();
  if (alive) settle();
}

//= OCPP-2.0.1 A04.FR.01
void Core::crypto_profile_changed(const vault::ProfileChanged& change) {
  const Line<120> info{"crypto profile ", change.number,
                       change.fell_back ? " again, no connection under " : " in place of ", change.from};
  security("ReconfigurationOfSecurityParameters", info.view());
}

void Core::security(std::string_view type, std::string_view info) {
  base_.security(type, info);
  settle();
}

void Core::upload_ended(UploadResult result) {
  logs_.ended(result);
  settle();
}

void Core::vault_pulse() {
  renewal_.look();
  settle();
}

void Core::note(ledger::Subject subject, ledger::Severity severity, std::string_view event, std::string_view detail) {
  base_.note(subject, severity, event, detail);
  settle();
}

/// At most one record a minute, however many there are.
void Core::invalid(std::string_view what) {
  ++complaints_;
  const auto now = base_.now();
  if (now < next_complaint_) return;
  next_complaint_ = now + kComplaintInterval;
  base_.security("InvalidMessages", Line<80>{what, " count=", std::exchange(complaints_, 0U)}.view());
}

void Core::accepted() {
  status_.repeat();
  meter_.plan();
}

void Core::settle() {
  if (boot_.take_accepted()) accepted();
  session_.set_online(open_ && boot_.accepted());
  session_.settle();
  const auto now = base_.now();
  outgoing_.expire(now);
  if (now >= requests_.due()) requests_.look_at_lock();
  meter_.tick(now, open_ && boot_.accepted());
  const auto follows = requests_.take_consequences();
  if (follows.settings) session_.settings_changed();
  if (follows.clock) meter_.plan();
  monitors_.look(open_ && boot_.accepted());
  logs_.tick();
  renewal_.tick(open_ && boot_.accepted());
  certificate_status_.tick(open_ && boot_.accepted());
  outgoing_.pump();
  // Answers that came or were given up in this step, and settings that changed.
  if (follows.settings || authorizer_.has_answer() || transactions_.has_answer()) session_.settle();
  outgoing_.pump();
  if (const auto count = store_.take_left_out(); count > 0) {
    base_.note(ledger::Subject::transaction, ledger::Severity::warning, "TransactionEventsLeftOut",
               Line<40>{"count=", count}.view());
    if (now >= next_exhaustion_) {
      next_exhaustion_ = now + kExhaustionInterval;
      base_.security("MemoryExhaustion", "the queue of transaction events is full; samples were left out");
    }
  }
  records_.drain(base_.ports);
  static_cast<void>(store_.commit());
  if (follows.password) base_.ports.reconnect();
  wake();
}

void Core::wake() {
  const auto now = base_.now();
  auto next = std::min({session_.due(), outgoing_.due(now), records_.due(), meter_.due(), monitors_.due(),
                        logs_.next_attempt(), requests_.due()});
  if (store_.unsaved()) next = std::min(next, now + kStorageRetry);
  base_.ports.wake_at(next);
}

}  // namespace bulwatt::ocpp
