#include "tools/bulwatt/topology.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;

namespace {

struct Site {
  session::Config session{};
  power::Config power{};
  meter::Config meter{};
  std::array<bool, power::kMaxOutlets> lines{true, false, false, false};
  std::vector<std::string> faults() const { return station_file::topology_faults(session, power, meter, lines); }
  /// The only fault there is.
  std::string fault() const {
    const auto all = faults();
    REQUIRE(all.size() == 1);
    return all[0];
  }
};

/// Two EVSEs, everything wired.
Site two() {
  Site site{};
  REQUIRE(site.session.evses.push_back({}));
  REQUIRE(site.power.outlets.push_back({2, 1, 2}));
  REQUIRE(site.meter.more.push_back({}));
  site.lines[1] = true;
  return site;
}

}  // namespace

TEST_CASE("a station of one EVSE needs nothing but its line, and one of two EVSEs that agree is good") {
  CHECK(Site{}.faults().empty());
  CHECK(two().faults().empty());
}

TEST_CASE("every contradiction between EVSEs, outlets and meters is one exact sentence") {
  auto site = two();
  site.power.outlets.erase(1);
  CHECK(site.fault() == "EVSE 2 connector 1 has no safety controller; name it in [[power.outlets]]");
  site = two();
  site.meter.more.clear();
  CHECK(site.fault() == "EVSE 2 has no energy meter; name it in [[meter.more]]");
  site = two();
  REQUIRE(site.meter.more.push_back({}));
  CHECK(site.fault() == "EVSE 2 has more than one energy meter; keep one of [[meter.more]]");
  site = two();
  site.lines[1] = false;
  CHECK(site.fault() ==
        "[devices] mcu2 is missing: the path of the serial line to the safety controller of EVSE 2 connector 1");
  site = two();
  site.session.evses[1].hardware_max_ma = 63'000;
  CHECK(site.fault() ==
        "EVSE 2 may draw 63000 mA by its hardware_max, but [power] hardware_max_ma is 32000; make them agree");
  site = two();
  site.session.evses.erase(1);
  const auto both = site.faults();
  REQUIRE(both.size() == 2);
  CHECK(both[0] == "[[power.outlets]] names EVSE 2 connector 1, which [[session.evse]] does not have");
  CHECK(both[1] == "[[meter.more]] measures EVSE 2, which [[session.evse]] does not have");
  site = Site{};
  REQUIRE(site.session.evses[0].connectors.push_back("sType2"));
  CHECK(site.fault() == "EVSE 1 connector 2 has no safety controller; name it in [[power.outlets]]");
}
