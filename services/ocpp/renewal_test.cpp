#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace std::chrono_literals;
using testing::Json;
using testing::Rig;

namespace {

constexpr const char* kTrigger = "SignChargingStationCertificate";

Json trigger(Rig& rig, const char* what = kTrigger) {
  return rig.ask("TriggerMessage", {{"requestedMessage", what}})["status"];
}
void set(Rig& rig, const char* name, const char* value) {
  const auto answer = rig.ask(
      "SetVariables",
      {{"setVariableData",
        {{{"component", {{"name", "SecurityCtrlr"}}}, {"variable", {{"name", name}}}, {"attributeValue", value}}}}});
  CHECK(answer["setVariableResult"][0]["attributeStatus"] == "Accepted");
}
/// The vault has made the key, then the request.
void vault_works(Rig& rig) {
  rig.core->vault_pulse();
  rig.core->vault_pulse();
}
Json sign_call(Rig& rig) {
  auto payload = rig.call("SignCertificate");
  CHECK(payload["csr"] == rig.request_pem);
  CHECK(payload["certificateType"] == "ChargingStationCertificate");
  return payload;
}
Json signed_by_backend(Rig& rig) {
  return rig.ask("CertificateSigned", {{"certificateChain", "-----BEGIN CERTIFICATE-----"},
                                       {"certificateType", "ChargingStationCertificate"}});
}
Config with_certificate() {
  auto config = testing::config_for_tests();
  config.csms_url = "wss://csms.example/ocpp";
  config.security_profile = 3;
  return config;
}

}  // namespace

//=test OCPP-2.0.1 A02.FR.03
//=test OCPP-2.0.1 A02.FR.08
//=test OCPP-2.0.1 A02.FR.13
//=test OCPP-2.0.1 A03.FR.08
//=test OCPP-2.0.1 A03.FR.13
TEST_CASE("the backend triggers a new certificate, gets the request, and the station reconnects with what it got") {
  Rig rig{with_certificate()};
  rig.accept();
  CHECK(trigger(rig) == "Accepted");
  CHECK(rig.renewals == 1);
  CHECK(rig.requests.empty());  // the key is not made yet
  vault_works(rig);
  REQUIRE(rig.requests.size() == 1);
  CHECK(rig.requests[0].key.view() == "csms-client.b");
  CHECK(rig.requests[0].common_name.view() == "CS001");
  sign_call(rig);
  rig.answer({{"status", "Accepted"}});
  rig.chain_answer = {vault::InstallVerdict::accepted, {}};
  CHECK(signed_by_backend(rig)["status"] == "Accepted");
  REQUIRE(rig.chains.size() == 1);
  CHECK(rig.chains[0].common_name.view() == "CS001");
  CHECK(rig.chains[0].now.has_value());
  CHECK(rig.reconnects == 1);
  rig.pass(1h);
  CHECK(std::ranges::count(rig.drain(), "SignCertificate") == 0);
}

TEST_CASE("a station that uses no certificate keeps the new one without a new connection") {
  Rig rig;
  rig.accept();
  rig.chain_answer = {vault::InstallVerdict::accepted, {}};
  CHECK(signed_by_backend(rig)["status"] == "Accepted");
  CHECK(rig.reconnects == 0);
}

//=test OCPP-2.0.1 A02.FR.07
//=test OCPP-2.0.1 A02.FR.20
//=test OCPP-2.0.1 A03.FR.07
TEST_CASE("a certificate that the vault rejects is told, and nothing is asked for again by itself") {
  Rig rig{with_certificate()};
  rig.accept();
  trigger(rig);
  vault_works(rig);
  sign_call(rig);
  rig.answer({{"status", "Accepted"}});
  rig.chain_answer = {vault::InstallVerdict::rejected, "the certificate has expired"};
  const auto answer = signed_by_backend(rig);
  CHECK(answer["status"] == "Rejected");
  CHECK(answer["statusInfo"]["additionalInfo"] == "the certificate has expired");
  CHECK(rig.call("SecurityEventNotification")["type"] == "InvalidChargingStationCertificate");
  rig.answer(Json::object());
  rig.pass(1h);
  CHECK(std::ranges::count(rig.drain(), "SignCertificate") == 0);
  CHECK(rig.reconnects == 0);
}

