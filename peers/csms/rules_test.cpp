// Frames, boot gate and transaction rules: pure, no sockets.
#include <doctest/doctest.h>

#include "peers/csms/answers.hpp"
#include "peers/csms/clock.hpp"
#include "peers/csms/gate.hpp"
#include "peers/csms/rpc.hpp"
#include "peers/csms/transactions.hpp"

using namespace bulwatt::csms;

namespace {

Json event(const std::string& type, int seq_no, const std::string& id = "tx", int evse = 1, int second = 0) {
  return {{"eventType", type},
          {"seqNo", seq_no},
          {"timestamp", to_rfc3339(1'800'000'000'000 + second * 1000)},
          {"triggerReason", "Authorized"},
          {"evse", {{"id", evse}}},
          {"transactionInfo", {{"transactionId", id}}}};
}

Json with_energy(Json payload, double value, int second, Json extra = Json::object()) {
  Json sample = {{"value", value}};
  sample.update(extra);
  payload["meterValue"].push_back(
      {{"timestamp", to_rfc3339(1'800'000'000'000 + second * 1000)}, {"sampledValue", Json::array({sample})}});
  return payload;
}

std::vector<std::string> kinds_of(const std::vector<Json>& events, const std::vector<std::int64_t>& connections = {}) {
  TransactionRules rules;
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto outcome = rules.take(events[i], connections.empty() ? 1 : connections[i]);
    for (const auto& violation : outcome.violations) kinds.push_back(violation.kind);
  }
  return kinds;
}
using Kinds = std::vector<std::string>;

}  // namespace

TEST_CASE("a transaction in order breaks no rule") {
  CHECK(kinds_of({event("Started", 0), event("Updated", 1), event("Ended", 2)}).empty());
  // The next one may start at 0 or go on counting.
  CHECK(kinds_of({event("Started", 0), event("Ended", 1), event("Started", 2, "b"), event("Ended", 3, "b")}).empty());
  CHECK(kinds_of({event("Started", 0), event("Ended", 1), event("Started", 0, "b"), event("Ended", 1, "b")}).empty());
  CHECK(kinds_of({event("Started", 0, "a", 1), event("Started", 0, "b", 2), event("Updated", 1, "a", 1)}).empty());
}

TEST_CASE("names every way in which transaction events are lost, doubled or out of order") {
  struct Case {
    std::vector<Json> events;
    Kinds kinds;
  };
  const Case cases[] = {
      {{event("Started", 0), event("Updated", 2)}, {"seq_no_gap"}},
      {{event("Started", 0), event("Updated", 3), event("Updated", 2)}, {"seq_no_gap", "seq_no_backwards"}},
      {{event("Started", 5)}, {"seq_no_gap"}},
      {{event("Updated", 0)}, {"event_before_start"}},
      {{event("Started", 0), event("Started", 1)}, {"second_start"}},
      {{event("Started", 0), event("Ended", 1), event("Ended", 2)}, {"second_end"}},
      {{event("Started", 0), event("Ended", 1), event("Updated", 2)}, {"event_after_end"}},
      {{event("Started", 0), event("Started", 0, "b")}, {"second_transaction"}},
      {{event("Started", 0), event("Updated", 0)}, {"duplicate_seq_no"}},
      {{event("Started", 0), event("Started", 0)}, {"duplicate_event"}},
      {{event("Started", 0, "tx", 1, 10), event("Updated", 1, "tx", 1, 9)}, {"time_backwards"}},
  };
  for (const auto& c : cases) {
    CAPTURE(Json(c.events).dump());
    CHECK(kinds_of(c.events) == c.kinds);
  }
}

TEST_CASE("an end counts also where no event names the EVSE") {
  auto start = event("Started", 0), end = event("Ended", 1), again = event("Ended", 2);
  for (auto* one : {&start, &end, &again}) one->erase("evse");
  CHECK(kinds_of({start, end, again}) == Kinds{"second_end"});
}

