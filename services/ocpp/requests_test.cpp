#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

namespace {
Json start_request(int evse = 1) {
  return {{"idToken", {{"idToken", "CARD"}, {"type", "Central"}}}, {"remoteStartId", 42}, {"evseId", evse}};
}
}  // namespace

//=test OCPP-2.0.1 F01.FR.13
//=test OCPP-2.0.1 F02.FR.01
//=test OCPP-2.0.1 F01.FR.12
//=test OCPP-2.0.1 F02.FR.20
TEST_CASE("a remote start reaches session, with its verdict and the running transaction on the way back") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("RequestStartTransaction", start_request()) == Json{{"status", "Accepted"}});
  REQUIRE(rig.starts.size() == 1);
  CHECK(rig.starts[0].remote_start_id == 42);
  CHECK(rig.starts[0].evse == 1);
  CHECK(rig.starts[0].token == session::IdToken{"CARD", session::TokenType::central});
  rig.remote_answer = {session::RemoteVerdict::rejected, session::TransactionId{"tx-9"}};
  const auto busy = rig.ask("RequestStartTransaction", start_request());
  CHECK(busy["status"] == "Rejected");
  CHECK(busy["transactionId"] == "tx-9");
  CHECK(busy["statusInfo"]["reasonCode"] == "TxInProgress");
  CHECK(rig.ask("RequestStartTransaction", start_request(2))["statusInfo"]["reasonCode"] == "UnknownEvse");
  rig.remote_answer = {session::RemoteVerdict::accepted, {}};
  auto with_profile = start_request();
  with_profile["chargingProfile"] = Json::parse(R"({"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",
    "chargingProfileKind":"Relative","chargingSchedule":[{"id":1,"chargingRateUnit":"A",
    "chargingSchedulePeriod":[{"startPeriod":0,"limit":6}]}]})");
  CHECK(rig.ask("RequestStartTransaction", with_profile) == Json{{"status", "Accepted"}});
  rig.session_alive = false;
  CHECK(rig.ask("RequestStartTransaction", start_request())["status"] == "Rejected");
}

//=test OCPP-2.0.1 F03.FR.07
//=test OCPP-2.0.1 F03.FR.08
TEST_CASE("a remote stop reaches session") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("RequestStopTransaction", {{"transactionId", "tx-1"}})["status"] == "Accepted");
  REQUIRE(rig.stops.size() == 1);
  CHECK(rig.stops[0].transaction.view() == "tx-1");
  rig.remote_answer = {session::RemoteVerdict::rejected, {}};
  CHECK(rig.ask("RequestStopTransaction", {{"transactionId", "tx-2"}})["statusInfo"]["reasonCode"] == "TxNotFound");
}

//=test OCPP-2.0.1 G03.FR.01
//=test OCPP-2.0.1 G03.FR.02
//=test OCPP-2.0.1 G04.FR.01
//=test OCPP-2.0.1 G04.FR.03
TEST_CASE("availability is changed for the station, the EVSE or its connector, and for nothing else") {
  struct Case {
    Json evse;
    int changed;  // -1: refused
  };
  for (const auto& c : {Case{nullptr, 0}, Case{{{"id", 0}}, 0}, Case{{{"id", 1}}, 1},
                        Case{{{"id", 1}, {"connectorId", 1}}, 1}, Case{{{"id", 2}}, -1},
                        Case{{{"id", 1}, {"connectorId", 2}}, -1}, Case{{{"id", -1}}, -1}, Case{{{"id", 257}}, -1}}) {
    Rig rig;
    rig.accept();
    Json request{{"operationalStatus", "Inoperative"}};
    if (!c.evse.is_null()) request["evse"] = c.evse;
    const auto answer = rig.ask("ChangeAvailability", request);
    CHECK(answer["status"] == (c.changed < 0 ? "Rejected" : "Accepted"));
    REQUIRE(rig.changes.size() == (c.changed < 0 ? 0 : 1));
    if (c.changed >= 0) CHECK(int{rig.changes[0].evse} == c.changed);
  }
}

