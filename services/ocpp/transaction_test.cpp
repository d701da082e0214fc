#include "services/ocpp/readings.hpp"
#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;
using session::EventType;

namespace {

/// A complete transaction of `updates` samples.
void add_transaction(Rig& rig, int updates, const char* id = "tx-1") {
  rig.add_event(EventType::started, id, 0);
  for (int i = 1; i <= updates; ++i) rig.add_event(EventType::updated, id, static_cast<std::uint32_t>(i));
  rig.add_event(EventType::ended, id, static_cast<std::uint32_t>(updates + 1)).stopped = session::StoppedReason::local;
}

/// Takes and answers transaction events; their sequence numbers.
std::vector<int> take_all(Rig& rig) {
  std::vector<int> numbers;
  while (!rig.quiet()) {
    numbers.push_back(rig.call("TransactionEvent")["seqNo"]);
    rig.answer(Json::object());
  }
  return numbers;
}

}  // namespace

//=test OCPP-2.0.1 E04.FR.01
//=test OCPP-2.0.1 E04.FR.02
//=test OCPP-2.0.1 E04.FR.04
//=test OCPP-2.0.1 FR.01
TEST_CASE("events are sent in order, one at a time, and are durable before session forgets them") {
  Rig rig;
  rig.accept();
  add_transaction(rig, 1);
  rig.core->work_available();
  CHECK(rig.acknowledged == 3);
  const auto first = rig.call("TransactionEvent");
  CHECK(first["eventType"] == "Started");
  CHECK(first["evse"] == Json{{"id", 1}, {"connectorId", 1}});
  CHECK(first["transactionInfo"]["transactionId"] == "tx-1");
  CHECK(!first.contains("offline"));
  CHECK(rig.quiet());
  rig.answer(Json::object());
  CHECK(rig.call("TransactionEvent")["eventType"] == "Updated");
  rig.answer(Json::object());
  const auto last = rig.call("TransactionEvent");
  CHECK(last["eventType"] == "Ended");
  CHECK(last["transactionInfo"]["stoppedReason"] == "Local");
  rig.answer(Json::object());
  CHECK(rig.quiet());
  CHECK(rig.store->events().empty());
}

