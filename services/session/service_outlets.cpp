// The shell's way to power and meters: permits, locks, statuses, readings.
#include <memory>

#include "services/session/meter_records.hpp"
#include "services/session/service.hpp"

namespace bulwatt::session {
namespace {
constexpr int kReportsPerStep = 4;  ///< one decision about the permit settles within two answers of power
}  // namespace

bool Service::permitted(Outlet outlet) const {
  const auto& permit = station_.evses[outlet.evse - 1U].permit;
  return permit.active && permit.connector == outlet.connector;
}

// ---- permits

/// First all that lower, then all that raise: what EVSEs share is never given twice.
void Service::send_permits(std::uint8_t which, bool lowering) {
  for (std::uint8_t evse = 1; evse <= station_.evses.size; ++evse) {
    if (((which >> (evse - 1U)) & 1U) == 0) continue;
    const auto& permit = station_.evses[evse - 1U].permit;
    const auto& sent = sides_[evse - 1U].sent;
    const bool lowers = !permit.energize || (sent.energize && permit.limit_ma < sent.limit_ma);
    if (lowers == lowering) send_permit(evse);
  }
}

void Service::send_permit(std::uint8_t evse) {
  auto& side = sides_[evse - 1U];
  const auto& e = station_.evses[evse - 1U];
  auto permit = e.permit;
  if (!permit.active) return revoke(evse);
  if (side.sent.active && side.sent.connector != permit.connector) revoke(evse);
  side.revoke_pending = false;
  // Energy flows only for what is on disk.
  if (unsaved_ && side.durable_epoch != e.kept.epoch) permit.energize = false;
  side.sent = permit;
  side.next_renew = ports_.moment().now + kRenewInterval;
  report({evse, permit.connector},
         ports_.call(power::RenewPermit{evse, permit.connector, permit.energize, permit.limit_ma, permit.digital,
                                        permit.supply, permit.target_mv, permit.target_ma}));
}

void Service::revoke(std::uint8_t evse) {
  auto& side = sides_[evse - 1U];
  const bool all = side.sent.connector == 0;  // after a start nobody knows which one may have a permit
  const auto only = side.sent.connector;
  bool failed = false;
  for (std::uint8_t k = 1; k <= station_.evses[evse - 1U].connectors.size; ++k) {
    if (!all && k != only) continue;
    const auto result = ports_.call(power::RevokePermit{evse, k});
    failed = failed || (!result && result.error().failure != ipc::Failure::none);
    report({evse, k}, result);
  }
  side.revoke_pending = failed;
  side.sent = Permit{.connector = failed ? only : std::uint8_t{0}};
  side.next_renew = failed ? ports_.moment().now + kRenewInterval : kNever;
}

// ---- what power says

template <class Result>
void Service::report(Outlet outlet, const Result& result) {
  const auto keep = [&](const PowerReport& report) {
    for (auto& one : reports_) {
      if (one.outlet == outlet) return static_cast<void>(one = report);
    }
    static_cast<void>(reports_.push_back(report));
  };
  if (result) return keep({outlet, *result});
  const auto& error = result.error();
  const bool refused = error.failure == ipc::Failure::refused_phase || error.failure == ipc::Failure::refused_rate;
  const bool told = error.failure == ipc::Failure::none && error.error != power::Error::controller_silent;
  if (!refused && !told) return keep({outlet, {}});
  if (const auto status = ports_.call(power::ReadStatus{outlet.evse, outlet.connector})) keep({outlet, *status});
}

void Service::take_reports() {
  for (int i = 0; i < kReportsPerStep && !reports_.empty(); ++i) {
    const auto news = std::exchange(reports_, {});
    core_.step(ports_.moment(), [&](const Context& c) {
      for (const auto& one : news) {
        const auto at = c.at(one.outlet.evse - 1U);
        one.status ? power_reported(at, one.outlet.connector, *one.status) : power_silent(at, one.outlet.connector);
      }
    });
    perform();
  }
}

void Service::read_power(Outlet outlet) {
  const auto status = ports_.call(power::ReadStatus{outlet.evse, outlet.connector});
  for (std::size_t i = 0; i < reports_.size; ++i) {
    if (reports_[i].outlet == outlet) reports_.erase(i--);  // older than what was just read
  }
  // The last register value before a plug is pulled belongs to the transaction.
  if (status && status->pilot == power::Pilot::a) freshen_meter(outlet.evse);
  step_at(outlet.evse, [&](const At& at) {
    status ? power_reported(at, outlet.connector, *status) : power_silent(at, outlet.connector);
  });
}

void Service::on(const power::StatusChanged& pulse) {
  if (!known(pulse.evse) || pulse.connector < 1 || pulse.connector > station_.evses[pulse.evse - 1U].connectors.size)
    return;
  read_power({pulse.evse, pulse.connector});
}

void Service::power_peer(bool alive) {
  if (!alive) {
    step([](const Context& c) {
      for_each_evse(c, [](const At& at) {
        for (std::uint8_t k = 1; k <= at.evse.connectors.size; ++k) power_silent(at, k);
      });
    });
    return;
  }
  for_each_outlet([&](Outlet outlet) {
    station_.evses[outlet.evse - 1U]
        .connectors[outlet.connector - 1U]
        .lock_wish.reset();  // the fresh process knows of none
  });
  for (std::uint8_t evse = 1; evse <= station_.evses.size; ++evse) {
    if (sides_[evse - 1U].revoke_pending) revoke(evse);  // before anybody gets what it still holds
  }
  for (std::uint8_t evse = 1; evse <= station_.evses.size; ++evse) {
    if (station_.evses[evse - 1U].permit.active) send_permit(evse);
  }
  for_each_outlet([&](Outlet outlet) { read_power(outlet); });
}

void Service::set_lock(const LockWish& wish) {
  const auto [evse, connector] = wish.outlet;
  const auto result = ports_.call(power::SetLock{evse, connector, wish.locked});
  if (!result) station_.evses[evse - 1U].connectors[connector - 1U].lock_wish.reset();  // said again with the next step
  report(wish.outlet, result);
}

// ---- meters

void Service::read_meter(std::uint8_t evse) {
  const auto asked = ports_.moment().now;
  sides_[evse - 1U].meter_read = asked;
  const auto reading = ports_.call(meter::Read{evse});
  step_at(evse, [&](const At& at) { reading ? meter_reported(at, *reading, asked) : meter_unreachable(at); });
}

void Service::freshen_meter(std::uint8_t evse) {
  const auto& e = station_.evses[evse - 1U];
  if (!e.kept.transaction || e.meter_lost) return;
  if (ports_.moment().now - sides_[evse - 1U].meter_read >= kFreshReading) read_meter(evse);
}

void Service::freshen_meters() {
  for (std::uint8_t evse = 1; evse <= station_.evses.size; ++evse) freshen_meter(evse);
}

/// The contactor of an ending transaction has opened: what the register says now is what is paid.
void Service::read_last_registers() {
  for (std::uint8_t evse = 1; evse <= station_.evses.size; ++evse) {
    const auto& e = station_.evses[evse - 1U];
    const auto& transaction = e.kept.transaction;
    if (!transaction || !transaction->ending || !e.opened || e.meter_taken >= *e.opened) continue;
    const auto read = sides_[evse - 1U].meter_read;
    if (ports_.moment().now - read < kFreshReading && read >= *e.opened) continue;
    read_meter(evse);
  }
}

void Service::on(const meter::ReadingChanged& pulse) {
  if (known(pulse.evse)) read_meter(pulse.evse);
}

/// What fails is asked for again within a second.
void Service::ask_records(const Actions& todo) {
  for (const auto& request : todo.records) static_cast<void>(ports_.call(request));
}

/// On the shelf before the transaction knows of it.
void Service::on(const meter::RecordMade& pulse) {
  if (!known(pulse.evse) || shelf_ == nullptr) return;
  const auto wanted = look([&](const Context& c) { return wanted_record(c.at(pulse.evse - 1U)); });
  if (!wanted) return;
  const auto made = ports_.call(meter::FetchRecord{pulse.evse});
  const auto twin = ports_.call(meter::FetchTwin{pulse.evse});
  if (!made || !twin || made->asked != static_cast<std::uint32_t>(wanted->number)) return;
  auto record = std::make_unique<KeptRecord>();
  record->number = wanted->number;
  record->evse = pulse.evse;
  record->transaction = wanted->transaction;
  record->stage = wanted->stage;
  record->page = made->page;
  record->payload = made->payload;
  record->classical = made->classical;
  record->twin = twin->signature;
  record->key = made->key;
  if (!shelf_->put(*record)) {
    ports_.log("a signed meter record cannot be stored; it is tried again");
    return;
  }
  step_at(pulse.evse, [&](const At& at) { record_made(at, wanted->number, *made); });
}

void Service::meter_peer(bool alive) {
  if (alive) return;  // it pulses when it has a reading
  step([](const Context& c) { for_each_evse(c, meter_restarted); });
}

// ---- the others

void Service::ledger_peer(bool alive) {
  if (alive) ledger_.retry_now();
}

void Service::backend_peer(bool alive) {
  if (!alive) step([](const Context& c) { set_link(c, {}); });
}

}  // namespace bulwatt::session
