#include "peers/csms/station.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "libs/websocket/connection.hpp"
#include "peers/csms/answers.hpp"
#include "peers/csms/clock.hpp"

namespace bulwatt::csms {
namespace {

constexpr std::size_t kPublishedMax = 48 * 1024;  // a line of the simulation bus has at most 64 KiB

std::string random_prefix() {
  std::random_device source;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 12; ++i) text += kHex[source() % kHex.size()];
  return text;
}

/// "TransactionEvent Started seqNo 0 of 7f…": what a person wants to see of a message.
std::string summary(const std::string& action, const Json& payload) {
  std::string text = action;
  for (const char* name : {"eventType", "triggerReason", "reason", "connectorStatus", "type", "status"})
    if (const auto found = payload.find(name); found != payload.end() && found->is_string())
      text += " " + found->get<std::string>();
  if (payload.contains("seqNo")) text += " seqNo " + payload["seqNo"].dump();
  if (action == "TransactionEvent") text += " of " + payload["transactionInfo"].value("transactionId", "?");
  return text;
}

}  // namespace

Station::Station(std::string identity, Surroundings surroundings)
    : identity_(std::move(identity)), around_(std::move(surroundings)), call_prefix_(random_prefix()) {
  keep_station(around_.store, where());
  const Json row = around_.store.query("SELECT boot_status FROM stations WHERE identity = ?", {identity_});
  if (!row[0]["boot_status"].is_null())
    if (const auto status = boot_status_from(row[0]["boot_status"].get<std::string>())) gate_.restore(*status);
  for (const auto& event : kept_events(around_.store, identity_)) rules_.take(event["payload"], event["connection"]);
}

Where Station::where() const { return {identity_, connection_ ? connection_->number : 0, unix_ms_now()}; }

void Station::connect(Connected connection, std::int64_t now_ms) {
  connection_ = std::move(connection);
  unanswered_ = false;
  budget_ = static_cast<double>(around_.settings.calls_burst);
  budget_ms_ = now_ms;
  keep_station(around_.store, where());
  around_.log("connected");
  around_.publish({{"event", "csms"}, {"station", identity_}, {"connected", true}});
  send_next(now_ms);
}

void Station::disconnect() {
  connection_.reset();
  delayed_.clear();
  const auto gone = std::exchange(calls_, {});
  calling_ = false;
  around_.log("disconnected");
  around_.publish({{"event", "csms"}, {"station", identity_}, {"connected", false}});
  for (const auto& one : gone) one.on_answer({{"ok", false}, {"error", "the station disconnected"}});
}

void Station::violate(const Violation& violation) {
  around_.store.run("INSERT INTO violations (station, time, kind, detail) VALUES (?,?,?,?)",
                    {identity_, to_rfc3339(unix_ms_now()), violation.kind, violation.detail});
  around_.log("VIOLATION " + violation.kind + ": " + violation.detail);
  Json event{{"event", "violation"}, {"station", identity_}, {"kind", violation.kind}, {"detail", violation.detail}};
  event["once"] = true;
  around_.publish(event);
}

void Station::publish(const char* direction, const char* type, const std::string& action, const Json& payload) {
  Json event{{"event", "ocpp"}, {"once", true},     {"station", identity_}, {"direction", direction},
             {"type", type},    {"action", action}, {"payload", payload}};
  if (event["payload"].dump().size() > kPublishedMax) event["payload"] = {{"left_out", "too long for the bus"}};
  around_.publish(event);
}

bool Station::spend(std::int64_t now_ms) {
  const auto& settings = around_.settings;
  const double earned = static_cast<double>((now_ms - budget_ms_) * settings.calls_per_second) / 1000.0;
  budget_ = std::min(budget_ + earned, static_cast<double>(settings.calls_burst));
  budget_ms_ = now_ms;
  budget_ -= 1.0;
  return budget_ >= 0;
}

void Station::receive(const std::vector<std::string>& texts, std::int64_t now_ms) {
  const Store::Batch batch(around_.store);
  const bool had_unanswered = unanswered_;
  bool call_seen = had_unanswered;
  for (const auto& text : texts) {
    if (!connection_) return;
    around_.store.run("INSERT INTO messages (station, connection, time, direction, text) VALUES (?,?,?,?,?)",
                      {identity_, connection_->number, to_rfc3339(unix_ms_now()), "in", text});
    if (!spend(now_ms)) {
      violate({"rate", "more messages than this CSMS takes"});
      return connection_->close(websocket::close_code::kPolicyViolation, "too many messages");
    }
    const Frame frame = parse_frame(text);
    if (const auto* call = std::get_if<Call>(&frame)) {
      if (std::exchange(call_seen, true))
        violate({"second_call", call->action + " was sent before the CALL before it was answered"});
    }
    std::visit([&](const auto& one) { take(one, now_ms); }, frame);
  }
}

