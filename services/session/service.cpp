#include "services/session/service.hpp"

#include "libs/base/try.hpp"
#include "services/session/authorization.hpp"
#include "services/session/availability.hpp"

namespace bulwatt::session {
namespace {

constexpr int kReportsPerStep = 4;  ///< one decision about the permit settles within two answers of power
constexpr Duration kPhaseRetry = std::chrono::seconds{1};

/// A random UUID of version 4.
TransactionId make_id(Ports& ports) {
  std::array<std::byte, 16> raw{};
  ports.random(raw);
  raw[6] = (raw[6] & std::byte{0x0f}) | std::byte{0x40};
  raw[8] = (raw[8] & std::byte{0x3f}) | std::byte{0x80};
  constexpr std::string_view kDigits = "0123456789abcdef";
  TransactionId id{};
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id.data[id.size++] = '-';
    id.data[id.size++] = kDigits[std::to_integer<std::size_t>(raw[i] >> 4)];
    id.data[id.size++] = kDigits[std::to_integer<std::size_t>(raw[i] & std::byte{0x0f})];
  }
  return id;
}

}  // namespace

void Service::refill() {
  station_.safe_state = ports_.phase() == control::Phase::safe;
  if (!station_.spare_id) station_.spare_id = make_id(ports_);
}

std::expected<void, journal::Error> Service::open(bool first_start) {
  station_.settings = config_.settings;
  TRY(recovery, journal_.open([&](const journal::Entry& entry) { return apply(station_, config_, entry); }));
  if (recovery.damaged) station_.ongoing.next_number += kNumbersSkippedAfterDamage;  // a number is never used twice
  written_ = station_.ongoing.next_number - 1;
  unsaved_ = recovery.damaged;
  if (station_.ongoing.transaction) durable_transaction_ = station_.ongoing.transaction->id;
  std::array<std::byte, 4> random{};
  ports_.random(random);
  std::uint32_t first_request = 0;
  for (const auto byte : random) first_request = (first_request << 8) | std::to_integer<std::uint32_t>(byte);
  begin(config_, station_, ports_.moment(), first_start, first_request);
  const bool running = station_.ongoing.transaction.has_value();
  ledger_.push({ledger::Subject::station, recovery.damaged ? ledger::Severity::critical : ledger::Severity::info,
                "SessionStarted",
                text_of<ledger::kMaxDetail>("first=", first_start ? 1 : 0, " transaction=", running ? 1 : 0,
                                            " pending_events=", station_.outbox.size(),
                                            " torn_tail=", recovery.torn ? 1 : 0, " damaged=", recovery.damaged ? 1 : 0,
                                            " lost_from=", recovery.lost_from, " lost_to=", recovery.lost_to)});
  if (recovery.damaged) ports_.log("the journal is damaged; what could be read goes on, see the ledger");
  if (recovery.torn) ports_.log("the last change was not completely stored before the power went; it was dropped");
  return {};
}

void Service::start() {
  read_power();
  read_meter();
  if (!station_.permit.active) {
    revoke();  // what an earlier process may have left
    step([](const Context&) {});
  }
  next_contact_ = ports_.moment().now + kContactInterval;
  set_wake();
}

// ---- after each step

void Service::perform() {
  const auto todo = core_.actions();
  const bool lowers = todo.permit_changed && !station_.permit.energize;
  if (lowers) send_permit();  // before anything that takes time
  persist(todo);
  if (todo.permit_changed && !lowers) send_permit();
  for (const auto& record : todo.notes) ledger_.push(record);
  work_available_ = work_available_ || todo.work_available;
  if (todo.reset_faults) report(ports_.call(power::ResetFault{config_.evse}));
  follow_phase(todo);
  if (todo.restart_station) ports_.restart_station();
  core_wake_ = todo.wake;
}

void Service::take_reports() {
  for (int i = 0; i < kReportsPerStep && report_; ++i) {
    const auto news = *report_;
    report_.reset();
    core_.step(ports_.moment(),
               [&](const Context& c) { news.status ? power_reported(c, *news.status) : power_silent(c); });
    perform();
  }
}

/// The contactor of an ending transaction has opened: what the register says now is what is paid.
void Service::read_last_register() {
  const auto& transaction = station_.ongoing.transaction;
  if (!transaction || !transaction->ending || !station_.opened || station_.meter_taken >= *station_.opened) return;
  if (ports_.moment().now - meter_read_ < kFreshReading && meter_read_ >= *station_.opened) return;
  read_meter();
}

void Service::follow_phase(const Actions& todo) {
  const auto now = ports_.moment().now;
  const auto phase = ports_.phase();
  const bool set_by_others = phase == control::Phase::updating || phase == control::Phase::safe;
  if (!todo.phase || *todo.phase == phase || set_by_others || now < phase_asked_) return;
  phase_asked_ = now + kPhaseRetry;
  ports_.request_phase(*todo.phase);
}

// ---- durable before visible

bool Service::collect(const Actions& todo) {
  auto& batch = journal_.batch();
  bool all = true;
  for (std::size_t i = 0; i < station_.outbox.size(); ++i) {
    if (station_.outbox[i].number > written_) all = all && batch.add(StoredEvent{station_.outbox[i]});
  }
  written_ = station_.ongoing.next_number - 1;
  for (const auto& token : todo.cached) all = all && batch.add(token);
  if (todo.write_settings) all = all && batch.add(StoredSettings{station_.settings});
  if (todo.write_ongoing) all = all && batch.add(station_.ongoing);
  return all;
}