//=test OCPP-2.0.1 B11.FR.01
//=test OCPP-2.0.1 B11.FR.09
//=test OCPP-2.0.1 B12.FR.01
//=test OCPP-2.0.1 B12.FR.02
TEST_CASE("a reset is session's to do; of one EVSE it is refused") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("Reset", {{"type", "Immediate"}})["status"] == "Accepted");
  rig.drain();
  rig.change_answer = session::ChangeVerdict::scheduled;
  CHECK(rig.ask("Reset", {{"type", "OnIdle"}})["status"] == "Scheduled");
  rig.drain();
  CHECK(rig.ask("Reset", {{"type", "OnIdle"}, {"evseId", 1}})["status"] == "Rejected");
  REQUIRE(rig.resets.size() == 2);
  CHECK(rig.resets[0].immediate);
  CHECK(!rig.resets[1].immediate);
  CHECK(rig.has_record("ResetOrReboot"));
}

//=test OCPP-2.0.1 F06.FR.03
//=test OCPP-2.0.1 F06.FR.04
//=test OCPP-2.0.1 F06.FR.05
//=test OCPP-2.0.1 F06.FR.08
//=test OCPP-2.0.1 F06.FR.11
//=test OCPP-2.0.1 F06.FR.17
//=test OCPP-2.0.1 F06.FR.06
//=test OCPP-2.0.1 F06.FR.09
//=test OCPP-2.0.1 F06.FR.10
//=test OCPP-2.0.1 F06.FR.16
//=test OCPP-2.0.1 FR.02
//=test OCPP-2.0.1 FR.05
TEST_CASE("a triggered message follows its answer") {
  Rig rig;
  rig.accept();
  rig.reading = meter::Reading{.import_mwh = 5'000'000};
  const auto trigger = [&](const char* what, const Json& evse = nullptr) {
    Json request{{"requestedMessage", what}};
    if (!evse.is_null()) request["evse"] = evse;
    return rig.ask("TriggerMessage", request)["status"].get<std::string>();
  };
  CHECK(trigger("Heartbeat", {{"id", 9}}) == "Accepted");
  rig.call("Heartbeat");
  rig.answer({{"currentTime", rig.time()}});
  CHECK(trigger("StatusNotification", {{"id", 1}, {"connectorId", 1}}) == "Accepted");
  rig.call("StatusNotification");
  rig.answer(Json::object());
  CHECK(trigger("StatusNotification", {{"id", 3}}) == "Rejected");
  rig.reading->import_mwh = 4'000'000;
  CHECK(trigger("MeterValues") == "Accepted");
  CHECK(rig.call("MeterValues")["meterValue"][0]["sampledValue"][0]["value"] == 4000);
  rig.answer(Json::object());
  rig.reading->import_mwh = 5'000'000;
  CHECK(trigger("MeterValues") == "Accepted");
  const auto values = rig.call("MeterValues");
  CHECK(values["meterValue"][0]["sampledValue"][0]["context"] == "Trigger");
  CHECK(values["meterValue"][0]["sampledValue"][0]["value"] == 5000);
  rig.answer(Json::object());
  rig.reading.reset();
  CHECK(trigger("MeterValues") == "Rejected");
  CHECK(rig.quiet());
  CHECK(trigger("BootNotification") == "Rejected");
  CHECK(trigger("TransactionEvent") == "Rejected");
  rig.snapshot.transaction = "tx-1";
  CHECK(trigger("TransactionEvent") == "Accepted");
  CHECK(rig.triggers == 1);
  CHECK(trigger("FirmwareStatusNotification") == "Accepted");
  CHECK(rig.call("FirmwareStatusNotification")["status"] == "Idle");
  rig.answer(Json::object());
  for (const auto* unknown : {"SignV2GCertificate", "SignCombinedCertificate", "PublishFirmwareStatusNotification"}) {
    CHECK(trigger(unknown) == "NotImplemented");
  }
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 E14.FR.01
//=test OCPP-2.0.1 E14.FR.02
//=test OCPP-2.0.1 E14.FR.03
//=test OCPP-2.0.1 E14.FR.04
//=test OCPP-2.0.1 E14.FR.05
//=test OCPP-2.0.1 E14.FR.06
//=test OCPP-2.0.1 E14.FR.07
//=test OCPP-2.0.1 E14.FR.08
TEST_CASE("the status of a transaction is whether it goes on and whether messages wait") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("GetTransactionStatus", Json::object()) == Json{{"messagesInQueue", false}});
  CHECK(rig.ask("GetTransactionStatus", {{"transactionId", "tx-1"}}) ==
        Json{{"messagesInQueue", false}, {"ongoingIndicator", false}});
  rig.snapshot.transaction = "tx-1";
  rig.add_event(session::EventType::started);
  rig.core->work_available();
  rig.call("TransactionEvent");
  CHECK(rig.ask("GetTransactionStatus", {{"transactionId", "tx-1"}}) ==
        Json{{"messagesInQueue", true}, {"ongoingIndicator", true}});
  CHECK(rig.ask("GetTransactionStatus", {{"transactionId", "tx-2"}}) ==
        Json{{"messagesInQueue", false}, {"ongoingIndicator", false}});
  CHECK(rig.ask("GetTransactionStatus", Json::object()) == Json{{"messagesInQueue", true}});
}

