#include "services/session/billing.hpp"

#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;
using tariff::Element;
using tariff::Failure;

namespace {

constexpr std::int64_t kMidnight = 1'767'225'600'000;  ///< 2026-01-01T00:00:00Z, a Thursday
constexpr std::int64_t kHourMs = 3'600'000;

Element energy_at(std::int64_t per_kwh) {
  Element out{};
  out.per_kwh = per_kwh;
  return out;
}

/// Cheap from 22 to 6 o'clock local time, in Central Europe.
Config day_and_night() {
  Config config{};
  auto night = energy_at(100'000);
  night.when.from_minute = 22 * 60;
  night.when.until_minute = 6 * 60;
  config.schedule.zone = "CET-1CEST,M3.5.0,M10.5.0/3";
  REQUIRE(config.schedule.elements.push_back(night));
  REQUIRE(config.schedule.elements.push_back(energy_at(400'000)));
  REQUIRE(config.schedule.taxes.push_back({1900, 0}));
  return config;
}

/// The civil clock stands there when the world begins.
void set_clock(World& world, std::int64_t unix_ms) {
  world.civil_offset_ms = unix_ms - world.now.time_since_epoch().count() / 1000;
}

GetReceipt::Last end(World& world) {
  world.present(kOwner);
  world.pass(12s);
  REQUIRE_FALSE(world.evse().kept.transaction);
  return world.ask(GetReceipt{1});
}

std::int64_t cents(std::int64_t price, std::int64_t mwh) { return (price * mwh / 1'000'000 + 5'000) / 10'000 * 10'000; }

/// Twenty minutes around ten o'clock in the evening; `between` happens at its minutes.
GetReceipt::Last over_the_edge(World& world, const std::function<void(int)>& between = {}) {
  set_clock(world, kMidnight + 21 * kHourMs - 10 * 60'000);
  charge(world);
  for (int minute = 0; minute < 20; ++minute) {
    world.pass(60s);
    if (between) between(minute);
  }
  return end(world);
}

}  // namespace

TEST_CASE("a price that changes during a charge splits the bill there, to the local clock") {
  World world{day_and_night()};
  const auto last = over_the_edge(world);
  REQUIRE_FALSE(last.charge.failure);
  REQUIRE(last.periods.size == 2);
  CHECK(last.periods[0].per_kwh == 400'000);
  CHECK(last.periods[1].per_kwh == 100'000);
  CHECK(last.periods[1].begin.unix_ms == kMidnight + 21 * kHourMs);
  const auto day = last.periods[0].energy_mwh, night = last.periods[1].energy_mwh;
  CHECK(day + night == last.receipt->energy_mwh);
  CHECK(std::abs(day - night) < last.receipt->energy_mwh / 50);
  CHECK(last.charge.energy == cents(1, 400'000 * day + 100'000 * night));
  CHECK(last.charge.taxes[0].amount == (last.charge.energy * 19 / 100 + 5'000) / 10'000 * 10'000);
  CHECK(last.charge.total == last.charge.energy + last.charge.taxes[0].amount);
  CHECK(last.tariff.view() == "22:00-06:00: 0.10 EUR/kWh; 0.40 EUR/kWh + 19 % tax");
  CHECK(world.fetch().back().charge->total == last.charge.total);
  CHECK(world.recorded("TariffInForce"));
  CHECK(world.recorded("TransactionBilled"));
}

TEST_CASE("the page is told what it costs so far, and what energy costs now") {
  World world{day_and_night()};
  std::int64_t before = -1;
  std::int64_t switched_at = -1;
  over_the_edge(world, [&](int minute) {
    const auto view = world.look();
    CHECK(view.cost_micro >= before);
    CHECK_FALSE(view.no_cost);
    before = view.cost_micro;
    if (view.per_kwh == 100'000 && switched_at < 0) switched_at = minute;
    CHECK(view.per_kwh == (switched_at < 0 ? 400'000 : 100'000));
  });
  CHECK(switched_at >= 9);
  CHECK(switched_at <= 10);
  CHECK(world.look().cost_micro == world.ask(GetReceipt{1}).charge.total);
  CHECK_FALSE(world.look().per_kwh);
}

TEST_CASE("killed at any minute of the charge, session makes the same receipt") {
  auto config = day_and_night();
  config.schedule.elements.data[1].per_minute = 30'000;
  config.schedule.elements.data[1].per_idle_minute = 70'000;
  World plain{config};
  const auto wanted = over_the_edge(plain);
  REQUIRE(wanted.charge.total > 0);
  for (int at = 0; at < 20; ++at) {
    CAPTURE(at);
    World world{config};
    const auto got = over_the_edge(world, [&](int minute) {
      if (minute == at) world.kill();
    });
    CHECK(got.charge.total == wanted.charge.total);
    CHECK(got.charge.time == wanted.charge.time);
    CHECK(got.periods.size == wanted.periods.size);
    CHECK(got.receipt->energy_mwh == wanted.receipt->energy_mwh);
  }
}

TEST_CASE("after a power cut the energy is billed whole, and the time without power costs nothing") {
  auto config = day_and_night();
  config.resume_after_power_loss_s = 3600;
  config.schedule.elements.data[0].per_minute = 60'000;
  World world{config};
  set_clock(world, kMidnight + 23 * kHourMs);
  charge(world);
  world.pass(299s);
  world.cut_power();
  world.now += 600s;  // nobody is there
  world.pass(60s);
  REQUIRE(world.evse().kept.transaction);
  world.pass(240s);
  const auto last = end(world);
  REQUIRE_FALSE(last.charge.failure);
  std::int64_t energy = 0, time = 0;
  for (const auto& period : last.periods) energy += period.energy_mwh, time += period.charging_ms;
  CHECK(energy == last.receipt->energy_mwh);
  CHECK(last.charge.energy == cents(100'000, energy));
  CHECK(time < 620'000);
}

TEST_CASE("energy, time and start have limits of their own, the least and the most bound it all") {
  Config config{};
  auto first = energy_at(500'000);
  first.when.most_mwh = 1'000'000;
  first.per_session = 350'000;
  REQUIRE(config.schedule.elements.push_back(first));
  REQUIRE(config.schedule.elements.push_back(energy_at(250'000)));
  World world{config};
  charge(world);
  world.pass(600s);
  const auto last = end(world);
  REQUIRE(last.periods.size == 2);
  CHECK(last.periods[0].energy_mwh == 1'000'000);
  CHECK(last.charge.energy == cents(1, 500'000LL * 1'000'000 + 250'000 * (last.receipt->energy_mwh - 1'000'000)));
  CHECK(last.charge.start == 350'000);
  config.schedule.least = 20'000'000;
  World dear{config};
  charge(dear);
  dear.pass(60s);
  CHECK(end(dear).charge.total == 20'000'000);
}

TEST_CASE("standing there after the charge has its own price") {
  Config config{};
  Element element{};
  element.per_minute = 10'000;
  element.per_idle_minute = 100'000;
  REQUIRE(config.schedule.elements.push_back(element));
  World world{config};
  charge(world);
  world.pass(600s);
  world.car_wants(false);
  world.pass(600s);
  const auto charge_is = end(world).charge;
  CHECK(charge_is.time >= 90'000);
  CHECK(charge_is.time <= 110'000);
  CHECK(charge_is.standing >= 990'000);
  CHECK(charge_is.standing <= 1'040'000);
}

TEST_CASE("a clock that is set, or knows no time of today, makes prices by the hour incalculable, and no others") {
  World world{day_and_night()};
  const auto last = over_the_edge(world, [&](int minute) {
    if (minute == 5) world.civil_offset_ms += 30'000;
  });
  CHECK(last.charge.failure == Failure::clock);
  CHECK(last.charge.total == 0);
  CHECK(world.look().no_cost == Failure::clock);
  CHECK(world.recorded("CostNotCalculated"));
  CHECK_FALSE(world.recorded("TransactionBilled"));
  World young{day_and_night()};
  set_clock(young, 0);
  charge(young);
  CHECK(young.look().no_cost == Failure::clock);
  Config simple{};
  simple.tariff.per_kwh = 490'000;
  World any{simple};
  charge(any);
  any.civil_offset_ms -= 86'400'000;
  any.pass(600s);
  const auto paid = end(any);
  CHECK_FALSE(paid.charge.failure);
  CHECK(paid.charge.energy == cents(490'000, paid.receipt->energy_mwh));
}

TEST_CASE("without a reading after the last energy nothing is calculated") {
  auto config = day_and_night();
  config.on_meter_fault = OnMeterFault::go_on;
  World world{config};
  charge(world);
  world.pass(60s);
  world.meter_alive = false;
  world.service().meter_peer(false);
  world.pass(60s);
  CHECK(end(world).charge.failure == Failure::meter);
}

TEST_CASE("a meter that was silent over a change of the price leaves a gap that is not guessed") {
  auto config = day_and_night();
  config.on_meter_fault = OnMeterFault::go_on;
  for (const bool long_gap : {false, true}) {
    World world{config};
    set_clock(world, kMidnight + 21 * kHourMs - 2 * 60'000);
    charge(world);
    world.meter_alive = false;
    world.service().meter_peer(false);
    world.pass(long_gap ? 1200s : 240s);
    world.meter_alive = true;
    world.pass(60s);
    const auto last = end(world);
    CHECK(last.charge.failure == (long_gap ? std::optional{Failure::gap} : std::nullopt));
  }
}

TEST_CASE("a wrong tariff is refused with one sentence") {
  Config config{};
  CHECK(problem(config).empty());
  config = day_and_night();
  CHECK(problem(config).empty());
  config.tariff.per_kwh = 1;
  CHECK(problem(config).view() == "[session.tariff] and [session.schedule] both name prices; keep one of them");
  config.tariff = {};
  config.schedule.zone = "CET";
  CHECK(problem(config).view().starts_with("[session.schedule] zone is no clock"));
  config.schedule.elements.clear();
  CHECK(problem(config).view() == "[session.schedule] has no [[session.schedule.element]]; name its prices there");
  config = {};
  config.tariff.currency = "eu1";
  CHECK(problem(config).view().starts_with("[session.tariff] currency"));
}
