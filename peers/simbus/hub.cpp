#include "peers/simbus/hub.hpp"

#include <algorithm>
#include <ranges>
#include <sstream>

namespace bulwatt::simbus {

namespace {

constexpr const char* kHubName = "hub";

bool good_name(const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kNameMax && name != kHubName && std::ranges::all_of(name, good);
}

/// `fault no_diode` typed as one string becomes a command and its args, so that a line can be written by hand.
void split_words(Json& line) {
  std::istringstream words(line["command"].get<std::string>());
  std::string word;
  words >> word;
  line["command"] = word;
  Json args = Json::array();
  while (words >> word) args.push_back(word);
  const Json given = line.value("args", Json::array());
  for (const Json& one : given.is_array() ? given : Json::array({given})) args.push_back(one);
  line["args"] = args;
}

std::string joined_text(const std::vector<std::string>& names) {
  if (names.empty()) return "nobody has joined";
  std::string text = "joined: ";
  for (const std::string& name : names) text += (text.ends_with(": ") ? "" : ", ") + name;
  return text;
}

Json failure(const std::string& sentence) { return {{"ok", false}, {"error", sentence}}; }

}  // namespace

void Hub::connect(ClientId client) {
  if (clients_.size() >= kClientsMax) {
    actions_.push_back({client, {{"event", "error"}, {"from", kHubName}, {"error", "the bus is full"}}, true});
    return;
  }
  clients_[client];
}

void Hub::receive(ClientId client, const std::string& line, std::int64_t now_ms) {
  if (!clients_.contains(client) || line.empty()) return;
  std::optional<Json> object = parse_object(line);
  if (!object) return send_error(client, "the line is not one JSON object");
  if (object->contains("hello")) return hello(client, *object);
  if (object->contains("event")) return event(client, std::move(*object));
  if (object->contains("command")) return command(client, std::move(*object), now_ms);
  if (object->contains("ok") || object->contains("pass")) return answer(client, std::move(*object));
  send_error(client, "the line has none of 'hello', 'event', 'command', 'ok', 'pass'");
}

void Hub::hello(ClientId id, const Json& line) {
  Client& client = clients_.at(id);
  const std::string wanted = text_of(line, "hello");
  if (!client.name.empty()) return send_error(id, "hello was said already");
  if (!good_name(wanted)) return send_error(id, "a name has 1 to 32 letters, digits, '-' or '_', and is not 'hub'");
  client.name = unique_name(wanted);
  const Json observe = line.value("observe", Json(false));
  client.observer = observe.is_boolean() && observe.get<bool>();
  tell_others(id, {{"event", "joined"}, {"from", kHubName}, {"name", client.name}});
  send(id, {{"event", "joined"}, {"from", kHubName}, {"name", client.name}, {"you", true}, {"participants", names()}});
  for (const auto& [other, state] : clients_) {
    if (other == id) continue;
    for (Json replay : state.retained | std::views::values) {
      replay["replayed"] = true;
      send(id, std::move(replay));
    }
  }
}

void Hub::event(ClientId id, Json line) {
  Client& client = clients_.at(id);
  if (client.name.empty()) return send_error(id, "say hello before the first event");
  const std::string kind = text_of(line, "event");
  if (kind.empty()) return send_error(id, "'event' must be a word");
  line["from"] = client.name;
  tell_others(id, line);
  if (line.contains("once")) return;
  if (client.retained.contains(kind) || client.retained.size() < kRetainedMax) client.retained[kind] = std::move(line);
}

void Hub::command(ClientId id, Json line, std::int64_t now_ms) {
  const Json caller_id = line.value("id", Json(nullptr));
  const auto refuse = [&](const std::string& sentence) {
    Json answer = failure(sentence);
    answer["id"] = caller_id;
    send(id, std::move(answer));
  };
  if (!line["command"].is_string()) return refuse("'command' must be a string");
  split_words(line);
  const std::string word = text_of(line, "command");
  if (word.empty()) return refuse("'command' is empty");
  if (pending_.size() >= kPendingMax) return refuse("too many commands wait for an answer");

  const std::string to = text_of(line, "to");
  const std::uint64_t hub_id = next_hub_id_++;
  Pending pending{.caller = id, .caller_id = caller_id, .command = word, .deadline_ms = now_ms + kAnswerTimeoutMs};
  pending.is_status = word == "status";
  for (const Json& arg : line["args"]) pending.command += ' ' + (arg.is_string() ? arg.get<std::string>() : arg.dump());
  line["id"] = hub_id;
  line["from"] = clients_.at(id).name;
  for (const auto& [other, client] : clients_) {
    if (other == id || !asked(client) || (!to.empty() && to != client.name)) continue;
    pending.waiting.insert(other);
    send(other, line);
  }
  const bool nobody = pending.waiting.empty();
  pending_.emplace(hub_id, std::move(pending));
  if (nobody) nobody_left(hub_id);
}

void Hub::answer(ClientId id, Json line) {
  const Json hub_id = line.value("id", Json(nullptr));
  if (!hub_id.is_number_unsigned()) return send_error(id, "an answer needs the 'id' of the command");
  const auto found = pending_.find(hub_id.get<std::uint64_t>());
  if (found == pending_.end() || !found->second.waiting.contains(id)) return;  // too late, or somebody was faster
  Pending& pending = found->second;
  if (!line.contains("pass") && !pending.is_status) return complete(found->first, std::move(line));
  if (!line.contains("pass")) {
    line.erase("id");
    line.erase("ok");
    pending.merged[clients_.at(id).name] = std::move(line);
  }
  settle(found->first, pending, id);
}

void Hub::settle(std::uint64_t hub_id, Pending& pending, ClientId id) {
  pending.waiting.erase(id);
  if (pending.waiting.empty()) nobody_left(hub_id);
}

/// Ends a command that no further answer can come for, or whose time is over.
void Hub::nobody_left(std::uint64_t hub_id) {
  Pending& pending = pending_.at(hub_id);
  if (!pending.is_status) {
    return complete(hub_id, failure("no participant handled '" + pending.command + "' (" + joined_text(names()) + ")"));
  }
  for (const ClientId silent : pending.waiting) {
    pending.merged[clients_.at(silent).name] = failure("no answer within 2 s");
  }
  complete(hub_id, {{"ok", true}, {"status", std::move(pending.merged)}});
}

void Hub::complete(std::uint64_t hub_id, Json answer) {
  const auto found = pending_.find(hub_id);
  answer["id"] = found->second.caller_id;
  send(found->second.caller, std::move(answer));
  pending_.erase(found);
}

void Hub::disconnect(ClientId id, const std::string& reason, std::int64_t now_ms) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  const std::string name = found->second.name;
  clients_.erase(found);
  std::erase_if(pending_, [&](const auto& entry) { return entry.second.caller == id; });
  for (auto& [hub_id, pending] : pending_) {
    if (pending.waiting.erase(id) > 0 && pending.waiting.empty()) pending.deadline_ms = now_ms;
  }
  if (!name.empty()) {
    Json left{{"event", reason.empty() ? "left" : "dropped"}, {"from", kHubName}, {"name", name}};
    if (!reason.empty()) left["reason"] = reason;
    tell_others(id, left);
  }
  tick(now_ms);
}

