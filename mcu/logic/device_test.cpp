#include "mcu/logic/device.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace bulwatt;
using namespace bulwatt::mcu;
using namespace bulwatt::mculink;

namespace {
constexpr Sensors kIdle{.cp_high_mv = 12'000,
                        .cp_low_mv = 12'000,
                        .pp_ohm = 220,
                        .feedback_closed = false,
                        .rcd_tripped = false,
                        .pe_ok = true,
                        .estop = false,
                        .temperature_dc = 250};

template <class T>
std::vector<T> of_kind(const Device::Messages& messages) {
  std::vector<T> out;
  for (const auto& message : messages) {
    if (const auto* m = std::get_if<T>(&message)) out.push_back(*m);
  }
  return out;
}
}  // namespace

TEST_CASE("a hello is answered with version, build, features and limit, and with a status") {
  Config config;
  config.ventilation = true;
  Device device{config, {.build = "board 1", .features = kFeatureSimulated}};
  device.take(Hello{});
  const auto cycle = device.cycle(kIdle, 1'000);
  const auto acks = of_kind<HelloAck>(cycle.messages);
  REQUIRE(acks.size() == 1);
  CHECK(acks[0] ==
        HelloAck{kVersion, "board 1", kFeatureSocket | kFeatureLock | kFeatureVentilation | kFeatureSimulated, 32'000});
  CHECK(of_kind<Status>(cycle.messages).size() == 1);
}

TEST_CASE("a status comes every 100 ms, and at every change of what the host acts on") {
  Device device{{}, {}};
  std::vector<std::uint64_t> at_ms;
  for (std::uint64_t ms = 0; ms < 1'000; ++ms) {
    auto sensors = kIdle;
    sensors.temperature_dc = static_cast<std::int16_t>(ms % 7);  // Changes all the time and is no reason.
    sensors.feedback_closed = ms == 555;
    const auto cycle = device.cycle(sensors, ms * 1'000);
    const auto status = of_kind<Status>(cycle.messages);
    REQUIRE(status.size() <= 1);
    if (status.empty()) continue;
    at_ms.push_back(ms);
    CHECK(status[0].uptime_ms == ms);
    CHECK(status[0].pilot == device.state().pilot);
    CHECK(status[0].temperature_dc == sensors.temperature_dc);
    CHECK(status[0].contactor_feedback == (ms == 555));
  }
  CHECK(at_ms == std::vector<std::uint64_t>{0, 11, 111, 211, 311, 411, 511, 555, 556, 656, 756, 856, 956});
}

TEST_CASE("every edge is one event with its time") {
  Device device{{}, {}};
  std::vector<Event> events;
  for (std::uint64_t ms = 0; ms < 200; ++ms) {
    auto sensors = kIdle;
    sensors.estop = ms >= 100;
    for (const auto& event : of_kind<Event>(device.cycle(sensors, ms * 1'000).messages)) events.push_back(event);
  }
  REQUIRE(events.size() == 2);
  CHECK(events[0] == Event{EventKind::pilot_changed, 11'000, Pilot::a, 0});
  CHECK(events[1] == Event{EventKind::faults_changed, 100'000, Pilot::a, mculink::bit(Fault::estop)});
}

TEST_CASE("a lease counts from its arrival, and not from a host of another version") {
  Device device{{}, {}};
  device.take(Hello{.version = kVersion + 1});
  device.take(Lease{.permit = true, .max_current_ma = 16'000, .lease_ms = 500, .counter = 1});
  auto cycle = device.cycle(kIdle, 0);
  CHECK(of_kind<HelloAck>(cycle.messages).size() == 1);  // Says which version this is.
  CHECK_FALSE(device.state().key.fresh());

  device.take(Hello{});
  device.take(Lease{.permit = true, .max_current_ma = 16'000, .lease_ms = 500, .counter = 1});
  device.cycle(kIdle, 1'000);
  CHECK(device.state().key.remaining_us == 500'000);
  device.take(Hello{});  // A restarted host: the lease goes on.
  cycle = device.cycle(kIdle, 101'000);
  CHECK(of_kind<Status>(cycle.messages).at(0).lease_remaining_ms == 400);
}

TEST_CASE("of several requests in one cycle none is lost and the last lease counts") {
  Device device{{}, {}};
  device.take(Lease{.permit = true, .max_current_ma = 16'000, .lease_ms = 500, .counter = 1});
  device.take(Lease{.permit = false, .max_current_ma = 10'000, .lease_ms = 400, .counter = 2});
  device.take(SelfTest{});
  device.take(ResetFault{});
  const auto cycle = device.cycle(kIdle, 0);
  CHECK(device.state().key.lease.counter == 2);
  CHECK(cycle.outputs.rcd_test);
}

TEST_CASE("a lost lease and the state of the cable are told") {
  Device device{{}, {}};
  device.take(Lease{.permit = true, .max_current_ma = 16'000, .lease_ms = 10, .counter = 1});
  bool lost = false;
  for (std::uint64_t ms = 0; ms < 50; ++ms) {
    const auto cycle = device.cycle(kIdle, ms * 1'000);
    for (const auto& event : of_kind<Event>(cycle.messages)) lost |= event.kind == EventKind::lease_lost && ms == 10;
    for (const auto& status : of_kind<Status>(cycle.messages)) CHECK(status.pp_ampacity_ma == 32'000);
  }
  CHECK(lost);
  auto unplugged = kIdle;
  unplugged.pp_ohm = iec61851::kOpenCircuit;
  CHECK(of_kind<Status>(device.cycle(unplugged, 51'000).messages).at(0).pp_ampacity_ma == 0);
}
