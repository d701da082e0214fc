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
};
static_assert(kFaultPairs.size() == mculink::kFaultCount);

std::uint32_t faults_of(mculink::FaultBits bits) {
  std::uint32_t out = 0;
  for (const auto& [from, to] : kFaultPairs) {
    if ((bits & mculink::bit(from)) != 0) out |= std::uint32_t{1} << std::to_underlying(to);
  }
  return out;
}

constexpr std::string_view kBuild = "bulwatt-power";

bool same_to_a_reader(const Status& a, const Status& b) {
  return a.controller_alive == b.controller_alive && a.pilot == b.pilot && a.duty_permille == b.duty_permille &&
         a.contactor_closed == b.contactor_closed && a.faults == b.faults && a.cable_limit_ma == b.cable_limit_ma;
}

}  // namespace

void Controller::feed(std::span<const std::byte> bytes, Instant now) {
  receiver_.feed(bytes, [&](const mculink::FromMcu& message) {
    heard_ = true;
    heard_at_ = now;
    std::visit([&](const auto& m) { on(m, now); }, message);
  });
}

void Controller::on(const mculink::HelloAck& ack, Instant now) {
  ack_ = ack;
  if (lease_wanted_) send_lease(now);
}

void Controller::on(const mculink::Status& status, Instant) { mcu_ = status; }

void Controller::on(const mculink::Event& event, Instant) {
  // An event comes before the status that repeats it; its edge is already true.
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
  lease.permit = energize_ && permit_fresh(now);
  lease.max_current_ma = lease.permit ? limit_ma_ : 0;
  lease.lease_ms = mculink::kLongestLeaseMs;
  lease.counter = ++lease_counter_;
  line_.write(sender_.encode(lease));
}

void Controller::renew(bool energize, std::uint32_t limit_ma, Instant now) {
  const auto bounded = std::min(limit_ma, config_.hardware_max_ma);
  const bool changed = !lease_wanted_ || energize != energize_ || bounded != limit_ma_ || !permit_fresh(now);
  energize_ = energize;
  limit_ma_ = bounded;
  permit_until_ = now + std::chrono::milliseconds{config_.permit_ms};
  lease_wanted_ = true;
  if (changed && ack_) send_lease(now);
}

void Controller::revoke(Instant now) {
  energize_ = false;
  limit_ma_ = 0;
  permit_until_ = {};
  lease_wanted_ = true;
  if (ack_) send_lease(now);
}

void Controller::reset_fault() { line_.write(sender_.encode(mculink::ResetFault{})); }

Status Controller::status(Instant now) const {
  Status out{};
  out.controller_alive = alive(now);
  out.pilot = out.controller_alive ? pilot_of(mcu_.pilot) : Pilot::unknown;
  out.duty_permille = mcu_.duty_permille;
  out.pilot_high_mv = mcu_.cp_high_mv;
  out.pilot_low_mv = mcu_.cp_low_mv;
  out.contactor_closed = mcu_.contactor_feedback;
  out.faults = faults_of(mcu_.faults);
  out.cable_limit_ma = mcu_.pp_ampacity_ma;
  out.lease_left_ms = mcu_.lease_remaining_ms;
  out.temperature_dc = mcu_.temperature_dc;
  return out;
}

bool Controller::take_changed(Instant now) {
  const auto current = status(now);
  if (same_to_a_reader(current, shown_)) return false;
  shown_ = current;
  return true;
}

}  // namespace bulwatt::power