void Station::take(const BadFrame& bad, std::int64_t now_ms) {
  violate({"bad_frame", bad.why});
  if (bad.answer) answer(to_text(*bad.answer), "CALLERROR " + bad.answer->code, now_ms);
}

void Station::take(const Call& call, std::int64_t now_ms) {
  unanswered_ = true;
  around_.log("< " + summary(call.action, call.payload));
  publish("in", "call", call.action, call.payload);
  check_id(call);
  if (const auto error = refuse(call, now_ms)) {
    publish("out", "error", call.action, {{"code", error->code}, {"text", error->text}});
    return answer(to_text(*error), "CALLERROR " + error->code + ": " + error->text, now_ms);
  }
  keep_facts(call, now_ms);
  const Json payload =
      answer_to(around_.settings, call.action, call.payload, unix_ms_now(), static_cast<bool>(around_.sign));
  publish("out", "result", call.action, payload);
  answer(to_text(CallResult{call.id, payload}), call.action + " " + payload.dump(), now_ms);
  after_answer(call, now_ms);
}

void Station::check_id(const Call& call) {
  const std::string use = call.action + call.payload.dump();
  const auto [found, fresh] = ids_.emplace(call.id, use);
  if (!fresh && found->second != use) violate({"message_id_reused", "message id " + call.id + " was used before"});
  if (!fresh) return;
  ids_order_.push_back(call.id);
  if (ids_order_.size() <= kIdsRemembered) return;
  ids_.erase(ids_order_.front());
  ids_order_.pop_front();
}

std::optional<CallError> Station::refuse(const Call& call, std::int64_t now_ms) {
  const auto error = [&](const std::string& code, const std::string& text) {
    return CallError{call.id, code, text, Json::object()};
  };
  if (!is_station_action(call.action)) {
    violate({"unknown_action", call.action + " is no action of a station in OCPP 2.0.1"});
    return error("NotImplemented", "no such action");
  }
  if (const auto path = find_empty(call.payload)) {
    violate({"empty_value", call.action + *path + " is null or empty and should be left out"});
    return error("FormatViolation", *path + " is null or empty");
  }
  if (const auto wrong = around_.schemas.check(call.action + "Request", call.payload)) {
    violate({"schema", call.action + wrong->sentence()});
    return error(wrong->code, wrong->sentence());
  }
  const auto early = gate_.check(call.action, now_ms);
  if (early) violate(*early);
  if (!gate_.open(call.action)) return error("SecurityError", "the station is not accepted");
  if (call.action == "NotifyReport" && calling_ && calls_.front().call.action.ends_with("Report"))
    violate({"report_before_answer", "NotifyReport came before the answer to " + calls_.front().call.action});
  return std::nullopt;
}

void Station::keep_facts(const Call& call, std::int64_t now_ms) {
  auto& store = around_.store;
  if (call.action == "BootNotification") {
    keep_boot(store, where(), call.payload, around_.settings);
    gate_.answered(around_.settings.boot, around_.settings.boot_interval_s, now_ms);
  }
  if (call.action == "TransactionEvent") {
    const auto outcome = rules_.take(call.payload, connection_->number);
    for (const auto& violation : outcome.violations) violate(violation);
    keep_transaction_event(store, where(), call.payload, outcome.repeated);
  }
  if (call.action == "MeterValues") keep_meter_values(store, where(), call.payload);
  if (call.action == "SecurityEventNotification") keep_security_event(store, where(), call.payload);
}

//= OCPP-2.0.1 A02.FR.02
void Station::after_answer(const Call& request, std::int64_t now_ms) {
  if (request.action != "SignCertificate" || !around_.sign) return;
  try {
    const std::string chain = around_.sign(request.payload.at("csr").get<std::string>(), identity_);
    call(
        "CertificateSigned", {{"certificateChain", chain}, {"certificateType", "ChargingStationCertificate"}},
        [this](const Json& outcome) { around_.log("CertificateSigned: " + outcome.dump()); }, now_ms);
  } catch (const std::runtime_error& refusal) {
    violate({"bad_csr", refusal.what()});
  }
}

