#include "peers/csms/commands.hpp"

#include <algorithm>
#include <stdexcept>

#include "peers/csms/facts.hpp"

namespace bulwatt::csms {
namespace {

using simbus::ok;
using simbus::refused;

constexpr const char* kUsage =
    "csms commands: call [@STATION] ACTION JSON, transactions, violations, events, meter_values, security_events, "
    "boots, stations (each with an optional station), receipt TRANSACTION, boot accepted|pending|rejected [SECONDS], "
    "token NAME STATUS, accept_all on|off, delay MS, witness";

std::string joined(const std::vector<std::string>& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (i == from ? "" : " ") + words[i];
  return text;
}

}  // namespace

Commands::Commands(Server& server, Settings& settings, Store& store, Answer answer)
    : server_(server), settings_(settings), store_(store), answer_(std::move(answer)) {}

std::optional<Json> Commands::take(const simbus::Command& command) {
  try {
    if (command.name == "status") return status();
    if (command.name == "network") return network(command.args);
    if (command.name == "csms") return own(command);
    return std::nullopt;
  } catch (const std::exception& failure) {
    return refused(failure.what());
  }
}

Json Commands::status() const {
  Json answer = ok();
  answer["port"] = server_.port();
  answer["network"] = server_.network_up() ? "up" : "down";
  answer["boot"] = to_text(settings_.boot);
  answer["stations"] = server_.stations();
  const Json counts = store_.query(
      "SELECT (SELECT count(*) FROM transactions) AS transactions, (SELECT count(*) FROM events) AS events, "
      "(SELECT count(*) FROM violations) AS violations");
  answer.update(counts[0]);
  return answer;
}

Json Commands::network(const std::vector<std::string>& args) {
  if (args.size() != 1 || (args[0] != "up" && args[0] != "down")) return refused("network is 'up' or 'down'");
  server_.set_network(args[0] == "up");
  return ok();
}

Json Commands::own(const simbus::Command& command) {
  if (command.args.empty()) return refused(kUsage);
  const std::string& verb = command.args[0];
  const std::vector<std::string> args(command.args.begin() + 1, command.args.end());
  if (verb == "call") return call(command, args);
  if (verb == "boot") return boot(args);
  if (verb == "token") return token(args);
  if (verb == "accept_all" && args.size() == 1) return settings_.accept_all = args[0] == "on", ok();
  if (verb == "delay" && args.size() == 1) return settings_.answer_delay_ms = std::stoll(args[0]), ok();
  for (const char* table : {"transactions", "violations", "events", "meter_values", "security_events", "boots"})
    if (verb == table) return rows(table, table, args);
  if (verb == "witness") {
    if (!witness_) return refused("this backend witnesses nothing; start it with --witness DIR");
    Json answer = ok();
    answer["logs"] = witness_();
    return answer;
  }
  if (verb == "receipt" && args.size() == 1) {
    Json answer = ok();
    answer["receipt"] = receipt(store_, args[0]);
    return answer["receipt"].is_null() ? refused("no transaction " + args[0] + " has ended") : answer;
  }
  if (verb == "stations") {
    Json answer = ok();
    answer["stations"] = store_.query("SELECT * FROM stations ORDER BY identity");
    return answer;
  }
  return refused(kUsage);
}

Json Commands::call(const simbus::Command& command, const std::vector<std::string>& args) {
  const bool named = !args.empty() && args[0].starts_with('@');
  const std::size_t at = named ? 1 : 0;
  if (args.size() <= at) return refused("csms call [@STATION] ACTION JSON");
  const std::string text = joined(args, at + 1);
  const Json payload = Json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!payload.is_object()) return refused("the payload is no JSON object: " + text);
  server_.call(named ? args[0].substr(1) : "", args[at], payload,
               [this, line = command.line](const Json& outcome) { answer_(line, outcome); });
  return simbus::later();
}

Json Commands::boot(const std::vector<std::string>& args) {
  const auto status = args.empty() ? std::nullopt : boot_status_from(args[0]);
  if (!status) return refused("csms boot accepted|pending|rejected [SECONDS]");
  settings_.boot = *status;
  if (args.size() > 1) settings_.boot_interval_s = std::stoll(args[1]);
  return ok();
}

Json Commands::token(const std::vector<std::string>& args) {
  const auto status = args.size() == 2 ? token_status_from(args[1]) : std::nullopt;
  if (!status) return refused("csms token NAME STATUS, such as 'csms token 04A2 Accepted' (or Blocked, Invalid, …)");
  settings_.tokens[args[0]] = *status;
  return ok();
}

/// The newest rows, oldest of them first, with how many there are in all.
Json Commands::rows(const char* name, const std::string& table, const std::vector<std::string>& args) const {
  const std::string station = args.empty() ? "" : args[0];
  const std::string filter = " WHERE ?1 = '' OR station = ?1";
  Json answer = ok();
  answer["count"] = store_.query("SELECT count(*) AS n FROM " + table + filter, {station})[0]["n"];
  Json listed = store_.query(
      "SELECT * FROM " + table + filter + " ORDER BY rowid DESC LIMIT " + std::to_string(kListedMax), {station});
  std::reverse(listed.begin(), listed.end());
  for (auto& row : listed) row.erase("payload");
  answer[name] = std::move(listed);
  return answer;
}

}  // namespace bulwatt::csms
