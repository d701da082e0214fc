#include "services/ocpp/built_in_monitors.hpp"
#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

namespace {

Json variable(const std::string& component, const std::string& name) {
  Json out{{"component", {{"name", component}}}, {"variable", {{"name", name}}}};
  if (component == "EVSE" || component == "TemperatureSensor" || component == "PowerContactor" || component == "RCD")
    out["component"]["evse"] = {{"id", 1}};
  return out;
}
Json monitor(const std::string& component, const std::string& name, const char* type, double value, int severity = 4) {
  auto out = variable(component, name);
  out["type"] = type;
  out["value"] = value;
  out["severity"] = severity;
  return out;
}
Json set(Rig& rig, const Json& what) {
  return rig.ask("SetVariableMonitoring", {{"setMonitoringData", Json::array({what})}})["setMonitoringResult"][0];
}
std::string clear(Rig& rig, int id) {
  return rig.ask("ClearVariableMonitoring", {{"id", {id}}})["clearMonitoringResult"][0]["status"];
}
/// The only event of the message that follows.
Json event(Rig& rig) {
  const auto request = rig.call("NotifyEvent");
  CHECK(request["seqNo"] == 0);
  CHECK(request["eventData"].size() == 1);
  rig.answer(Json::object());
  return request["eventData"][0];
}
/// Every monitor in the report that follows a request; -1: the request was not accepted.
int report(Rig& rig, Json request = Json::object()) {
  request["requestId"] = 77;
  const auto status = rig.ask("GetMonitoringReport", request)["status"];
  if (status == "EmptyResultSet") return 0;
  if (status != "Accepted") return -1;
  int count = 0;
  for (int seq_no = 0;; ++seq_no) {
    const auto part = rig.call("NotifyMonitoringReport");
    CHECK(part["requestId"] == 77);
    CHECK(part["seqNo"] == seq_no);
    CHECK(part["monitor"].size() <= 8);
    for (const auto& one : part["monitor"]) count += static_cast<int>(one["variableMonitoring"].size());
    rig.answer(Json::object());
    if (!part.value("tbc", false)) break;
  }
  return count;
}
void heat(Rig& rig, int degrees) {
  rig.snapshot.power.temperature_dc = static_cast<std::int16_t>(degrees * 10);
  rig.core->snapshot_changed();
}
constexpr int kBuiltInCount = static_cast<int>(kBuiltIn.size());

}  // namespace