void Service::persist(const Actions& todo) {
  if (!collect(todo)) unsaved_ = true;
  if (unsaved_ && !station_.storage_ok && ports_.moment().now < storage_retry_) return;
  if (!unsaved_ && journal_.batch().empty()) return;
  std::expected<void, journal::Error> done = std::unexpected(journal::Error::full);
  if (!unsaved_ && !journal_.wants_compaction()) done = journal_.commit();
  if (!done) done = journal_.compact([&](journal::Snapshot& out) { return write_all(station_, out); });
  done ? stored() : not_stored(done.error());
}

void Service::stored() {
  const bool was_failing = !station_.storage_ok;
  unsaved_ = false;
  station_.storage_ok = true;
  station_.outbox.set_durable(station_.ongoing.next_number - 1);
  if (station_.ongoing.transaction) durable_transaction_ = station_.ongoing.transaction->id;
  if (!was_failing) return;
  ports_.log("the journal can be written again");
  work_available_ = true;
  if (station_.permit != sent_) send_permit();
}

void Service::not_stored(journal::Error error) {
  unsaved_ = true;
  storage_retry_ = ports_.moment().now + kStorageRetry;
  if (!station_.storage_ok) return;
  station_.storage_ok = false;
  ports_.log(error == journal::Error::full
                 ? "the journal has no room: no new session starts, a running one goes on"
                 : "the journal cannot be written: no new session starts, a running one goes on");
}

// ---- power and meter

void Service::send_permit() {
  auto permit = station_.permit;
  if (!permit.active) return revoke();
  revoke_pending_ = false;
  // Energy flows for a transaction only once it is on disk.
  if (unsaved_ && durable_transaction_ != station_.ongoing.transaction->id) permit.energize = false;
  sent_ = permit;
  next_renew_ = ports_.moment().now + kRenewInterval;
  report(ports_.call(power::RenewPermit{config_.evse, 1, permit.energize, permit.limit_ma}));
}

void Service::revoke() {
  sent_ = {};
  const auto result = ports_.call(power::RevokePermit{config_.evse});
  revoke_pending_ = !result && result.error().failure != ipc::Failure::none;
  next_renew_ = revoke_pending_ ? ports_.moment().now + kRenewInterval : kNever;
  report(result);
}

template <class Result>
void Service::report(const Result& result) {
  if (result) {
    report_ = PowerReport{*result};
    return;
  }
  const auto& error = result.error();
  const bool refused = error.failure == ipc::Failure::refused_phase || error.failure == ipc::Failure::refused_rate;
  const bool faulted = error.failure == ipc::Failure::none && error.error == power::Error::faulted;
  if (!refused && !faulted) {
    report_ = PowerReport{};
    return;
  }
  if (const auto status = ports_.call(power::ReadStatus{config_.evse})) report_ = PowerReport{*status};
}

void Service::read_power() {
  const auto status = ports_.call(power::ReadStatus{config_.evse});
  report_.reset();  // older than what was just read
  // The last register value before a plug is pulled belongs to the transaction.
  if (status && status->pilot == power::Pilot::a && station_.ongoing.transaction) freshen_meter();
  step([&](const Context& c) { status ? power_reported(c, *status) : power_silent(c); });
}

void Service::read_meter() {
  meter_read_ = ports_.moment().now;
  const auto reading = ports_.call(meter::Read{config_.evse});
  step([&](const Context& c) { reading ? meter_reported(c, *reading) : meter_unreachable(c); });
}

void Service::freshen_meter() {
  if (!station_.ongoing.transaction || station_.meter_lost) return;
  if (ports_.moment().now - meter_read_ >= kFreshReading) read_meter();
}

void Service::power_peer(bool alive) {
  if (alive) {
    if (station_.permit.active) send_permit();
    read_power();
  } else {
    step([](const Context& c) { power_silent(c); });
  }
}

void Service::meter_peer(bool alive) {
  if (alive) return;  // it pulses when it has a reading
  step([](const Context& c) { meter_unreachable(c); });
}

void Service::ledger_peer(bool alive) {
  if (alive) ledger_.retry_now();
}

void Service::backend_peer(bool alive) {
  if (!alive) step([](const Context& c) { set_link(c, false); });
}

// ---- time

void Service::timer() {
  const auto now = ports_.moment().now;
  if (now >= next_renew_) {
    revoke_pending_ ? revoke() : send_permit();
  }
  if (now >= next_contact_) {
    next_contact_ = now + kContactInterval;
    if (!station_.permit.active) read_power();
    if (!station_.meter_known || station_.meter_lost) read_meter();
  }
  step([](const Context&) {});
  set_wake();
}

void Service::end_of_turn() {
  const auto now = ports_.moment().now;
  if (now >= ledger_.due()) {
    const bool reliable = ledger_.drain(ports_, std::min(next_renew_, now + kRenewInterval));
    if (reliable != station_.ledger_ok) {
      station_.ledger_ok = reliable;
      ports_.log(reliable ? "the ledger records again"
                          : "the ledger cannot record: no new session starts, a running one goes on");
    }
  }
  if (std::exchange(work_available_, false)) ports_.tell_work_available();
  wire::Buffer<Snapshot> present{};
  const auto size = wire::encode(steady(snapshot(config_, station_, ports_.moment())), present);
  if (size != told_size_ ||
      !std::equal(present.begin(), present.begin() + static_cast<std::ptrdiff_t>(size), told_.begin())) {
    told_ = present;
    told_size_ = size;
    ports_.tell_snapshot_changed();
  }
  set_wake();
}

void Service::set_wake() {
  const auto storage = station_.storage_ok ? kNever : storage_retry_;
  ports_.wake_at(std::min({core_wake_, next_renew_, next_contact_, storage, ledger_.due()}));
}

}  // namespace bulwatt::session
