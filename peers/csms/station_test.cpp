// One station, its messages as texts, time by hand.
#include "peers/csms/station.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>

using namespace bulwatt::csms;

namespace {

constexpr const char* kBoot =
    R"([2,"b","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"M","vendorName":"V"}}])";

struct Fixture {
  Settings settings;
  Store store{":memory:"};
  Schemas schemas;
  std::vector<std::string> sent;
  std::vector<std::uint16_t> closed;
  std::vector<Json> published;
  std::unique_ptr<Station> station = make();
  std::int64_t connections = 0;

  std::unique_ptr<Station> make() {
    Surroundings around{settings, store, schemas};
    around.publish = [this](const Json& event) { published.push_back(event); };
    around.sign = [](const std::string& csr, const std::string& who) {
      if (csr != "good") throw std::runtime_error("bad request");
      return "certificate of " + who;
    };
    return std::make_unique<Station>("CS001", std::move(around));
  }
  void connect() {
    station->connect({++connections, [this](const std::string& text) { sent.push_back(text); },
                      [this](std::uint16_t code, const std::string&) { closed.push_back(code); }},
                     0);
  }
  void boot() {
    connect();
    receive(kBoot);
    sent.clear();
  }
  void receive(const std::string& text, std::int64_t now = 0) { station->receive({text}, now); }
  std::vector<std::string> violations() {
    std::vector<std::string> kinds;
    for (const auto& row : store.query("SELECT kind FROM violations ORDER BY id")) kinds.push_back(row["kind"]);
    return kinds;
  }
  Json last() const { return Json::parse(sent.back()); }
};
using Kinds = std::vector<std::string>;

std::string call(const std::string& id, const std::string& action, const Json& payload) {
  return to_text(Call{id, action, payload});
}

Json started(int seq_no = 0) {
  return {{"eventType", seq_no == 0 ? "Started" : "Updated"},
          {"seqNo", seq_no},
          {"timestamp", "2027-01-15T08:00:00Z"},
          {"triggerReason", "Authorized"},
          {"evse", {{"id", 1}, {"connectorId", 1}}},
          {"idToken", {{"idToken", "04A2"}, {"type", "ISO14443"}}},
          {"transactionInfo", {{"transactionId", "tx"}}},
          {"meterValue", {{{"timestamp", "2027-01-15T08:00:00Z"}, {"sampledValue", {{{"value", 1234.5}}}}}}}};
}

}  // namespace

TEST_CASE("boots, heartbeats and charges without a violation, and keeps the facts") {
  Fixture f;
  f.settings.tokens["04A2"] = "Accepted";
  f.connect();
  f.receive(kBoot);
  CHECK(f.last()[2]["status"] == "Accepted");
  CHECK(f.last()[2]["interval"] == 300);
  f.receive(call("1", "TransactionEvent", started()));
  CHECK(f.last() == Json::parse(R"([3,"1",{"idTokenInfo":{"status":"Accepted"}}])"));
  CHECK(f.violations().empty());
  const Json row = f.store.query("SELECT * FROM transactions")[0];
  CHECK(row["transaction_id"] == "tx");
  CHECK(row["id_token"] == "04A2");
  CHECK(row["energy_start_wh"] == 1234.5);
  CHECK(row["started"] == "2027-01-15T08:00:00Z");
  CHECK(f.store.query("SELECT value FROM meter_values")[0]["value"] == 1234.5);
  CHECK(f.store.query("SELECT model FROM stations")[0]["model"] == "M");
  CHECK(f.store.query("SELECT count(*) AS n FROM messages")[0]["n"] == 4);
}

TEST_CASE("answers a station that is not accepted with SecurityError, and remembers its status over a restart") {
  Fixture f;
  f.settings.boot = BootStatus::rejected;
  f.connect();
  f.receive(call("1", "Heartbeat", Json::object()));
  CHECK(f.last()[2] == "SecurityError");
  f.receive(kBoot);
  CHECK(f.last()[2]["status"] == "Rejected");
  f.receive(call("2", "Heartbeat", Json::object()), 1000);
  CHECK(f.violations() == Kinds{"before_boot_accepted", "before_boot_accepted"});
  f.settings.boot = BootStatus::accepted;
  f.receive(R"([2,"c","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"M","vendorName":"V"}}])",
            400'000);
  f.receive(call("3", "TransactionEvent", started()), 400'000);
  f.station->disconnect();
  f.station = f.make();
  f.connect();
  f.receive(call("4", "TransactionEvent", started()), 0);  // its answer may have been lost
  f.receive(call("5", "TransactionEvent", started(2)), 0);
  CHECK(f.violations() == Kinds{"before_boot_accepted", "before_boot_accepted", "seq_no_gap"});
  CHECK(f.store.query("SELECT events FROM transactions")[0]["events"] == 2);
}

