#include <fstream>

#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

namespace {

Json place(const std::string& component, const std::string& variable, const std::string& instance = {}) {
  Json out{{"component", {{"name", component}}}, {"variable", {{"name", variable}}}};
  if (component == "EVSE") out["component"]["evse"] = {{"id", 1}};
  if (component == "Connector") out["component"]["evse"] = {{"id", 1}, {"connectorId", 1}};
  if (!instance.empty()) out["variable"]["instance"] = instance;
  return out;
}
Json get(Rig& rig, const Json& what) {
  return rig.ask("GetVariables", {{"getVariableData", Json::array({what})}})["getVariableResult"][0];
}
Json set(Rig& rig, Json what, const std::string& value) {
  what["attributeValue"] = value;
  return rig.ask("SetVariables", {{"setVariableData", Json::array({what})}})["setVariableResult"][0];
}

/// All parts of the report that follows.
Json collect(Rig& rig, int request_id) {
  Json all = Json::array();
  for (int seq_no = 0;; ++seq_no) {
    const auto part = rig.call("NotifyReport");
    CHECK(part["requestId"] == request_id);
    CHECK(part["seqNo"] == seq_no);
    CHECK(part["reportData"].size() <= 8);
    for (const auto& row : part["reportData"]) all.push_back(row);
    rig.answer(Json::object());
    if (!part.value("tbc", false)) break;
  }
  CHECK(rig.quiet());
  return all;
}

}  // namespace

//=test OCPP-2.0.1 B06.FR.06
//=test OCPP-2.0.1 B06.FR.07
//=test OCPP-2.0.1 B06.FR.08
//=test OCPP-2.0.1 B06.FR.09
//=test OCPP-2.0.1 B06.FR.11
TEST_CASE("variables are read by exact place, without regard to case") {
  Rig rig;
  rig.accept();
  auto found = get(rig, place("ocppcommctrlr", "offlinethreshold"));
  CHECK(found["attributeStatus"] == "Accepted");
  CHECK(found["attributeValue"] == "60");
  CHECK(found["attributeType"] == "Actual");
  CHECK(found["component"]["name"] == "ocppcommctrlr");
  CHECK(get(rig, place("OCPPCommCtrlr", "MessageTimeout", "Default"))["attributeValue"] == "30");
  CHECK(get(rig, place("OCPPCommCtrlr", "MessageTimeout"))["attributeStatus"] == "UnknownVariable");
  CHECK(get(rig, place("Nothing", "X"))["attributeStatus"] == "UnknownComponent");
  CHECK(get(rig, place("SecurityCtrlr", "BasicAuthPassword"))["attributeStatus"] == "Rejected");
  CHECK(!get(rig, place("SecurityCtrlr", "BasicAuthPassword")).contains("attributeValue"));
  auto target = place("ClockCtrlr", "DateTime");
  target["attributeType"] = "Target";
  CHECK(get(rig, target)["attributeStatus"] == "NotSupportedAttributeType");
  CHECK(get(rig, place("ClockCtrlr", "DateTime"))["attributeValue"] == rig.time());
  CHECK(get(rig, place("Connector", "AvailabilityState"))["attributeValue"] == "Available");
  auto stranger = place("EVSE", "Available");
  stranger["component"]["evse"]["id"] = 2;
  CHECK(get(rig, stranger)["attributeStatus"] == "UnknownComponent");
}

