#include <doctest/doctest.h>

#include <algorithm>

#include "services/hmi/findings.hpp"

using namespace bulwatt;
using namespace bulwatt::hmi;

namespace {

session::Snapshot healthy() {
  session::Snapshot s{};
  s.evse = 1;
  s.state = session::State::available;
  s.operative = true;
  s.backend_online = true;
  session::ConnectorView connector{
      .connector = 1, .status = session::ConnectorStatus::available, .operative = true, .cable = false, .power = {}};
  connector.power.controller_alive = true;
  connector.power.pilot = power::Pilot::a;
  connector.power.pilot_high_mv = 12'000;
  connector.power.pilot_low_mv = 12'000;
  CHECK(s.connectors.push_back(connector));
  CHECK(s.limits.push_back({session::LimitSource::installation, 32'000, "supply of the building"}));
  return s;
}

Findings of(const session::Snapshot& s) {
  const std::array<std::optional<session::Snapshot>, 1> all{s};
  return findings_of(all);
}

const Finding* find(const Findings& all, std::string_view code) {
  const auto found = std::ranges::find_if(all, [&](const Finding& f) { return f.code == code; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("a healthy station has no finding") { CHECK(of(healthy()).empty()); }

TEST_CASE("a session that does not answer is the only finding") {
  const std::array<std::optional<session::Snapshot>, 2> all{};
  const auto found = findings_of(all);
  REQUIRE(found.size == 1);
  CHECK(found[0].code == "session_silent");
  CHECK(found[0].weight == Weight::stop);
}

TEST_CASE("every fault of the safety controller is named at its connector") {
  constexpr auto kFaults = enum_names(power::Fault{});
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    auto s = healthy();
    s.connectors[0].power.faults = 1U << i;
    const auto found = of(s);
    REQUIRE(find(found, kFaults[i]) != nullptr);
    CHECK(find(found, kFaults[i])->connector == 1);
  }
}

TEST_CASE("a controller that is silent hides what it said before") {
  auto s = healthy();
  s.connectors[0].power.controller_alive = false;
  s.connectors[0].power.faults = ~0U;
  const auto found = of(s);
  REQUIRE(found.size == 1);
  CHECK(found[0].code == "controller_silent");
}

TEST_CASE("measured values stand beside what they explain") {
  auto s = healthy();
  s.connectors[0].power.faults = 1U << std::to_underlying(power::Fault::over_temperature);
  s.connectors[0].power.temperature_dc = 873;
  CHECK(find(of(s), "over_temperature")->detail == "87 °C");
  s = healthy();
  s.connectors[0].power.pilot_high_mv = 9'800;
  CHECK(find(of(s), "pilot_low")->detail == "9.8 V");
  s.connectors[0].power.pilot = power::Pilot::e;
  s.connectors[0].power.pilot_high_mv = 0;
  CHECK(find(of(s), "pilot_shorted")->weight == Weight::stop);
}

TEST_CASE("what is limited says by whom, and less than a car can use is graver") {
  auto s = healthy();
  s.limits[0].limit_ma = 8'000;
  CHECK(find(of(s), "weak_current")->weight == Weight::hint);
  s.limits[0].limit_ma = 5'000;
  CHECK(find(of(s), "no_current")->detail == "5.0 A: supply of the building");
  CHECK(s.limits.push_back({session::LimitSource::temperature, 10'000, "station at 71 degrees"}));
  CHECK(s.limits.push_back({session::LimitSource::fault, 0, "meter_silent"}));
  CHECK(find(of(s), "derated")->detail == "station at 71 degrees");
  CHECK(find(of(s), "meter_silent")->weight == Weight::stop);
}

//=test OCPP-2.0.1 G05.FR.04
TEST_CASE("cable, lock, tampering, service and records are seen") {
  auto s = healthy();
  s.connectors[0].cable = true;
  s.connectors[0].power.lock_fault = true;
  s.connectors[0].power.tamper = true;
  s.operative = false;
  s.notice = "The station cannot record a session now.";
  const auto found = of(s);
  for (const auto code : {"cable_not_coded", "lock_stuck", "tamper", "out_of_service", "cannot_record"})
    CHECK_MESSAGE(find(found, code) != nullptr, code);
}

TEST_CASE("an unreachable backend says how much waits, a slow one only when much waits") {
  auto s = healthy();
  s.pending_events = 7;
  CHECK(of(s).empty());
  s.pending_events = 21;
  CHECK(find(of(s), "records_waiting")->weight == Weight::hint);
  s.backend_online = false;
  CHECK(find(of(s), "backend_offline")->detail == "21");
  CHECK(find(of(s), "records_waiting") == nullptr);
}

TEST_CASE("the gravest stand first and a full list loses only the least grave") {
  auto s = healthy();
  s.operative = false;
  s.connectors[0].power.faults = ~0U;
  std::array<std::optional<session::Snapshot>, 4> all{s, s, s, s};
  const auto found = findings_of(all);
  CHECK(found.full());
  CHECK(std::ranges::is_sorted(found, [](const Finding& a, const Finding& b) { return a.weight > b.weight; }));
  CHECK(found[0].weight == Weight::stop);
}
