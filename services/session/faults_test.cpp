// Faults of the outlet, of power, of the meter and of the ledger.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

TEST_CASE("a fault takes the energy at once, is shown, and charging goes on when it is gone") {
  World world;
  charge(world);
  world.fault_cause = true;
  world.set_faults(bit(power::Fault::over_temperature));
  CHECK_FALSE(world.permit.energize);
  CHECK(world.look().state == State::faulted);
  CHECK(world.look().connector == ConnectorStatus::faulted);
  CHECK(world.look().notice == "The station is too hot.");
  CHECK(world.recorded("FaultRaised"));
  world.pass(5s);
  CHECK(world.last_event().charging_state == ChargingState::suspended_evse);
  CHECK(world.fault_resets == 0);  // a car is connected
  world.fault_cause = false;
  world.set_faults(0);
  world.pass(2s);
  CHECK(world.flows());
  CHECK(world.recorded("FaultCleared"));
  check_story(world.fetch());
}

TEST_CASE("a latched fault is cleared once the cable is out") {
  World world;
  charge(world);
  world.set_faults(bit(power::Fault::rcd_trip));
  world.unplug();
  world.pass(15s);
  CHECK(world.fault_resets >= 1);
  CHECK(world.faults == 0);
  CHECK(world.look().state == State::available);
}

TEST_CASE("a restart of power is bridged; a silent controller stops the session until it is back") {
  World world;
  charge(world);
  world.power_alive = false;
  world.service().power_peer(false);
  world.pass(50ms);
  world.power_alive = true;
  world.permit = {};  // the fresh process knows of none, and of nothing else either
  world.power_learns_until = world.now + 80ms;
  world.service().power_peer(true);
  CHECK(world.permit.energize);
  world.pass(30ms);
  CHECK(world.permit.energize);
  const auto before = world.fetch().size();
  world.pass(2s);
  CHECK(world.fetch().size() == before);
  world.power_alive = false;
  world.pass(5s);
  CHECK(world.look().state == State::faulted);
  CHECK(world.look().notice == "The safety controller does not answer.");
  world.power_alive = true;
  world.service().power_peer(true);
  world.pass(5s);
  CHECK(world.flows());
}

TEST_CASE("a silent meter suspends the session after a while, or not, as configured") {
  for (const auto policy : {OnMeterFault::suspend, OnMeterFault::go_on}) {
    Config config{};
    config.on_meter_fault = policy;
    World world{config};
    charge(world);
    world.meter_alive = false;
    world.service().meter_peer(false);
    world.pass(29s);
    CHECK(world.flows());
    world.pass(3s);
    CHECK(world.flows() == (policy == OnMeterFault::go_on));
    CHECK(world.recorded("MeterSilent"));
    CHECK(world.look().notice == "The energy meter does not answer.");
    world.meter_alive = true;
    world.pass(4s);
    CHECK(world.flows());
    CHECK(world.recorded("MeterBack"));
    check_story(world.fetch());
  }
}

TEST_CASE("nothing starts while the meter is bad") {
  World world;
  world.meter_health = meter::Health::implausible;
  world.pass(2s);
  world.plug();
  CHECK(world.present(kOwner) == TokenVerdict::refused);
  CHECK(world.look().notice == "The energy meter does not answer.");
}