//=test OCPP-2.0.1 A00.FR.304
//=test OCPP-2.0.1 B05.FR.01
//=test OCPP-2.0.1 B05.FR.04
//=test OCPP-2.0.1 B05.FR.05
//=test OCPP-2.0.1 B05.FR.06
//=test OCPP-2.0.1 B05.FR.07
//=test OCPP-2.0.1 B05.FR.08
//=test OCPP-2.0.1 B05.FR.09
//=test OCPP-2.0.1 B05.FR.10
//=test OCPP-2.0.1 B05.FR.12
TEST_CASE("a value is written only where and what the table allows") {
  struct Case {
    const char* component;
    const char* variable;
    const char* instance;
    const char* value;
    const char* status;
    const char* reason;
  };
  Rig rig;
  rig.accept();
  for (const auto& c :
       {Case{"OCPPCommCtrlr", "HeartbeatInterval", "", "30", "Accepted", ""},
        Case{"OCPPCommCtrlr", "HeartbeatInterval", "", "0", "Rejected", "ValueTooLow"},
        Case{"OCPPCommCtrlr", "HeartbeatInterval", "", "86401", "Rejected", "ValueTooHigh"},
        Case{"OCPPCommCtrlr", "HeartbeatInterval", "", "3.5", "Rejected", "InvalidValue"},
        Case{"OCPPCommCtrlr", "HeartbeatInterval", "", " 5", "Rejected", "InvalidValue"},
        Case{"OCPPCommCtrlr", "HeartbeatInterval", "", "99999999999999999999", "Rejected", "InvalidValue"},
        Case{"OCPPCommCtrlr", "ResetRetries", "", "1", "Rejected", "ReadOnly"},
        Case{"OCPPCommCtrlr", "MessageTimeout", "Default", "40", "Rejected", "ReadOnly"},
        Case{"OCPPCommCtrlr", "NetworkConfigurationPriority", "", "1", "RebootRequired", ""},
        Case{"OCPPCommCtrlr", "NetworkConfigurationPriority", "", "2", "Rejected", "NotFound"},
        Case{"OCPPCommCtrlr", "NetworkConfigurationPriority", "", "4", "Rejected", "InvalidValue"},
        Case{"OCPPCommCtrlr", "NetworkConfigurationPriority", "", "", "Rejected", "InvalidValue"},
        Case{"AuthCtrlr", "AuthorizeRemoteStart", "", "true", "Accepted", ""},
        Case{"AuthCtrlr", "AuthorizeRemoteStart", "", "True", "Rejected", "InvalidValue"},
        Case{"SampledDataCtrlr", "TxUpdatedMeasurands", "", "Voltage,Current.Import", "Accepted", ""},
        Case{"SampledDataCtrlr", "TxUpdatedMeasurands", "", "Voltage,SoC", "Rejected", "InvalidValue"},
        Case{"SampledDataCtrlr", "TxUpdatedMeasurands", "", "", "Accepted", ""},
        Case{"SecurityCtrlr", "BasicAuthPassword", "", "forty-one-characters-are-one-more-than-it", "Rejected",
             "InvalidValue"},
        Case{"SecurityCtrlr", "BasicAuthPassword", "", "short", "Rejected", "InvalidValue"},
        Case{"Nothing", "X", "", "1", "UnknownComponent", ""},
        Case{"ClockCtrlr", "X", "", "1", "UnknownVariable", ""}}) {
    CAPTURE(c.variable);
    CAPTURE(c.value);
    const auto result = set(rig, place(c.component, c.variable, c.instance), c.value);
    CHECK(result["attributeStatus"] == c.status);
    CHECK(result["attributeType"] == "Actual");
    CHECK(result.value("attributeStatusInfo", Json::object()).value("reasonCode", "") == c.reason);
  }
}

//=test OCPP-2.0.1 B06.FR.13
TEST_CASE("what is not known yet reads as an empty text") {
  Rig rig;
  rig.session_alive = false;
  rig.boot_process(true);
  rig.accept();
  const auto found = get(rig, place("Connector", "AvailabilityState"));
  CHECK(found["attributeStatus"] == "Accepted");
  CHECK(found["attributeValue"] == "");
}

TEST_CASE("a written value holds over a restart, and session hears of what it obeys") {
  Rig rig;
  rig.accept();
  REQUIRE(rig.configured.size() == 1);  // what the configuration says
  set(rig, place("TxCtrlr", "EVConnectionTimeOut"), "77");
  set(rig, place("OCPPCommCtrlr", "OfflineThreshold"), "5");
  REQUIRE(rig.configured.size() == 2);
  CHECK(rig.configured[1].ev_connection_timeout_s == 77);
  rig.boot_process(true);
  REQUIRE(rig.configured.size() == 3);
  CHECK(rig.configured[2].ev_connection_timeout_s == 77);
  rig.accept();
  CHECK(get(rig, place("OCPPCommCtrlr", "OfflineThreshold"))["attributeValue"] == "5");
  CHECK(get(rig, place("TxCtrlr", "EVConnectionTimeOut"))["attributeValue"] == "77");
}