//=test OCPP-2.0.1 A02.FR.17
//=test OCPP-2.0.1 A02.FR.18
//=test OCPP-2.0.1 A02.FR.19
//=test OCPP-2.0.1 A03.FR.17
//=test OCPP-2.0.1 A03.FR.18
//=test OCPP-2.0.1 A03.FR.19
TEST_CASE(
    "while no certificate comes the request is repeated after waits that double, as often as the backend has said") {
  Rig rig{with_certificate()};
  rig.accept();
  set(rig, "CertSigningWaitMinimum", "10");
  set(rig, "CertSigningRepeatTimes", "1");
  trigger(rig);
  vault_works(rig);
  for (const auto wait : {10s, 20s}) {
    sign_call(rig);
    rig.answer({{"status", "Accepted"}});
    rig.pass(wait - 1s);
    CHECK(rig.quiet());
    rig.pass(1s);
  }
  sign_call(rig);
  rig.answer({{"status", "Accepted"}});
  rig.pass(6h);
  CHECK(std::ranges::count(rig.drain(), "SignCertificate") == 0);
  CHECK(rig.has_record("RenewalGivenUp"));
  CHECK(rig.renewals == 1);
}

TEST_CASE("a backend that rejects the request, and a station without a key, end it") {
  Rig rig{with_certificate()};
  rig.accept();
  trigger(rig);
  vault_works(rig);
  sign_call(rig);
  rig.answer({{"status", "Rejected"}});
  rig.pass(1h);
  CHECK(std::ranges::count(rig.drain(), "SignCertificate") == 0);
  rig.no_key = true;
  CHECK(trigger(rig) == "Rejected");
  CHECK(trigger(rig, "SignV2GCertificate") == "NotImplemented");
}

TEST_CASE("a request whose answer was lost is sent again after a while, on the next connection too") {
  Rig rig{with_certificate()};
  rig.accept();
  trigger(rig);
  vault_works(rig);
  sign_call(rig);
  rig.disconnect();
  rig.connect();
  rig.drain();
  rig.pass(2min);
  const auto actions = rig.drain();
  CHECK(std::ranges::count(actions, "SignCertificate") >= 1);
}

TEST_CASE("a vault that never makes the request is given up") {
  Rig rig{with_certificate()};
  rig.accept();
  rig.request_pem.clear();
  trigger(rig);
  vault_works(rig);
  rig.pass(2min);
  CHECK(rig.has_record("RenewalGivenUp"));
}

//=test OCPP-2.0.1 A03.FR.02
//=test OCPP-2.0.1 A03.FR.03
TEST_CASE("a month before the certificate ends the station asks for another by itself, once a day") {
  Rig rig{with_certificate()};
  REQUIRE(rig.own.slots.push_back({"csms-client", {rig.civil_ms + Renewal::kBeforeEndMs + 3 * 3'600'000}}));
  rig.accept();
  rig.pass(2h);
  CHECK(rig.renewals == 0);
  for (auto passed = 0s; passed < 2h && rig.renewals == 0; passed += 10s) rig.pass(10s);
  CHECK(rig.renewals == 1);
  rig.drain();  // what was sent in these hours
  vault_works(rig);
  const auto actions = rig.drain();
  CHECK(std::ranges::count(actions, "SignCertificate") == 1);
  rig.chain_answer = {vault::InstallVerdict::rejected, "the certificate has expired"};
  signed_by_backend(rig);
  rig.pass(20h);
  CHECK(rig.renewals == 1);
  rig.pass(6h);
  CHECK(rig.renewals == 2);
}