//=test OCPP-2.0.1 N04.FR.01
//=test OCPP-2.0.1 N04.FR.02
//=test OCPP-2.0.1 N04.FR.03
//=test OCPP-2.0.1 N04.FR.04
//=test OCPP-2.0.1 N04.FR.05
//=test OCPP-2.0.1 N04.FR.06
//=test OCPP-2.0.1 N04.FR.08
//=test OCPP-2.0.1 N04.FR.11
//=test OCPP-2.0.1 N04.FR.14
TEST_CASE("a monitor is set only where its variable and its kind allow it, each with a result of its own") {
  Rig rig;
  rig.accept();
  const auto good = set(rig, monitor("EVSE", "Power", "UpperThreshold", 11'000));
  CHECK(good["status"] == "Accepted");
  CHECK(good["id"] == 1000);
  CHECK(good["type"] == "UpperThreshold");
  CHECK(good["severity"] == 4);
  CHECK(good["component"]["evse"]["id"] == 1);
  struct Case {
    const char* component;
    const char* name;
    const char* type;
    double value;
    int severity;
    const char* status;
  };
  for (const auto& c :
       {Case{"Nothing", "Power", "Delta", 1, 4, "UnknownComponent"},
        Case{"EVSE", "Nothing", "Delta", 1, 4, "UnknownVariable"},
        Case{"EVSE", "Problem", "UpperThreshold", 1, 4, "UnsupportedMonitorType"},
        Case{"ClockCtrlr", "DateTime", "Periodic", 60, 4, "UnsupportedMonitorType"},
        Case{"EVSE", "SupplyPhases", "Delta", 1, 4, "UnsupportedMonitorType"},
        Case{"EVSE", "Power", "UpperThreshold", 1e6, 4, "Rejected"},
        Case{"OCPPCommCtrlr", "OfflineThreshold", "LowerThreshold", -1, 4, "Rejected"},
        Case{"EVSE", "Power", "Delta", -1, 4, "Rejected"}, Case{"EVSE", "Power", "Periodic", 0, 4, "Rejected"},
        Case{"EVSE", "Power", "Periodic", 86'401, 4, "Rejected"}, Case{"EVSE", "Power", "Delta", 1, 10, "Rejected"},
        Case{"EVSE", "Power", "Delta", 1, -1, "Rejected"}}) {
    CAPTURE(c.name);
    CAPTURE(c.value);
    const auto result = set(rig, monitor(c.component, c.name, c.type, c.value, c.severity));
    CHECK(result["status"] == c.status);
    CHECK(!result.contains("id"));
  }
  const auto two =
      rig.ask("SetVariableMonitoring",
              {{"setMonitoringData",
                {monitor("EVSE", "Power", "Delta", 100, 5), monitor("RCD", "Tripped", "LowerThreshold", 1, 5)}}});
  REQUIRE(two["setMonitoringResult"].size() == 2);
  CHECK(two["setMonitoringResult"][0]["status"] == "Accepted");
  CHECK(two["setMonitoringResult"][1]["status"] == "UnsupportedMonitorType");
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 N04.FR.10
//=test OCPP-2.0.1 N04.FR.12
//=test OCPP-2.0.1 N04.FR.13
//=test OCPP-2.0.1 N04.FR.15
//=test OCPP-2.0.1 N04.FR.16
//=test OCPP-2.0.1 N04.FR.18
TEST_CASE("a monitor is replaced by its id on the same variable, and never twice the same") {
  Rig rig;
  rig.accept();
  auto one = monitor("EVSE", "Power", "UpperThreshold", 11'000);
  CHECK(set(rig, one)["status"] == "Accepted");
  CHECK(set(rig, one)["status"] == "Duplicate");
  one["id"] = 1000;
  one["value"] = 7000;
  CHECK(set(rig, one)["id"] == 1000);
  auto elsewhere = monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50);
  elsewhere["id"] = 1000;
  CHECK(set(rig, elsewhere)["status"] == "Rejected");
  elsewhere["id"] = 4711;
  CHECK(set(rig, elsewhere)["status"] == "Rejected");
  auto hard = monitor("EmergencyStopSensor", "Tripped", "Delta", 1, 9);
  hard["component"]["evse"] = {{"id", 1}};
  hard["id"] = 1;
  CHECK(set(rig, hard)["status"] == "Rejected");
  CHECK(report(rig) == kBuiltInCount + 1);
  // A preconfigured one that was changed is the backend's own until the base is set anew.
  auto hot = monitor("TemperatureSensor", "Temperature", "UpperThreshold", 60, 6);
  hot["id"] = kBuiltInCount;
  CHECK(set(rig, hot)["status"] == "Accepted");
  CHECK(report(rig) == kBuiltInCount + 1);
  heat(rig, 61);
  CHECK(event(rig)["eventNotificationType"] == "CustomMonitor");
  CHECK(rig.ask("SetMonitoringBase", {{"monitoringBase", "FactoryDefault"}})["status"] == "Accepted");
  CHECK(event(rig)["cleared"] == true);  // the preconfigured threshold is higher
  heat(rig, 81);
  CHECK(event(rig)["eventNotificationType"] == "PreconfiguredMonitor");
}

//=test OCPP-2.0.1 N07.FR.02
//=test OCPP-2.0.1 N07.FR.06
//=test OCPP-2.0.1 N07.FR.07
//=test OCPP-2.0.1 N07.FR.11
//=test OCPP-2.0.1 N07.FR.12
//=test OCPP-2.0.1 N07.FR.16
//=test OCPP-2.0.1 N07.FR.17
TEST_CASE("a threshold is told when it is exceeded, when it is not any more, and when it is moved across the value") {
  Rig rig;
  rig.accept();
  auto upper = monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50);
  const int id = set(rig, upper)["id"];
  heat(rig, 50);
  CHECK(rig.quiet());
  heat(rig, 51);
  const auto first = event(rig);
  CHECK(first["trigger"] == "Alerting");
  CHECK(first["actualValue"] == "51.0");
  CHECK(first["variableMonitoringId"] == id);
  CHECK(first["component"]["name"] == "TemperatureSensor");
  CHECK(first["component"]["evse"]["id"] == 1);
  CHECK(first["variable"]["name"] == "Temperature");
  CHECK(first["cleared"] == false);
  CHECK(first["eventNotificationType"] == "CustomMonitor");
  heat(rig, 52);
  CHECK(rig.quiet());
  upper["id"] = id;
  upper["value"] = 51;
  CHECK(set(rig, upper)["status"] == "Accepted");
  CHECK(event(rig)["cleared"] == false);
  upper["value"] = 60;
  CHECK(set(rig, upper)["status"] == "Accepted");
  CHECK(event(rig)["cleared"] == true);
  heat(rig, 61);
  CHECK(event(rig)["cleared"] == false);
  CHECK(clear(rig, id) == "Accepted");
  CHECK(rig.quiet());
  heat(rig, 20);
  CHECK(rig.quiet());
  const auto lower = set(rig, monitor("TemperatureSensor", "Temperature", "LowerThreshold", 0));
  heat(rig, -1);
  CHECK(event(rig)["variableMonitoringId"] == lower["id"]);
  heat(rig, 0);
  CHECK(event(rig)["cleared"] == true);
}

//=test OCPP-2.0.1 N07.FR.13
//=test OCPP-2.0.1 N07.FR.14
TEST_CASE("monitors outlive a restart, and so does that their threshold was exceeded") {
  Rig rig;
  rig.accept();
  set(rig, monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50));
  heat(rig, 51);
  event(rig);
  rig.boot_process(true);
  rig.accept();
  CHECK(report(rig) == kBuiltInCount + 1);
  CHECK(rig.quiet());
  rig.snapshot.power.temperature_dc = 200;
  rig.boot_process(true);
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Accepted"));
  bool cleared = false;
  while (!rig.quiet()) {
    const auto frame = Json::parse(rig.sent.front());
    if (frame[2] == "NotifyEvent") {
      for (const auto& one : frame[3]["eventData"]) cleared = cleared || one.value("cleared", false);
    }
    rig.last_id = frame[1];
    rig.sent.pop_front();
    rig.answer(Json::object());
  }
  CHECK(cleared);
}

//=test OCPP-2.0.1 N07.FR.18
//=test OCPP-2.0.1 N07.FR.19
TEST_CASE("a change is told when a number has moved by more than the value, and with anything else at every change") {
  Rig rig;
  rig.accept();
  CHECK(set(rig, monitor("EVSE", "Power", "Delta", 1000))["status"] == "Accepted");
  CHECK(set(rig, monitor("EVSE", "AvailabilityState", "Delta", 1))["status"] == "Accepted");
  const auto power = [&](int watts) {
    rig.snapshot.power_mw = watts * 1000;
    rig.core->snapshot_changed();
  };
  power(1000);
  CHECK(rig.quiet());
  power(1001);
  CHECK(event(rig)["trigger"] == "Delta");
  power(1);
  CHECK(rig.quiet());
  power(0);
  CHECK(event(rig)["actualValue"] == "0");
  rig.snapshot.connector = session::ConnectorStatus::occupied;
  rig.core->snapshot_changed();
  rig.call("StatusNotification");
  rig.answer(Json::object());
  CHECK(event(rig)["actualValue"] == "Occupied");
}

//=test OCPP-2.0.1 N08.FR.04
//=test OCPP-2.0.1 N08.FR.05
//=test OCPP-2.0.1 N08.FR.06
//=test OCPP-2.0.1 N08.FR.07
TEST_CASE("a periodic monitor tells by its own clock, an aligned one by the day's") {
  Rig rig;
  rig.civil_ms = 1'800'000'000'000 - 1'800'000'000'000 % 86'400'000 + 100'000;  // 00:01:40
  rig.boot_process(true);
  rig.accept();
  set(rig, monitor("TemperatureSensor", "Temperature", "Periodic", 130));
  rig.pass(129s);
  CHECK(rig.quiet());
  rig.pass(1s);
  CHECK(event(rig)["trigger"] == "Periodic");
  rig.pass(130s);
  const auto second = event(rig);
  CHECK(!second.contains("cleared"));
  CHECK(clear(rig, second["variableMonitoringId"]) == "Accepted");
  set(rig, monitor("TemperatureSensor", "Temperature", "PeriodicClockAligned", 900));  // it is 00:06:00
  rig.pass(539s);
  rig.drain();
  rig.pass(1s);
  CHECK(event(rig)["timestamp"].get<std::string>().find("T00:15:00") != std::string::npos);
}

//=test OCPP-2.0.1 N07.FR.04
//=test OCPP-2.0.1 N08.FR.03
TEST_CASE("without a connection only events that matter enough wait, also over a restart") {
  Rig rig;
  rig.accept();
  set(rig, monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50, 4));
  set(rig, monitor("TemperatureSensor", "Temperature", "UpperThreshold", 40, 5));
  rig.disconnect();
  heat(rig, 55);
  CHECK(rig.store->notices().size() == 1);
  REQUIRE(rig.store->commit());
  rig.boot_process(true);
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Accepted"));
  int events = 0;
  while (!rig.quiet()) {
    const auto frame = Json::parse(rig.sent.front());
    if (frame[2] == "NotifyEvent") events += static_cast<int>(frame[3]["eventData"].size());
    rig.last_id = frame[1];
    rig.sent.pop_front();
    rig.answer(Json::object());
  }
  CHECK(events == 1);
  CHECK(rig.store->notices().empty());
}

TEST_CASE("a backend that refuses events gets the next ones all the same, and none is sent twice with one number") {
  Rig rig;
  rig.accept();
  set(rig, monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50, 4));
  heat(rig, 55);
  for (int i = 0; i < 3; ++i) {
    rig.call("NotifyEvent");
    rig.error("InternalError");
    CHECK(rig.quiet());
    rig.pass(60s);
  }
  CHECK(rig.quiet());
  CHECK(rig.has_record("EventsNotTaken"));
  heat(rig, 20);
  const int number = event(rig)["eventId"];
  rig.boot_process(false);
  rig.accept();
  heat(rig, 55);
  CHECK(event(rig)["eventId"] > number);
}