TEST_CASE("every variable that session obeys reaches it") {
  Rig rig;
  rig.accept();
  const auto latest = [&] { return rig.configured.back(); };
  set(rig, place("TxCtrlr", "TxStartPoint"), "EVConnected,Authorized");
  CHECK(contains(latest().tx_start, session::TxPoint::ev_connected));
  CHECK(contains(latest().tx_start, session::TxPoint::authorized));
  CHECK_FALSE(contains(latest().tx_start, session::TxPoint::power_path_closed));
  CHECK(set(rig, place("TxCtrlr", "TxStartPoint"), "")["attributeStatus"] == "Rejected");
  CHECK(set(rig, place("TxCtrlr", "TxStartPoint"), "DataSigned")["attributeStatus"] == "Rejected");
  set(rig, place("TxCtrlr", "TxStopPoint"), "");
  CHECK(latest().tx_stop.empty());
  set(rig, place("TxCtrlr", "MaxEnergyOnInvalidId"), "500");
  CHECK(latest().max_energy_on_invalid_id_wh == 500U);
  set(rig, place("TxCtrlr", "MaxEnergyOnInvalidId"), "0");
  CHECK_FALSE(latest().max_energy_on_invalid_id_wh);
  set(rig, place("AuthCtrlr", "MasterPassGroupId"), "MASTERS");
  CHECK(latest().master_pass_group == "MASTERS");
  CHECK(set(rig, place("AuthCtrlr", "MasterPassGroupId"), std::string(37, 'x'))["attributeStatus"] == "Rejected");
  set(rig, place("AuthCacheCtrlr", "LifeTime"), "60");
  CHECK(latest().cache_lifetime_s == 60);
  set(rig, place("SampledDataCtrlr", "TxEndedInterval"), "9");
  CHECK(latest().ended_interval_s == 9);
  set(rig, place("AlignedDataCtrlr", "Interval"), "30");
  CHECK(latest().aligned_interval_s == 30);
  set(rig, place("AlignedDataCtrlr", "TxEndedInterval"), "20");
  CHECK(latest().aligned_ended_interval_s == 20);
  set(rig, place("AlignedDataCtrlr", "SendDuringIdle"), "true");
  CHECK(latest().aligned_interval_s == 0);
  CHECK(latest().aligned_ended_interval_s == 0);
  const auto follows = [&](const char* component, const char* name, bool session::Settings::* member) {
    for (const bool wanted : {false, true, false}) {
      set(rig, place(component, name), wanted ? "true" : "false");
      CHECK_MESSAGE(latest().*member == wanted, name);
    }
  };
  using S = session::Settings;
  follows("AuthCtrlr", "Enabled", &S::authorization);
  follows("AuthCtrlr", "AuthorizeRemoteStart", &S::authorize_remote_start);
  follows("AuthCtrlr", "DisableRemoteAuthorization", &S::disable_remote_authorization);
  follows("AuthCtrlr", "LocalPreAuthorize", &S::local_pre_authorize);
  follows("AuthCtrlr", "LocalAuthorizeOffline", &S::local_authorize_offline);
  follows("AuthCtrlr", "OfflineTxForUnknownIdEnabled", &S::offline_tx_for_unknown_id);
  follows("AuthCacheCtrlr", "Enabled", &S::cache);
  follows("AuthCacheCtrlr", "DisablePostAuthorize", &S::cache_disable_post_authorize);
  follows("LocalAuthListCtrlr", "Enabled", &S::local_list);
  follows("LocalAuthListCtrlr", "DisablePostAuthorize", &S::list_disable_post_authorize);
  follows("ReservationCtrlr", "Enabled", &S::reservation);
  follows("ReservationCtrlr", "NonEvseSpecific", &S::reservation_any_evse);
  follows("TxCtrlr", "StopTxOnInvalidId", &S::stop_tx_on_invalid_id);
  follows("TxCtrlr", "StopTxOnEVSideDisconnect", &S::stop_tx_on_ev_side_disconnect);
  follows("TxCtrlr", "TxBeforeAcceptedEnabled", &S::tx_before_accepted);
  follows("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", &S::unlock_on_ev_side_disconnect);
}