TEST_CASE("an event sent again on a later connection is a retransmission, even when it is marked offline now") {
  auto again = event("Started", 0);
  again["offline"] = true;
  TransactionRules rules;
  CHECK_FALSE(rules.take(event("Started", 0), 1).repeated);
  const auto outcome = rules.take(again, 2);
  CHECK(outcome.repeated);
  CHECK(outcome.violations.empty());
  again["triggerReason"] = "CablePluggedIn";
  CHECK(rules.take(again, 3).violations.front().kind == "duplicate_seq_no");
}

TEST_CASE("the import register may repeat earlier samples but never fall") {
  CHECK(kinds_of({with_energy(event("Started", 0), 1000, 0), with_energy(event("Updated", 1), 1500, 60),
                  with_energy(with_energy(event("Ended", 2), 1000, 0), 2000, 120)})
            .empty());
  CHECK(kinds_of({with_energy(event("Started", 0), 1000, 0), with_energy(event("Updated", 1), 900, 60)}) ==
        Kinds{"energy_backwards"});
  CHECK(kinds_of({with_energy(event("Started", 0), 1000, 60), with_energy(event("Updated", 1), 1001, 0)}) ==
        Kinds{"energy_backwards"});
  // 1 kWh is 1000 Wh, multiplier and all; another measurand or phase is another register.
  CHECK(kinds_of({with_energy(event("Started", 0), 1000, 0),
                  with_energy(event("Updated", 1), 1, 60, {{"unitOfMeasure", {{"unit", "kWh"}}}}),
                  with_energy(event("Updated", 2), 1, 61, {{"unitOfMeasure", {{"multiplier", 3}}}}),
                  with_energy(event("Updated", 3), 5, 62, {{"measurand", "Power.Active.Import"}}),
                  with_energy(event("Updated", 4), 5, 63, {{"phase", "L1"}})})
            .empty());
}

