#include "services/session/meter_records.hpp"

#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

Config signing() {
  Config config{};
  config.meter_records = true;
  return config;
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Plugged in, authorized, and the record of the begin is made.
void begin(World& world) {
  charge(world);
  REQUIRE_FALSE(world.record_asks.empty());
  world.sign();
}

}  // namespace

TEST_CASE("a transaction ends with a record of its begin and one of its end, which are kept") {
  World world{signing()};
  begin(world);
  CHECK(world.record_asks[0].stage == meter::Stage::begin);
  CHECK(world.record_asks[0].identification.view() == kOwner.id.view());
  CHECK(world.record_asks[0].assurance == meter::Assurance::hearsay);
  CHECK(world.record_asks[0].flags[0].view() == "RFID_PLAIN");
  CHECK(world.record_asks[0].type.view() == "ISO14443");
  const auto transaction = world.evse().kept.transaction->id;
  world.present(kOwner);
  world.pass(1s);
  REQUIRE(world.record_asks.back().stage == meter::Stage::ended_locally);
  CHECK(world.evse().kept.transaction);  // it waits
  world.sign();
  CHECK_FALSE(world.evse().kept.transaction);
  const auto last = world.last_event();
  REQUIRE(last.type == EventType::ended);
  REQUIRE(last.begin_record == 1);
  REQUIRE(last.end_record == 2);
  for (const std::uint64_t number : {1U, 2U}) {
    CHECK(text_of(world.ask(GetMeterRecord{number, RecordPart::payload}).bytes.view()) == transaction.view());
    CHECK(text_of(world.ask(GetMeterRecord{number, RecordPart::twin}).bytes.view()) == std::string{"twin\0", 5});
    CHECK(world.ask(GetMeterRecord{number, RecordPart::classical}).bytes.empty());
  }
  CHECK(world.refused(GetMeterRecord{3, RecordPart::payload}) == Error::unknown_record);
  CHECK_FALSE(world.recorded("MeterRecordMissing"));
}

TEST_CASE("what the backend starts is trusted as far as the backend") {
  World world{signing()};
  world.plug();
  world.ask(SetLink{true});
  RemoteStart order{};
  order.evse = 1;
  order.remote_start_id = 5;
  order.token = {"REMOTE", TokenType::central};
  world.ask(order);
  if (world.ask(NextAuthorization{}).request != 0) world.answer(Authorization{AuthorizationStatus::accepted, {}});
  world.pass(2s);
  REQUIRE_FALSE(world.record_asks.empty());
  CHECK(world.record_asks[0].assurance == meter::Assurance::trusted);
  CHECK(world.record_asks[0].type.view() == "CENTRAL");
  CHECK(world.record_asks[0].flags[0].view() == "OCPP_RS");
}

TEST_CASE(
    "a record that does not come is asked for again, under the same number, and then the transaction ends without") {
  World world{signing()};
  begin(world);
  const auto before = world.record_asks.size();
  world.present(kOwner);
  world.pass(20s);
  CHECK_FALSE(world.evse().kept.transaction);
  REQUIRE(world.record_asks.size() > before + 3);
  for (auto i = before; i < world.record_asks.size(); ++i) CHECK(world.record_asks[i].asked == 2);
  const auto last = world.last_event();
  CHECK(last.type == EventType::ended);
  CHECK(last.begin_record == 1);
  CHECK_FALSE(last.end_record);
  world.pass(1s);
  CHECK(world.recorded("MeterRecordMissing"));
}

TEST_CASE("without a record of the begin none of the end is asked for") {
  World world{signing()};
  charge(world);
  world.present(kOwner);
  world.pass(3s);
  CHECK_FALSE(world.evse().kept.transaction);
  CHECK(std::ranges::none_of(world.record_asks, [](const auto& ask) { return ask.stage != meter::Stage::begin; }));
  CHECK_FALSE(world.last_event().begin_record);
}

