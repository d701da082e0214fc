#include "services/ocpp/certificate_status.hpp"

#include <doctest/doctest.h>

#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;
using namespace std::chrono_literals;

namespace {

vault::NextStatus::Wanted wanted(std::uint8_t number) {
  vault::NextStatus::Wanted out{};
  out.id.issuer_name = Octets<vault::kMaxHash>{std::array{std::byte{0xab}, std::byte{0xcd}}};
  out.id.issuer_key = Octets<vault::kMaxHash>{std::array{std::byte{0x01}, std::byte{0x02}}};
  out.id.serial = Octets<vault::kMaxSerial>{std::array{std::byte{0x0a}, std::byte{number}}};
  out.responder = "http://ocsp.example/";
  return out;
}

/// Accepted by the backend, two answers wanted.
void begin(Rig& rig) {
  rig.stale = {wanted(1), wanted(2)};
  rig.connect();
  rig.call("BootNotification");
  rig.answer(rig.boot_answer("Accepted"));
}
/// The next question about a certificate; everything else is answered in the simplest way. Null: there is none.
Json asked(Rig& rig) {
  while (!rig.sent.empty()) {
    const auto frame = Json::parse(rig.sent.front());
    rig.sent.pop_front();
    if (frame[0] != 2) continue;
    rig.last_id = frame[1].get<std::string>();
    if (frame[2] == "GetCertificateStatus") return frame[3]["ocspRequestData"];
    rig.answer(frame[2] == "Heartbeat" ? Json{{"currentTime", rig.time()}} : Json::object());
  }
  return nullptr;
}
/// Time in which the backend answers everything else.
Json pass_until_asked(Rig& rig, Duration most) {
  for (auto passed = Duration::zero(); passed < most; passed += 60s) {
    rig.pass(60s);
    if (auto data = asked(rig); !data.is_null()) return data;
  }
  return nullptr;
}

}  // namespace

//=test OCPP-2.0.1 M06.FR.06
TEST_CASE("the backend is asked for each answer that the vault wants, and what it brings goes to the vault") {
  Rig rig;
  begin(rig);
  const auto data = asked(rig);
  REQUIRE_FALSE(data.is_null());
  CHECK(data["hashAlgorithm"] == "SHA256");
  CHECK(data["issuerNameHash"] == "abcd");
  CHECK(data["issuerKeyHash"] == "0102");
  CHECK(data["serialNumber"] == "a01");
  CHECK(data["responderURL"] == "http://ocsp.example/");
  rig.answer({{"status", "Accepted"}, {"ocspResult", "AQID"}});
  REQUIRE(rig.statuses.size() == 1);
  CHECK(rig.statuses[0].id == wanted(1).id);
  CHECK(rig.statuses[0].der.size == 3);
  CHECK(rig.statuses[0].now.unix_ms == rig.civil_ms);
  CHECK(asked(rig)["serialNumber"] == "a02");
  rig.answer({{"status", "Accepted"}, {"ocspResult", "AQID"}});
  CHECK(rig.statuses.size() == 2);
  CHECK(pass_until_asked(rig, 59min).is_null());
  rig.stale = {wanted(3)};
  CHECK(pass_until_asked(rig, 3min)["serialNumber"] == "a03");
}

TEST_CASE("an answer that does not come, or that the vault does not keep, costs no other certificate its turn") {
  const auto failing = [](const Json& payload, std::string_view why) {
    CAPTURE(why);
    Rig rig;
    begin(rig);
    rig.status_answer = {vault::InstallVerdict::rejected, "nobody may answer so for that issuer"};
    REQUIRE_FALSE(asked(rig).is_null());
    rig.answer(payload);
    CHECK(std::ranges::any_of(rig.ledger, [&](const auto& one) {
      return one.event.view() == "CertificateStatusMissing" && one.detail.view().find(why) != std::string_view::npos;
    }));
    CHECK(asked(rig)["serialNumber"] == "a02");
  };
  failing({{"status", "Failed"}}, "the backend has no answer");
  failing({{"status", "Accepted"}, {"ocspResult", "*"}}, "not base64");
  failing({{"status", "Accepted"}, {"ocspResult", "AQID"}}, "nobody may answer so");
  failing({{"state", "?"}}, "the backend's answer is none");
}

TEST_CASE("a backend that does not know the question is asked again within the hour, not at once") {
  Rig rig;
  begin(rig);
  for (int i = 0; i < 2; ++i) {
    REQUIRE_FALSE(asked(rig).is_null());
    rig.error("NotImplemented");
  }
  CHECK(pass_until_asked(rig, 55min).is_null());
  CHECK(pass_until_asked(rig, 10min)["serialNumber"] == "a01");
}

TEST_CASE("a connection lost under way and a vault that is away are tried again") {
  Rig rig;
  begin(rig);
  REQUIRE_FALSE(asked(rig).is_null());
  rig.disconnect();
  rig.vault_alive = false;
  rig.connect();
  CHECK(pass_until_asked(rig, 30min).is_null());
  rig.vault_alive = true;
  CHECK(pass_until_asked(rig, 61min)["serialNumber"] == "a01");
}
