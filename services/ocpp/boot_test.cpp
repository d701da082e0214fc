#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

//=test OCPP-2.0.1 B01.FR.01
//=test OCPP-2.0.1 B01.FR.05
//=test OCPP-2.0.1 B01.FR.08
//=test OCPP-2.0.1 B01.FR.09
TEST_CASE("nothing but BootNotification is sent before acceptance, then the connector's status and what waited") {
  Rig rig;
  rig.add_event(session::EventType::started);
  rig.core->work_available();
  CHECK(rig.quiet());
  rig.connect();
  const auto boot = rig.call("BootNotification");
  CHECK(boot["reason"] == "PowerUp");
  CHECK(boot["chargingStation"]["serialNumber"] == "CS001");
  CHECK(boot["chargingStation"]["model"] == "Bulwatt AC");
  CHECK(rig.quiet());
  rig.pass(10s);
  CHECK(rig.quiet());
  rig.answer(rig.boot_answer("Accepted"));
  CHECK(rig.drain() == std::vector<std::string>{"StatusNotification", "SecurityEventNotification", "TransactionEvent"});
  CHECK(rig.links.back());
}

//=test OCPP-2.0.1 B02.FR.02
//=test OCPP-2.0.1 B02.FR.04
//=test OCPP-2.0.1 B02.FR.07
//=test OCPP-2.0.1 B02.FR.08
//=test OCPP-2.0.1 B03.FR.02
//=test OCPP-2.0.1 B03.FR.05
//=test OCPP-2.0.1 B03.FR.06
TEST_CASE("an answer other than Accepted means silence until the interval is over") {
  struct Case {
    const char* status;
    int interval;
    int wait;
  };
  for (const auto& c : {Case{"Pending", 40, 40}, Case{"Rejected", 40, 40}, Case{"Pending", 0, 60},
                        Case{"Rejected", 0, 60}, Case{"Rejected", -5, 60}}) {
    CAPTURE(c.status);
    CAPTURE(c.interval);
    Rig rig;
    rig.add_event(session::EventType::started);
    rig.connect();
    rig.call("BootNotification");
    rig.answer(rig.boot_answer(c.status, c.interval));
    rig.core->work_available();
    rig.snapshot.connector = session::ConnectorStatus::occupied;
    rig.core->snapshot_changed();
    rig.pass(std::chrono::seconds{c.wait} - 1ms);
    CHECK(rig.quiet());
    CHECK(rig.links.back() == false);
    rig.pass(1ms);
    rig.call("BootNotification");
    rig.answer(rig.boot_answer("Accepted"));
    CHECK(rig.drain().size() == 3);
  }
}

TEST_CASE("an answer may have members that the standard does not know, but none of its own may be wrong") {
  Rig rig;
  rig.connect();
  rig.call("BootNotification");
  auto answer = rig.boot_answer("Accepted");
  answer["vendor"] = {{"name", "x"}, {"list", {1, nullptr, "2"}}};
  answer["statusInfo"] = {{"reasonCode", "Ok"}, {"hint", 7}};
  rig.answer(answer);
  CHECK(rig.links.back());

  for (const char* member : {"status", "interval", "currentTime"}) {
    CAPTURE(member);
    Rig other;
    other.connect();
    other.call("BootNotification");
    auto wrong = other.boot_answer("Accepted");
    wrong["vendor"] = 1;
    wrong[member] = {{"vendor", 1}};
    other.answer(wrong);
    CHECK(std::ranges::count(other.links, true) == 0);
  }
}

TEST_CASE("a request with a member that the standard does not know is refused") {
  Rig rig;
  rig.accept();
  rig.core->received(R"([2,"more","ChangeAvailability",{"operationalStatus":"Inoperative","vendor":1}])");
  REQUIRE(!rig.quiet());
  const auto frame = Json::parse(rig.sent.front());
  CHECK(frame[0] == 4);
  CHECK(frame[1] == "more");
  CHECK(rig.changes.empty());
}

TEST_CASE("a mere reconnect brings no new BootNotification, neither accepted nor before the interval") {
  Rig rig;
  rig.accept();
  rig.disconnect();
  rig.connect();
  CHECK(rig.quiet());
  Rig other;
  other.connect();
  other.call("BootNotification");
  other.answer(other.boot_answer("Pending", 100));
  other.disconnect();
  other.connect();
  CHECK(other.quiet());
  other.pass(100s);
  other.call("BootNotification");
}

TEST_CASE("an unanswered, broken or refused BootNotification is tried again") {
  Rig rig;
  rig.connect();
  rig.call("BootNotification");
  rig.pass(29s);
  CHECK(rig.quiet());
  rig.pass(62s);
  rig.call("BootNotification");
  rig.error("InternalError");
  CHECK(rig.quiet());
  rig.pass(60s);
  rig.call("BootNotification");
  rig.answer({{"status", "Maybe"}});
  rig.pass(60s);
  rig.call("BootNotification");
  SUBCASE("a connection lost before the answer: at once on the next one when the retry time has come") {
    rig.disconnect();
    rig.pass(61s);
    rig.connect();
    rig.call("BootNotification");
  }
}