TEST_CASE("a killed session asks for the same record; one that was made is not asked for again") {
  World world{signing()};
  charge(world);
  world.kill();
  world.pass(2s);
  for (const auto& ask : world.record_asks) CHECK(ask.asked == 1);
  world.sign();
  const auto asked = world.record_asks.size();
  world.kill();
  world.pass(5s);
  CHECK(world.record_asks.size() == asked);
  CHECK(world.evse().kept.transaction->begin_record->made);
}

TEST_CASE("after a power cut the transaction ends with both records") {
  World world{signing()};
  begin(world);
  world.cut_power();
  for (int i = 0; i < 12; ++i) {
    world.pass(1s);
    world.sign();
  }
  const auto last = world.last_event();
  REQUIRE(last.type == EventType::ended);
  CHECK(last.begin_record == 1);
  CHECK(last.end_record == 2);
}

TEST_CASE("nobody known, no record: the cable alone begins a transaction that nobody can be billed for") {
  auto config = signing();
  config.settings.tx_start = {1, {TxPoint::ev_connected}};
  World world{config};
  world.plug();
  world.pass(3s);
  REQUIRE(world.evse().kept.transaction);
  CHECK(world.record_asks.empty());
  world.authorize();
  world.pass(1s);
  CHECK(world.record_asks.size() >= 1);
}

TEST_CASE("a record of something else, and one that cannot be stored, change nothing") {
  World world{signing()};
  charge(world);
  world.bays[0].record->asked = 77;
  world.sign();
  CHECK_FALSE(world.evse().kept.transaction->begin_record->made);
  world.bays[0].record->asked = 1;
  world.record_storage.fail_syncs(1);
  world.sign();
  CHECK_FALSE(world.evse().kept.transaction->begin_record->made);
  world.sign();
  CHECK(world.evse().kept.transaction->begin_record->made);
}

TEST_CASE("a station that signs nothing asks for nothing") {
  World world;
  charge(world);
  world.sign();
  CHECK(world.record_asks.empty());
  CHECK(world.refused(GetMeterRecord{1, RecordPart::payload}) == Error::unknown_record);
  CHECK_FALSE(world.ask(GetTopology{}).meter_records);
}

TEST_CASE("the shelf keeps the latest records and knows a changed one") {
  journal::MemoryStorage storage;
  Shelf shelf{storage, 64};
  REQUIRE(shelf.open());
  auto record = std::make_unique<KeptRecord>();
  for (record->number = 1; record->number <= 100; ++record->number) REQUIRE(shelf.put(*record));
  CHECK_FALSE(shelf.get(36));
  REQUIRE(shelf.get(37));
  CHECK(shelf.get(100)->number == 100);
  CHECK_FALSE(shelf.get(101));
  storage.bytes(0)[(100 % 64) * Shelf::kPlace + 40] ^= std::byte{1};
  CHECK_FALSE(shelf.get(100));
}

