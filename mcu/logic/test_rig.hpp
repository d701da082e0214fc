// A virtual vehicle, a virtual contactor and virtual time around the safety logic, for its tests.
#pragma once
#include <doctest/doctest.h>

#include <cstdlib>

#include "mcu/logic/control.hpp"

namespace bulwatt::mcu {

/// Ideal hardware unless a test breaks it: every sensor follows the outputs, the host renews its lease each 100 ms.
struct Rig {
  Config config{};
  State state{};
  Outputs out{};
  std::uint64_t now_us = 0;

  std::int32_t vehicle_mv = iec61851::kLevelA;  ///< the positive level the vehicle's resistor makes
  bool diode = true;
  std::optional<std::int32_t> frozen_high{}, frozen_low{};  ///< what the line shows whatever is driven
  std::uint32_t contactor_delay_ms = 20;
  std::optional<bool> frozen_feedback{};
  std::uint32_t lock_delay_ms = 300;
  std::optional<bool> frozen_lock{};
  bool rcd_dead = false, rcd_leak = false;
  Sensors sensors{.pp_ohm = 220, .pe_ok = true, .temperature_dc = 250};

  bool host_alive = true;
  mculink::Lease lease{.permit = false, .max_current_ma = 32'000, .lease_ms = 500};
  Requests once{};

  bool contact = false;
  std::uint32_t moving_ms = 0;
  bool bolt = false;
  std::uint32_t bolt_moving_ms = 0;
  std::uint32_t all_events = 0;  ///< since clear_events()

  void measure() {
    const bool pwm = out.duty_permille != iec61851::kSteadyHigh && out.duty_permille != iec61851::kSteadyLow;
    sensors.cp_high_mv = out.duty_permille == iec61851::kSteadyLow ? iec61851::kLevelF : vehicle_mv;
    const bool shorted = vehicle_mv == iec61851::kLevelE;
    if (shorted) sensors.cp_high_mv = 0;
    sensors.cp_low_mv = !pwm || shorted ? sensors.cp_high_mv : diode ? iec61851::kLevelF : -vehicle_mv;
    if (frozen_high) sensors.cp_high_mv = *frozen_high;
    if (frozen_low) sensors.cp_low_mv = *frozen_low;
    sensors.feedback_closed = frozen_feedback.value_or(contact);
    sensors.locked = frozen_lock.value_or(bolt);
    sensors.rcd_tripped = rcd_leak || (out.rcd_test && !rcd_dead);
  }
  void tick() {
    moving_ms = out.contactor == contact ? 0 : moving_ms + 1;
    if (moving_ms > contactor_delay_ms) contact = out.contactor;
    bolt_moving_ms = out.lock == bolt ? 0 : bolt_moving_ms + 1;
    if (bolt_moving_ms > lock_delay_ms) bolt = out.lock;
    measure();
    Inputs in{sensors, once};
    once = {};
    const std::uint64_t ms = now_us / 1'000;
    if (host_alive && ms % mculink::kLeaseRenewMs == 0) {
      ++lease.counter;
      in.requests.lease = lease;
    }
    out = step(state, in, now_us, config);
    all_events |= out.events;
    now_us += kCycleUs;
  }
  void run_ms(std::uint32_t ms) {
    for (std::uint32_t i = 0; i < ms; ++i) tick();
  }
  /// Cycles until `condition`; fails the test after `most_ms`.
  template <class Condition>
  std::uint32_t ms_until(Condition&& condition, std::uint32_t most_ms) {
    std::uint32_t ms = 0;
    while (!condition() && ms < most_ms) {
      tick();
      ++ms;
    }
    REQUIRE(condition());
    return ms;
  }
  std::uint32_t ms_until_open(std::uint32_t most_ms) {
    return ms_until([&] { return !out.contactor; }, most_ms);
  }
  bool fault(Fault f) const { return (state.faults & bit(f)) != 0; }
  bool event(mculink::EventKind kind) const { return (all_events & bit(kind)) != 0; }

  void charge() {
    run_ms(100);
    vehicle_mv = iec61851::kLevelB;
    run_ms(500);
    lease.permit = true;
    run_ms(200);
    REQUIRE(out.pilot == Pilot::b2);
    vehicle_mv = iec61851::kLevelC;
    ms_until([&] { return contact; }, 3'000);
    run_ms(100);
    REQUIRE(out.contactor);
    REQUIRE(out.pilot == Pilot::c2);
    all_events = 0;
  }
};

}  // namespace bulwatt::mcu