TEST_CASE("before the boot is accepted nothing but BootNotification may come") {
  BootGate gate;
  CHECK_FALSE(gate.check("BootNotification", 0).has_value());
  CHECK(gate.check("Heartbeat", 0)->kind == "before_boot_accepted");
  CHECK_FALSE(gate.open("Heartbeat"));

  //=test OCPP-2.0.1 B02.FR.02
  gate.answered(BootStatus::pending, 10, 0);
  CHECK(gate.check("StatusNotification", 0).has_value());
  gate.invite("TriggerMessage", {{"requestedMessage", "StatusNotification"}});
  gate.invite("GetBaseReport", {});
  gate.invite("TriggerMessage", {{"requestedMessage", "SignV2GCertificate"}});
  CHECK_FALSE(gate.check("StatusNotification", 0).has_value());
  CHECK_FALSE(gate.check("NotifyReport", 0).has_value());
  CHECK_FALSE(gate.check("SignCertificate", 0).has_value());
  CHECK(gate.check("Heartbeat", 0).has_value());
  CHECK(gate.check("BootNotification", 9'000)->kind == "boot_too_early");
  CHECK_FALSE(gate.check("BootNotification", 10'000).has_value());
  gate.invite("TriggerMessage", {{"requestedMessage", "BootNotification"}});
  CHECK_FALSE(gate.check("BootNotification", 9'000).has_value());

  //=test OCPP-2.0.1 B03.FR.02
  gate.answered(BootStatus::rejected, 10, 0);
  CHECK_FALSE(gate.open("StatusNotification"));
  CHECK(gate.check("BootNotification", 1'000)->kind == "boot_too_early");
  gate.answered(BootStatus::accepted, 300, 0);
  CHECK_FALSE(gate.check("Heartbeat", 0).has_value());
  CHECK_FALSE(gate.check("BootNotification", 1'000).has_value());
}

TEST_CASE("reads frames and says what is wrong with the others") {
  CHECK(std::get<Call>(parse_frame(R"([2,"1","Heartbeat",{}])")).action == "Heartbeat");
  CHECK(std::get<CallResult>(parse_frame(R"([3,"1",{"a":1}])")).payload["a"] == 1);
  CHECK(std::get<CallError>(parse_frame(R"([4,"1","GenericError","",{}])")).code == "GenericError");
  struct Case {
    std::string text;
    const char* answer;  // code of the CALLERROR, nullptr for silence
  };
  const std::string deep = "[2,\"1\",\"A\",{\"a\":" + std::string(30, '[') + std::string(30, ']') + "}]";
  const Case cases[] = {
      {"", "RpcFrameworkError"},
      {"{}", "RpcFrameworkError"},
      {"[2,\"1\",\"Heartbeat\",{}", "RpcFrameworkError"},
      {R"([2,1,"Heartbeat",{}])", "RpcFrameworkError"},
      {R"([2,"","Heartbeat",{}])", "RpcFrameworkError"},
      {R"([2,"1234567890123456789012345678901234567","Heartbeat",{}])", "RpcFrameworkError"},
      {R"([2,"1","A",{"a":1,"a":2}])", "RpcFrameworkError"},
      {deep, "RpcFrameworkError"},
      {R"([2,"1","Heartbeat"])", "FormatViolation"},
      {R"([2,"1","Heartbeat",[]])", "FormatViolation"},
      {R"([2,"1","Heartbeat",{},{}])", "FormatViolation"},
      {R"([3,"1",[]])", nullptr},
      {R"([4,"1","GenericError",""])", nullptr},
      {R"([5,"1","x"])", nullptr},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto frame = parse_frame(c.text);
    REQUIRE(std::holds_alternative<BadFrame>(frame));
    const auto& bad = std::get<BadFrame>(frame);
    CHECK(bad.answer.has_value() == (c.answer != nullptr));
    if (c.answer != nullptr) CHECK(bad.answer->code == c.answer);
  }
}

TEST_CASE("finds what OCPP wants left out") {
  CHECK_FALSE(find_empty(Json::object()).has_value());
  CHECK_FALSE(find_empty(Json::parse(R"({"a":"","b":0,"c":[{"d":false}]})")).has_value());
  CHECK(find_empty(Json::parse(R"({"a":null})")) == "/a");
  CHECK(find_empty(Json::parse(R"({"a":[]})")) == "/a");
  CHECK(find_empty(Json::parse(R"({"a":[{"b":{}}]})")) == "/a/0/b");
}

TEST_CASE("times are RFC 3339 and nothing else") {
  CHECK(from_rfc3339("1970-01-01T00:00:01Z") == 1000);
  CHECK(from_rfc3339("2027-01-15T08:00:00.123+02:00") == from_rfc3339("2027-01-15T06:00:00.123Z"));
  CHECK(to_rfc3339(*from_rfc3339("2028-02-29T23:59:59.999Z")) == "2028-02-29T23:59:59.999Z");
  for (const auto* bad : {"", "2027-01-15", "2027-01-15T08:00:00", "2027-02-29T08:00:00Z", "2027-01-15T24:00:00Z",
                          "2027-01-15 08:00:00Z", "2027-01-15T08:00:00.Z", "2027-01-15T08:00:00+2:00",
                          "2027-13-15T08:00:00Z", "2O27-01-15T08:00:00Z", "2027-01-15T08:00:00Zx"}) {
    CAPTURE(bad);
    CHECK_FALSE(from_rfc3339(bad).has_value());
  }
}

TEST_CASE("tokens are what the table says, everything else is unknown") {
  Settings settings;
  settings.tokens = {{"good", "Accepted"}, {"bad", "Blocked"}};
  const auto status = [&](const std::string& token, const std::string& type = "ISO14443") {
    const Json request = {{"idToken", {{"idToken", token}, {"type", type}}}};
    return answer_to(settings, "Authorize", request, 0, false)["idTokenInfo"]["status"];
  };
  CHECK(status("good") == "Accepted");
  CHECK(status("bad") == "Blocked");
  CHECK(status("other") == "Unknown");
  CHECK(status("", "NoAuthorization") == "Accepted");
  settings.accept_all = true;
  CHECK(status("other") == "Accepted");
  CHECK(status("bad") == "Blocked");
}