void Station::answer(const std::string& text, const std::string& about, std::int64_t now_ms) {
  if (around_.settings.answer_delay_ms > 0) {
    delayed_.push_back({text, now_ms + around_.settings.answer_delay_ms});
    return;
  }
  around_.log("> " + about);
  unanswered_ = false;
  send(text);
}

void Station::send(const std::string& text) {
  if (!connection_) return;
  around_.store.run("INSERT INTO messages (station, connection, time, direction, text) VALUES (?,?,?,?,?)",
                    {identity_, connection_->number, to_rfc3339(unix_ms_now()), "out", text});
  connection_->send(text);
}

void Station::call(const std::string& action, const Json& payload, OnAnswer on_answer, std::int64_t now_ms) {
  if (!connection_) return on_answer({{"ok", false}, {"error", "station " + identity_ + " is not connected"}});
  if (calls_.size() >= kCallsQueuedMax) return on_answer({{"ok", false}, {"error", "too many calls wait already"}});
  const std::string id = call_prefix_ + "-" + std::to_string(next_call_++);
  calls_.push_back({Call{id, action, payload}, std::move(on_answer), 0});
  send_next(now_ms);
}

void Station::send_next(std::int64_t now_ms) {
  if (calling_ || calls_.empty() || !connection_) return;
  calling_ = true;
  auto& next = calls_.front();
  next.deadline_ms = now_ms + around_.settings.call_timeout_ms;
  gate_.invite(next.call.action, next.call.payload);
  around_.log("> " + summary(next.call.action, next.call.payload));
  publish("out", "call", next.call.action, next.call.payload);
  send(to_text(next.call));
}

bool Station::is_for_outstanding(const std::string& id) {
  if (calling_ && calls_.front().call.id == id) return true;
  const bool late = given_up_.erase(id) > 0;
  violate({late ? "late_answer" : "answer_to_nothing", "an answer came for message id " + id});
  return false;
}

void Station::finish_call(const Json& outcome, std::int64_t now_ms) {
  const Outgoing done = std::move(calls_.front());
  calls_.pop_front();
  calling_ = false;
  send_next(now_ms);
  done.on_answer(outcome);
}

void Station::take(const CallResult& result, std::int64_t now_ms) {
  if (!is_for_outstanding(result.id)) return;
  const std::string action = calls_.front().call.action;
  around_.log("< " + action + " " + result.payload.dump());
  publish("in", "result", action, result.payload);
  if (const auto path = find_empty(result.payload))
    violate({"empty_value", action + "Response" + *path + " is null or empty and should be left out"});
  if (is_csms_action(action))
    if (const auto wrong = around_.schemas.check(action + "Response", result.payload))
      violate({"schema", action + "Response" + wrong->sentence()});
  finish_call({{"ok", true}, {"answer", result.payload}}, now_ms);
}

void Station::take(const CallError& error, std::int64_t now_ms) {
  if (!is_error_code(error.code)) violate({"unknown_error_code", error.code});
  if (!is_for_outstanding(error.id)) return;
  const std::string action = calls_.front().call.action;
  around_.log("< " + action + " CALLERROR " + error.code + ": " + error.text);
  publish("in", "error", action, {{"code", error.code}, {"text", error.text}});
  finish_call({{"ok", false}, {"error", error.code + ": " + error.text}, {"code", error.code}}, now_ms);
}

std::optional<std::int64_t> Station::deadline_ms() const {
  std::optional<std::int64_t> next;
  const auto consider = [&](std::int64_t at) { next = std::min(next.value_or(at), at); };
  if (calling_) consider(calls_.front().deadline_ms);
  if (!delayed_.empty()) consider(delayed_.front().due_ms);
  return next;
}

void Station::tick(std::int64_t now_ms) {
  while (!delayed_.empty() && delayed_.front().due_ms <= now_ms) {
    const std::string text = std::move(delayed_.front().text);
    delayed_.pop_front();
    if (delayed_.empty()) unanswered_ = false;
    around_.log("> (late) " + text);
    send(text);
  }
  if (!calling_ || calls_.front().deadline_ms > now_ms) return;
  const std::string action = calls_.front().call.action;
  given_up_.insert(calls_.front().call.id);
  violate({"no_answer", action + " was not answered in time"});
  finish_call({{"ok", false}, {"error", "the station did not answer " + action + " in time"}}, now_ms);
}

}  // namespace bulwatt::csms
