// CustomerInformation: who is meant, what is told, what is forgotten, in parts that fit.
#include "services/ocpp/rig_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ocpp;
using namespace bulwatt::ocpp::testing;

namespace {

Json wish(bool report, bool clear, int id = 7) {
  return {{"requestId", id},
          {"report", report},
          {"clear", clear},
          {"idToken", {{"idToken", "CARD-1"}, {"type", "ISO14443"}}}};
}
Json nobody(bool report, bool clear) {
  auto request = wish(report, clear);
  request.erase("idToken");
  return request;
}
session::CustomerCacheEntry cached() {
  return {{session::AuthorizationStatus::accepted, session::IdToken{"GROUP", session::TokenType::central}, {}, {}},
          {1'700'000'000'000}};
}
/// Takes all parts of one report, checks them, answers them; their text.
std::string whole(Rig& rig, int id = 7) {
  std::string text;
  for (int seq = 0;; ++seq) {
    const auto part = rig.call("NotifyCustomerInformation");
    CHECK(part["requestId"] == id);
    CHECK(part["seqNo"] == seq);
    const auto data = part["data"].get<std::string>();
    CHECK_FALSE(data.empty());
    CHECK(data.size() <= CustomerReporter::kPart);
    text += data;
    rig.answer(Json::object());
    if (!part.contains("tbc")) return text;
    CHECK(part["tbc"] == true);
  }
}

}  // namespace

//=test OCPP-2.0.1 N09.FR.09
TEST_CASE("a customer is named in exactly one way") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("CustomerInformation", nobody(true, false))["status"] == "Invalid");
  auto twice = wish(true, false);
  twice["customerIdentifier"] = "ACME-17";
  CHECK(rig.ask("CustomerInformation", twice)["status"] == "Invalid");
  CHECK(rig.quiet());
  CHECK(rig.asked_customers.empty());
}

//=test OCPP-2.0.1 N09.FR.07
//=test OCPP-2.0.1 N10.FR.07
TEST_CASE("who wants neither a report nor the removal is refused") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("CustomerInformation", wish(false, false))["status"] == "Rejected");
  CHECK(rig.quiet());
  CHECK(rig.forgotten.empty());
}