//=test OCPP-2.0.1 F05.FR.01
//=test OCPP-2.0.1 F05.FR.02
//=test OCPP-2.0.1 F05.FR.03
//=test OCPP-2.0.1 F05.FR.05
TEST_CASE("session says whether a connector is unlocked, and only connectors that are there are asked about") {
  Rig rig;
  rig.accept();
  const auto unlock = [&](int evse, int connector) {
    return rig.ask("UnlockConnector", {{"evseId", evse}, {"connectorId", connector}})["status"].get<std::string>();
  };
  CHECK(unlock(1, 1) == "Unlocked");
  CHECK(unlock(1, 2) == "UnknownConnector");
  CHECK(unlock(0, 1) == "UnknownConnector");
  CHECK(rig.unlocks.size() == 1);
  rig.unlock_answer = session::UnlockVerdict::ongoing_authorized_transaction;
  CHECK(unlock(1, 1) == "OngoingAuthorizedTransaction");
  rig.session_alive = false;
  CHECK(unlock(1, 1) == "UnlockFailed");
}

TEST_CASE("an order to unlock is answered when the lock's motor is at its end, or after five seconds") {
  Rig rig;
  rig.accept();
  const auto order = [&](std::string_view id) {
    rig.core->received(R"([2,")" + std::string{id} + R"(","UnlockConnector",{"evseId":1,"connectorId":1}])");
  };
  const auto answers = [&] {
    std::vector<std::string> out;
    for (const auto& text : rig.sent)
      if (const auto frame = Json::parse(text); frame[0] == 3)
        out.push_back(frame[1].get<std::string>() + " " + frame[2]["status"].get<std::string>());
    rig.sent.clear();
    return out;
  };
  using Answers = std::vector<std::string>;
  rig.lock_moves = 3;
  order("u1");
  CHECK(answers().empty());
  order("u1");  // said again meanwhile: it still waits
  rig.pass(1s);
  CHECK(answers() == Answers{"u1 Unlocked"});
  rig.lock_moves = 1000;
  order("u2");
  rig.pass(4s);
  CHECK(answers().empty());
  rig.pass(2s);
  CHECK(answers() == Answers{"u2 UnlockFailed"});
  order("u3");
  order("u4");
  CHECK(answers() == Answers{"u3 UnlockFailed"});
  rig.lock_moves = 0;
  rig.core->snapshot_changed();
  CHECK(answers() == Answers{"u4 Unlocked"});
  rig.lock_moves = 1000;
  order("u5");
  rig.disconnect();
  rig.connect();
  rig.pass(10s);
  CHECK(answers().empty());
}

//=test OCPP-2.0.1 P01.FR.05
TEST_CASE("what the station does not do is answered in the way the standard has for it") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("DataTransfer", {{"vendorId", "x"}, {"data", {1, 2}}})["status"] == "UnknownVendorId");
  CHECK(rig.ask("UpdateFirmware", Json::object())["error"] == "NotSupported");
  CHECK(rig.ask("Heartbeat", Json::object())["error"] == "NotSupported");
  CHECK(rig.ask("NoSuchThing", Json::object())["error"] == "NotImplemented");
}

