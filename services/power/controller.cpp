#include "services/power/controller.hpp"

namespace bulwatt::power {
namespace {

constexpr Pilot pilot_of(iec61851::Pilot pilot) {
  return static_cast<Pilot>(std::to_underlying(pilot) + 1);  // ours has `unknown` first
}
static_assert(pilot_of(iec61851::Pilot::a) == Pilot::a && pilot_of(iec61851::Pilot::f) == Pilot::f);
static_assert(enum_names(iec61851::Pilot{}).size() + 1 == enum_names(Pilot{}).size());

struct FaultPair {
  mculink::Fault from;
  Fault to;
};
constexpr std::array kFaultPairs{
    FaultPair{mculink::Fault::pe_loss, Fault::pe_loss},
    FaultPair{mculink::Fault::rcd_trip, Fault::rcd_trip},
    FaultPair{mculink::Fault::rcd_dead, Fault::rcd_self_test},
    FaultPair{mculink::Fault::overtemp, Fault::over_temperature},
    FaultPair{mculink::Fault::estop, Fault::emergency_stop},
    FaultPair{mculink::Fault::weld, Fault::welded_contact},
    FaultPair{mculink::Fault::feedback_stuck, Fault::contactor_stuck_open},
    FaultPair{mculink::Fault::diode, Fault::diode_missing},
    FaultPair{mculink::Fault::pilot_stuck, Fault::pilot_invalid},
    FaultPair{mculink::Fault::lock, Fault::lock_failed},
    FaultPair{mculink::Fault::isolation, Fault::isolation},
    FaultPair{mculink::Fault::precharge, Fault::precharge},
    FaultPair{mculink::Fault::discharge, Fault::discharge},
    FaultPair{mculink::Fault::supply, Fault::supply},
};
static_assert(kFaultPairs.size() == mculink::kFaultCount);

constexpr mculink::Supply wire_of(Supply supply) { return static_cast<mculink::Supply>(std::to_underlying(supply)); }
static_assert(enum_names(Supply{}) == enum_names(mculink::Supply{}));
constexpr Isolation isolation_of(mculink::Isolation isolation) {
  return static_cast<Isolation>(std::to_underlying(isolation));
}
static_assert(enum_names(Isolation{}) == enum_names(mculink::Isolation{}));

constexpr std::uint32_t bit(Fault fault) { return std::uint32_t{1} << std::to_underlying(fault); }

std::uint32_t faults_of(mculink::FaultBits bits) {
  std::uint32_t out = 0;
  for (const auto& [from, to] : kFaultPairs) {
    if ((bits & mculink::bit(from)) != 0) out |= bit(to);
  }
  return out;
}

constexpr std::string_view kBuild = "bulwatt-power";

bool same_to_a_reader(const Status& a, const Status& b) {
  return a.controller_alive == b.controller_alive && a.pilot == b.pilot && a.duty_permille == b.duty_permille &&
         a.contactor_closed == b.contactor_closed && a.faults == b.faults && a.cable_limit_ma == b.cable_limit_ma &&
         a.has_lock == b.has_lock && a.locked == b.locked && a.lock_fault == b.lock_fault && a.tamper == b.tamper &&
         a.isolation == b.isolation;
}

}  // namespace

void Controller::feed(std::span<const std::byte> bytes, Instant now) {
  const auto impossible = receiver_.counters().of(mculink::LinkError::bad_message);
  receiver_.feed(bytes,
                 [&](const mculink::FromMcu& message) { std::visit([&](const auto& m) { on(m, now); }, message); });
  if (receiver_.counters().of(mculink::LinkError::bad_message) != impossible) doubt_.impossible_frame();
}

void Controller::heard(Instant now) {
  heard_ = true;
  heard_at_ = now;
}

void Controller::on(const mculink::HelloAck& ack, Instant now) {
  if (ack.version != mculink::kVersion) return doubt_.impossible_frame();
  ack_ = ack;
  heard(now);
  if (lease_wanted_) send_lease(now);
}

void Controller::on(const mculink::Status& status, Instant now) {
  const auto fresh = doubt_.follow(status, now);
  mcu_ = status;
  watch_cable(now);
  doubt_.judge(status, leased_, now);
  if (fresh == Doubt::Fresh::repeated) return;
  heard(now);
  if (fresh == Doubt::Fresh::restarted) say_hello(now);  // It knows neither us nor our counter.
}

void Controller::on(const mculink::Event& event, Instant) {
  // An event comes before the status that repeats it; its edge is already true. One from the past is a repetition.
  if (event.at_us / 1'000 < doubt_.uptime_ms()) return;
  mcu_.pilot = event.pilot;
  mcu_.faults = event.faults;
  if (event.kind == mculink::EventKind::contactor_opened) mcu_.contactor_commanded = false;
}

void Controller::say_hello(Instant now) {
  hello_at_ = now;
  line_.write(sender_.encode(mculink::Hello{mculink::kVersion, kBuild}));
}

void Controller::tick(Instant now) {
  const bool known = ack_.has_value() && alive(now);
  if (!known && now - hello_at_ >= kHelloPeriod) {
    ack_.reset();
    say_hello(now);
  }
  // Before the first permit after a restart of this process the running lease of the safety controller is left alone.
  if (lease_wanted_ && ack_) send_lease(now);
}

void Controller::send_lease(Instant now) {
  mculink::Lease lease{};
  lease.permit = energize_ && permit_fresh(now) && faults(now) == 0;
  lease.digital = digital_ && permit_fresh(now) && faults(now) == 0;
  lease.max_current_ma = lease.permit ? limit_ma_ : 0;
  lease.lease_ms = mculink::kLongestLeaseMs;
  lease.counter = ++lease_counter_;
  lease.lock = lock_;
  if (lease.permit) {
    lease.supply = wire_of(target_.supply);
    lease.target_mv = target_.mv;
    lease.target_ma = target_.ma;
  }
  leased_.last_lease = now;
  if (lease.permit) {
    leased_.last_permit = now;
    if (lease.max_current_ma != leased_.limit_ma) leased_.limit_since = now;
    leased_.limit_ma = lease.max_current_ma;
  }
  line_.write(sender_.encode(lease));
}

void Controller::renew(bool energize, std::uint32_t limit_ma, Instant now, bool digital, const Target& target) {
  const auto bounded = std::min(limit_ma, config_.hardware_max_ma);
  const bool changed = !lease_wanted_ || energize != energize_ || digital != digital_ || bounded != limit_ma_ ||
                       target != target_ || !permit_fresh(now);
  energize_ = energize;
  digital_ = digital;
  limit_ma_ = bounded;
  target_ = target;
  permit_until_ = now + std::chrono::milliseconds{config_.permit_ms};
  lease_wanted_ = true;
  if (changed && ack_) send_lease(now);
}

void Controller::revoke(Instant now) {
  energize_ = false;
  digital_ = false;
  limit_ma_ = 0;
  target_ = {};
  permit_until_ = {};
  lease_wanted_ = true;
  if (ack_) send_lease(now);
}

void Controller::set_lock(bool locked, Instant now) {
  lock_ = locked ? mculink::LockWish::lock : mculink::LockWish::unlock;
  lease_wanted_ = true;
  if (ack_) send_lease(now);
}

void Controller::reset_fault() {
  if (!mcu_.contactor_commanded && !mcu_.contactor_feedback) doubt_.forget();
  line_.write(sender_.encode(mculink::ResetFault{}));
}

/// The pins of a plug part one after the other: for a moment the pilot still tells of a vehicle and the coding does not.
void Controller::watch_cable(Instant now) {
  const bool uncoded = iec61851::connected(mcu_.pilot) && mcu_.pp_ampacity_ma == 0;
  if (!uncoded) uncoded_since_.reset();
  else if (!uncoded_since_) uncoded_since_ = now;
}

bool Controller::in_use(Instant now) const {
  const bool closed = mcu_.contactor_commanded || mcu_.contactor_feedback;
  return (energize_ && permit_fresh(now)) || (alive(now) && closed);
}

std::uint32_t Controller::faults(Instant now) const {
  std::uint32_t out = faults_of(mcu_.faults);
  if (uncoded_since_ && now - *uncoded_since_ >= kPlugMoves) out |= bit(Fault::cable_invalid);
  if (doubt_.internal()) out |= bit(Fault::internal);
  if (doubt_.lease_protocol()) out |= bit(Fault::lease_protocol);
  return out;
}

Status Controller::status(Instant now) const {
  Status out{};
  out.controller_alive = alive(now);
  out.pilot = out.controller_alive ? pilot_of(mcu_.pilot) : Pilot::unknown;
  out.duty_permille = mcu_.duty_permille;
  out.pilot_high_mv = mcu_.cp_high_mv;
  out.pilot_low_mv = mcu_.cp_low_mv;
  out.contactor_closed = mcu_.contactor_feedback;
  out.faults = faults(now);
  out.cable_limit_ma = mcu_.pp_ampacity_ma;
  out.lease_left_ms = mcu_.lease_remaining_ms;
  out.temperature_dc = mcu_.temperature_dc;
  out.has_lock = ack_ && (ack_->features & mculink::kFeatureLock) != 0;
  out.locked = mcu_.locked;
  out.lock_fault = mcu_.lock_fault;
  out.tamper = mcu_.tamper;
  out.outlet_mv = mcu_.outlet_mv;
  out.outlet_ma = mcu_.outlet_ma;
  out.isolation = isolation_of(mcu_.isolation);
  return out;
}

bool Controller::take_changed(Instant now) {
  const auto current = status(now);
  if (same_to_a_reader(current, shown_)) return false;
  shown_ = current;
  return true;
}

}  // namespace bulwatt::power
