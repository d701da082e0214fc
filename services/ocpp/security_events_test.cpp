#include "services/ocpp/security_events.hpp"

#include <fstream>

#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

namespace {

bool logged(const Rig& rig, std::string_view type) {
  return std::ranges::any_of(rig.store->security_log(), [&](const auto& line) { return line.type.view() == type; });
}
Json set_password() {
  return {{"setVariableData", Json::array({{{"component", {{"name", "SecurityCtrlr"}}},
                                            {"variable", {{"name", "BasicAuthPassword"}}},
                                            {"attributeValue", "a-new-password-16"}}})}};
}

struct Trigger {
  const char* event;
  void (*happen)(Rig&);
};
/// What the core sees by itself. What the connection sees is in link_test.cpp and is handed in as words here.
const std::array kTriggers{
    Trigger{"StartupOfTheDevice", [](Rig&) {}},
    Trigger{"FirmwareUpdated",
            [](Rig& rig) {
              rig.config.hardware.firmware_version = "0.2.0";
              rig.boot_process(true);
            }},
    Trigger{"SettingSystemTime",
            [](Rig& rig) {
              rig.civil_ms += 3'600'000;
              rig.ask("TriggerMessage", {{"requestedMessage", "Heartbeat"}});
              rig.call("Heartbeat");
              rig.answer({{"currentTime", "2030-01-01T00:00:00Z"}});
            }},
    Trigger{"ResetOrReboot", [](Rig& rig) { rig.ask("Reset", {{"type", "OnIdle"}}); }},
    Trigger{"SecurityLogWasCleared",
            [](Rig& rig) {
              // Bytes in the middle of what was written have changed.
              for (int i = 0; i < 4; ++i) {
                rig.core->security("InvalidMessages", "x");
                rig.drain();
              }
              std::array<std::byte, 16> garbage{};
              garbage.fill(std::byte{0xa5});
              for (const std::uint32_t file : {0U, 1U}) {
                REQUIRE(rig.storage.write(file, 400, garbage).has_value());
                REQUIRE(rig.storage.sync(file).has_value());
              }
              rig.boot_process(true);
            }},
    Trigger{"ReconfigurationOfSecurityParameters", [](Rig& rig) { rig.ask("SetVariables", set_password()); }},
    Trigger{"MemoryExhaustion",
            [](Rig& rig) {
              rig.disconnect();
              rig.add_event(session::EventType::started);
              for (std::uint32_t i = 1; i < 8000 && !logged(rig, "MemoryExhaustion"); ++i) {
                rig.add_event(session::EventType::updated, "tx-1", i);
                rig.core->work_available();
                rig.pass(11s);
              }
            }},
    Trigger{"InvalidMessages", [](Rig& rig) { rig.core->received("nonsense"); }},
    Trigger{"AttemptedReplayAttacks",
            [](Rig& rig) {
              for (int i = 0; i < 6; ++i) rig.ask("GetLocalListVersion", Json::object(), "same");
            }},
    Trigger{"InvalidChargingStationCertificate",
            [](Rig& rig) { rig.ask("CertificateSigned", {{"certificateChain", "x"}}); }},
    Trigger{"FailedToAuthenticateAtCsms", [](Rig& rig) { rig.core->security("FailedToAuthenticateAtCsms", "401"); }},
    Trigger{"CsmsFailedToAuthenticate", [](Rig& rig) { rig.core->security("CsmsFailedToAuthenticate", "none"); }},
    Trigger{"InvalidCsmsCertificate", [](Rig& rig) { rig.core->security("InvalidCsmsCertificate", "expired"); }},
    Trigger{"InvalidTLSVersion", [](Rig& rig) { rig.core->security("InvalidTLSVersion", "1.2"); }},
    Trigger{"InvalidTLSCipherSuite", [](Rig& rig) { rig.core->security("InvalidTLSCipherSuite", "group"); }},
};

}  // namespace