//=test OCPP-2.0.1 B03.FR.08
TEST_CASE("while rejected every request is refused with SecurityError") {
  Rig rig;
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Rejected", 100));
  CHECK(rig.ask("GetVariables",
                {{"getVariableData",
                  {{{"component", {{"name", "ClockCtrlr"}}}, {"variable", {{"name", "DateTime"}}}}}}})["error"] ==
        "SecurityError");
  CHECK(rig.ask("Nonsense", Json::object())["error"] == "SecurityError");
}

//=test OCPP-2.0.1 B02.FR.01
//=test OCPP-2.0.1 B02.FR.02
//=test OCPP-2.0.1 B02.FR.05
//=test OCPP-2.0.1 B02.FR.06
TEST_CASE("while pending requests are answered, what was asked for is sent, and remote starts are rejected") {
  Rig rig;
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Pending", 1000));
  const auto started =
      rig.ask("RequestStartTransaction", {{"idToken", {{"idToken", "A"}, {"type", "Central"}}}, {"remoteStartId", 1}});
  CHECK(started["status"] == "Rejected");
  CHECK(started["statusInfo"]["reasonCode"] == "CSNotAccepted");
  CHECK(rig.ask("RequestStopTransaction", {{"transactionId", "x"}})["status"] == "Rejected");
  CHECK(rig.starts.empty());
  CHECK(rig.ask("TriggerMessage", {{"requestedMessage", "StatusNotification"}})["status"] == "Accepted");
  CHECK(rig.has_record("TriggerMessage"));
  CHECK(rig.call("StatusNotification")["connectorStatus"] == "Available");
  rig.answer(Json::object());
  CHECK(rig.quiet());
  CHECK(rig.ask("GetBaseReport", {{"requestId", 7}, {"reportBase", "SummaryInventory"}})["status"] == "Accepted");
  CHECK(rig.call("NotifyReport")["requestId"] == 7);
  rig.answer(Json::object());
  rig.drain();
  CHECK(rig.ask("TriggerMessage", {{"requestedMessage", "BootNotification"}})["status"] == "Accepted");
  CHECK(rig.call("BootNotification")["reason"] == "Triggered");
}

//=test OCPP-2.0.1 B01.FR.04
//=test OCPP-2.0.1 G02.FR.01
//=test OCPP-2.0.1 G02.FR.02
//=test OCPP-2.0.1 G02.FR.05
TEST_CASE("heartbeats come after the interval of silence that the backend asked for") {
  Rig rig;
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Accepted", 20));
  rig.drain();
  rig.pass(19s);
  CHECK(rig.quiet());
  rig.snapshot.connector = session::ConnectorStatus::occupied;
  rig.core->snapshot_changed();
  CHECK(rig.drain() == std::vector<std::string>{"StatusNotification"});
  rig.pass(19s);
  CHECK(rig.quiet());
  rig.pass(1s);
  CHECK(rig.call("Heartbeat") == Json::object());
}

//=test OCPP-2.0.1 G02.FR.07
TEST_CASE("a heartbeat comes once a day even if other messages never leave a silence") {
  Rig rig;
  rig.accept();
  int heartbeats = 0;
  for (int i = 0; i < 25 * 60; ++i) {
    rig.pass(60s);
    rig.snapshot.connector = i % 2 == 0 ? session::ConnectorStatus::occupied : session::ConnectorStatus::available;
    rig.core->snapshot_changed();
    for (const auto& action : rig.drain()) heartbeats += action == "Heartbeat" ? 1 : 0;
  }
  CHECK(heartbeats == 1);
}

//=test OCPP-2.0.1 B01.FR.06
//=test OCPP-2.0.1 G02.FR.06
TEST_CASE("stamps follow the backend's clock, also after a restart, and a great correction is a security event") {
  Rig rig;
  rig.connect();
  rig.call("BootNotification");
  rig.answer({{"currentTime", "2030-01-01T00:00:00Z"}, {"interval", 300}, {"status", "Accepted"}});
  const auto status = rig.call("StatusNotification");
  CHECK(status["timestamp"].get<std::string>().starts_with("2030-01-01T00:00:00"));
  CHECK(rig.has_record("SettingSystemTime"));
  rig.boot_process(false);
  rig.connect();
  rig.call("BootNotification");
  rig.answer({{"currentTime", "2030-01-01T00:00:01.500Z"}, {"interval", 300}, {"status", "Accepted"}});
  CHECK(rig.call("StatusNotification")["timestamp"].get<std::string>().starts_with("2030-01-01T00:00:00"));
}