TEST_CASE("what the disk does not take is not told as set") {
  Rig rig;
  rig.accept();
  rig.storage.fail_syncs(10);
  CHECK(set(rig, place("OCPPCommCtrlr", "OfflineThreshold"), "6")["attributeStatus"] == "Rejected");
  CHECK(set(rig, place("SecurityCtrlr", "BasicAuthPassword"), "a-new-password-16")["attributeStatus"] == "Rejected");
  CHECK(rig.reconnects == 0);
  rig.storage.fail_syncs(0);
  rig.pass(5s);
  for (int i = 0; i < 2; ++i) {
    CHECK(get(rig, place("OCPPCommCtrlr", "OfflineThreshold"))["attributeValue"] == "60");
    CHECK(rig.store->credential().next.empty());
    rig.boot_process(true);
    rig.accept();
  }
}

//=test OCPP-2.0.1 A01.FR.01
//=test OCPP-2.0.1 A01.FR.11
//=test OCPP-2.0.1 A01.FR.12
TEST_CASE("a new password brings a new connection after the answer, and is told to nobody") {
  Rig rig;
  rig.accept();
  CHECK(set(rig, place("SecurityCtrlr", "BasicAuthPassword"), "a-new-password-16")["attributeStatus"] == "Accepted");
  CHECK(rig.reconnects == 1);
  CHECK(rig.store->credential().next.view() == "a-new-password-16");
  CHECK(rig.has_record("ReconfigurationOfSecurityParameters"));
  for (const auto& record : rig.ledger) CHECK(record.detail.view().find("a-new-password") == std::string_view::npos);
  for (const auto& line : rig.said) CHECK(line.find("a-new-password") == std::string::npos);
}

//=test OCPP-2.0.1 B07.FR.01
//=test OCPP-2.0.1 B07.FR.03
//=test OCPP-2.0.1 B07.FR.04
//=test OCPP-2.0.1 B07.FR.07
//=test OCPP-2.0.1 B07.FR.08
//=test OCPP-2.0.1 B07.FR.09
//=test OCPP-2.0.1 B07.FR.10
//=test OCPP-2.0.1 B07.FR.11
//=test OCPP-2.0.1 B07.FR.12
TEST_CASE("base reports come in parts after the answer, each variable once, without what must not be read") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("GetBaseReport", {{"requestId", 5}, {"reportBase", "FullInventory"}})["status"] == "Accepted");
  const auto full = collect(rig, 5);
  CHECK(full.size() == kVariables);
  CHECK(full.size() == rig.core->model().spots().size());
  for (const auto& row : full) {
    const auto& facts = row["variableCharacteristics"];
    CHECK(facts.contains("dataType"));
    const bool choice = facts["dataType"].get<std::string>().ends_with("List");
    CHECK_MESSAGE((!choice || facts.contains("valuesList")), row["variable"]["name"].get<std::string>());
    const bool hidden = row["variable"]["name"] == "BasicAuthPassword";
    CHECK(row["variableAttribute"][0].contains("value") == !hidden);
  }
  CHECK(rig.ask("GetBaseReport", {{"requestId", 6}, {"reportBase", "ConfigurationInventory"}})["status"] == "Accepted");
  for (const auto& row : collect(rig, 6)) CHECK(row["variableAttribute"][0]["mutability"] != "ReadOnly");
  CHECK(rig.ask("GetBaseReport", {{"requestId", 7}, {"reportBase", "SummaryInventory"}})["status"] == "Accepted");
  CHECK(collect(rig, 7).size() >= 6);
}

