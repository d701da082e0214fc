#include "mcu/logic/control.hpp"

namespace bulwatt::mcu {
namespace {
using namespace iec61851;
using mculink::EventKind;

/// Time counts no further than this in one cycle; longer than every limit.
constexpr std::uint64_t kLongestCycleUs = 10'000'000;

void spend(std::uint32_t& left_us, std::uint32_t elapsed_us) { left_us -= std::min(left_us, elapsed_us); }

/// State F is what the station itself signals; the others are read from the line.
Pilot pilot_now(const State& s) {
  return s.drive.duty_permille == kSteadyLow ? Pilot::f : pilot_of(s.filter.held, s.drive.pwm());
}

std::uint32_t take_requests(State& s, const Inputs& in, FaultBits present, std::uint32_t elapsed_us,
                            const Config& config) {
  std::uint32_t events = 0;
  if (s.key.age(elapsed_us)) events |= bit(EventKind::lease_lost);
  if (in.requests.hello) s.key.hello();
  if (in.requests.lease && s.key.renew(*in.requests.lease, config) && s.key.fresh())
    events &= ~bit(EventKind::lease_lost);
  // A vehicle that saw a fault must be unplugged first. In state F it can't be seen, and nothing is closed.
  const bool may_reset = s.pilot == Pilot::a || s.drive.duty_permille == kSteadyLow;
  if (may_reset) s.faults &= ~(in.requests.reset & ~present);
  const bool at_rest = !s.drive.contactor && !in.sensors.feedback().any();
  const bool before_charge = connected(s.pilot) && s.faults == 0 && s.rcd.phase == RcdTest::Phase::untested;
  if (at_rest && !s.rcd.running() && (in.requests.self_test || before_charge)) s.rcd.start();
  return events;
}

std::uint32_t test_rcd(State& s, const Sensors& sensors, std::uint32_t elapsed_us, const Config& config) {
  const auto result = s.rcd.step(sensors.rcd_tripped, elapsed_us, config);
  if (result == RcdTest::Result::failed) s.faults |= bit(Fault::rcd_dead);
  return result == RcdTest::Result::passed ? bit(EventKind::self_test_passed) : 0;
}

std::uint16_t wanted_duty(const State& s, std::optional<std::uint16_t> offered) {
  if ((s.faults & kStationFaults) != 0) return kSteadyLow;
  // A vehicle that talks is told to stop by a message; without the signal it would hang up instead of following it.
  const bool talks = s.key.fresh() && s.key.lease.digital;
  const bool may_offer =
      s.faults == 0 && connected(s.pilot) && (s.phase != Phase::stopping || talks) && s.pause_left_us == 0;
  return may_offer ? offered.value_or(kSteadyHigh) : kSteadyHigh;
}

/// How long the signal must have run to have shown a sound diode.
std::uint32_t proof_us(const Config& config) { return config.settle_us + config.fault_samples * kCycleUs; }

void drive_pilot(State& s, std::optional<std::uint16_t> offered, std::uint32_t elapsed_us, const Config& config) {
  auto& drive = s.drive;
  const std::uint32_t longest = std::max(config.raise_us, proof_us(config));
  drive.duty_age_us = std::min(drive.duty_age_us + elapsed_us, longest);
  spend(s.pause_left_us, elapsed_us);
  if (s.pilot == Pilot::a) s.pause_left_us = 0;  // Another vehicle need not wait for this one.

  const std::uint16_t wanted = wanted_duty(s, offered);
  if (wanted == drive.duty_permille) return;
  const bool was_pwm = drive.pwm();
  const bool will_be_pwm = wanted != kSteadyHigh && wanted != kSteadyLow;
  const bool raises = was_pwm && will_be_pwm && wanted > drive.duty_permille;
  if (raises && drive.duty_age_us < config.raise_us) return;
  drive.duty_permille = wanted;
  drive.duty_age_us = 0;
  if (was_pwm && !will_be_pwm && s.pilot != Pilot::a) s.pause_left_us = config.pause_us;
}

/// The controller's own key: the vehicle wants energy in a way this station supports, and nothing is wrong.
bool own_key(const State& s, const Config& config) {
  const bool state_d = s.pilot == Pilot::d1 || s.pilot == Pilot::d2;
  return wants_energy(s.pilot) && (!state_d || config.ventilation) && s.faults == 0;
}

/// What closing needs on top of both keys. Staying closed needs no such proof: a doubt is counted into a fault.
bool proved(const State& s, const Sensors& sensors, const Config& config) {
  const bool diode = s.drive.pwm() && s.drive.duty_age_us >= proof_us(config) && diode_present(sensors.cp_low_mv);
  const bool asks_now = offered(s.pilot) && s.filter.away == 0;  // Not one that may just be leaving.
  const bool outlet = s.lock.holds(sensors, config) && discharged(sensors, config) && !sensors.feedback().any();
  return asks_now && diode && outlet && !s.watch.doubts() && s.rcd.passed();
}

std::uint32_t drive_contactor(State& s, const Sensors& sensors, bool permitted, std::uint32_t elapsed_us,
                              const Config& config) {
  std::uint32_t events = 0;
  const bool own = own_key(s, config);
  if (s.phase == Phase::stopping) {
    spend(s.stop_left_us, elapsed_us);
    if (!s.key.fresh()) s.stop_left_us = std::min(s.stop_left_us, config.lease_grace_us);
    if (own && s.stop_left_us == 0) events |= bit(EventKind::stop_forced);
    if (!own || s.stop_left_us == 0) s.phase = Phase::open;
  } else if (s.phase == Phase::closed) {
    if (!own) s.phase = Phase::open;
    else if (!permitted) s.phase = s.gear.at == Switchgear::Step::closed ? Phase::stopping : Phase::open;
    if (s.phase == Phase::stopping) s.stop_left_us = s.key.fresh() ? config.stop_us : config.lease_grace_us;
  } else if (own && permitted && proved(s, sensors, config)) {
    s.phase = Phase::closed;
  }
  if (s.phase == Phase::open) s.stop_left_us = 0;

  const bool contactor = s.phase != Phase::open;
  if (contactor && !s.drive.contactor) events |= bit(EventKind::contactor_closed);
  if (!contactor && s.drive.contactor) {
    events |= bit(EventKind::contactor_opened);
    s.rcd.use_up();
  }
  s.drive.contactor = contactor;
  s.drive.contacts = s.gear.drive(contactor, sensors, config);
  return events;
}

/// Whether the plug shall be held, as far as that is anybody's wish; a live outlet is held in any case.
bool wants_lock(const State& s, const Sensors& sensors, const Config& config) {
  const bool possible = config.has_lock() && cable_ampacity(sensors.pp_ohm).has_value() && s.key.fresh();
  if (!possible || (s.faults & bit(Fault::lock)) != 0) return false;  // One that failed lets the plug be tried again.
  const auto wish = s.key.lease.lock;
  const bool automatic = s.key.lease.permit && connected(s.pilot);
  return wish == mculink::LockWish::lock || (wish == mculink::LockWish::automatic && automatic);
}

void drive_lock(State& s, const Sensors& sensors, std::uint32_t elapsed_us, const Config& config) {
  const bool live = s.drive.contactor || sensors.feedback().any() || !discharged(sensors, config);
  s.lock.drive(wants_lock(s, sensors, config), live, elapsed_us, config);
}

}  // namespace

std::optional<std::uint32_t> ampacity(const Sensors& sensors, const Config& config) {
  if (!config.socket) return config.hardware_ma;
  return cable_ampacity(sensors.pp_ohm);
}

Outputs step(State& s, const Inputs& in, std::uint64_t now_us, const Config& config) {
  const std::uint64_t passed = s.started ? std::min(now_us - s.last_us, kLongestCycleUs) : 0;
  const auto elapsed_us = static_cast<std::uint32_t>(passed);
  s.started = true;
  s.last_us = now_us;
  const Pilot pilot_before = s.pilot;
  const FaultBits faults_before = s.faults;

  const Band band = s.filter.sample(in.sensors.cp_high_mv, config.debounce);
  s.pilot = pilot_now(s);
  if (connected(pilot_before) && !connected(s.pilot)) s.rcd.use_up();
  FaultBits present = s.watch.step(in.sensors, s.drive, band, s.rcd.running(), elapsed_us, config);
  present |=
      s.gear.check(in.sensors, elapsed_us, config) | s.lock.check(in.sensors, s.drive.contactor, elapsed_us, config);
  s.faults |= present;
  std::uint32_t events = take_requests(s, in, present, elapsed_us, config);
  events |= test_rcd(s, in.sensors, elapsed_us, config);

  // The phase is decided on the offer, the signal on the phase: a stop switches the signal off in the same cycle.
  const auto offered_duty = offer(s.key, ampacity(in.sensors, config), config);
  const bool permitted = offered_duty.has_value() && s.key.lease.permit;
  events |= drive_contactor(s, in.sensors, permitted, elapsed_us, config);
  const auto supply = s.supply.step(s.key, s.drive.contactor, in.sensors, elapsed_us, config);
  drive_pilot(s, offered_duty, elapsed_us, config);
  drive_lock(s, in.sensors, elapsed_us, config);
  s.pilot = pilot_now(s);

  if (s.pilot != pilot_before) events |= bit(EventKind::pilot_changed);
  if (s.faults != faults_before) events |= bit(EventKind::faults_changed);
  return {.duty_permille = s.drive.duty_permille,
          .contactor = s.drive.contacts.main,
          .negative = s.drive.contacts.negative,
          .precharge = s.drive.contacts.precharge,
          .supply = supply,
          .rcd_test = s.rcd.drives(),
          .lock = s.lock.engaged,
          .pilot = s.pilot,
          .events = events};
}

}  // namespace bulwatt::mcu
