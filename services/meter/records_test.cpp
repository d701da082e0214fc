#include "services/meter/records.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::meter;

namespace {

Reading reading(std::int64_t mwh) {
  Reading out{};
  out.time = {1'767'225'600'000};
  out.register_mwh = mwh;
  const std::string_view serial{"1234567"};
  std::ranges::copy(std::as_bytes(std::span{serial}), out.serial.begin());
  return out;
}

AskRecord request(std::uint32_t asked, Stage stage = Stage::begin, std::uint8_t evse = 1) {
  AskRecord out{};
  out.evse = evse;
  out.asked = asked;
  out.stage = stage;
  out.transaction = "5f1c9a2e-77aa-4a0e-9d3b-000000000001";
  out.assurance = Assurance::hearsay;
  REQUIRE(out.flags.push_back("RFID_PLAIN"));
  out.type = "ISO14443";
  out.identification = "04A1B2C3";
  out.tariff = "0.49 EUR/kWh";
  return out;
}

struct Desk {
  RecordConfig config{"Bulwatt", "station-1", "DE*ABC*E1234", ocmf::Clock::synchronized};
  Records records{config};
  Desk() {
    TellKeys keys{};
    keys.keys.classical = Octets<kMaxClassicalKey>{std::as_bytes(std::span{"key"})};
    keys.twin_name = "ab12";
    records.tell(keys);
  }
  auto ask(const AskRecord& one, const Reading& what = reading(1'234'567)) {
    return records.ask(one, what, meters::Model::sdm630);
  }
  ocmf::Payload payload(std::uint8_t evse, std::uint64_t page) {
    const auto due = records.fetch({evse, page});
    REQUIRE(due);
    ocmf::Payload out{};
    const auto bytes = due->payload.view();
    REQUIRE(ocmf::read_payload(out, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    return out;
  }
  auto sign(std::uint64_t page, std::uint8_t evse = 1) {
    SubmitRecord signed_record{};
    signed_record.evse = evse;
    signed_record.page = page;
    signed_record.classical.size = 70;
    signed_record.twin.size = 3309;
    return records.submit(signed_record);
  }
};

}  // namespace

TEST_CASE("a record says what the meter showed, for whom, and under which page and twin") {
  Desk desk;
  REQUIRE(desk.ask(request(7)));
  CHECK(desk.records.due(1));
  const auto payload = desk.payload(1, 42);
  CHECK(payload.page.view() == "T42");
  CHECK(payload.gateway_serial->view() == "station-1");
  CHECK(payload.meter_vendor->view() == "Eastron");
  CHECK(payload.meter_serial->view() == "1234567");
  CHECK(payload.identified == true);
  CHECK(payload.identification_level->view() == "HEARSAY");
  CHECK(payload.identification->view() == "04A1B2C3");
  CHECK(payload.place->view() == "DE*ABC*E1234*1");
  CHECK(payload.twin_key->view() == "ab12");
  REQUIRE(payload.readings.size == 1);
  CHECK(payload.readings[0].value->text.view() == "1.234567");
  CHECK(payload.readings[0].reason == ocmf::Reason::begin);
  CHECK(payload.readings[0].time.view() == "2026-01-01T00:00:00,000+0000 S");
  CHECK_FALSE(desk.records.made(1));
  REQUIRE(desk.sign(42));
  const auto record = desk.records.record(1);
  REQUIRE(record);
  CHECK(record->asked == 7);
  CHECK(record->page == 42);
  CHECK(record->register_mwh == 1'234'567);
  CHECK(record->classical.size == 70);
  CHECK(record->key == desk.records.keys().classical);
  CHECK(desk.records.twin(1)->signature.size == 3309);
}

TEST_CASE("the stages of a transaction are OCMF's") {
  Desk desk;
  REQUIRE(desk.ask(request(1, Stage::intermediate)));
  CHECK(desk.payload(1, 1).readings[0].reason == ocmf::Reason::charging);
  REQUIRE(desk.ask(request(2, Stage::end)));
  CHECK(desk.payload(1, 2).readings[0].reason == ocmf::Reason::end);
}

TEST_CASE("asked again the same record is made, also when the register has moved; the page stays") {
  Desk desk;
  REQUIRE(desk.ask(request(7)));
  CHECK(desk.payload(1, 5).page.view() == "T5");
  REQUIRE(desk.ask(request(7), reading(9'999'999)));
  const auto again = desk.payload(1, 6);  // by a vault that has lost the first one
  CHECK(again.page.view() == "T5");
  CHECK(again.readings[0].value->text.view() == "1.234567");
  CHECK(desk.sign(6).error() == Error::no_record);
  REQUIRE(desk.sign(5));
  REQUIRE(desk.ask(request(7), reading(9'999'999)));
  CHECK(desk.records.made(1));
  CHECK_FALSE(desk.records.due(1));
}

TEST_CASE("EVSEs do not wait for one another") {
  Desk desk;
  REQUIRE(desk.ask(request(1, Stage::begin, 1)));
  REQUIRE(desk.ask(request(2, Stage::begin, 2)));
  CHECK(desk.payload(2, 1).page.view() == "T1");
  REQUIRE(desk.sign(1, 2));
  CHECK(desk.records.due(1));
  CHECK(desk.records.made(2));
}

TEST_CASE("no record is made of what is not a good reading of now, without keys, or where no meter is") {
  Desk desk;
  auto bad = reading(1);
  bad.health = Health::silent;
  CHECK(desk.ask(request(1), bad).error() == Error::meter_fault);
  auto old = reading(1);
  old.age_ms = Records::kFreshMs + 1;
  CHECK(desk.ask(request(1), old).error() == Error::meter_fault);
  CHECK(desk.ask(request(1, Stage::begin, 0)).error() == Error::unknown_evse);
  CHECK(desk.ask(request(1, Stage::begin, kMaxMeters + 1)).error() == Error::unknown_evse);
  CHECK(desk.records.fetch({1, 1}).error() == Error::no_record);
  CHECK(desk.records.record(1).error() == Error::no_record);
  CHECK(desk.records.twin(1).error() == Error::no_record);
  desk.records.tell({});
  CHECK(desk.ask(request(1)).error() == Error::no_keys);
}

TEST_CASE("what no payload can hold is given up") {
  Desk desk;
  auto one = request(1);
  one.tariff = std::string_view{std::string(250, '|')};  // six bytes each
  REQUIRE(desk.ask(one));
  CHECK(desk.records.fetch({1, 1}).error() == Error::no_record);
  CHECK_FALSE(desk.records.due(1));
}