TEST_CASE("the receipt of the last transaction names its records and adds up") {
  auto config = signing();
  config.tariff.per_kwh = 490'000;
  config.tariff.per_session = 350'000;
  config.tariff.tax = 1900;
  World world{config};
  CHECK_FALSE(world.ask(GetReceipt{1}).receipt);
  begin(world);
  world.pass(60s);
  world.present(kOwner);
  world.pass(1s);
  world.sign();
  const auto last = world.ask(GetReceipt{1});
  REQUIRE(last.receipt);
  const auto& receipt = *last.receipt;
  CHECK(receipt.begin_record == 1);
  CHECK(receipt.end_record == 2);
  CHECK(receipt.begin_in_ledger == 1001);
  CHECK(receipt.end_in_ledger == 1002);
  CHECK(receipt.energy_mwh > 180'000);
  const auto& charge = last.charge;
  CHECK_FALSE(charge.failure);
  CHECK(charge.energy == (490'000 * receipt.energy_mwh / 1'000'000 + 5'000) / 10'000 * 10'000);
  CHECK(charge.start == 350'000);
  REQUIRE(charge.taxes.size == 1);
  CHECK(charge.total == charge.energy + charge.start + charge.taxes[0].amount);
  CHECK(charge.currency.view() == "EUR");
  CHECK(last.tariff.view() == "0.49 EUR/kWh + 0.35 EUR + 19 % tax");
  world.kill();
  CHECK(world.ask(GetReceipt{1}).charge.total == charge.total);
  CHECK(world.refused(GetReceipt{9}) == Error::unknown_evse);
}

namespace {

/// A price for the first 100 Wh, another one after them.
Config two_prices() {
  auto config = signing();
  tariff::Element first{};
  first.per_kwh = 500'000;
  first.when.most_mwh = 100'000;
  tariff::Element then{};
  then.per_kwh = 250'000;
  REQUIRE(config.schedule.elements.push_back(first));
  REQUIRE(config.schedule.elements.push_back(then));
  return config;
}

std::vector<meter::Stage> stages_of(const World& world) {
  std::vector<meter::Stage> out;
  std::uint32_t last = 0;
  for (const auto& ask : world.record_asks) {
    if (std::exchange(last, ask.asked) != ask.asked) out.push_back(ask.stage);
  }
  return out;
}

}  // namespace

TEST_CASE("a new price of energy is signed and told, also when session dies while its record is made") {
  for (const bool killed : {false, true}) {
    World world{two_prices()};
    begin(world);
    world.pass(60s);
    REQUIRE(world.record_asks.back().stage == meter::Stage::tariff_change);
    CHECK(world.record_asks.back().tariff.view() == "below 0.1 kWh: 0.50 EUR/kWh; 0.25 EUR/kWh");
    if (killed) world.kill();
    world.pass(1s);
    world.sign();
    const auto told = world.last_event();
    CHECK(told.trigger == Trigger::signed_data_received);
    CHECK(told.middle_record == 2);
    REQUIRE(told.samples.size == 1);
    CHECK_FALSE(world.ask(GetMeterRecord{2, RecordPart::payload}).bytes.empty());
    world.pass(60s);
    world.present(kOwner);
    world.pass(1s);
    world.sign();
    using enum meter::Stage;
    CHECK(stages_of(world) == std::vector{begin, tariff_change, ended_locally});
    CHECK(world.last_event().end_record == 3);
    CHECK_FALSE(world.ask(GetReceipt{1}).charge.failure);
    CHECK(world.ask(GetReceipt{1}).periods.size == 2);
  }
}

TEST_CASE("records in between come by the interval that is set, and none without") {
  for (const std::uint32_t interval : {0U, 60U}) {
    auto config = signing();
    config.record_interval_s = interval;
    World world{config};
    begin(world);
    for (int i = 0; i < 3; ++i) {
      world.pass(61s);
      world.sign();
    }
    CHECK(std::ranges::count(stages_of(world), meter::Stage::intermediate) == (interval == 0 ? 0 : 3));
  }
}

TEST_CASE("another meter in the middle of a transaction is an exception that is signed") {
  World world{signing()};
  world.bays[0].meter_serial = "ONE";
  begin(world);
  world.pass(10s);
  world.bays[0].meter_serial = "TWO";
  world.pass(2s);
  CHECK(world.record_asks.back().stage == meter::Stage::exception);
}

TEST_CASE("the record of the end says how it ended") {
  const auto stage_of = [](auto&& ends) {
    auto config = signing();
    World world{config};
    begin(world);
    world.pass(5s);
    ends(world);
    world.pass(8s);
    return world.record_asks.back().stage;
  };
  using meter::Stage;
  CHECK(stage_of([](World& world) { world.unplug(); }) == Stage::end);
  CHECK(stage_of([](World& world) { world.present(kOwner); }) == Stage::ended_locally);
  CHECK(stage_of([](World& world) { world.ask(RemoteStop{world.evse().kept.transaction->id}); }) ==
        Stage::ended_remotely);
  CHECK(stage_of([](World& world) { world.set_faults(bit(power::Fault::emergency_stop)); }) == Stage::aborted);
  CHECK(stage_of([](World& world) { world.cut_power(); }) == Stage::power_failure);
}