//=test OCPP-2.0.1 A04.FR.01
//=test OCPP-2.0.1 A04.FR.04
TEST_CASE("every security event that can happen does: into ledger and security log, and to the backend when critical") {
  std::size_t possible = 0;
  for (const auto& kind : kSecurityEvents) {
    CAPTURE(kind.name);
    const auto trigger =
        std::ranges::find(kTriggers, kind.name, [](const Trigger& t) { return std::string_view{t.event}; });
    REQUIRE((trigger != kTriggers.end()) == (kind.absent == Absent::no));
    if (trigger == kTriggers.end()) continue;
    ++possible;
    auto config = config_for_tests();
    config.queue_kib = 64;
    Rig rig{config};
    rig.accept();
    trigger->happen(rig);
    CHECK(rig.has_record(kind.name));
    CHECK(logged(rig, kind.name));
    if (!rig.connected) rig.connect();
    std::vector<std::string> told;
    for (int i = 0; i < 500 && !rig.quiet(); ++i) {
      const auto frame = Json::parse(rig.sent.front());
      rig.sent.pop_front();
      if (frame[0] != 2) continue;
      rig.last_id = frame[1];
      if (frame[2] == "SecurityEventNotification") told.push_back(frame[3]["type"]);
      if (frame[2] == "BootNotification") rig.answer(rig.boot_answer("Accepted"));
      else if (frame[2] == "Heartbeat") rig.answer({{"currentTime", rig.time()}});
      else rig.answer(Json::object());
    }
    // The one of the start was told while the rig was accepted.
    const bool expected = kind.critical && kind.name != "StartupOfTheDevice";
    CHECK((std::ranges::find(told, kind.name) != told.end()) == expected);
  }
  CHECK(possible == kTriggers.size());
}

//=test OCPP-2.0.1 A04.FR.01
TEST_CASE("another crypto profile, and one that fell back, are changes of security in log and ledger") {
  Rig rig;
  rig.accept();
  const auto told = [&](std::string_view info) {
    return logged(rig, "ReconfigurationOfSecurityParameters") && std::ranges::any_of(rig.ledger, [&](const auto& one) {
             return one.event.view() == "ReconfigurationOfSecurityParameters" &&
                    one.detail.view().find(info) != std::string_view::npos;
           });
  };
  rig.core->crypto_profile_changed({3, 1, false});
  CHECK(told("crypto profile 3 in place of 1"));
  rig.core->crypto_profile_changed({1, 3, true});
  CHECK(told("crypto profile 1 again, no connection under 3"));
}

//=test OCPP-2.0.1 A04.FR.02
TEST_CASE("a critical security event waits on disk until the backend has taken it") {
  Rig rig;
  rig.core->security("InvalidTLSVersion", "1.1");
  rig.boot_process(true);
  rig.accept();
  CHECK(rig.store->security().empty());
  CHECK(logged(rig, "InvalidTLSVersion"));
}

TEST_CASE("the security log is bounded and keeps the newest") {
  Rig rig;
  for (int i = 0; i < 500; ++i) rig.core->security("InvalidMessages", std::to_string(i));
  CHECK(rig.store->security_log().size() == kMaxSecurityLines);
  REQUIRE(rig.store->commit());
  rig.boot_process(true);
  CHECK(rig.store->security_log().size() == kMaxSecurityLines);
}

TEST_CASE("the list of security events is the standard's") {
  const char* folder = std::getenv("BULWATT_SHARED_DATA");
  std::ifstream file{std::string{folder == nullptr ? "../shared/data" : folder} +
                     "/ocpp/device-model-2.0.1/security_events.csv"};
  if (!file) {
    MESSAGE("BULWATT_SHARED_DATA has no security_events.csv; not compared");
    return;
  }
  std::string line;
  std::getline(file, line);
  std::size_t count = 0;
  while (std::getline(file, line)) {
    const auto name = line.substr(0, line.find(';'));
    if (name.empty()) continue;
    ++count;
    const auto* kind = find_security_event(name);
    CAPTURE(name);
    REQUIRE(kind != nullptr);
    CHECK(kind->critical == (line.find("Yes", line.rfind(';')) != std::string::npos));
  }
  CHECK(count == kSecurityEvents.size());
}
