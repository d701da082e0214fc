#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

namespace {

Json profile(const std::string& url = "wss://csms.example:9000/ocpp", int security = 2) {
  return {{"ocppVersion", "OCPP20"}, {"ocppTransport", "JSON"},     {"ocppCsmsUrl", url},
          {"messageTimeout", 45},    {"securityProfile", security}, {"ocppInterface", "Wired0"}};
}
std::string put(Rig& rig, int slot, const Json& data) {
  return rig.ask("SetNetworkProfile", {{"configurationSlot", slot}, {"connectionData", data}})["status"];
}
Json order(Rig& rig, const std::string& slots) {
  return rig.ask("SetVariables",
                 {{"setVariableData", Json::array({{{"component", {{"name", "OCPPCommCtrlr"}}},
                                                    {"variable", {{"name", "NetworkConfigurationPriority"}}},
                                                    {"attributeValue", slots}}})}})["setVariableResult"][0];
}
std::string read(Rig& rig, const char* component, const char* variable) {
  return rig.ask("GetVariables",
                 {{"getVariableData",
                   Json::array({{{"component", {{"name", component}}},
                                 {"variable", {{"name", variable}}}}})}})["getVariableResult"][0]["attributeValue"];
}

}  // namespace

//=test OCPP-2.0.1 B09.FR.01
//=test OCPP-2.0.1 B09.FR.02
//=test OCPP-2.0.1 B09.FR.04
//=test OCPP-2.0.1 B09.FR.05
//=test OCPP-2.0.1 B09.FR.06
TEST_CASE("a network connection profile is taken into one of three slots only when the station could connect with it") {
  Rig rig;
  rig.accept();
  CHECK(put(rig, 2, profile()) == "Accepted");
  CHECK(put(rig, 3, profile("ws://csms.example:9000", 1)) == "Accepted");
  CHECK(rig.has_record("SetNetworkProfile"));
  CHECK(rig.has_record("ReconfigurationOfSecurityParameters"));
  for (const int slot : {-1, 0, 4, 2'000'000'000}) CHECK(put(rig, slot, profile()) == "Rejected");
  for (const auto* url : {"http://csms.example:9000", "wss://", "wss://user@csms.example:9000",
                          "wss://csms.example:9001", "ws://csms.example:9000", "wss://csms.example:9000/?x=1"}) {
    CAPTURE(url);
    CHECK(put(rig, 2, profile(url)) == "Rejected");
  }
  CHECK(put(rig, 2, profile("wss://csms.example:9000/" + std::string(300, 'a'))) == "Rejected");
  for (const int security : {0, 4, -1}) CHECK(put(rig, 2, profile("wss://csms.example:9000", security)) == "Rejected");
  auto other = profile();
  other["ocppVersion"] = "OCPP16";
  CHECK(put(rig, 2, other) == "Rejected");
  other = profile();
  other["ocppTransport"] = "SOAP";
  CHECK(put(rig, 2, other) == "Rejected");
  other = profile();
  other["messageTimeout"] = 0;
  CHECK(put(rig, 2, other) == "Rejected");
  other = profile();
  other["apn"] = {{"apn", "internet"}, {"apnAuthentication", "NONE"}};
  CHECK(put(rig, 2, other) == "Rejected");
  CHECK(rig.network->profile(2)->url.view() == "wss://csms.example:9000/ocpp");
  CHECK(rig.network->profile(2)->message_timeout_s == 45);
}

TEST_CASE("another port is allowed when the owner of the station says so") {
  auto config = config_for_tests();
  config.second_port = 9001;
  Rig rig{config};
  rig.accept();
  CHECK(put(rig, 2, profile("wss://csms.example:9001")) == "Accepted");
  CHECK(put(rig, 2, profile("wss://csms.example:9002")) == "Rejected");
}

//=test OCPP-2.0.1 B09.FR.03
TEST_CASE("a profile that the disk does not take has failed and changes nothing") {
  Rig rig;
  rig.accept();
  rig.storage.fail_syncs(10);
  CHECK(put(rig, 2, profile()) == "Failed");
  CHECK(!rig.network->profile(2));
}

//=test OCPP-2.0.1 A05.FR.02
//=test OCPP-2.0.1 A05.FR.03
//=test OCPP-2.0.1 A05.FR.04
//=test OCPP-2.0.1 B10.FR.01
//=test OCPP-2.0.1 B10.FR.02
TEST_CASE("an order of slots is taken only when each slot has a profile whose prerequisites are met") {
  Rig rig;
  rig.accept();
  CHECK(order(rig, "2")["attributeStatus"] == "Rejected");
  put(rig, 2, profile());
  put(rig, 3, profile("wss://csms.example:9000", 3));
  CHECK(order(rig, "2,1")["attributeStatus"] == "RebootRequired");
  for (const auto* bad : {"2,2", "", "4", "1,x", "0"}) {
    CAPTURE(bad);
    CHECK(order(rig, bad)["attributeStatus"] == "Rejected");
  }
  rig.vault_keys = {false, true};
  CHECK(order(rig, "2")["attributeStatus"] == "Rejected");
  CHECK(order(rig, "1")["attributeStatus"] == "RebootRequired");
  rig.vault_keys = {true, false};
  CHECK(order(rig, "2,1")["attributeStatus"] == "RebootRequired");
  const auto refused = order(rig, "3");
  CHECK(refused["attributeStatus"] == "Rejected");
  CHECK(refused["attributeStatusInfo"]["reasonCode"] == "InvalidCertificate");
  rig.vault_keys = {true, true};
  CHECK(order(rig, "3,2")["attributeStatus"] == "RebootRequired");
}

//=test OCPP-2.0.1 A05.FR.05
//=test OCPP-2.0.1 B10.FR.03
//=test OCPP-2.0.1 B10.FR.04
//=test OCPP-2.0.1 B10.FR.07
TEST_CASE("after a start the slots are tried in their order, so often each, then the one that worked last, for ever") {
  Rig rig;
  rig.accept();
  put(rig, 2, profile());
  put(rig, 3, profile("ws://third.example:9000", 1));
  order(rig, "3,2");
  CHECK(int{rig.network->current().slot} == 1);
  rig.boot_process(true);
  std::string tried;
  for (int i = 0; i < 12; ++i) {
    tried += static_cast<char>('0' + rig.network->current().slot);
    rig.network->failed(2);
  }
  CHECK(tried == "332211332211");
  rig.accept();
  CHECK(int{rig.network->current().slot} == rig.store->network().last_good);
}

//=test OCPP-2.0.1 A05.FR.06
//=test OCPP-2.0.1 A00.FR.001
//=test OCPP-2.0.1 A00.FR.005
TEST_CASE("a connection with a higher security profile leaves no way back, also not over a restart") {
  Rig rig;
  rig.accept();
  put(rig, 2, profile());
  put(rig, 3, profile("ws://third.example:9000", 1));
  order(rig, "2,1,3");
  rig.boot_process(true);
  rig.accept();
  for (int i = 0; i < 2; ++i) {
    CHECK(read(rig, "SecurityCtrlr", "SecurityProfile") == "2");
    CHECK(read(rig, "OCPPCommCtrlr", "NetworkConfigurationPriority") == "2");
    CHECK(read(rig, "OCPPCommCtrlr", "ActiveNetworkProfile") == "2");
    CHECK(!rig.network->profile(1));
    CHECK(!rig.network->profile(3));
    CHECK(put(rig, 1, profile("ws://csms.example:9000", 1)) == "Rejected");
    CHECK(put(rig, 1, profile("wss://csms.example:9000", 3)) == "Accepted");
    rig.network->failed(1);
    CHECK(int{rig.network->current().slot} == 2);
    rig.store->set_profile({1, {}, 0, 0, 0});
    REQUIRE(rig.store->commit());
    rig.boot_process(true);
    rig.accept();
  }
  CHECK(rig.has_record("ReconfigurationOfSecurityParameters"));
}

TEST_CASE("a configuration with another backend wins over what backends have set before") {
  Rig rig;
  rig.accept();
  put(rig, 2, profile());
  order(rig, "2");
  rig.boot_process(true);
  rig.accept();
  CHECK(int{rig.network->current().slot} == 2);
  rig.config.csms_url = "ws://127.0.0.1:9000/other";
  rig.boot_process(true);
  CHECK(int{rig.network->current().slot} == 1);
  CHECK(rig.network->current().url.view() == "ws://127.0.0.1:9000/other");
  CHECK(!rig.network->profile(2));
  CHECK(int{rig.network->security_profile()} == 1);
  rig.accept();
  CHECK(read(rig, "OCPPCommCtrlr", "NetworkConfigurationPriority") == "1");
}

TEST_CASE("an address that was quantum safe once stays pinned, however many others come") {
  Rig rig;
  CHECK(!rig.network->pinned());
  rig.network->pin();
  rig.network->pin();
  CHECK(rig.store->network().quantum_safe.size == 1);
  REQUIRE(rig.store->commit());
  rig.boot_process(true);
  CHECK(rig.network->pinned());
}

//=test OCPP-2.0.1 A02.FR.07
//=test OCPP-2.0.1 A02.FR.20
TEST_CASE(
    "a certificate that was not asked for is rejected, told as a security event, and brings no request of its own") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("CertificateSigned", {{"certificateChain", "-----BEGIN CERTIFICATE-----"}})["status"] == "Rejected");
  CHECK(rig.call("SecurityEventNotification")["type"] == "InvalidChargingStationCertificate");
  rig.answer(Json::object());
  rig.pass(200s);
  CHECK(rig.drain() == std::vector<std::string>{});
}