TEST_CASE("names what is wrong with a message, and the station lives on") {
  Fixture f;
  f.boot();
  struct Case {
    std::string text;
    const char* code;
    const char* kind;
  };
  const Case cases[] = {
      {"nonsense", "RpcFrameworkError", "bad_frame"},
      {call("1", "Reset", {{"type", "Immediate"}}), "NotImplemented", "unknown_action"},
      {call("2", "Heartbeat", {{"customData", nullptr}}), "FormatViolation", "empty_value"},
  };
  for (const auto& c : cases) {
    f.receive(c.text);
    CHECK(f.last()[2] == c.code);
    CHECK(f.violations().back() == c.kind);
  }
  f.receive(call("3", "Heartbeat", Json::object()));
  CHECK(f.last()[0] == 3);
  f.receive(call("3", "StatusNotification", {{"evseId", 1}}));
  CHECK(f.violations().back() == "message_id_reused");
  CHECK(f.violations().size() == 4);
}

TEST_CASE("a second CALL before the answer to the first is a violation") {
  Fixture f;
  f.boot();
  f.station->receive({call("1", "Heartbeat", Json::object()), call("2", "Heartbeat", Json::object())}, 0);
  CHECK(f.violations() == Kinds{"second_call"});
  f.settings.answer_delay_ms = 100;
  f.sent.clear();
  f.receive(call("3", "Heartbeat", Json::object()), 0);
  CHECK(f.sent.empty());
  CHECK(f.station->deadline_ms() == 100);
  f.receive(call("4", "Heartbeat", Json::object()), 50);
  CHECK(f.violations().size() == 2);
  f.station->tick(100);
  CHECK(f.sent.size() == 1);
  f.station->tick(150);
  CHECK(f.sent.size() == 2);
  f.receive(call("5", "Heartbeat", Json::object()), 200);
  CHECK(f.violations().size() == 2);
}

TEST_CASE("calls one after the other and gives each answer to who asked") {
  Fixture f;
  f.boot();
  std::vector<Json> outcomes;
  const auto ask = [&](const char* action) {
    f.station->call(action, Json::object(), [&](const Json& outcome) { outcomes.push_back(outcome); }, 0);
  };
  ask("ClearCache"), ask("GetLocalListVersion"), ask("Reset");
  REQUIRE(f.sent.size() == 1);
  f.receive(to_text(CallResult{f.last()[1], {{"status", "Accepted"}}}));
  REQUIRE(f.sent.size() == 2);
  f.receive(to_text(CallError{f.last()[1], "NotSupported", "no", Json::object()}));
  REQUIRE(f.sent.size() == 3);
  CHECK(outcomes[0]["answer"]["status"] == "Accepted");
  CHECK(outcomes[1]["code"] == "NotSupported");
  CHECK(f.violations().empty());

  const std::string late = f.last()[1];
  f.station->tick(10'000);
  CHECK(outcomes[2]["ok"] == false);
  f.receive(to_text(CallResult{late, {{"status", "Accepted"}}}), 10'001);
  f.receive(to_text(CallResult{"never", {{"status", "Accepted"}}}), 10'001);
  f.receive(to_text(CallError{"never", "Nonsense", "", Json::object()}), 10'001);
  CHECK(f.violations() ==
        Kinds{"no_answer", "late_answer", "answer_to_nothing", "unknown_error_code", "answer_to_nothing"});

  ask("ClearCache");
  f.station->disconnect();
  CHECK(outcomes[3]["error"] == "the station disconnected");
  ask("ClearCache");
  CHECK(outcomes[4]["ok"] == false);
}

TEST_CASE("signs a station's certificate request and records a bad one") {
  Fixture f;
  f.boot();
  f.receive(call("1", "SignCertificate", {{"csr", "good"}}));
  CHECK(Json::parse(f.sent[0])[2]["status"] == "Accepted");
  CHECK(f.last()[2] == "CertificateSigned");
  CHECK(f.last()[3]["certificateChain"] == "certificate of CS001");
  f.receive(call("2", "SignCertificate", {{"csr", "evil"}}));
  CHECK(f.violations() == Kinds{"bad_csr"});
}

TEST_CASE("ends a connection that sends too much") {
  Fixture f;
  f.settings.calls_burst = 5;
  f.settings.calls_per_second = 10;
  f.boot();
  for (int i = 0; i < 4; ++i) f.receive(call("a" + std::to_string(i), "Heartbeat", Json::object()), 0);
  CHECK(f.closed.empty());
  f.receive(call("x", "Heartbeat", Json::object()), 100);  // one more was earned
  CHECK(f.closed.empty());
  f.receive(call("c", "Heartbeat", Json::object()), 100);
  CHECK(f.closed == std::vector<std::uint16_t>{1008});
  CHECK(f.violations() == Kinds{"rate"});
}

TEST_CASE("tells the bus what goes in and out") {
  Fixture f;
  f.connect();
  f.published.clear();
  f.receive(kBoot);
  REQUIRE(f.published.size() == 2);
  CHECK(f.published[0]["direction"] == "in");
  CHECK(f.published[0]["action"] == "BootNotification");
  CHECK(f.published[0]["payload"]["reason"] == "PowerUp");
  CHECK(f.published[1]["direction"] == "out");
  CHECK(f.published[1]["type"] == "result");
}