//=test OCPP-2.0.1 N05.FR.01
//=test OCPP-2.0.1 N05.FR.02
//=test OCPP-2.0.1 N05.FR.03
//=test OCPP-2.0.1 N07.FR.15
TEST_CASE("the level says down to which severity events are told, and outlives a restart") {
  Rig rig;
  rig.accept();
  const auto level = [&](int severity) { return rig.ask("SetMonitoringLevel", {{"severity", severity}})["status"]; };
  for (const int bad : {-1, 10}) CHECK(level(bad) == "Rejected");
  CHECK(level(4) == "Accepted");
  set(rig, monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50, 5));
  heat(rig, 51);
  CHECK(rig.quiet());
  heat(rig, 49);
  rig.boot_process(true);
  rig.accept();
  heat(rig, 51);
  CHECK(rig.quiet());
  CHECK(level(5) == "Accepted");
  heat(rig, 49);
  CHECK(event(rig)["cleared"] == true);
}

//=test OCPP-2.0.1 N03.FR.01
//=test OCPP-2.0.1 N03.FR.03
//=test OCPP-2.0.1 N03.FR.04
//=test OCPP-2.0.1 N03.FR.05
//=test OCPP-2.0.1 N06.FR.01
//=test OCPP-2.0.1 N06.FR.02
//=test OCPP-2.0.1 N06.FR.03
//=test OCPP-2.0.1 N06.FR.05
TEST_CASE("the base decides which monitors there are; hard-wired ones are never cleared") {
  Rig rig;
  rig.accept();
  const auto base = [&](const char* name) {
    return rig.ask("SetMonitoringBase", {{"monitoringBase", name}})["status"];
  };
  const auto hard = static_cast<int>(std::ranges::count(kBuiltIn, MonitorKind::hard_wired, &BuiltIn::kind));
  set(rig, monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50));
  CHECK(report(rig) == kBuiltInCount + 1);
  CHECK(clear(rig, kBuiltInCount) == "Accepted");
  CHECK(clear(rig, kBuiltInCount) == "NotFound");
  CHECK(clear(rig, 1) == "Rejected");
  CHECK(report(rig) == kBuiltInCount);
  CHECK(base("All") == "Accepted");
  CHECK(report(rig) == kBuiltInCount + 1);
  CHECK(base("HardWiredOnly") == "Accepted");
  CHECK(report(rig) == hard);
  set(rig, monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50));
  CHECK(report(rig) == hard + 1);
  rig.boot_process(true);
  rig.accept();
  CHECK(report(rig) == hard + 1);
  CHECK(base("FactoryDefault") == "Accepted");
  CHECK(report(rig) == kBuiltInCount);
}