TEST_CASE("a faulty request is answered with the code for its fault") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("Reset", Json::object())["error"] == "OccurrenceConstraintViolation");
  CHECK(rig.ask("Reset", {{"type", 5}})["error"] == "TypeConstraintViolation");
  CHECK(rig.ask("Reset", {{"type", "Soon"}})["error"] == "PropertyConstraintViolation");
  CHECK(rig.ask("RequestStopTransaction", {{"transactionId", std::string(37, 'x')}})["error"] ==
        "PropertyConstraintViolation");
  CHECK(rig.resets.empty());
}

TEST_CASE("frames of a hostile backend are refused or dropped, and the station goes on") {
  Rig rig;
  rig.accept();
  for (const std::string& text :
       {std::string{}, std::string{"[]"}, std::string{"{"}, std::string{"[2]"}, std::string{R"([2,"","Reset",{}])"},
        std::string{R"([3,"nobody",{}])"}, std::string{R"([4,"nobody","X","",{}])"}, std::string{R"([9,"a",{}])"},
        std::string{R"([5,"a","X","",{}])"}, std::string{R"([6,"a","Reset",{}])"},
        "[2,\"" + std::string(37, 'i') + "\",\"Reset\",{}]", std::string(200'000, '['), std::string(200'000, ' '),
        "[2,\"a\",\"Reset\"," + std::string(5000, '{')}) {
    CAPTURE(text.substr(0, 40));
    rig.core->received(text);
    for (const auto& sent : rig.sent) CHECK(Json::parse(sent)[0] == 4);
    rig.sent.clear();
  }
  CHECK(rig.has_record("InvalidMessages"));
  CHECK(rig.ask("Reset", {{"type", "OnIdle"}})["status"] == "Accepted");
}

TEST_CASE("invalid messages fill neither ledger nor disk") {
  Rig rig;
  rig.accept();
  const auto before = rig.ledger.size();
  for (int i = 0; i < 1000; ++i) rig.core->received("nonsense");
  CHECK(rig.ledger.size() <= before + 1);
}

TEST_CASE("the same request again, word for word, gets the same answer and does nothing a second time") {
  Rig rig;
  rig.accept();
  const auto first = rig.ask("RequestStartTransaction", start_request(), "same-id");
  rig.remote_answer = {session::RemoteVerdict::rejected, {}};
  CHECK(rig.ask("RequestStartTransaction", start_request(), "same-id") == first);
  CHECK(rig.starts.size() == 1);
  CHECK(rig.ask("RequestStartTransaction", start_request(0), "same-id")["status"] == "Rejected");
}

TEST_CASE("requests are answered while an answer is awaited") {
  Rig rig;
  rig.accept();
  rig.add_event(session::EventType::started);
  rig.core->work_available();
  rig.call("TransactionEvent");
  const auto id = rig.last_id;
  CHECK(rig.ask("GetLocalListVersion", Json::object())["versionNumber"] == 0);
  rig.core->received(Json::array({3, id, Json::object()}).dump());
  CHECK(rig.store->events().empty());
}

TEST_CASE("a flood of requests is answered with errors, and never with more than the ledger can record") {
  Rig rig;
  rig.accept();
  rig.ledger_alive = false;
  int done = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto answer = rig.ask(
        "SetVariables", {{"setVariableData", Json::array({{{"component", {{"name", "ClockCtrlr"}}},
                                                           {"variable", {{"name", "TimeAdjustmentReportingThreshold"}}},
                                                           {"attributeValue", std::to_string(1 + i % 2)}}})}});
    done += answer.contains("setVariableResult") ? 1 : 0;
  }
  CHECK(done > 0);
  CHECK(done <= 64);
  rig.ledger_alive = true;
  rig.pass(30s);
  rig.drain();
  CHECK(!rig.has_record("RecordsLost"));
  CHECK(rig.ask("GetLocalListVersion", Json::object())["versionNumber"] == 0);
}
