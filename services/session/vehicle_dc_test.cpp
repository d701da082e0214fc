// A car at an outlet of direct current, as session sees it: v2g's demands in, permits with target values out.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

Config direct(std::uint32_t mains_ma = 32'000) {
  Config config{};
  config.evses[0].current = Current::direct;
  config.evses[0].connectors[0] = "cCCS2";
  config.installation_max_ma = mains_ma;
  return config;
}

/// An authorized driver's car that speaks, at a supply of 500 V and 125 A.
struct Direct {
  World world;
  ReportVehicle report{.evse = 1, .connector = 1};
  VehicleOutlet outlet{};

  explicit Direct(std::uint32_t mains_ma = 32'000) : world(direct(mains_ma)) {
    world.bays[0].sockets[0].cable_ma = 80'000;  // a fixed cable is as strong as its station
    say();
    world.plug();
    report.connected = true;
    say();
    world.authorize();
    say();
  }
  void say() { outlet = world.ask(report); }
  void demand(VehicleSupply supply, std::int32_t mv = 0, std::int32_t ma = 0) {
    report.supply = supply;
    report.target_mv = mv;
    report.target_ma = ma;
    say();
  }
  const Permit& permit() { return world.permit; }
};

}  // namespace

TEST_CASE("a DC car's demand becomes a permit with the supply's part, from the isolation test to the end") {
  Direct on;
  CHECK_FALSE(on.permit().energize);
  CHECK(on.permit().digital);
  on.demand(VehicleSupply::isolate);
  CHECK(on.permit().energize);
  CHECK(on.permit().supply == power::Supply::isolate);
  CHECK(on.permit().target_ma == 0);
  on.demand(VehicleSupply::precharge, 400'000, 2'000);
  CHECK(on.permit().supply == power::Supply::give);
  CHECK(on.permit().target_mv == 400'000);
  CHECK(on.permit().target_ma == 2'000);
  on.demand(VehicleSupply::close, 420'000, 30'000);
  CHECK(on.permit().target_ma == 30'000);
  on.demand(VehicleSupply::off);
  CHECK_FALSE(on.permit().energize);
  CHECK(on.permit().supply == power::Supply::off);
}

TEST_CASE("the supply is told no more than hardware and mains leave, whatever v2g asks") {
  Direct on{16'000};
  const std::int64_t most_mw = std::int64_t{230} * 16'000 * 3 * 94 / 100;
  REQUIRE(on.outlet.dc.has_value());
  CHECK(on.outlet.dc->max_mw == most_mw);
  CHECK(on.outlet.dc->max_mv == 500'000);
  CHECK(on.outlet.dc->max_ma == 125'000);
  on.demand(VehicleSupply::close, 900'000, 900'000);
  CHECK(on.permit().target_mv == 500'000);
  CHECK(on.permit().target_ma == most_mw / 500);
  on.demand(VehicleSupply::close, 0, 900'000);
  CHECK(on.permit().target_ma == 125'000);
  Direct strong{80'000};
  strong.demand(VehicleSupply::close, 100'000, 900'000);
  CHECK(strong.permit().target_ma == 125'000);
}

TEST_CASE("a limit of the mains below 6 A leaves no power, and the supply is off") {
  Direct on{5'000};
  CHECK(on.outlet.dc->max_mw == 0);
  on.demand(VehicleSupply::close, 400'000, 30'000);
  CHECK_FALSE(on.permit().energize);
  CHECK(on.permit().supply == power::Supply::off);
}

TEST_CASE("nothing is given to a car that nobody is authorized for, and nothing when v2g falls silent") {
  Direct on;
  on.demand(VehicleSupply::close, 400'000, 30'000);
  REQUIRE(on.permit().energize);
  on.world.pass(2s);
  CHECK_FALSE(on.permit().energize);
  CHECK(on.permit().supply == power::Supply::off);
  World nobody{direct()};
  nobody.ask(ReportVehicle{.evse = 1, .connector = 1});
  nobody.plug();
  nobody.ask(ReportVehicle{.evse = 1,
                           .connector = 1,
                           .connected = true,
                           .supply = VehicleSupply::close,
                           .target_mv = 400'000,
                           .target_ma = 30'000});
  CHECK_FALSE(nobody.permit.energize);
}

TEST_CASE("a DC car is never told its current by the duty cycle, however long it says nothing") {
  Direct on;
  on.report.connected = false;
  for (int i = 0; i < 60; ++i) {
    on.say();
    on.world.pass(1s);
  }
  CHECK(on.permit().digital);
  CHECK_FALSE(on.permit().energize);
  CHECK_FALSE(on.world.recorded("BasicSignalling"));
  World without_v2g{direct()};
  without_v2g.plug();
  without_v2g.authorize();
  without_v2g.pass(60s);
  CHECK_FALSE(without_v2g.permit.energize);
}

TEST_CASE("an outlet of alternating current is no DC outlet, and its permit carries no target") {
  World world;
  ReportVehicle report{.evse = 1, .connector = 1};
  world.ask(report);
  world.plug();
  report.connected = true;
  world.authorize();
  report.supply = VehicleSupply::close;
  report.target_mv = 400'000;
  report.target_ma = 30'000;
  const auto outlet = world.ask(report);
  CHECK_FALSE(outlet.dc.has_value());
  CHECK(world.permit.energize);
  CHECK(world.permit.supply == power::Supply::off);
  CHECK(world.permit.target_ma == 0);
}