//=test OCPP-2.0.1 N02.FR.01
//=test OCPP-2.0.1 N02.FR.03
//=test OCPP-2.0.1 N02.FR.04
//=test OCPP-2.0.1 N02.FR.05
//=test OCPP-2.0.1 N02.FR.06
//=test OCPP-2.0.1 N02.FR.08
//=test OCPP-2.0.1 N02.FR.09
//=test OCPP-2.0.1 N02.FR.10
//=test OCPP-2.0.1 N02.FR.11
//=test OCPP-2.0.1 N02.FR.12
//=test OCPP-2.0.1 N02.FR.13
//=test OCPP-2.0.1 N02.FR.14
//=test OCPP-2.0.1 N02.FR.16
//=test OCPP-2.0.1 N02.FR.19
TEST_CASE("a report has the monitors of the kinds and places that were asked for") {
  Rig rig;
  rig.accept();
  for (int severity = 0; severity < 6; ++severity) set(rig, monitor("EVSE", "Power", "Periodic", 3600, severity));
  const auto of = [](const char* kind) { return Json{{"monitoringCriteria", {kind}}}; };
  CHECK(report(rig) == kBuiltInCount + 6);
  CHECK(report(rig, of("ThresholdMonitoring")) == 1);
  CHECK(report(rig, of("DeltaMonitoring")) == kBuiltInCount - 1);
  CHECK(report(rig, of("PeriodicMonitoring")) == 6);
  auto place = Json{{"componentVariable", Json::array({{{"component", {{"name", "EVSE"}}}}})}};
  CHECK(report(rig, place) == 7);
  place["monitoringCriteria"] = {"DeltaMonitoring"};
  CHECK(report(rig, place) == 1);
  place["monitoringCriteria"] = {"ThresholdMonitoring"};
  CHECK(report(rig, place) == 0);
  CHECK(report(rig, {{"componentVariable", Json::array({variable("EVSE", "Power")})}}) == 6);
}