TEST_CASE("a time that cannot be is not taken over") {
  Rig rig;
  rig.connect();
  rig.call("BootNotification");
  rig.answer({{"currentTime", "9999-12-31T00:00:00Z"}, {"interval", 300}, {"status", "Accepted"}});
  CHECK(rig.call("StatusNotification")["timestamp"] == rig.time());
  CHECK(rig.has_record("TimeRefused"));
}

TEST_CASE("a backend that has forgotten the station gets a new BootNotification after a while") {
  Rig rig;
  rig.accept();
  rig.snapshot.connector = session::ConnectorStatus::occupied;
  rig.core->snapshot_changed();
  rig.call("StatusNotification");
  rig.error("SecurityError");
  CHECK(rig.quiet());
  CHECK(rig.links.back() == false);
  rig.pass(60s);
  rig.call("BootNotification");
}

//=test OCPP-2.0.1 B01.FR.03
TEST_CASE("the reason of a boot is the reset that was asked for, a crash, or power") {
  struct Case {
    const char* type;
    session::ChangeVerdict verdict;
    const char* reason;
  };
  for (const auto& c : {Case{"Immediate", session::ChangeVerdict::accepted, "RemoteReset"},
                        Case{"OnIdle", session::ChangeVerdict::scheduled, "ScheduledReset"},
                        Case{"OnIdle", session::ChangeVerdict::accepted, "RemoteReset"},
                        Case{"Immediate", session::ChangeVerdict::rejected, "PowerUp"}}) {
    Rig rig;
    rig.accept();
    rig.change_answer = c.verdict;
    rig.ask("Reset", {{"type", c.type}});
    rig.boot_process(true);
    rig.connect();
    CHECK(rig.call("BootNotification")["reason"] == c.reason);
    rig.boot_process(false);
    rig.connect();
    CHECK(rig.call("BootNotification")["reason"] == "ApplicationReset");
  }
}

//=test OCPP-2.0.1 B04.FR.01
//=test OCPP-2.0.1 B04.FR.02
TEST_CASE("after a long time offline the status is told anew, after a short one only when it changed") {
  struct Case {
    Duration offline;
    bool changed;
    bool told;
  };
  for (const auto& c :
       {Case{59s, false, false}, Case{59s, true, true}, Case{61s, false, true}, Case{61s, true, true}}) {
    Rig rig;
    rig.accept();
    rig.disconnect();
    if (c.changed) rig.snapshot.connector = session::ConnectorStatus::faulted;
    rig.core->snapshot_changed();
    rig.pass(c.offline);
    rig.connect();
    const auto actions = rig.drain();
    CHECK((std::ranges::find(actions, "StatusNotification") != actions.end()) == c.told);
  }
}

//=test OCPP-2.0.1 G01.FR.03
//=test OCPP-2.0.1 G01.FR.04
//=test OCPP-2.0.1 G01.FR.07
TEST_CASE(
    "every change of the connector's status is told, a change back in between is not, and a silent backend is asked "
    "again") {
  Rig rig;
  rig.accept();
  const auto change = [&](session::ConnectorStatus status) {
    rig.snapshot.connector = status;
    rig.core->snapshot_changed();
  };
  change(session::ConnectorStatus::occupied);
  CHECK(rig.call("StatusNotification")["connectorStatus"] == "Occupied");
  change(session::ConnectorStatus::unavailable);
  change(session::ConnectorStatus::occupied);
  rig.answer(Json::object());
  CHECK(rig.quiet());
  change(session::ConnectorStatus::available);
  CHECK(rig.call("StatusNotification")["connectorStatus"] == "Available");
  rig.pass(31s);
  CHECK(rig.quiet());
  rig.pass(60s);
  CHECK(rig.call("StatusNotification")["connectorStatus"] == "Available");
  rig.error("InternalError");
  rig.pass(120s);
  CHECK(rig.quiet());
}

TEST_CASE("a lost pulse of session is made up for") {
  Rig rig;
  rig.accept();
  rig.add_event(session::EventType::started);
  rig.snapshot.connector = session::ConnectorStatus::occupied;
  rig.pass(31s);
  CHECK(rig.drain() == std::vector<std::string>{"StatusNotification", "TransactionEvent"});
}

TEST_CASE("a connector is told once its EVSE knows its own state, or three seconds later anyway") {
  Rig rig;
  const auto told = [&] {
    const auto actions = rig.drain();
    return std::ranges::find(actions, "StatusNotification") != actions.end();
  };
  rig.snapshot.state = session::State::starting;
  rig.core->snapshot_changed();
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Accepted"));
  CHECK_FALSE(told());
  SUBCASE("it does") {
    rig.snapshot.state = session::State::available;
    rig.core->snapshot_changed();
  }
  SUBCASE("it does not") { rig.pass(3s); }
  CHECK(told());
}