//=test OCPP-2.0.1 J01.FR.10
//=test OCPP-2.0.1 J02.FR.04
//=test OCPP-2.0.1 J02.FR.05
//=test OCPP-2.0.1 J02.FR.06
//=test OCPP-2.0.1 J02.FR.17
//=test OCPP-2.0.1 J02.FR.18
//=test OCPP-2.0.1 E02.FR.18
//=test OCPP-2.0.1 E02.FR.09
TEST_CASE("an event carries its token, its remote start and its meter values in the units of OCPP") {
  Rig rig;
  rig.accept();
  auto& event = rig.add_event(EventType::started);
  event.token = session::IdToken{"CARD", session::TokenType::iso14443};
  event.remote_start_id = 77;
  event.trigger = session::Trigger::remote_start;
  event.phases = 3;
  event.cable_ma = 32'000;
  session::Sample sample{.time = {rig.civil_ms},
                         .context = session::SampleContext::transaction_begin,
                         .import_mwh = 1'234'567,
                         .power_mw = 11'000'500};
  REQUIRE(sample.current_ma.push_back(16'000));
  REQUIRE(sample.voltage_mv.push_back(230'100));
  REQUIRE(event.samples.push_back(sample));
  rig.core->work_available();
  const auto sent = rig.call("TransactionEvent");
  CHECK(sent["idToken"] == Json{{"idToken", "CARD"}, {"type", "ISO14443"}});
  CHECK(sent["transactionInfo"]["remoteStartId"] == 77);
  CHECK(sent["triggerReason"] == "RemoteStart");
  CHECK(sent["numberOfPhasesUsed"] == 3);
  CHECK(sent["cableMaxCurrent"] == 32);
  const auto& values = sent["meterValue"][0]["sampledValue"];
  REQUIRE(values.size() == 4);
  CHECK(values[0]["measurand"] == "Energy.Active.Import.Register");
  CHECK(values[0]["value"].get<double>() == doctest::Approx(1234.567));
  CHECK(values[0]["context"] == "Transaction.Begin");
  CHECK(values[1]["value"].get<double>() == doctest::Approx(11000.5));
  CHECK(values[2]["phase"] == "L1");
  CHECK(values[3]["value"].get<double>() == doctest::Approx(230.1));
  CHECK(values[3]["phase"] == "L1-N");
  CHECK(sent["meterValue"].size() == 1);
  for (const auto& value : values) CHECK(value["location"] == "Outlet");
  CHECK(sent["meterValue"][0]["timestamp"] == rig.time());
}

TEST_CASE(
    "signed meter records go with the first and the last sample of the last event, the key as often as is wanted") {
  auto config = config_for_tests();
  config.sign_readings = true;
  Rig rig{config};
  rig.meter_records = {{7, R"({"PG":"T7"})"}, {8, R"({"PG":"T8"})"}};
  rig.meter_keys.classical = Octets<meter::kMaxClassicalKey>{std::as_bytes(std::span<const char>{"\x01\xab", 2})};
  rig.accept();
  rig.pass(31s);                                                     // the meter is asked for its key now and then
  constexpr std::string_view kKey = "b2NhOmJhc2UxNjphc24xOjAxYWI=";  // oca:base16:asn1:01ab
  const auto signed_in_last_event = [&](const char* id) {
    rig.add_event(EventType::started, id, 0);
    auto& event = rig.add_event(EventType::ended, id, 1);
    event.stopped = session::StoppedReason::local;
    for (const auto context : {session::SampleContext::transaction_begin, session::SampleContext::sample_periodic,
                               session::SampleContext::transaction_end})
      REQUIRE(event.samples.push_back({.time = {rig.civil_ms}, .context = context}));
    event.begin_record = 7;
    event.end_record = 8;
    rig.core->work_available();
    rig.call("TransactionEvent");
    rig.answer(Json::object());
    const auto values = rig.call("TransactionEvent")["meterValue"];
    rig.answer(Json::object());
    std::vector<Json> found;
    for (const auto& value : values) {
      for (const auto& sampled : value["sampledValue"]) {
        if (sampled.contains("signedMeterValue")) found.push_back(sampled);
      }
    }
    return found;
  };
  const auto set = [&](const char* value) {
    const Json one{{"component", {{"name", "OCPPCommCtrlr"}}},
                   {"variable", {{"name", "PublicKeyWithSignedMeterValue"}}},
                   {"attributeValue", value}};
    CHECK(rig.ask("SetVariables",
                  {{"setVariableData", Json::array({one})}})["setVariableResult"][0]["attributeStatus"] == "Accepted");
  };
  auto found = signed_in_last_event("tx-1");
  REQUIRE(found.size() == 2);
  CHECK(found[0]["context"] == "Transaction.Begin");
  CHECK(found[1]["context"] == "Transaction.End");
  // OCMF|{"PG":"T7"}|{"SA":"ECDSA-secp256r1-SHA256","SE":"hex","SM":"application/x-der","SD":"3001"}
  CHECK(found[0]["signedMeterValue"]["signedMeterData"].get<std::string>().starts_with("T0NNRnx7IlBHIjoiVDcifXx7"));
  CHECK(found[0]["signedMeterValue"]["signingMethod"] == "ECDSA-secp256r1-SHA256");
  CHECK(found[0]["signedMeterValue"]["encodingMethod"] == "OCMF");
  CHECK(found[0]["signedMeterValue"]["publicKey"] == kKey);
  CHECK(found[1]["signedMeterValue"]["publicKey"] == "");
  set("EveryMeterValue");
  CHECK(signed_in_last_event("tx-2")[1]["signedMeterValue"]["publicKey"] == kKey);
  set("Never");
  CHECK(signed_in_last_event("tx-3")[0]["signedMeterValue"]["publicKey"] == "");
  rig.meter_records.clear();  // they are so old that others have taken their places
  CHECK_FALSE(rig.has_record("SignedValueLeftOut"));
  CHECK(signed_in_last_event("tx-4").empty());
  CHECK(rig.has_record("SignedValueLeftOut"));
}

TEST_CASE("the backend is told what a transaction costs, or why that cannot be calculated") {
  Rig rig;
  rig.accept();
  const auto told = [&](const char* id, const session::Charge& charge) {
    rig.add_event(EventType::started, id, 0);
    auto& event = rig.add_event(EventType::ended, id, 1);
    event.stopped = session::StoppedReason::local;
    event.charge = charge;
    rig.core->work_available();
    CHECK_FALSE(rig.call("TransactionEvent").contains("customData"));
    rig.answer(Json::object());
    const auto custom = rig.call("TransactionEvent")["customData"];
    rig.answer(Json::object());
    return custom;
  };
  session::Charge charge{.currency = "EUR", .energy = 6'050'000, .adjusted = -50'000, .total = 7'140'000};
  REQUIRE(charge.taxes.push_back({1900, 1'140'000}));
  const auto paid = told("tx-1", charge);
  CHECK(paid["vendorId"] == "org.bulwatt");
  CHECK(paid["total"] == "7.14");
  CHECK(paid["adjusted"] == "-0.05");
  CHECK(paid["taxes"][0]["percent"] == "19");
  charge.taxes = {};
  CHECK_FALSE(told("tx-3", charge).contains("taxes"));
  charge.failure = tariff::Failure::clock;
  const auto unknown = told("tx-2", charge);
  CHECK(unknown["notCalculated"] == "clock");
  CHECK_FALSE(unknown.contains("total"));
}

TEST_CASE("a signed meter record in the middle of a transaction goes with its sample") {
  auto config = config_for_tests();
  config.sign_readings = true;
  Rig rig{config};
  rig.meter_records = {{9, R"({"PG":"T9"})"}};
  rig.accept();
  rig.add_event(EventType::started, "tx-1", 0);
  auto& event = rig.add_event(EventType::updated, "tx-1", 1);
  event.trigger = session::Trigger::signed_data_received;
  REQUIRE(event.samples.push_back({.time = {rig.civil_ms}, .context = session::SampleContext::other}));
  event.middle_record = 9;
  rig.core->work_available();
  rig.call("TransactionEvent");
  rig.answer(Json::object());
  const auto told = rig.call("TransactionEvent");
  CHECK(told["triggerReason"] == "SignedDataReceived");
  CHECK(told["meterValue"][0]["sampledValue"][0].contains("signedMeterValue"));
}

TEST_CASE("a signed record that OCPP has no room for is left out with its reason and never cut") {
  const std::vector<std::byte> signature(72);
  CHECK(signed_value(std::vector<std::byte>(1200), signature, "").has_value());
  CHECK(signed_value(std::vector<std::byte>(2000), signature, "").error() == Unsigned::data_too_long);
  CHECK(signed_value(std::vector<std::byte>(100), signature, std::string(241, 'k')).error() == Unsigned::key_too_long);
}

//=test OCPP-2.0.1 J01.FR.22
//=test OCPP-2.0.1 E06.FR.11
TEST_CASE("each sample of an event has the measurands that are configured for its kind, and an empty one is left out") {
  Rig rig;
  rig.accept();
  const auto set = [&](const char* component, const char* name, const char* value) {
    const Json one{{"component", {{"name", component}}}, {"variable", {{"name", name}}}, {"attributeValue", value}};
    CHECK(rig.ask("SetVariables",
                  {{"setVariableData", Json::array({one})}})["setVariableResult"][0]["attributeStatus"] == "Accepted");
  };
  set("AlignedDataCtrlr", "Measurands", "Voltage");
  set("AlignedDataCtrlr", "TxEndedMeasurands", "Power.Active.Import");
  set("SampledDataCtrlr", "TxEndedMeasurands", "");
  const auto sample = [](session::SampleContext context) {
    session::Sample out{.context = context, .import_mwh = 1000};
    REQUIRE(out.voltage_mv.push_back(230'000));
    return out;
  };
  REQUIRE(rig.add_event(EventType::updated).samples.push_back(sample(session::SampleContext::sample_clock)));
  auto& last = rig.add_event(EventType::ended, "tx-1", 1);
  for (const auto context : {session::SampleContext::transaction_begin, session::SampleContext::sample_clock,
                             session::SampleContext::sample_periodic, session::SampleContext::transaction_end})
    REQUIRE(last.samples.push_back(sample(context)));
  rig.core->work_available();
  const auto updated = rig.call("TransactionEvent")["meterValue"];
  REQUIRE(updated.size() == 1);
  REQUIRE(updated[0]["sampledValue"].size() == 1);
  CHECK(updated[0]["sampledValue"][0]["measurand"] == "Voltage");
  rig.answer(Json::object());
  const auto ended = rig.call("TransactionEvent")["meterValue"];
  REQUIRE(ended.size() == 1);
  CHECK(ended[0]["sampledValue"][0]["context"] == "Sample.Clock");
  CHECK(ended[0]["sampledValue"][0]["measurand"] == "Power.Active.Import");
}

//=test OCPP-2.0.1 E13.FR.02
//=test OCPP-2.0.1 E13.FR.03
//=test OCPP-2.0.1 E13.FR.04
//=test OCPP-2.0.1 E13.FR.01
TEST_CASE("an event that is not taken is tried again after growing waits, then given up, and the next one follows") {
  Rig rig;
  rig.accept();
  rig.add_event(EventType::started);
  rig.add_event(EventType::ended, "tx-1", 1);
  rig.core->work_available();
  for (const auto wait : {20s, 40s}) {
    rig.call("TransactionEvent");
    rig.error("InternalError");
    rig.pass(wait - 1ms);
    CHECK(rig.quiet());
    rig.pass(1ms);
  }
  CHECK(rig.call("TransactionEvent")["seqNo"] == 0);
  rig.error("InternalError");
  CHECK(rig.call("TransactionEvent")["seqNo"] == 1);
  CHECK(rig.has_record("TransactionEventGivenUp"));
}

TEST_CASE("silence is a failed attempt, a lost connection is none, and a late answer changes nothing") {
  Rig rig;
  rig.accept();
  rig.add_event(EventType::started);
  rig.core->work_available();
  for (int i = 0; i < 10; ++i) {
    rig.call("TransactionEvent");
    rig.disconnect();
    rig.connect();
  }
  rig.call("TransactionEvent");
  const auto late = rig.last_id;
  rig.pass(31s);
  CHECK(rig.quiet());
  rig.core->received(Json::array({3, late, Json::object()}).dump());
  CHECK(rig.store->events().size() == 1);
  rig.pass(20s);
  rig.call("TransactionEvent");
  rig.answer(Json::object());
  CHECK(rig.store->events().empty());
}

//=test OCPP-2.0.1 E04.FR.03
//=test OCPP-2.0.1 E11.FR.07
//=test OCPP-2.0.1 C15.FR.02
//=test OCPP-2.0.1 E08.FR.05
//=test OCPP-2.0.1 E08.FR.06
//=test OCPP-2.0.1 E08.FR.07
//=test OCPP-2.0.1 E11.FR.01
//=test OCPP-2.0.1 E12.FR.01
//=test OCPP-2.0.1 E12.FR.02
TEST_CASE("what waited while there was no connection is marked offline, also over a crash") {
  Rig rig;
  rig.accept();
  rig.disconnect();
  add_transaction(rig, 1);
  for (auto& event : rig.events) event.offline = true;
  rig.core->work_available();
  CHECK(rig.store->events().size() == 3);
  rig.boot_process(false);
  CHECK(rig.store->events().size() == 3);
  rig.accept();
  CHECK(rig.store->events().empty());
  rig.add_event(EventType::started, "tx-2");
  rig.core->work_available();
  rig.call("TransactionEvent");
  rig.disconnect();
  rig.connect();
  CHECK(rig.call("TransactionEvent")["offline"] == true);
}

TEST_CASE("a crash at any point of fetching, storing and acknowledging loses nothing and doubles nothing") {
  // Power goes at every operation on the disk in turn.
  for (std::uint64_t at = 0; at < 40; ++at) {
    CAPTURE(at);
    Rig rig;
    std::mt19937 random{static_cast<unsigned>(at)};
    add_transaction(rig, 3);
    rig.storage.lose_power_at(rig.storage.operations() + at);
    rig.core->work_available();
    rig.pass(3s);
    rig.storage.restart(journal::MemoryStorage::Cut::any_sectors, random);
    rig.boot_process(false);
    rig.connect();
    rig.call("BootNotification");
    rig.answer(rig.boot_answer("Accepted"));
    std::vector<int> numbers;
    for (int i = 0; i < 100 && !rig.quiet(); ++i) {
      const auto frame = Json::parse(rig.sent.front());
      if (frame[2] == "TransactionEvent") numbers.push_back(frame[3]["seqNo"]);
      rig.sent.pop_front();
      rig.last_id = frame[1].get<std::string>();
      rig.answer(Json::object());
    }
    CHECK(numbers == std::vector<int>{0, 1, 2, 3, 4});
    rig.boot_process(false);
    rig.accept();
    CHECK(rig.store->events().empty());
  }
}

TEST_CASE("session dying does not lose, double or stop anything") {
  Rig rig;
  rig.accept();
  rig.session_alive = false;
  rig.core->session_peer(false);
  add_transaction(rig, 0);
  rig.core->work_available();
  CHECK(rig.quiet());
  rig.pass(5s);
  CHECK(rig.quiet());
  rig.session_alive = true;
  rig.links.clear();
  rig.core->session_peer(true);
  CHECK(rig.links == std::vector<bool>{true});
  CHECK(take_all(rig) == std::vector<int>{0, 1});
  rig.pass(60s);
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 E04.FR.07
//=test OCPP-2.0.1 E04.FR.08
//=test OCPP-2.0.1 J02.FR.12
//=test OCPP-2.0.1 J02.FR.13
TEST_CASE("a full queue thins out the samples in the middle and keeps beginning, end and order") {
  auto config = config_for_tests();
  config.queue_kib = 64;
  Rig rig{config};
  add_transaction(rig, 2000);
  rig.core->work_available();
  rig.pass(2s);
  CHECK(rig.acknowledged == 2002);
  const auto& events = rig.store->events();
  CHECK(events.size() < 2000);
  CHECK(events.front().type == EventType::started);
  CHECK(events.back().type == EventType::ended);
  CHECK(std::ranges::is_sorted(events, {}, &session::TransactionEvent::seq_no));
  CHECK(rig.has_record("TransactionEventsLeftOut"));
}

//=test OCPP-2.0.1 E11.FR.04
//=test OCPP-2.0.1 E11.FR.05
//=test OCPP-2.0.1 E12.FR.04
//=test OCPP-2.0.1 E12.FR.05
TEST_CASE("of a queue that is full the first sample goes, the third, the fifth, and a limit that was reached stays") {
  auto config = config_for_tests();
  config.queue_kib = 64;
  Rig rig{config};
  rig.add_event(EventType::started);
  std::size_t most = 0;
  for (std::uint32_t seq = 1; rig.store->events().size() >= most; ++seq) {
    REQUIRE(seq < 5000);
    most = rig.store->events().size();
    auto& event = rig.add_event(EventType::updated, "tx-1", seq);
    if (seq == 3) event.trigger = session::Trigger::energy_limit_reached;
    rig.core->work_available();
  }
  const auto& events = rig.store->events();
  REQUIRE(events.size() > 10);
  const std::uint32_t kept[] = {0, 2, 3, 5, 7, 9};
  for (std::size_t i = 0; i < std::size(kept); ++i) CHECK(events[i].seq_no == kept[i]);
}

TEST_CASE("a queue full of events that must not be left out stays as it is, and session keeps the rest") {
  auto config = config_for_tests();
  config.queue_kib = 64;
  Rig rig{config};
  for (int i = 0; i < 2000; ++i) add_transaction(rig, 0, ("tx-" + std::to_string(i)).c_str());
  rig.core->work_available();
  rig.pass(60s);
  CHECK(rig.acknowledged < 4000);
  const auto stored = rig.store->events().size();
  CHECK(stored + rig.events.size() == 4000);
  rig.accept();
  rig.pass(5min);
  for (int i = 0; i < 40; ++i) {
    rig.pass(30s);
    rig.drain();
  }
  CHECK(rig.acknowledged == 4000);
  CHECK(rig.store->events().empty());
}

TEST_CASE("a clock set back does not make an event older than the one before") {
  Rig rig;
  rig.accept();
  rig.add_event(EventType::started);
  rig.core->work_available();
  const auto first = rig.call("TransactionEvent")["timestamp"].get<std::string>();
  rig.answer(Json::object());
  rig.civil_ms -= 3'600'000;
  rig.add_event(EventType::ended, "tx-1", 1);
  rig.core->work_available();
  CHECK(rig.call("TransactionEvent")["timestamp"].get<std::string>() >= first);
}

//=test OCPP-2.0.1 E05.FR.10
TEST_CASE("the verdict on a token in the answer reaches session, even if session is away at that moment") {
  Rig rig;
  rig.accept();
  rig.add_event(EventType::started);
  rig.core->work_available();
  rig.call("TransactionEvent");
  rig.session_alive = false;
  rig.answer({{"idTokenInfo", {{"status", "Blocked"}}}});
  rig.pass(2s);
  CHECK(rig.transaction_answers.empty());
  CHECK(rig.store->events().size() == 1);
  rig.session_alive = true;
  rig.pass(2s);
  REQUIRE(rig.transaction_answers.size() == 1);
  CHECK(rig.transaction_answers[0].answer.status == session::AuthorizationStatus::blocked);
  CHECK(rig.store->events().empty());
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 C01.FR.02
//=test OCPP-2.0.1 C01.FR.04
//=test OCPP-2.0.1 C06.FR.03
TEST_CASE("a token is asked about once and the verdict with its group reaches session") {
  Rig rig;
  rig.accept();
  rig.pending = {5, 1, {"CARD", session::TokenType::iso14443}};
  rig.core->work_available();
  rig.core->work_available();
  CHECK(rig.call("Authorize")["idToken"] == Json{{"idToken", "CARD"}, {"type", "ISO14443"}});
  CHECK(rig.quiet());
  rig.answer({{"idTokenInfo", {{"status", "Accepted"}, {"groupIdToken", {{"idToken", "G"}, {"type", "Central"}}}}}});
  REQUIRE(rig.authorizations.size() == 1);
  CHECK(rig.authorizations[0].request == 5);
  REQUIRE(rig.authorizations[0].answer);
  CHECK(rig.authorizations[0].answer->group == session::IdToken{"G", session::TokenType::central});
}

//=test OCPP-2.0.1 C07.FR.02
TEST_CASE("a contract is asked about with the hashes of its chain, and one that is no good authorizes nobody") {
  Rig rig;
  rig.accept();
  rig.pending = {6, 1, {"DE8AATESTA00012", session::TokenType::emaid}};
  session::CertificateHash hash{.responder = "http://ocsp.example"};
  hash.issuer_name.size = hash.issuer_key.size = 32;
  hash.issuer_key.data[31] = std::byte{0xab};
  hash.serial.size = 2;
  hash.serial.data = {std::byte{0x0f}, std::byte{0x01}};
  REQUIRE(rig.pending.certificates.push_back(hash));
  rig.core->work_available();
  const auto asked = rig.call("Authorize");
  CHECK(asked["idToken"] == Json{{"idToken", "DE8AATESTA00012"}, {"type", "eMAID"}});
  REQUIRE(asked["iso15118CertificateHashData"].size() == 1);
  CHECK(asked["iso15118CertificateHashData"][0] == Json{{"hashAlgorithm", "SHA256"},
                                                        {"issuerNameHash", std::string(64, '0')},
                                                        {"issuerKeyHash", std::string(62, '0') + "ab"},
                                                        {"serialNumber", "f01"},
                                                        {"responderURL", "http://ocsp.example"}});
  SUBCASE("revoked") {
    rig.answer({{"idTokenInfo", {{"status", "Accepted"}}}, {"certificateStatus", "CertificateRevoked"}});
    REQUIRE(rig.authorizations.size() == 1);
    CHECK(rig.authorizations[0].answer->status == session::AuthorizationStatus::invalid);
  }
  SUBCASE("good") {
    rig.answer({{"idTokenInfo", {{"status", "Accepted"}}}, {"certificateStatus", "Accepted"}});
    REQUIRE(rig.authorizations.size() == 1);
    CHECK(rig.authorizations[0].answer->status == session::AuthorizationStatus::accepted);
  }
}

TEST_CASE("an Authorize without a good answer becomes the offline rules, and a withdrawn one nothing") {
  Rig rig;
  rig.accept();
  rig.pending = {1, 1, {"CARD", session::TokenType::iso14443}};
  rig.core->work_available();
  rig.call("Authorize");
  SUBCASE("error") { rig.error("InternalError"); }
  SUBCASE("silence") { rig.pass(30s + 2ms); }
  SUBCASE("nonsense") { rig.answer({{"idTokenInfo", {{"status", "Perhaps"}}}}); }
  REQUIRE(rig.authorizations.size() == 1);
  CHECK(!rig.authorizations[0].answer);
  rig.pending = {2, 1, {"CARD", session::TokenType::iso14443}};
  rig.core->work_available();
  rig.call("Authorize");
  rig.pending = {3, 1, {"OTHER", session::TokenType::iso14443}};
  rig.core->work_available();
  rig.answer({{"idTokenInfo", {{"status", "Accepted"}}}});
  CHECK(rig.authorizations.size() == 1);
  CHECK(rig.call("Authorize")["idToken"]["idToken"] == "OTHER");
}

//=test OCPP-2.0.1 A04.FR.01
//=test OCPP-2.0.1 A04.FR.02
//=test OCPP-2.0.1 A04.FR.04
TEST_CASE("critical security events wait on disk for the backend, others go to the ledger only") {
  Rig rig;
  rig.core->security("InvalidCsmsCertificate", "not of our authority");
  rig.core->security("FailedToAuthenticateAtCsms", "401");
  CHECK(rig.has_record("FailedToAuthenticateAtCsms"));
  rig.boot_process(false);
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Accepted"));
  rig.call("StatusNotification");
  rig.answer(Json::object());
  CHECK(rig.call("SecurityEventNotification")["type"] == "StartupOfTheDevice");
  rig.answer(Json::object());
  const auto event = rig.call("SecurityEventNotification");
  CHECK(event["type"] == "InvalidCsmsCertificate");
  CHECK(event["techInfo"] == "not of our authority");
  rig.pass(31s);
  CHECK(rig.store->security().size() == 1);
  rig.pass(60s);
  rig.call("SecurityEventNotification");
  rig.answer(Json::object());
  CHECK(rig.store->security().empty());
}