//=test OCPP-2.0.1 N07.FR.10
TEST_CASE("a new password is told by a hard-wired monitor without its value") {
  Rig rig;
  rig.accept();
  rig.ask("SetVariables", {{"setVariableData", Json::array({{{"component", {{"name", "SecurityCtrlr"}}},
                                                             {"variable", {{"name", "BasicAuthPassword"}}},
                                                             {"attributeValue", "a-new-password-16"}}})}});
  const auto told = event(rig);
  CHECK(told["variable"]["name"] == "BasicAuthPassword");
  CHECK(told["actualValue"] == "");
  CHECK(told["eventNotificationType"] == "HardWiredMonitor");
}

TEST_CASE("a monitor for transactions is silent without one, and names the one there is") {
  Rig rig;
  rig.accept();
  auto during = monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50);
  during["transaction"] = true;
  set(rig, during);
  heat(rig, 51);
  CHECK(rig.quiet());
  rig.snapshot.transaction = "tx-1";
  rig.core->snapshot_changed();
  CHECK(event(rig)["transactionId"] == "tx-1");
}

TEST_CASE("what the disk does not take is not told as set, and no monitor is lost by it") {
  Rig rig;
  rig.accept();
  set(rig, monitor("TemperatureSensor", "Temperature", "UpperThreshold", 50));
  rig.storage.fail_syncs(10);
  CHECK(set(rig, monitor("TemperatureSensor", "Temperature", "LowerThreshold", 0))["status"] == "Rejected");
  CHECK(clear(rig, 1000) == "Rejected");
  rig.storage.fail_syncs(0);
  rig.pass(5s);
  CHECK(report(rig) == kBuiltInCount + 1);
  rig.boot_process(true);
  rig.accept();
  CHECK(report(rig) == kBuiltInCount + 1);
}

TEST_CASE("the number of monitors is bounded") {
  Rig rig;
  rig.accept();
  int accepted = 0;
  for (const auto* name : {"HeartbeatInterval", "OfflineThreshold", "WebSocketPingInterval", "RetryBackOffWaitMinimum",
                           "RetryBackOffRandomRange", "RetryBackOffRepeatTimes", "NetworkProfileConnectionAttempts"}) {
    for (int severity = 0; severity < 10; ++severity) {
      for (const auto* type : {"Delta", "UpperThreshold", "LowerThreshold"}) {
        rig.pass(1s);
        accepted += set(rig, monitor("OCPPCommCtrlr", name, type, 5, severity))["status"] == "Accepted" ? 1 : 0;
        rig.drain();
      }
    }
  }
  CHECK(accepted == static_cast<int>(kMaxMonitors) - kBuiltInCount);
}
