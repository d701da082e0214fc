#include "services/session/service.hpp"

#include "libs/base/try.hpp"

namespace bulwatt::session {
namespace {

constexpr Duration kPhaseRetry = std::chrono::seconds{1};

/// A random UUID of version 4.
//= OCPP-2.0.1 E01.FR.08
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

std::uint32_t random_number(Ports& ports) {
  std::array<std::byte, 4> random{};
  ports.random(random);
  std::uint32_t number = 0;
  for (const auto byte : random) number = (number << 8) | std::to_integer<std::uint32_t>(byte);
  return number;
}

}  // namespace

Service::Service(const Config& config, Ports& ports, journal::Journal& journal)
    : config_(config), ports_(ports), journal_(journal) {
  lay_out(config_, station_);
}

void Service::refill() {
  station_.safe_state = ports_.phase() == control::Phase::safe;
  //= OCPP-2.0.1 E02.FR.08
  if (!station_.spare_id) station_.spare_id = make_id(ports_);
}

std::expected<void, journal::Error> Service::open(bool first_start) {
  station_.settings = config_.settings;
  TRY(recovery, journal_.open([&](const journal::Entry& entry) { return apply(station_, archive_, entry); }));
  if (recovery.damaged) station_.kept.next_number += kNumbersSkippedAfterDamage;  // a number is never used twice
  written_ = station_.kept.next_number - 1;
  unsaved_ = recovery.damaged;
  std::size_t running = 0;
  for (std::size_t i = 0; i < station_.evses.size; ++i) {
    sides_[i].durable_epoch = station_.evses[i].kept.epoch;
    running += station_.evses[i].kept.transaction ? 1 : 0;
  }
  const auto random = random_number(ports_);
  Actions begun{};
  const auto moment = ports_.moment();
  begin(Context{config_, station_, archive_, moment, begun}, first_start, random);
  unsaved_ = unsaved_ || begun.write_evses != 0 || begun.write_bills != 0 || begun.write_reservations;
  for (const auto& record : begun.notes) ledger_.push(record);
  ledger_.push({ledger::Subject::station, recovery.damaged ? ledger::Severity::critical : ledger::Severity::info,
                "SessionStarted",
                text_of<ledger::kMaxDetail>("first=", first_start ? 1 : 0, " transactions=", running,
                                            " pending_events=", archive_.outbox.size(),
                                            " torn_tail=", recovery.torn ? 1 : 0, " damaged=", recovery.damaged ? 1 : 0,
                                            " lost_from=", recovery.lost_from, " lost_to=", recovery.lost_to)});
  if (recovery.damaged) ports_.log("the journal is damaged; what could be read goes on, see the ledger");
  if (recovery.torn) ports_.log("the last change was not completely stored before the power went; it was dropped");
  return {};
}

void Service::start() {
  for_each_outlet([&](Outlet outlet) { read_power(outlet); });
  for (std::uint8_t evse = 1; evse <= config_.evses.size; ++evse) read_meter(evse);
  for (std::uint8_t evse = 1; evse <= config_.evses.size; ++evse) {
    if (!station_.evses[evse - 1U].permit.active) revoke(evse);  // what an earlier process may have left
  }
  step([](const Context&) {});
  next_contact_ = ports_.moment().now + kContactInterval;
  set_wake();
}

// ---- after each step

void Service::perform() {
  const Actions& todo = core_.actions();     // nothing below makes a step
  send_permits(todo.permits_changed, true);  // before anything that takes time
  persist(todo);
  send_permits(todo.permits_changed, false);
  for (const auto& wish : todo.locks) set_lock(wish);
  for (const auto& record : todo.notes) ledger_.push(record);
  work_available_ = work_available_ || todo.work_available;
  for (const auto& outlet : todo.reset_faults)
    report(outlet, ports_.call(power::ResetFault{outlet.evse, outlet.connector}));
  ask_records(todo);
  follow_phase(todo);
  if (todo.restart_station) ports_.restart_station();
  core_wake_ = todo.wake;
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
  for (std::size_t i = 0; i < archive_.outbox.size(); ++i) {
    if (archive_.outbox[i].number > written_) all = all && batch.add(StoredEvent{archive_.outbox[i]});
  }
  written_ = station_.kept.next_number - 1;
  if (todo.forget_cache) all = all && batch.add(ForgottenCache{});
  for (const auto& token : todo.cached) all = all && batch.add(token);
  if (todo.write_settings) all = all && batch.add(StoredSettings{station_.settings});
  if (todo.write_reservations) all = all && batch.add(station_.reservations);
  for (std::size_t i = 0; i < station_.evses.size; ++i) {
    if (((todo.write_evses >> i) & 1U) != 0) all = all && batch.add(station_.evses[i].kept);
    if (((todo.write_bills >> i) & 1U) != 0) all = all && batch.add(station_.evses[i].bill);
  }
  if (todo.write_station) all = all && batch.add(station_.kept);
  return all;
}

void Service::persist(const Actions& todo) {
  if (!collect(todo)) unsaved_ = true;
  if (unsaved_ && !station_.storage_ok && ports_.moment().now < storage_retry_) return;
  if (!unsaved_ && journal_.batch().empty()) return;
  if (!unsaved_ && !journal_.wants_compaction() && journal_.commit()) return stored();
  static_cast<void>(store_whole());
}

bool Service::store_whole() {
  const auto done = journal_.compact([&](journal::Snapshot& out) { return write_all(station_, archive_, out); });
  done ? stored() : not_stored(done.error());
  return done.has_value();
}

void Service::stored() {
  const bool was_failing = !station_.storage_ok;
  unsaved_ = false;
  station_.storage_ok = true;
  archive_.outbox.set_durable(station_.kept.next_number - 1);
  for (std::size_t i = 0; i < station_.evses.size; ++i) sides_[i].durable_epoch = station_.evses[i].kept.epoch;
  if (!was_failing) return;
  ports_.log("the journal can be written again");
  work_available_ = true;
  for (std::uint8_t evse = 1; evse <= station_.evses.size; ++evse) {
    if (station_.evses[evse - 1U].permit != sides_[evse - 1U].sent) send_permit(evse);
  }
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

// ---- time

void Service::timer() {
  const auto now = ports_.moment().now;
  for (std::uint8_t evse = 1; evse <= station_.evses.size; ++evse) {
    const auto& side = sides_[evse - 1U];
    if (now >= side.next_renew) side.revoke_pending ? revoke(evse) : send_permit(evse);
  }
  if (now >= next_contact_) {
    next_contact_ = now + kContactInterval;
    for_each_outlet([&](Outlet outlet) {
      if (!permitted(outlet)) read_power(outlet);
    });
    for (std::uint8_t evse = 1; evse <= station_.evses.size; ++evse) {
      const auto& e = station_.evses[evse - 1U];
      if (!e.meter_known || e.meter_lost) read_meter(evse);
    }
  }
  step([](const Context&) {});
  set_wake();
}

void Service::end_of_turn() {
  const auto now = ports_.moment().now;
  if (now >= ledger_.due()) {
    auto until = now + kRenewInterval;
    for (const auto& side : sides_) until = std::min(until, side.next_renew);
    const bool reliable = ledger_.drain(ports_, until);
    if (reliable != station_.ledger_ok) {
      station_.ledger_ok = reliable;
      ports_.log(reliable ? "the ledger records again"
                          : "the ledger cannot record: no new session starts, a running one goes on");
    }
  }
  if (std::exchange(work_available_, false)) ports_.tell_work_available();
  tell_snapshots();
  set_wake();
}

void Service::tell_snapshots() {
  look([&](const Context& c) {
    for_each_evse(c, [&](const At& at) {
      auto& side = sides_[at.number - 1U];
      wire::Buffer<Snapshot> present{};
      const auto size = wire::encode(steady(snapshot(at)), present);
      const auto end = present.begin() + static_cast<std::ptrdiff_t>(size);
      if (size == side.told_size && std::equal(present.begin(), end, side.told.begin())) return;
      side.told = present;
      side.told_size = size;
      ports_.tell_snapshot_changed(at.number);
    });
  });
}

void Service::set_wake() {
  auto wake = std::min({core_wake_, next_contact_, ledger_.due(), station_.storage_ok ? kNever : storage_retry_});
  for (std::size_t i = 0; i < station_.evses.size; ++i) wake = std::min(wake, sides_[i].next_renew);
  ports_.wake_at(wake);
}

}  // namespace bulwatt::session