TEST_CASE("another meter and a register that began anew are in the ledger, once each") {
  World world;
  auto& bay = world.bay(1);
  const auto records = [&](std::string_view event) {
    return std::ranges::count(world.ledger, event, [](const auto& r) { return r.event.view(); });
  };
  const auto detail = [&](std::string_view event) {
    return std::ranges::find(world.ledger, event, [](const auto& r) { return r.event.view(); })->detail;
  };
  bay.meter_serial = "EM-0001";
  charge(world);
  CHECK(records("MeterReplaced") == 0);  // the first one replaces nothing

  bay.meter_serial = "EM-0002";
  bay.replaced = 1;
  bay.register_offset_mwh = bay.import_mwh - 7'000;
  const auto was = world.evse().meter.register_mwh;
  world.pass(3s);
  REQUIRE(records("MeterReplaced") == 1);
  CHECK(
      detail("MeterReplaced")
          .view()
          .starts_with(text_of<100>("evse=1 serial_was=EM-0001 serial=EM-0002 register_was_mwh=", was, " register_mwh=")
                           .view()));

  bay.rolled_over = 1;
  bay.register_offset_mwh = bay.import_mwh - 1;
  world.pass(3s);
  CHECK(records("MeterRolledOver") == 1);

  world.service().meter_peer(false);  // a fresh process of the meter service counts from zero
  bay.rolled_over = bay.replaced = 0;
  world.pass(3s);
  bay.replaced = 1;  // reset: another register, the same serial number
  world.pass(3s);
  CHECK(records("MeterReplaced") == 2);
  CHECK(records("MeterRolledOver") == 1);

  world.kill();
  world.pass(3s);
  CHECK(records("MeterReplaced") == 2);
  world.cut_power();
  bay.replaced = 0;
  bay.meter_serial = "EM\n-0003";  // exchanged while the station was off
  world.pass(3s);
  CHECK(records("MeterReplaced") == 3);
  CHECK(world.ledger.back().detail.view().find('\n') == std::string_view::npos);
}

TEST_CASE("a full ledger stops new sessions and leaves the running one alone") {
  World world;
  charge(world);
  world.ledger_full = true;
  world.ask(SetBackendLimit{1, 10'000U});
  CHECK(world.flows());
  world.unplug();
  world.plug();
  CHECK(world.present(kOwner) == TokenVerdict::refused);
  CHECK(world.look().notice == "The station cannot record a session now.");
  world.ledger_full = false;
  world.pass(6s);
  world.authorize();
  world.pass(2s);
  CHECK(world.flows());
}

TEST_CASE("a ledger that is away for a moment loses no record") {
  World world;
  charge(world);
  const auto before = world.ledger.size();
  world.ledger_failure = ipc::Failure::peer_gone;
  world.unplug();
  world.pass(500ms);
  CHECK(world.ledger.size() == before);
  world.ledger_failure = ipc::Failure::none;
  world.service().ledger_peer(true);
  world.service().end_of_turn();
  CHECK(world.recorded("TransactionEnded"));
  CHECK(world.recorded("PermitRevoked"));
}

TEST_CASE("in the safe state nothing is offered, nobody is let in, and the driver is told why") {
  World world;
  world.phase_now = control::Phase::safe;
  world.pass(2s);
  const auto seen = world.look();
  CHECK(seen.state == State::unavailable);
  CHECK(seen.connector == ConnectorStatus::unavailable);
  CHECK(seen.notice.view() == "Out of order. The station has switched its power off.");
  world.plug();
  world.ask(SetLink{true});
  CHECK(world.present(kOwner) != TokenVerdict::asked_backend);
  CHECK(world.phase_now == control::Phase::safe);  // it does not ask for another one
  world.phase_now = control::Phase::boot;
  world.pass(2s);
  CHECK(world.look().state == State::connected);
}

TEST_CASE("a charge that the safe state interrupts goes on when it is over") {
  World world;
  charge(world);
  world.phase_now = control::Phase::safe;
  world.pass(20s);
  CHECK_FALSE(world.flows());
  CHECK(world.last_event().type != EventType::ended);
  world.phase_now = control::Phase::boot;
  world.pass(5s);
  CHECK(world.flows());
  check_story(world.events);
}

TEST_CASE("a tamper contact is a security event in the ledger, once, and so is its end; it opens nothing") {
  World world;
  charge(world);
  world.bays[0].sockets[0].tampered = true;
  world.pass(5s);
  CHECK(std::ranges::count(world.ledger, "TamperDetectionActivated",
                           [](const auto& one) { return one.event.view(); }) == 1);
  CHECK(world.flows());
  CHECK_FALSE(world.recorded("TamperCleared"));
  world.bays[0].sockets[0].tampered = false;
  world.pass(5s);
  CHECK(world.recorded("TamperCleared"));
}