//=test OCPP-2.0.1 B08.FR.01
//=test OCPP-2.0.1 B08.FR.05
//=test OCPP-2.0.1 B08.FR.07
//=test OCPP-2.0.1 B08.FR.08
//=test OCPP-2.0.1 B08.FR.09
//=test OCPP-2.0.1 B08.FR.10
//=test OCPP-2.0.1 B08.FR.11
//=test OCPP-2.0.1 B08.FR.13
//=test OCPP-2.0.1 B08.FR.15
//=test OCPP-2.0.1 B08.FR.20
//=test OCPP-2.0.1 B08.FR.21
//=test OCPP-2.0.1 B08.FR.22
//=test OCPP-2.0.1 B08.FR.23
//=test OCPP-2.0.1 B08.FR.03
//=test OCPP-2.0.1 B08.FR.04
//=test OCPP-2.0.1 B08.FR.14
//=test OCPP-2.0.1 B08.FR.25
TEST_CASE("a report by names has every instance and place that the request leaves open") {
  Rig rig;
  rig.accept();
  const auto count = [&](const Json& request) {
    Json full = request;
    full["requestId"] = 9;
    const auto status = rig.ask("GetReport", full)["status"];
    return status == "Accepted" ? static_cast<int>(collect(rig, 9).size()) : status == "EmptyResultSet" ? 0 : -1;
  };
  const auto named = [](const Json& one) { return Json{{"componentVariable", Json::array({one})}}; };
  CHECK(count(named({{"component", {{"name", "DeviceDataCtrlr"}}}})) == 9);
  CHECK(count(named({{"component", {{"name", "DeviceDataCtrlr"}}}, {"variable", {{"name", "ItemsPerMessage"}}}})) == 3);
  CHECK(count(named({{"component", {{"name", "DeviceDataCtrlr"}}},
                     {"variable", {{"name", "ItemsPerMessage"}, {"instance", "GetReport"}}}})) == 1);
  CHECK(count(named({{"component", {{"name", "Connector"}}}})) == 6);
  CHECK(count(named({{"component", {{"name", "Connector"}, {"evse", {{"id", 2}}}}}})) == 0);
  CHECK(count(named({{"component", {{"name", "Connector"}, {"evse", {{"id", 1}}}}}})) == 6);
  REQUIRE(rig.ask("GetReport", {{"requestId", 10}})["status"] == "Accepted");
  for (const auto& row : collect(rig, 10)) {
    const bool hidden = row["variable"]["name"] == "BasicAuthPassword";
    CHECK(row["variableAttribute"][0].contains("value") == !hidden);
  }
  CHECK(count({{"componentCriteria", {"Problem"}}}) == 0);
  // Components without the variable count as active, available and enabled; those that say no do not.
  CHECK(count({{"componentCriteria", {"Active"}}}) == static_cast<int>(kVariables) - 4);
  CHECK(count({{"componentCriteria", {"Available"}}}) == static_cast<int>(kVariables) - 1);
  CHECK(count({{"componentCriteria", {"Enabled"}}}) == static_cast<int>(kVariables));
  rig.snapshot.power.faults = 1U << static_cast<unsigned>(power::Fault::welded_contact);
  rig.core->snapshot_changed();
  rig.drain();  // the monitors have something to tell
  const auto broken = count({{"componentCriteria", {"Problem"}}});
  CHECK(broken > 10);
  CHECK(count({{"componentCriteria", {"Problem"}}, {"componentVariable", {{{"component", {{"name", "RCD"}}}}}}}) == 0);
  CHECK(count({{"componentCriteria", {"Problem"}},
               {"componentVariable", {{{"component", {{"name", "PowerContactor"}}}}}}}) == 2);
  CHECK(count({{"componentCriteria", {"Problem", "Enabled"}}}) == static_cast<int>(kVariables));
}

//=test OCPP-2.0.1 B07.FR.13
//=test OCPP-2.0.1 B08.FR.16
TEST_CASE("more reports than can wait are rejected for now") {
  Rig rig;
  rig.accept();
  rig.add_event(session::EventType::started);
  rig.core->work_available();
  for (int i = 0; i < 6; ++i) {
    rig.core->received(
        Json::array(
            {2, "r" + std::to_string(i), "GetBaseReport", {{"requestId", i}, {"reportBase", "SummaryInventory"}}})
            .dump());
  }
  int accepted = 0;
  for (const auto& text : rig.sent) {
    const auto frame = Json::parse(text);
    if (frame[0] == 3) accepted += frame[2]["status"] == "Accepted" ? 1 : 0;
  }
  CHECK(accepted == 4);
  rig.sent.clear();
  CHECK(rig.ask("GetReport", {{"requestId", 9}})["status"] == "Rejected");
}