void Hub::tick(std::int64_t now_ms) {
  std::vector<std::uint64_t> over;
  for (const auto& [hub_id, pending] : pending_) {
    if (pending.deadline_ms <= now_ms) over.push_back(hub_id);
  }
  for (const std::uint64_t hub_id : over) nobody_left(hub_id);
}

std::optional<std::int64_t> Hub::deadline_ms() const {
  std::optional<std::int64_t> first;
  for (const auto& [hub_id, pending] : pending_)
    first = std::min(first.value_or(pending.deadline_ms), pending.deadline_ms);
  return first;
}

std::vector<Action> Hub::take_actions() { return std::exchange(actions_, {}); }

void Hub::send_error(ClientId id, const std::string& sentence) {
  send(id, {{"event", "error"}, {"from", kHubName}, {"error", sentence}});
}

void Hub::tell_others(ClientId except, const Json& line) {
  for (const auto& [id, client] : clients_) {
    if (id != except && !client.name.empty()) send(id, line);
  }
}

std::string Hub::unique_name(const std::string& wanted) const {
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(clients_, [&](const auto& entry) { return entry.second.name == name; });
  };
  std::string name = wanted;
  for (int n = 2; taken(name); ++n) name = wanted + '-' + std::to_string(n);
  return name;
}

std::vector<std::string> Hub::names() const {
  std::vector<std::string> all;
  for (const auto& [id, client] : clients_) {
    if (asked(client)) all.push_back(client.name);
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace bulwatt::simbus