//=test OCPP-2.0.1 N09.FR.02
//=test OCPP-2.0.1 N09.FR.05
TEST_CASE("everything that is kept is told in words, and nothing is forgotten by that") {
  Rig rig;
  rig.customer.cached = cached();
  rig.customer.listed =
      session::Authorization{.status = session::AuthorizationStatus::blocked, .group = {}, .expiry = {}, .evses = {}};
  rig.customer.owner = true;
  REQUIRE(rig.customer.places.push_back({1, true, true, session::TransactionId{"tx-9"}}));
  REQUIRE(rig.customer.reservations.push_back(12));
  rig.customer.events = 2;
  rig.accept();
  CHECK(rig.ask("CustomerInformation", wish(true, false))["status"] == "Accepted");
  const auto text = whole(rig);
  for (const auto* words : {"CARD-1 (ISO14443)", "authorization cache: Accepted, group GROUP, stored 2023-11-14",
                            "list: Blocked", "owner's list", "EVSE 1: transaction tx-9 runs; may charge now; the cable",
                            "reservation 12", "not yet delivered: 2"})
    CHECK_MESSAGE(text.find(words) != std::string::npos, words);
  CHECK(text.find("cleared") == std::string::npos);
  CHECK(rig.forgotten.empty());
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 N09.FR.06
//=test OCPP-2.0.1 N10.FR.04
TEST_CASE("of a customer nothing is known of, one message says so and does not name the token") {
  Rig rig;
  rig.accept();
  for (const bool clear : {false, true}) {
    CHECK(rig.ask("CustomerInformation", wish(true, clear))["status"] == "Accepted");
    const auto text = whole(rig);
    CHECK(text.find("No data") == 0);
    CHECK(text.find("CARD-1") == std::string::npos);
  }
  CHECK(rig.quiet());
}

//=test OCPP-2.0.1 N10.FR.01
//=test OCPP-2.0.1 N10.FR.03
TEST_CASE("what is cleared is told as it was, with what stays and why") {
  Rig rig;
  rig.customer.cached = cached();
  rig.customer.listed = session::Authorization{};
  rig.accept();
  CHECK(rig.ask("CustomerInformation", wish(true, true))["status"] == "Accepted");
  const auto text = whole(rig);
  CHECK(text.find("authorization cache: Accepted") != std::string::npos);
  CHECK(text.find("cleared: authorization cache") != std::string::npos);
  CHECK(text.find("kept: local authorization list") != std::string::npos);
  REQUIRE(rig.forgotten.size() == 1);
  CHECK(rig.forgotten[0].id == "CARD-1");
  CHECK(rig.list_parts.empty());
}

//=test OCPP-2.0.1 N10.FR.06
TEST_CASE("a removal without a report is told in one message, without what was removed") {
  Rig rig;
  rig.customer.cached = cached();
  rig.accept();
  CHECK(rig.ask("CustomerInformation", wish(false, true))["status"] == "Accepted");
  const auto part = rig.call("NotifyCustomerInformation");
  CHECK(part["data"] == "cleared: authorization cache\n");
  CHECK_FALSE(part.contains("tbc"));
  rig.answer(Json::object());
  CHECK(rig.quiet());
  CHECK(rig.forgotten.size() == 1);
}

//=test OCPP-2.0.1 N09.FR.03
//=test OCPP-2.0.1 N10.FR.05
TEST_CASE("what cannot be looked up, forgotten or told now is refused") {
  Rig rig;
  rig.accept();
  rig.session_alive = false;
  CHECK(rig.ask("CustomerInformation", wish(true, false))["status"] == "Rejected");
  rig.session_alive = true;
  rig.forgets_nothing = true;
  CHECK(rig.ask("CustomerInformation", wish(true, true))["status"] == "Rejected");
  CHECK(rig.quiet());
  rig.forgets_nothing = false;
  for (std::size_t i = 0; i < CustomerReporter::kMostReports; ++i)
    CHECK(rig.ask("CustomerInformation", wish(true, false, static_cast<int>(i)))["status"] == "Accepted");
  CHECK(rig.ask("CustomerInformation", wish(true, false, 9))["statusInfo"]["reasonCode"] == "Busy");
  for (std::size_t i = 0; i < CustomerReporter::kMostReports; ++i) whole(rig, static_cast<int>(i));
  CHECK(rig.quiet());
}

TEST_CASE("identifiers and certificates of customers are not kept here, and session is not asked about them") {
  Rig rig;
  rig.customer.cached = cached();
  rig.accept();
  auto by_name = nobody(true, true);
  by_name["customerIdentifier"] = "ACME-17";
  CHECK(rig.ask("CustomerInformation", by_name)["status"] == "Accepted");
  CHECK(whole(rig).find("No data") == 0);
  auto by_certificate = nobody(true, true);
  by_certificate["customerCertificate"] = {
      {"hashAlgorithm", "SHA256"}, {"issuerNameHash", "aa"}, {"issuerKeyHash", "bb"}, {"serialNumber", "1"}};
  CHECK(rig.ask("CustomerInformation", by_certificate)["status"] == "Accepted");
  CHECK(whole(rig).find("No data") == 0);
  CHECK(rig.asked_customers.empty());
  CHECK(rig.forgotten.empty());
}

TEST_CASE("a long report comes in parts that tear no character, and goes on where the connection broke") {
  Rig rig;
  rig.accept();
  // Two bytes each, at odd places.
  const std::string id = "xäöüäöüäöüäöüäöü";
  for (std::size_t i = 0; i < session::kReservations; ++i) REQUIRE(rig.customer.reservations.push_back(2'000'000'000));
  REQUIRE(
      rig.customer.places.push_back({1, true, true, session::TransactionId{"123456789012345678901234567890123456"}}));
  REQUIRE(
      rig.customer.places.push_back({2, true, true, session::TransactionId{"123456789012345678901234567890123456"}}));
  rig.customer.cached = cached();
  auto request = wish(true, false);
  request["idToken"]["idToken"] = id;
  CHECK(rig.ask("CustomerInformation", request)["status"] == "Accepted");
  const auto first = rig.call("NotifyCustomerInformation");
  CHECK(first["tbc"] == true);
  rig.answer(Json::object());
  rig.disconnect();
  rig.connect();
  const auto second = rig.call("NotifyCustomerInformation");
  CHECK(second["seqNo"] == 1);
  CHECK_FALSE(second.contains("tbc"));
  const auto text = first["data"].get<std::string>() + second["data"].get<std::string>();
  CHECK(text.find(id) != std::string::npos);
  CHECK(text.find("EVSE 2") != std::string::npos);
  CHECK(text.size() > CustomerReporter::kPart);
}

TEST_CASE("a backend that does not take a part does not get the rest") {
  Rig rig;
  rig.accept();
  CHECK(rig.ask("CustomerInformation", wish(true, false))["status"] == "Accepted");
  rig.call("NotifyCustomerInformation");
  rig.error("NotImplemented");
  CHECK(rig.quiet());
}

TEST_CASE("an event of the customer that waits here is counted with those that wait at session") {
  Rig rig;
  rig.accept();
  rig.disconnect();
  auto& event = rig.add_event(session::EventType::started);
  event.token = session::IdToken{"card-1", session::TokenType::iso14443};
  rig.core->work_available();
  REQUIRE(rig.store->events().size() == 1);
  rig.customer.events = 1;
  rig.connect();
  rig.call("TransactionEvent");
  CHECK(rig.ask("CustomerInformation", wish(true, true))["status"] == "Accepted");
  rig.answer(Json::object());
  const auto text = whole(rig);
  CHECK(text.find("not yet delivered: 2") != std::string::npos);
  CHECK(text.find("kept until delivered") != std::string::npos);
}