//=test OCPP-2.0.1 J01.FR.14
//=test OCPP-2.0.1 J01.FR.17
//=test OCPP-2.0.1 J01.FR.19
//=test OCPP-2.0.1 J01.FR.04
//=test OCPP-2.0.1 J01.FR.05
//=test OCPP-2.0.1 J01.FR.06
//=test OCPP-2.0.1 J01.FR.07
//=test OCPP-2.0.1 J01.FR.08
//=test OCPP-2.0.1 J01.FR.09
TEST_CASE("clock-aligned values come at multiples of the interval since midnight, and not while charging if so set") {
  auto config = config_for_tests();
  config.aligned_interval_s = 900;
  Rig rig{config};
  rig.civil_ms = 1'800'000'000'000 - 1'800'000'000'000 % 86'400'000 + 100'000;  // 00:01:40
  rig.boot_process(true);
  rig.reading = meter::Reading{.import_mwh = 5'000'000};
  rig.accept();
  rig.ask("SetVariables", {{"setVariableData", Json::array({{{"component", {{"name", "OCPPCommCtrlr"}}},
                                                             {"variable", {{"name", "HeartbeatInterval"}}},
                                                             {"attributeValue", "86400"}}})}});
  rig.pass(799s);
  CHECK(rig.quiet());
  rig.pass(1s);
  const auto values = rig.call("MeterValues");
  CHECK(values["evseId"] == 1);
  CHECK(values["meterValue"][0]["timestamp"].get<std::string>().find("T00:15:00") != std::string::npos);
  CHECK(values["meterValue"][0]["sampledValue"][0]["context"] == "Sample.Clock");
  const auto& first = values["meterValue"][0]["sampledValue"][0];
  CHECK(first["measurand"] == "Energy.Active.Import.Register");
  CHECK(first["location"] == "Outlet");
  CHECK(first["value"].get<double>() == doctest::Approx(5000));
  rig.answer(Json::object());
  rig.snapshot.transaction = "tx-1";
  rig.core->snapshot_changed();
  rig.pass(900s);
  CHECK(rig.quiet());
  rig.snapshot.transaction.reset();
  rig.core->snapshot_changed();
  rig.reading.reset();
  rig.pass(900s);
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 B07.FR.08
//=test OCPP-2.0.1 B08.FR.22
TEST_CASE("every EVSE and every connector of the configuration has its own variables") {
  auto config = config_for_tests();
  config.topology = {.connectors = {2, {2, 1}}};
  Rig rig{config};
  rig.accept();
  const auto at = [](const char* component, int evse, int connector) {
    Json out{{"component", {{"name", component}, {"evse", {{"id", evse}}}}}, {"variable", {{"name", "Available"}}}};
    if (connector != 0) out["component"]["evse"]["connectorId"] = connector;
    return out;
  };
  CHECK(get(rig, at("EVSE", 1, 0))["attributeStatus"] == "Accepted");
  CHECK(get(rig, at("EVSE", 2, 0))["attributeStatus"] == "Accepted");
  CHECK(get(rig, at("EVSE", 3, 0))["attributeStatus"] == "UnknownComponent");
  CHECK(get(rig, at("EVSE", 1, 1))["attributeStatus"] == "UnknownComponent");
  CHECK(get(rig, at("Connector", 1, 2))["attributeStatus"] == "Accepted");
  CHECK(get(rig, at("Connector", 2, 2))["attributeStatus"] == "UnknownComponent");
  rig.ask("GetReport",
          {{"requestId", 1},
           {"componentVariable", Json::array({{{"component", {{"name", "Connector"}, {"evse", {{"id", 1}}}}},
                                               {"variable", {{"name", "ConnectorType"}}}}})}});
  CHECK(collect(rig, 1).size() == 2);
}

TEST_CASE("the hardware's state is what session has seen") {
  Rig rig;
  rig.accept();
  const auto sensed = [&](const char* component, const char* variable) {
    auto what = place(component, variable);
    what["component"]["evse"] = {{"id", 1}};
    return get(rig, what)["attributeValue"].get<std::string>();
  };
  CHECK(sensed("RCD", "Tripped") == "false");
  CHECK(sensed("EVSE", "Problem") == "false");
  rig.snapshot.power.faults = 1U << static_cast<unsigned>(power::Fault::rcd_trip);
  rig.snapshot.power.temperature_dc = -5;
  rig.snapshot.power.pilot = power::Pilot::c2;
  rig.snapshot.power.contactor_closed = true;
  rig.snapshot.power_mw = 11'000'000;
  rig.core->snapshot_changed();
  CHECK(sensed("RCD", "Tripped") == "true");
  CHECK(sensed("RCD", "Problem") == "true");
  CHECK(sensed("EVSE", "Problem") == "true");
  CHECK(sensed("PowerContactor", "Active") == "true");
  CHECK(sensed("PowerContactor", "Problem") == "false");
  CHECK(sensed("TemperatureSensor", "Temperature") == "-0.5");
  CHECK(sensed("CPPWMController", "State") == "C2");
  CHECK(sensed("EVSE", "Power") == "11000");
  CHECK(get(rig, place("ChargingStation", "Problem"))["attributeValue"] == "true");
}

//=test OCPP-2.0.1 G05.FR.02
TEST_CASE("each connector has its own state and its own lock, and a lock that fails is told unasked") {
  Rig rig;
  rig.accept();
  const auto at_connector = [&](const char* component, const char* variable) {
    auto what = place(component, variable);
    what["component"]["evse"] = {{"id", 1}, {"connectorId", 1}};
    return get(rig, what)["attributeValue"].get<std::string>();
  };
  session::ConnectorView view{.connector = 1, .status = session::ConnectorStatus::occupied};
  view.power.has_lock = view.power.locked = true;
  rig.snapshot.connectors = {};
  REQUIRE(rig.snapshot.connectors.push_back(view));
  rig.core->snapshot_changed();
  rig.drain();
  CHECK(at_connector("Connector", "AvailabilityState") == "Occupied");
  CHECK(at_connector("ConnectorPlugRetentionLock", "Active") == "true");
  CHECK(at_connector("ConnectorPlugRetentionLock", "Problem") == "false");
  rig.snapshot.connectors[0].power.lock_fault = true;
  rig.core->snapshot_changed();
  const auto event = rig.call("NotifyEvent")["eventData"][0];
  CHECK(event["component"]["name"] == "ConnectorPlugRetentionLock");
  CHECK(event["component"]["evse"] == Json{{"id", 1}, {"connectorId", 1}});
  CHECK(event["variable"]["name"] == "Problem");
  CHECK(event["actualValue"] == "true");
  rig.answer(Json::object());
}

namespace {
/// Functions of the standard that this station does not have; its variables are required only where the function is.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kAbsentFunctions{{
    {"DisplayMessageCtrlr", "no display messages of the backend"},
    {"ISO15118Ctrlr", "no ISO 15118"},
    {"SmartChargingCtrlr", "no charging profiles"},
    {"TariffCostCtrlr", "no tariffs of the backend"},
}};
}  // namespace

TEST_CASE("every variable that the standard requires is there, or its function is named as absent, never both") {
  const char* folder = std::getenv("BULWATT_SHARED_DATA");
  std::ifstream file{std::string{folder == nullptr ? "../shared/data" : folder} +
                     "/ocpp/device-model-2.0.1/dm_components_vars.csv"};
  if (!file) {
    MESSAGE("BULWATT_SHARED_DATA has no dm_components_vars.csv; not compared");
    return;
  }
  Rig rig;
  std::string line;
  std::size_t required = 0;
  while (std::getline(file, line)) {
    std::array<std::string, 4> cells;
    std::size_t from = 0;
    for (auto& cell : cells) {
      const auto end = std::min(line.find(';', from), line.size());
      cell = line.substr(from, end - from);
      from = std::min(end + 1, line.size());
    }
    if (cells[3] != "yes") continue;
    ++required;
    const auto spots = rig.core->model().spots();
    const bool present = std::ranges::any_of(spots, [&](const Spot& spot) {
      return spot.row->component == cells[0] && spot.row->name == cells[1] && spot.row->instance == cells[2];
    });
    const bool absent = std::ranges::any_of(kAbsentFunctions, [&](const auto& one) { return one.first == cells[0]; });
    CAPTURE(line);
    CHECK(present != absent);
  }
  CHECK(required > 50);
}
